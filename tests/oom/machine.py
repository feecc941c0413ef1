# SPDX-License-Identifier: MIT
"""What the cycles of OOM kills and the rounds of races share: the tree of groups, its state before and after, the kernel's log."""

import errno
import fcntl
import os
import re
import subprocess
import sys
import time

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SIPLAUNCH = os.environ.get('SIPLAUNCH', os.path.join(REPOSITORY, 'build/siplaunch'))
CGROUP_ROOT = '/sys/fs/cgroup'
LOCK = '/run/siplaunch.lock'


class Wrong(Exception):
    """What was expected, and what was there."""


def check(true, text):
    if not true:
        raise Wrong(text)


def group(path, file=''):
    return os.path.join(CGROUP_ROOT, path, file)


def read(path):
    with open(path) as file:
        return file.read().strip()


def write(path, text):
    with open(path, 'w') as file:
        file.write(text)


def wait_until(seconds, condition, what):
    """Bounds are for what hangs: an emulated machine stalls."""
    deadline = time.monotonic() + seconds
    while not condition():
        check(time.monotonic() < deadline, 'not within %d s: %s' % (seconds, what))
        time.sleep(0.01)


def groups_below(path):
    return [folder.rstrip('/') for folder, _, _ in os.walk(group(path), topdown=False)] if os.path.isdir(group(path)) else []


def remove(path):
    """Ends what lives in a group, and removes it with all below it."""
    if not os.path.isdir(group(path)):
        return
    write(group(path, 'cgroup.kill'), '1')
    wait_until(30, lambda: 'populated 0' in read(group(path, 'cgroup.events')), path + ' to be empty')
    for folder in groups_below(path):
        os.rmdir(folder)


def is_locked(path):
    if not os.path.exists(path):
        return False
    with open(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


class Tree:
    """The tree as it was: what of it is there afterwards that was not."""

    def __init__(self, own):
        self.own = own  # the top group that the launchers make
        self.clean_up()
        self.before = self.state()

    def clean_up(self):
        """After a failure, so that the next one is not blamed for it."""
        remove(self.own)
        for controller in read(group('.', 'cgroup.subtree_control')).split():
            write(group('.', 'cgroup.subtree_control'), '-' + controller)

    @staticmethod
    def state():
        return sorted(os.walk(CGROUP_ROOT).__next__()[1]), read(group('.', 'cgroup.subtree_control'))

    def assert_as_before(self):
        left = groups_below(self.own)
        check(not left, 'left behind: ' + ' '.join(left))
        check(self.state() == self.before, 'the root is not as it was: %s and not %s' % (self.state(), self.before))
        check(not is_locked(LOCK), LOCK + ' is locked')


class KernelLog:
    """/dev/kmsg from now on."""

    KILLED = re.compile(r'Killed process (\d+) \((.*?)\)')

    def __init__(self):
        self.fd = os.open('/dev/kmsg', os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        os.lseek(self.fd, 0, os.SEEK_END)

    def killed(self):
        """The processes that were OOM-killed since the last look: pid and name. With memory.oom.group the kernel kills the
        process that it chose twice."""
        found = {}
        while True:
            try:
                record = os.read(self.fd, 8192).decode(errors='replace')
            except BlockingIOError:
                return found
            except OSError as error:
                check(error.errno != errno.EPIPE, "the kernel's log was overwritten")
                raise
            match = self.KILLED.search(record)
            if match:
                found[int(match.group(1))] = match.group(2)


def run_all(name, count, seed, step):
    """Runs step(number) `count` times; what it returns are notes to count. Prints the total; 1 where one was wrong."""
    started, wrong, notes = time.monotonic(), 0, {}
    for number in range(1, count + 1):
        try:
            for note in step(number):
                notes[note] = notes.get(note, 0) + 1
        except Wrong as error:
            wrong += 1
            print('%s %d (seed %d): %s' % (name, number, seed, error), flush=True)
        if number % 50 == 0:
            print('%s: %d done, %d wrong, %.0f s' % (name, number, wrong, time.monotonic() - started), flush=True)
    told = ''.join(', %d %s' % (notes[note], note) for note in sorted(notes))
    print('%s: %d passed, %d failed%s; seed %d, %.2f s each' % (name, count - wrong, wrong, told, seed,
                                                              (time.monotonic() - started) / max(count, 1)), flush=True)
    return 1 if wrong or not count else 0
