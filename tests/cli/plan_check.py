#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks plans' JSON, on standard input, against docs/plan-json.md: plan_check.py EXIT_STATUS..., one for each plan"""
import json
import sys

MEMBERS = ["siplaunch", "schema", "profile", "router", "command", "budget", "steps", "warnings", "remedies", "prepared", "capacity", "condition", "build", "cpus", "start", "hugePages", "fleet"]
BUDGET = ["limit", "limitSource", "processes", "processesSource", "shared", "private", "pageTables", "perProcess",
          "base", "connections", "reserve", "unassigned", "utilization", "processesRange", "terms"]
STEP = ["mechanism", "name", "path", "current", "wanted", "actual", "source", "policy", "status", "reason", "hint"]
ORDER = ["cgroup", "oom", "rlimit", "ipc", "sysctl", "directories", "identity", "parent", "arguments", "router", "seccomp"]
STATUS = ["planned", "applied", "satisfied", "adopted", "clamped", "denied", "skipped", "failed"]
SOURCE = ["default", "profile", "command line", "computed", "measured", "kernel", "plan"]


def whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


def check_value(value):
    if isinstance(value, list):
        assert len(value) > 1, value
        for number in value:
            assert number == "max" or whole(number) or int(number) > 2**63 - 1, value
        return
    assert value is None or whole(value) or isinstance(value, str), value
    if whole(value):
        assert value < 2**63


def check_budget(budget):
    assert list(budget) == BUDGET, list(budget)
    assert all(whole(budget[key]) for key in BUDGET if not key.endswith("Source") and key not in ("utilization", "processesRange", "terms"))
    pools = budget["shared"] + budget["processes"] * budget["private"]
    rest = sum(budget[key] for key in ("pageTables", "perProcess", "base", "connections", "reserve", "unassigned"))
    assert budget["limit"] == pools + rest, (budget["limit"], pools + rest)
    assert abs(budget["utilization"] - pools / budget["limit"]) < 1e-9
    assert budget["processesSource"] in SOURCE and budget["limitSource"]
    assert sum(term["bytes"] for term in budget["terms"]) == budget["limit"] - budget["unassigned"], budget
    assert [term["bytes"] for term in budget["terms"][:2]] == [budget["shared"], budget["processes"] * budget["private"]], budget
    assert all(term["label"] and term["formula"] and term["source"] in SOURCE for term in budget["terms"]), budget
    between = budget["processesRange"]
    assert between is None or list(between) == ["from", "to"], between
    assert between is None or between["from"] <= budget["processes"] <= (between["to"] or float("inf")), between


def check_step(step):
    assert list(step) == STEP, list(step)
    assert step["mechanism"] in ORDER and step["status"] in STATUS and step["source"] in SOURCE
    assert step["policy"] in ("require", "prefer", "skip")
    for key in ("current", "wanted", "actual"):
        check_value(step[key])
    if step["status"] == "denied":
        assert step["reason"], step


def check_remedies(remedies, steps):
    missing = [step for step in steps if step["policy"] != "skip" and
               (step["status"] in ("denied", "failed") or (step["status"], step["name"]) == ("clamped", "memory.max"))]
    if not missing:
        assert remedies is None, remedies
        return
    block = {"docker": "command", "podman": "command", "shell": "command", "kubernetes": "manifest", "systemd": "dropIn"}
    expected = ["tool"] + ["unit"] * (remedies["tool"] == "systemd") + [block[remedies["tool"]], "missing"] + ["also"] * (remedies["tool"] == "kubernetes")
    assert list(remedies) == expected, list(remedies)
    assert [(item["mechanism"], item["name"], item["status"]) for item in remedies["missing"]] == \
        [(step["mechanism"], step["name"], step["status"]) for step in missing]
    fragments = [item["fragment"] for item in remedies["missing"] if item["fragment"]]
    assert bool(fragments) == bool(remedies[block[remedies["tool"]]]) or remedies["tool"] == "shell", remedies
    for fragment in fragments:
        if remedies["tool"] in ("docker", "podman", "systemd"):
            assert fragment in remedies[block[remedies["tool"]]], fragment


def check_capacity(capacity, budget):
    assert list(capacity) == ["need", "fits", "smallestLimit", "times", "most", "mostPrivate", "measuredWith", "limits"], list(capacity)
    assert list(capacity["most"]) == ["registrations", "dialogs", "callsPerSecond", "tcpConnections", "tlsConnections"]
    assert all(number is None or whole(number) for number in capacity["most"].values())
    assert capacity["mostPrivate"] <= budget["private"]
    for key, points in capacity["limits"].items():
        needed = [limit for _, limit in points if limit is not None]
        assert len(points) == 13 and points[0][0] == 0 and points[8][0] == capacity["most"][key], (key, points)
        assert needed == sorted(needed) and points[8][1] <= budget["limit"], (key, points, budget["limit"])
        assert points[9][1] is None or points[9][1] > budget["limit"] or points[9][0] == points[8][0], (key, points, budget["limit"])
    need = capacity["need"]
    if need is None or need["shared"] is None:
        assert capacity["fits"] is capacity["smallestLimit"] is capacity["times"] is None, capacity
        return
    start, *objects = need["objects"]
    kept = sum(row["bytes"] or 0 for row in objects)
    assert all(row["bytes"] == row["count"] * row["each"] for row in need["objects"] if row["count"] or row["each"]), objects
    assert need["margin"] == kept // 10 and need["shared"] == start["bytes"] + kept + need["margin"], need
    assert capacity["fits"] == (need["shared"] <= budget["shared"]) == (capacity["times"] >= 1), capacity
    assert capacity["fits"] == (capacity["smallestLimit"] is not None and capacity["smallestLimit"] <= budget["limit"])


def check(plan, status):
    assert list(plan)[:len(MEMBERS)] == MEMBERS, list(plan)
    assert all(isinstance(word, str) for word in plan["command"] + plan["warnings"])
    if "error" in plan:
        assert list(plan)[len(MEMBERS):] == ["error"] and list(plan["error"]) == ["message", "hint"] and status == 1
        return
    if plan["budget"] is not None:
        check_budget(plan["budget"])
        check_capacity(plan["capacity"], plan["budget"])
    for step in plan["steps"]:
        check_step(step)
    check_remedies(plan["remedies"], plan["steps"])
    places = [ORDER.index(step["mechanism"]) for step in plan["steps"]]
    assert places == sorted(places), "steps are not in the order of application"
    refused = any(step["policy"] == "require" and step["status"] in ("denied", "failed") for step in plan["steps"])
    assert status == (1 if refused else 0), (status, refused)


text = sys.stdin.read()
for number, status in enumerate(sys.argv[1:], 1):
    try:
        plan, end = json.JSONDecoder().raw_decode(text)
        check(plan, int(status))
    except (ValueError, AssertionError):
        print("in plan %d of %d: %.200s" % (number, len(sys.argv) - 1, text), file=sys.stderr)
        raise
    text = text[end:].lstrip()
assert not text, "more than %d plans: %.200s" % (len(sys.argv) - 1, text)
