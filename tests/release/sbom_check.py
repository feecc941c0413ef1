#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks a bill of materials: sbom_check.py FILE FOLDER      FOLDER has the files that it describes.

By the schema of SPDX 2.3; that each reference leads to an element; each checksum; each version, as dpkg has it; and that the libraries of
the static binaries are those that pkg-config names, with the C library and the compiler's own."""
import hashlib
import json
import os
import re
import subprocess
import sys

import jsonschema

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../fixtures/release')
# What the Makefile links, without libsystemd, of which there is no static library.
MODULES = ['libcgroup', 'jansson', 'libseccomp', 'yaml-0.1', 'ncursesw']


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def installed(name):
    return run('dpkg-query', '-W', '-f', '${Version}', name)


def owner(library):
    path = os.path.realpath(run('cc', '-print-file-name=' + library).strip())
    names = [re.sub(r'^/usr(?=/lib)', '', path), path]
    found = subprocess.run(['dpkg-query', '-S', *names], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    return found.split(':')[0]


def check_references(document):
    elements = {element['SPDXID']: element for element in document['packages'] + document['files']}
    assert len(elements) == len(document['packages']) + len(document['files']), 'two elements of one name'
    for relationship in document['relationships']:
        for key in ('spdxElementId', 'relatedSpdxElement'):
            assert relationship[key] in elements or relationship[key] == 'SPDXRef-DOCUMENT', relationship
    licenses = {text['licenseId'] for text in document.get('hasExtractedLicensingInfos', [])}
    named = set(re.findall(r'LicenseRef-[\w.-]+', ' '.join(package['licenseDeclared'] for package in document['packages'])))
    assert named == licenses, named ^ licenses
    return elements


def check_contents(elements, folder):
    for element in elements.values():
        name = element.get('fileName', element.get('packageFileName'))
        if not name:
            assert element['versionInfo'] == installed(element['name']), element
            assert element['licenseDeclared'] not in ('', 'NOASSERTION'), element
            continue
        data = open(os.path.join(folder, name), 'rb').read()
        for checksum in element['checksums']:
            assert checksum['checksumValue'] == hashlib.new(checksum['algorithm'].lower(), data).hexdigest(), name


def check_static(document, elements):
    wanted = {owner('lib%s.a' % name) for name in re.findall(r'-l(\S+)', run('pkg-config', '--libs', *MODULES))}
    wanted |= {owner(name) for name in ('libc.a', 'libm.a', 'libgcc.a')}
    assert len(wanted) >= 7 and '' not in wanted, wanted
    for binary in document['files']:
        linked = {elements[row['relatedSpdxElement']]['name'] for row in document['relationships']
                  if row['spdxElementId'] == binary['SPDXID'] and row['relationshipType'] == 'STATIC_LINK'}
        assert linked == wanted, (binary['fileName'], linked ^ wanted)


def main():
    document = json.load(open(sys.argv[1]))
    jsonschema.Draft7Validator(json.load(open(FIXTURES + '/spdx-2.3.schema.json'))).validate(document)
    elements = check_references(document)
    check_contents(elements, sys.argv[2])
    check_static(document, elements)
    assert any(row['relationshipType'] == 'DESCRIBES' for row in document['relationships'])


main()
