#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks an image: image_check.py ARCHIVE ARCHITECTURE=BINARY...      run at the top of the source tree

That the OCI archive has each of the architectures (Debian's names), and no other; that every blob has the digest that it is found by; and that
each image is that binary as its entry point, the profiles of this tree, and nothing else, owned by root and writable by nobody else.
"""
import gzip
import hashlib
import io
import json
import os
import sys
import tarfile

PLATFORMS = {'amd64': ('amd64', None), 'arm64': ('arm64', None), 'armhf': ('arm', 'v7'), 'i386': ('386', None)}
BINARY, PROFILES = 'usr/local/bin/siplaunch', 'usr/local/share/siplaunch/profiles/'


class Archive:
    def __init__(self, path):
        self.files = {}
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile():
                    self.files[member.name] = archive.extractfile(member).read()
        assert json.loads(self.files['oci-layout'])['imageLayoutVersion'] == '1.0.0'

    def blob(self, descriptor):
        algorithm, digest = descriptor['digest'].split(':')
        data = self.files['blobs/%s/%s' % (algorithm, digest)]
        assert hashlib.new(algorithm, data).hexdigest() == digest, digest
        assert len(data) == descriptor['size'], digest
        return data

    def document(self, descriptor):
        return json.loads(self.blob(descriptor))


def profiles():
    for folder, _, names in os.walk('profiles'):
        for name in names:
            path = os.path.join(folder, name)
            yield PROFILES + os.path.relpath(path, 'profiles'), open(path, 'rb').read()


def contents(archive, manifest):
    """The files of all layers, by name."""
    found = {}
    for layer in manifest['layers']:
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(archive.blob(layer)))) as tree:
            for member in tree:
                assert member.isdir() or member.isfile(), member.name
                assert (member.uid, member.gid) == (0, 0) and not member.mode & 0o022, member.name
                if member.isfile():
                    assert bool(member.mode & 0o111) == (member.name == BINARY), member.name
                    found[member.name] = tree.extractfile(member).read()
    return found


def check(archive, descriptor, architecture, binary):
    name, variant = PLATFORMS[architecture]
    manifest = archive.document(descriptor)
    config = archive.document(manifest['config'])
    assert (config['os'], config['architecture']) == ('linux', name), config
    assert descriptor['platform'].get('variant') == variant, descriptor
    assert config['config']['Entrypoint'] == ['/usr/local/bin/siplaunch'], config
    assert config['config']['Labels']['org.opencontainers.image.version'], config
    wanted = dict(profiles())
    wanted[BINARY] = open(binary, 'rb').read()
    found = contents(archive, manifest)
    assert found == wanted, sorted(name for name in found.keys() | wanted if found.get(name) != wanted.get(name))


def main(path, *rows):
    archive = Archive(path)
    index, = json.loads(archive.files['index.json'])['manifests']
    images = {image['platform']['architecture']: image for image in archive.document(index)['manifests']}
    wanted = dict(row.split('=', 1) for row in rows)
    assert sorted(images) == sorted(PLATFORMS[architecture][0] for architecture in wanted), sorted(images)
    for architecture, binary in wanted.items():
        check(archive, images[PLATFORMS[architecture][0]], architecture, binary)


if __name__ == '__main__':
    main(*sys.argv[1:])
