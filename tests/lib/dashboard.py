#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks a Grafana dashboard against what Grafana's dashboard model documents, or prints its expressions.

usage: dashboard.py check DASHBOARD METRICS-PAGE     every metric has to be on the page
       dashboard.py expressions DASHBOARD [RANGE]    one a line, with all variables at "All" and every range RANGE
"""
import json
import re
import sys

COLUMNS = 24
PANELS = {"row", "stat", "timeseries", "table"}
UNITS = {"short", "bytes", "percentunit", "s", "reqps"}  # ids of Grafana's getValueFormats()
MEMBERS = {"title": str, "uid": str, "description": str, "tags": list, "schemaVersion": int, "version": int, "editable": bool, "time": dict,
           "refresh": str, "annotations": dict, "templating": dict, "panels": list}
SOURCE = {"type": "prometheus", "uid": "${datasource}"}


def queries(dashboard):
    """Every panel's targets, with the panel's title, and the annotations."""
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target
    for annotation in dashboard["annotations"]["list"]:
        yield annotation["name"], annotation


def check_place(panel, taken):
    place = panel["gridPos"]
    assert set(place) == set("hwxy") and place["w"] > 0 and place["h"] > 0 and place["x"] >= 0, panel["title"]
    assert place["x"] + place["w"] <= COLUMNS, (panel["title"], place)
    for x in range(place["x"], place["x"] + place["w"]):
        for y in range(place["y"], place["y"] + place["h"]):
            assert (x, y) not in taken, "%s overlaps %s" % (panel["title"], taken[x, y])
            taken[x, y] = panel["title"]


def check_field(field, title):
    assert field["defaults"].get("unit") in UNITS, (title, field["defaults"])
    steps = field["defaults"].get("thresholds", {"steps": [{"value": None}]})["steps"]
    values = [step["value"] for step in steps]
    assert values[0] is None and values[1:] == sorted(values[1:]), (title, values)
    for override in field["overrides"]:
        assert override["matcher"]["id"] == "byRegexp" and re.compile(override["matcher"]["options"].strip("/")), title
        assert all(set(item) == {"id", "value"} for item in override["properties"]), title


def check_panel(panel, taken):
    assert panel["type"] in PANELS and panel["title"], panel
    check_place(panel, taken)
    if panel["type"] == "row":
        return
    assert panel["description"] and panel["datasource"] == SOURCE and panel["options"], panel["title"]
    assert panel["targets"], "%s has no query" % panel["title"]
    references = [target["refId"] for target in panel["targets"]]
    assert len(set(references)) == len(references), (panel["title"], references)
    check_field(panel["fieldConfig"], panel["title"])


def check_query(title, query, variables, known):
    assert query["datasource"] == SOURCE and query["expr"], title
    used = set(re.findall(r"\$\{?(\w+)", query["expr"])) - {"__rate_interval"}
    assert "instance" in used and used <= variables, (title, used)
    metrics = set(re.findall(r"\b(?:siplaunch|node)_\w+", query["expr"]))
    assert metrics and metrics <= known, (title, metrics - known)
    labels = set(re.findall(r"\{\{\s*(\w+)\s*\}\}", query.get("legendFormat", "")))
    assert not query.get("legendFormat") or labels, title


def check(path, page):
    with open(path) as file:
        dashboard = json.load(file)
    with open(page) as file:
        known = set(re.findall(r"^\| `(siplaunch_\w+)`", file.read(), re.M))
    for name, kind in MEMBERS.items():
        assert isinstance(dashboard[name], kind), name
    assert dashboard["schemaVersion"] == 36 and "id" not in dashboard, "the version that deploy/prometheus/README.md states"
    variables = dashboard["templating"]["list"]
    assert (variables[0]["name"], variables[0]["type"], variables[0]["query"]) == ("datasource", "datasource", "prometheus")
    for variable in variables[1:]:
        assert variable["type"] == "query" and variable["datasource"] == SOURCE and variable["allValue"] == ".*", variable["name"]
        assert variable["query"]["query"] == variable["definition"] and re.match(r"label_values\(siplaunch_", variable["definition"])
    numbers = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(numbers)) == len(numbers) >= 20, numbers
    taken = {}
    for panel in dashboard["panels"]:
        check_panel(panel, taken)
    for title, query in queries(dashboard):
        check_query(title, query, {variable["name"] for variable in variables}, known)


def expressions(path, interval="1m"):
    with open(path) as file:
        dashboard = json.load(file)
    for _, query in queries(dashboard):
        text = re.sub(r"\[[^]]+\]", "[%s]" % interval, query["expr"])
        print(re.sub(r"\$\{?(instance|router|cgroup)\}?", ".*", text))


if __name__ == "__main__":
    {"check": check, "expressions": expressions}[sys.argv[1]](*sys.argv[2:])
