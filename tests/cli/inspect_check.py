#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks an inspection's JSON, on standard input, against docs/inspect-json.md: inspect_check.py EXIT_STATUS [EXPRESSION...]

Every EXPRESSION must be true of `i`, the inspection, and `s`, its settings by name."""
import json
import os
import re
import sys

MEMBERS = ["siplaunch", "schema", "profile", "pid", "router", "command", "seccomp", "group", "measured", "memory", "sample", "settings", "processesOf",
           "processes", "systemV", "hint", "drift", "notCompared", "notPermitted", "objects"]
GROUP = ["path", "memory.current", "memory.peak", "memory.swap.current", "pids.current", "memory.events", "memory.stat"]
EVENTS = ["low", "high", "max", "oom", "oom_kill", "oom_group_kill"]
STAT = ["anon", "file", "shmem", "kernel", "kernel_stack", "pagetables", "slab", "percpu", "sock"]
MEASURED = ["processes", "perProcess", "base", "ownAnonymous", "kernel", "startHeap", "mappedFiles", "otherShared",
            "poolPageTables", "sharedPoolTouched", "privatePoolsTouched"]
SHARES = ["shared", "private", "pageTables", "kernel", "sockets", "files"]
SHARE = ["promised", "touched", "used", "usedAtMost"]
SETTING = ["mechanism", "name", "actual", "wanted", "source", "policy", "reason", "caveat"]
PROCESS = ["pid", "parent", "name", "state", "oomScore", "oomScoreAdj", "own"]
SYSTEM_V = ["segments", "segmentBytes", "arrays", "semaphores", "queues", "queueBytes", "text"]
DRIFT = ["mechanism", "name", "pid", "wanted", "actual", "text", "hint"]
ORDER = ["cgroup", "oom", "rlimit", "ipc", "sysctl", "directories", "identity", "arguments", "seccomp"]


def whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def check_group(group):
    assert list(group) == GROUP, list(group)
    assert list(group["memory.events"]) == EVENTS and list(group["memory.stat"]) == STAT
    numbers = [group[key] for key in GROUP[1:5]] + list(group["memory.events"].values()) + list(group["memory.stat"].values())
    assert all(number is None or whole(number) for number in numbers), numbers


def check_measured(m):
    if list(m) == ["reason"]:
        assert m["reason"]
        return
    assert list(m) == MEASURED and all(whole(value) for value in m.values()), m
    each = (m["ownAnonymous"] + m["kernel"]) / m["processes"]
    assert each <= m["perProcess"] < each + 1025 and m["perProcess"] % 1024 == 0
    base = m["startHeap"] + m["mappedFiles"] + m["otherShared"]
    assert base <= m["base"] < base + 1025 and m["base"] % 1024 == 0


def check_memory(memory, sample):
    assert (memory is None) == (sample is None)
    if memory is None:
        return
    assert list(memory) == ["limit", "promised", "touched", "used"] + SHARES, list(memory)
    for name in SHARES:
        assert list(memory[name]) == SHARE, memory[name]
        assert all(number is None or whole(number) and number >= 0 for number in memory[name].values()), memory[name]
    assert sample["at"] > 0 and (sample["shared"] is None) == (sample["noPools"] is not None), sample
    for name in ("promised", "used"):
        known = [memory[share][name] for share in SHARES if memory[share][name] is not None]
        assert memory[name] == (sum(known) if known else None), (name, memory)


def check_settings(settings):
    for setting in settings:
        assert list(setting) == SETTING, list(setting)
        assert (setting["actual"] is None) == (setting["reason"] is not None), setting
        assert (setting["wanted"] is None) == (setting["source"] is None) == (setting["policy"] is None), setting
    places = [ORDER.index(setting["mechanism"]) for setting in settings]
    assert places == sorted(places) and len(set(places)) == len(ORDER)
    assert sum(setting["mechanism"] == "rlimit" for setting in settings) == 16


def check(inspection, status):
    assert list(inspection) == MEMBERS, list(inspection)
    if inspection["group"] is not None:
        check_group(inspection["group"])
    check_measured(inspection["measured"])
    check_memory(inspection["memory"], inspection["sample"])
    check_settings(inspection["settings"])
    assert inspection["processesOf"] in ("group", "process")
    assert all(list(process) == PROCESS for process in inspection["processes"])
    pids = [process["pid"] for process in inspection["processes"]]
    assert pids == sorted(set(pids)) and (inspection["pid"] is None or inspection["pid"] in pids)
    assert list(inspection["systemV"]) in (SYSTEM_V, ["text"])
    drift, unknown = inspection["drift"], inspection["notCompared"]
    compared = inspection["profile"] is not None
    assert (drift is not None) == (unknown is not None) == compared
    assert (inspection["notPermitted"] is not None) == compared
    assert all(list(item) == DRIFT for item in (drift or []) + (unknown or []) + (inspection["notPermitted"] or []))
    assert status == (1 if drift else 125 if unknown else 0), (status, drift, unknown)


def check_documented(inspection):
    path = os.path.join(os.path.dirname(__file__), "../../docs/inspect-json.md")
    words = set(re.findall(r"`([^`]+)`", open(path).read()))
    named = MEMBERS + GROUP + EVENTS + STAT + MEASURED + SHARES + SHARE + SETTING + PROCESS + SYSTEM_V + DRIFT
    assert not set(named) - words, set(named) - words


document = json.load(sys.stdin)
check(document, int(sys.argv[1]))
check_documented(document)
by_name = {setting["name"]: setting for setting in document["settings"]}
for expression in sys.argv[2:]:
    assert eval(expression, {}, {"i": document, "s": by_name}), (expression, json.dumps(document, indent=1))
