#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Whether inspect's sample (standard input) has the numbers of a recording of tests/bench/record-management: read here anew, by the
routers' own names for them. The second argument is the pid that the stand-in reports first."""
import json
import os
import sys

sys.dont_write_bytecode = True


def answers(path):
    """{(method, first parameter): result}; an error is an exception's text."""
    with open(path, "rb") as file:
        data = file.read()
    at, found = data.index(b"\n") + 1, {}
    while at < len(data):
        pair = []
        for _ in ("question", "answer"):
            end = data.index(b"\n", at)
            length = int(data[at:end].split()[1])
            pair.append(data[end + 1:end + 1 + length])
            at = end + 2 + length
        question = json.loads(pair[0][pair[0].index(b"{"):])
        try:
            answer = json.loads(pair[1][pair[1].index(b"{"):])
        except ValueError:  # nothing, or no JSON
            answer = {"error": {"message": None}}
        params = question.get("params")
        first = params[0][0] if params and isinstance(params[0], list) else params[0] if params else None
        found[question["method"], first] = answer
    return found


def check_opensips(found, sample):
    statistics = found["get_statistics", "shmem:"].get("result")
    if statistics is None or "result" not in found.get(("get_statistics", "pkmem:"), {"result": 1}):
        assert sample["noPools"], sample
        return
    assert sample["noPools"] is None, sample["noPools"]
    pool = {"total": "total_size", "used": "used_size", "realUsed": "real_used_size", "maxUsed": "max_used_size", "free": "free_size",
            "fragments": "fragments"}
    assert sample["shared"] == {key: int(statistics["shmem:" + name]) for key, name in pool.items()}, sample["shared"]
    assert sample["requests"] == int(statistics["core:rcv_requests"]) and sample["replies"] == int(statistics["core:rcv_replies"])
    private = found["get_statistics", "pkmem:"]["result"]
    ids = sorted({int(key[len("pkmem:"):].split("-")[0]) for key in private})
    assert [entry["id"] for entry in sample["private"]] == ids, sample["private"]
    processes = {int(entry["ID"]): entry for entry in found["ps", None]["result"]["Processes"]}
    for entry in sample["private"]:
        for key, name in pool.items():
            assert entry[key] == int(private[f"pkmem:{entry['id']}-{name}"]), (entry, name)
        assert (entry["pid"], entry["name"]) == (processes[entry["id"]]["PID"], processes[entry["id"]]["Type"]), entry
    assert sample["version"] == found["version", None]["result"]["Server"], sample["version"]
    counts = {"registrations": ["usrloc:location-contacts"], "transactions": ["tm:inuse_transactions"],
              "dialogs": ["dialog:active_dialogs", "dialog:early_dialogs"]}
    for key, names in counts.items():
        expected = sum(int(statistics[name]) for name in names) if names[0] in statistics else None
        assert sample[key] == expected, (key, sample[key], expected)


def check_kamailio(found, sample):
    assert sample["noPools"] is None, sample["noPools"]
    assert sample["version"] == found["core.version", None]["result"].strip(), sample["version"]
    texts = found["stats.get_statistics", "shmem:"].get("result")
    if texts:
        statistics = {name: int(number) for name, number in (text.split(" = ") for text in texts)}
        pool = {"total": "total_size", "used": "used_size", "realUsed": "real_used_size", "maxUsed": "max_used_size", "free": "free_size"}
        assert all(sample["shared"][key] == statistics["shmem:" + name] for key, name in pool.items()), sample["shared"]
        assert (sample["requests"], sample["replies"]) == (statistics["core:rcv_requests"], statistics["core:rcv_replies"]), sample
        assert sample["registrations"] == statistics["usrloc:location_contacts"], sample
        assert sample["dialogs"] == statistics["dialog:active_dialogs"] + statistics["dialog:early_dialogs"], sample
        assert sample["transactions"] == found["tm.stats", None]["result"]["current"], sample
        modules, texts = {}, found["mod.mem_statsx", "all"]["result"]
        for heading, lines in zip(texts[0::3], texts[1::3]):
            modules[heading.split(": ")[1]] = lines["Total"]
        assert {m["name"]: m["shared"] for m in sample["modules"]} == {name: size for name, size in modules.items() if size}, sample
        # the router was asked for both one after the other, and calls came in between
        assert abs(sum(modules.values()) - sample["shared"]["used"]) < sample["shared"]["used"] / 10, (modules, sample["shared"])
    else:
        shared = found["core.shmmem", "k"]["result"]
        assert sample["shared"]["total"] == shared["total"] << 10 and sample["shared"]["realUsed"] == shared["real_used"] << 10
        assert sample["transactions"] is sample["registrations"] is sample["dialogs"] is None, sample
    private = next((a["result"] for (m, _), a in found.items() if m == "pkg.stats" and "result" in a), [])
    pids = [int(sys.argv[2])] + [p["pid"] for p in private[1:]]
    assert [(p["pid"], p["used"], p["realUsed"]) for p in sample["private"] or []] == \
        [(pid, p["used"], p["real_used"]) for pid, p in zip(pids, private)]


if __name__ == "__main__":
    path = sys.argv[1]
    document = json.load(sys.stdin)
    check = check_opensips if os.path.basename(os.path.dirname(path)).startswith("opensips") else check_kamailio
    check(answers(path), document["sample"])
