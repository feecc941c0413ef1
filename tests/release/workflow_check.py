#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks workflows: workflow_check.py FOLDER FILE...   Writes each step's script to FOLDER, as NAME.sh, for shellcheck.

By SchemaStore's schema of workflows; and what no schema knows: targets of make, workflows and contexts that a step names are there."""
import json
import os
import re
import sys

import jsonschema
import yaml

CONTEXTS = ('github', 'matrix')
FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../fixtures/release')
TARGETS = set(' '.join(re.findall(r'^([a-z][a-z -]*):', open('Makefile').read(), re.M)).split())


def steps_of(path, jobs):
    for name, job in jobs.items():
        needs = job.get('needs', [])
        assert set([needs] if isinstance(needs, str) else needs) <= set(jobs), (path, name, needs)
        if 'uses' in job:
            assert os.path.exists(job['uses']), (path, job['uses'])
        for context, key in re.findall(r'\$\{\{ *(\w+)\.(\w+)', json.dumps(job)):
            assert context in CONTEXTS, (path, name, context)
            assert context != 'matrix' or key in job['strategy']['matrix'], (path, name, key)
        yield from job.get('steps', [])


def check(folder, path):
    # YAML 1.1 reads the key "on" as true
    workflow = {'on' if key is True else key: value for key, value in yaml.safe_load(open(path)).items()}
    jsonschema.Draft7Validator(json.load(open(FIXTURES + '/github-workflow.schema.json'))).validate(workflow)
    scripts = [step['run'] for step in steps_of(path, workflow['jobs']) if 'run' in step]
    for number, script in enumerate(scripts):
        for words in re.findall(r'^make (.+)$', script, re.M):
            targets = re.sub(r'\w+=("[^"]*"|\S*)', '', words).split()
            assert set(targets) <= TARGETS, (path, words)
        with open('%s/%s-%d.sh' % (folder, os.path.basename(path), number), 'w') as file:
            file.write(script)
    return len(scripts)


assert sum(check(sys.argv[1], path) for path in sys.argv[2:]) >= 4
