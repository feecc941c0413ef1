#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Compares what the chart makes with what kustomize makes of an overlay, object by object: `same_objects.py CHART OVERLAY...`

All are files, in pairs. Left out is what differs on purpose: the labels and checksums of Helm, the hashes and prefixes in ConfigMaps' names, and
the words of the profile's description. Prints each difference; exit status 0 where there is none, else 1.
"""

import difflib
import json
import re
import sys

import yaml

HELMS_OWN = re.compile(r'checksum/|helm\.sh/|app\.kubernetes\.io/(instance|managed-by|version)$')
MAP_NAME = re.compile(r'[a-z-]*-(config|profile)(-[a-z0-9]{10})?')


def common(value):
    """The value without what differs on purpose."""
    if isinstance(value, dict):
        members = {name: common(member) for name, member in value.items() if not HELMS_OWN.match(name)}
        return {name: member for name, member in members.items() if name != 'annotations' or member}
    if isinstance(value, list):
        return [common(item) for item in value]
    return MAP_NAME.sub(r'\1', value) if isinstance(value, str) and MAP_NAME.fullmatch(value) else value


def objects_of(path):
    """"KIND NAME" -> the object's text."""
    objects = {}
    with open(path, encoding='utf-8') as file:
        for item in filter(None, yaml.safe_load_all(file)):
            item = common(item)
            for name, text in item.get('data', {}).items():
                if name.endswith('.json'):
                    item['data'][name] = {key: member for key, member in json.loads(text).items() if key != 'description'}
            key = f"{item['kind']} {item['metadata']['name']}"
            assert key not in objects, f'{path}: {key} twice'
            objects[key] = yaml.safe_dump(item).splitlines()
    return objects


def differences(chart, overlay):
    left, right = objects_of(chart), objects_of(overlay)
    assert left and right, 'no object to compare'
    for key in sorted(left | right):
        yield from difflib.unified_diff(left.get(key, []), right.get(key, []), f'{chart}: {key}', f'{overlay}: {key}', lineterm='')


def main(paths):
    found = [line for chart, overlay in zip(paths[::2], paths[1::2], strict=True) for line in differences(chart, overlay)]
    print('\n'.join(found), end='\n' if found else '')
    return int(bool(found))


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
