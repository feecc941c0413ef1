#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Prints samples as siplaunch inspect --watch --format json does: page_samples.py COUNT [--hostile] [--peak NUMBER]

A sample every two seconds from 2025-11-25 06:40:00 UTC on. With --peak the sample of that number uses 90 MiB of the shared pool, all
others 40 to 50. With --hostile each text is one that would do something on a page if it were not escaped."""
import argparse
import json

MIB = 1 << 20
HOSTILE = "</script></style><img src=x onerror=\"window.hostile=1\">'&amp;<!--"


def sample(number, arguments):
    word = HOSTILE if arguments.hostile else ""
    used = (90 if number == arguments.peak else 40 + number % 10) * MIB
    pool = {"total": 128 * MIB, "used": used - MIB, "realUsed": used, "maxUsed": used, "free": 128 * MIB - used, "fragments": 3}
    return {
        "siplaunch": "0.1.0", "at": 1764052800000 + number * 2000, "pid": 175 + number // 500, "router": "kamailio",
        "version": "kamailio 5.6.3 " + word, "processes": 2, "arguments": {"-m": 128, "-M": 8}, "uptime": 2 * (number % 500),
        "nofile": 65536, "descriptors": 30, "requests": 100 * (number % 500), "replies": 50 * (number % 500), "failures": None,
        "registrations": 1000 + number % 100, "dialogs": number % 7, "transactions": 3,
        "group": {"path": "/sip.slice/kamailio" + word, "memory.max": 256 * MIB, "memory.high": "max", "memory.current": used + 60 * MIB,
                  "memory.peak": used + 60 * MIB,
                  "memory.events": {"low": 0, "high": 0, "max": number // 50, "oom": 0, "oom_kill": number // 500},
                  "memory.stat": {"anon": 30 * MIB, "file": used, "shmem": used, "kernel": 20 * MIB, "pagetables": 8 * MIB, "sock": MIB},
                  "memory.pressure": {"some": {"avg10": 0.5, "total": number * 1000}, "full": {"avg10": 0.0, "total": 0}}},
        "shared": pool,
        "private": [{"id": i, "pid": 175 + i, "name": name + word, "total": 8 * MIB, "used": (i + 1) * MIB, "realUsed": (i + 1) * MIB}
                    for i, name in enumerate(("main process", "udp receiver"))],
        "noPools": None,
        "modules": [{"name": name + word[:60], "shared": size * MIB, "private": None} for name, size in (("usrloc", 25), ("tm", 8), ("core", 2))],
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("count", type=int)
    parser.add_argument("--hostile", action="store_true")
    parser.add_argument("--peak", type=int)
    arguments = parser.parse_args()
    for number in range(arguments.count):
        print(json.dumps(sample(number, arguments), separators=(",", ":")))


main()
