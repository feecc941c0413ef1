#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Puts texts that a terminal would obey, or show as others than they are, wherever siplaunch takes text from, and looks at every
byte that it prints.

    foreign_text.py DIRECTORY     an empty one, for what is made

Exit status: 0 nothing but harmless characters came out, 1 something did.
"""
import json
import os
import subprocess
import sys
import unicodedata

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SIPLAUNCH = os.environ.get("SIPLAUNCH", REPOSITORY + "/build/siplaunch")
CONFIG = REPOSITORY + "/tests/fixtures/kamailio/minimal.cfg"

# C0; C1 as UTF-8; turned around; invisible; another line
TEXTS = ["a\033[2Jb", "a\u009b2Jb", "a\u202eb", "a\u2066b\u2069", "a\u200bb", "a\u2028b", "a\ufeffb", "a\U000e0041b"]
# C1 as a byte, cut off, overlong, a surrogate
BYTES = [text.encode() for text in TEXTS] + [b"a\x9b2Jb", b"a\xc3", b"a\xc0\x9bb", b"a\xed\xa0\x80b"]


def harmful(output):
    """What of it a terminal in UTF-8 would not just show; "" when nothing."""
    try:
        text = output.decode()
    except UnicodeDecodeError as error:
        return "%s" % error
    found = [character for character in text if character != "\n" and unicodedata.category(character) in ("Cc", "Cf", "Zl", "Zp", "Cs")]
    return " ".join("U+%04X" % ord(character) for character in found)


def profile(path, document):
    with open(path, "wb") as file:
        file.write(document if isinstance(document, bytes) else json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    return path


def configuration(path, text):
    with open(path, "wb") as file:
        file.write(text)
    return path


def commands(directory):
    """Each takes a hostile text from somewhere else."""
    generic, kamailio = [b"--profile", b"generic"], [b"kamailio", b"-DD", b"-f"]
    number = 0
    for raw in BYTES:
        number += 1
        base = os.fsencode("%s/%d" % (directory, number))
        os.mkdir(base)
        here = base + b"/" + raw
        os.mkdir(here)
        yield [raw], {}
        yield [b"plan", b"--" + raw], {}
        yield [b"plan", b"--profile", raw], {}
        yield [b"plan", *generic, b"--set", raw], {}
        yield [b"plan", *generic, b"--set", b"user=" + raw], {}
        yield [b"plan", *generic, b"--set", b"cgroup.path=" + raw], {}
        yield [b"plan", *generic, b"--policy", raw + b"=prefer"], {}
        yield [b"plan", *generic, b"--workload", raw + b"=1"], {}
        yield [b"plan", *generic, b"--", b"sleep", raw], {}
        yield [b"run", *generic, b"--", raw], {}
        yield [b"plan", b"--profile", b"kamailio", b"--", *kamailio, here], {}
        yield [b"inspect", raw], {}
        yield [b"advise", here], {}
        yield [b"seccomp", b"show", raw], {}
        yield [b"profiles", b"show", raw], {}
        yield [b"profiles", b"list", b"--profile-dir", here], {}
        yield [b"plan", *generic, b"--", b"sleep"], {b"SIPLAUNCH_PROFILE_PATH": here}
        yield [b"plan", b"--", b"sleep"], {b"SIPLAUNCH_PROFILE": raw}
        for tool in (b"docker", b"unit", b"pod", b"compose"):
            yield [b"export", tool, *generic, b"--", b"sleep", raw], {}
        cfg = configuration(here + b"/router.cfg", b'loadmodule "' + raw + b'.so"\nlisten=udp:' + raw + b":5060\nchildren=" + raw
                            + b'\ninclude_file "' + raw + b'"\nmodparam("' + raw + b'", "' + raw + b'", "' + raw + b'")\n')
        yield [b"plan", b"--profile", b"kamailio", b"--policy", b"default=prefer", b"--", *kamailio, cfg], {}
        cfg = configuration(here + b"/opensips.cfg", b"socket=udp:" + raw + b"\nudp_workers=" + raw + b'\nloadmodule "' + raw + b'"\n')
        yield [b"plan", b"--profile", b"opensips", b"--policy", b"default=prefer", b"--", b"opensips", b"-F", b"-f", cfg], {}
        yield [b"plan", b"--profile", profile(here + b"/bytes.json", b'{"name": "' + raw + b'"}'), b"--", b"sleep"], {}
    for text in TEXTS:
        number += 1
        base = "%s/%d" % (directory, number)
        os.mkdir(base)
        for name, document in (
                ("description", {"description": text, "router": "generic"}), ("key", {text: 1}), ("value", {"user": text}),
                ("extends", {"extends": text}), ("router", {"router": text}), ("seccomp", {"seccomp": text}),
                ("unified", {"resources": {"unified": {text: text}}}), ("sysctl", {"ipc": {"sysctl": {text: text}}}),
                ("env", {"env": {text: text}}), ("path", {"cgroup": {"path": text}})):
            path = os.fsencode(profile("%s/%s.json" % (base, name), document))
            for command in ([b"plan", b"--profile", path, b"--", b"sleep", b"1"], [b"profiles", b"check", path],
                            [b"profiles", b"show", path], [b"profiles", b"list", b"--profile-dir", os.fsencode(base)],
                            [b"export", b"docker", b"--profile", path, b"--", b"sleep"]):
                yield command, {}


def main():
    shown = dict(os.environb)
    bad = total = 0
    for command, variables in commands(sys.argv[1]):
        for options in ([], [b"--format", b"json"], [b"--log-format", b"json"]):
            for locale in (b"C.UTF-8", b"C"):
                words = [os.fsencode(SIPLAUNCH), *command[:1], *options, *command[1:]] if options else [os.fsencode(SIPLAUNCH), *command]
                run = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                     env={**shown, **variables, b"LC_ALL": locale}, timeout=60)
                total += 1
                for output in (run.stdout, run.stderr):
                    found = harmful(output)
                    if found or run.returncode < 0:
                        bad += 1
                        print("%s\n  LC_ALL=%s: status %d, printed %s\n  %s" % (words[1:], locale.decode(), run.returncode, found, output[:600]))
    print("%d runs, %d bad" % (total, bad))
    return 1 if bad or total < 1000 else 0


if __name__ == "__main__":
    sys.exit(main())
