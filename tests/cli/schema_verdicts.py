#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Holds the JSON Schema and siplaunch's own decoder to one verdict.

    schema_verdicts.py SIPLAUNCH SCHEMA KIND FOLDER...

Each FOLDER has a profile.json. KIND is the verdict that is expected of both: "valid" or "invalid"; or "beyond": the schema
lets it pass and siplaunch refuses it, for the reason that a file of that name in the folder gives. "shipped": the folders' *.json
are valid profiles of their own. Prints what differs, and how many were looked at; exits 1 when anything differs.
"""
import json
import pathlib
import subprocess
import sys

import jsonschema


def schema_accepts(validator, path):
    """What is no JSON at all is refused by whoever reads it, before a schema is asked."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return False
    return validator.is_valid(document)


def siplaunch_accepts(siplaunch, path):
    """From the profile's own folder, since what it extends is looked for in search/ there."""
    command = [siplaunch, "profiles", "check", "--profile-dir", "search", path.name]
    status = subprocess.run(command, cwd=path.parent, capture_output=True, timeout=60, check=False).returncode
    if status not in (0, 1):
        raise SystemExit(f"{path}: siplaunch profiles check ended with {status}")
    return status == 0


def profiles(kind, folders):
    for folder in map(pathlib.Path, folders):
        if kind == "shipped":
            yield from sorted(folder.glob("*.json"))
        else:
            yield folder / "profile.json"


def main(siplaunch, schema, kind, *folders):
    schema = json.loads(pathlib.Path(schema).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    expected = {"valid": (True, True), "shipped": (True, True), "invalid": (False, False), "beyond": (True, False)}[kind]
    count = differ = 0
    for path in profiles(kind, folders):
        count += 1
        verdicts = schema_accepts(validator, path), siplaunch_accepts(siplaunch, path)
        reason = path.with_name("reason")
        if verdicts != expected:
            differ += 1
            print(f"{path}: schema accepts: {verdicts[0]}, siplaunch accepts: {verdicts[1]}, expected: {expected}")
        if kind == "beyond" and not (reason.is_file() and reason.read_text(encoding="utf-8").strip()):
            differ += 1
            print(f"{path.parent}: gives no reason")
    print(f"{count} profiles, {differ} differ")
    return 1 if differ or not count else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
