# SPDX-License-Identifier: MIT
"""What has passed already, so that `make check-fast` need not run it again: tests/run and tests/lint/each use it.

A stamp is the file build/stamps/KIND/NAME. It holds the digest of all that the verdict depends on, and what there is to say of
it. It is written after a success only: what failed runs again until it passes. Another digest is another stamp: there is one of
each name, the last."""

import functools
import hashlib
import os
import platform
import re

BUILD = os.environ.get('BUILD', 'build')
INCLUDE_FOLDERS = ('src', 'launcher', '.')  # as in the Makefile: -Isrc -Ilauncher -I.
# Each changes whenever a package is installed, upgraded or removed: a tool, a library, a system header, a router.
PACKAGES = ('/var/lib/dpkg/status', '/var/lib/rpm/rpmdb.sqlite', '/usr/lib/sysimage/rpm/rpmdb.sqlite', '/lib/apk/db/installed')


def digest(*parts):
    """Of strings, in order; where one ends and the next begins counts."""
    return hashlib.sha256('\0'.join('%d:%s' % (len(part), part) for part in parts).encode(errors='surrogateescape')).hexdigest()


def state_of(path):
    """A file's time and size. OSError where there is no such file."""
    state = os.stat(path)
    return state.st_mtime_ns, state.st_size


@functools.lru_cache(None)
def read_once(path, _state):
    """A file's bytes, for as long as its state is the same."""
    with open(path, 'rb') as file:
        return file.read()


@functools.lru_cache(None)
def of_content(path, state):
    return hashlib.sha256(read_once(path, state)).hexdigest()


def of_files(paths):
    """The digest of files: of their names and contents. OSError where one cannot be read."""
    return digest(*[text for path in sorted(paths) for text in (path, of_content(path, state_of(path)))])


def of_folders(*folders):
    """The digest of every file in the folders."""
    return of_files(os.path.join(path, name) for folder in folders for path, _, names in os.walk(folder) for name in names
                    if os.path.isfile(os.path.join(path, name)))


def of_environment():
    """The digest of who runs it, with what environment."""
    noise = ('_', 'SHLVL', 'PWD', 'OLDPWD')
    variables = [name + '=' + value for name, value in sorted(os.environ.items())
                 if name not in noise and not name.startswith(('MAKE', 'MFLAGS'))]
    return digest(str(os.getresuid()), str(os.getgroups()), *variables)


@functools.lru_cache(None)
def of_machine():
    """The digest of what is installed, and of the kernel. None where no package manager is known: nothing is up to date there."""
    packages = [path for path in PACKAGES if os.path.exists(path)]
    return digest(platform.release(), platform.machine(), *[path + str(state_of(path)) for path in packages]) if packages else None


@functools.lru_cache(None)
def headers_of(path, state):
    """The headers of ours that a file names, wherever the compiler would find them. FileNotFoundError where it would not."""
    names = re.findall(r'^[ \t]*#[ \t]*include[ \t]*"([^"]+)"', read_once(path, state).decode(errors='replace'), re.MULTILINE)
    found = set()
    for name in names:
        paths = [os.path.normpath(os.path.join(folder, name)) for folder in (os.path.dirname(path), *INCLUDE_FOLDERS)]
        there = list(filter(os.path.exists, paths))
        if not there:
            raise FileNotFoundError('%s includes %s, which is not there' % (path, name))
        found.update(there)
    return found


def with_headers(path):
    """A C file and all the headers that it includes, directly or not."""
    found, new = set(), {path}
    while new:
        found |= new
        new = {header for file in new for header in headers_of(file, state_of(file))} - found
    return found


def path_of(kind, name):
    return os.path.join(BUILD, 'stamps', kind, name.replace('/', '%'))


def read(kind, name, expected):
    """What was written of it, if it passed with that digest; None if it did not, or if there is no digest."""
    try:
        with open(path_of(kind, name)) as file:
            kept, note = file.read().split('\n', 1)
    except (OSError, ValueError):
        return None
    return note if expected and kept == expected else None


def write(kind, name, passed_with, note=''):
    """It passed with that digest."""
    if not passed_with:
        return
    path = path_of(kind, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + '.new', 'w') as file:
        file.write(passed_with + '\n' + note)
    os.replace(path + '.new', path)
