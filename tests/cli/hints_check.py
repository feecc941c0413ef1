#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Whether every value that siplaunch names in a refusal or a warning works.

usage: tests/cli/hints_check.py CASES [SEED]

Profiles, limits, configurations, commands and places are drawn at random, and "siplaunch plan" judges them. Where it refuses, or warns, and
names a value (the smallest limit, a size, a flag), that value is used, and nothing else is changed: the refusal must be gone and no other
may stand in its place. Of limits and sizes, what is just below must still be refused. Prints how much was tried; 1 when something does
not work.
"""
import collections
import glob
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SIPLAUNCH = os.environ.get("SIPLAUNCH", REPOSITORY + "/build/siplaunch")
HOSTS = REPOSITORY + "/tests/fixtures/hosts/"
ROUTERS = REPOSITORY + "/tests/fixtures/routers/"
MIB = 1 << 20
PLENTY_KIB = 1 << 42  # a machine that is never too small


def copy_host(source, target):
    """Links to what several hosts share are followed; those of /proc/PID/ns, which lead nowhere, stay links."""
    os.mkdir(target)
    for name in os.listdir(source):
        old, new = os.path.join(source, name), os.path.join(target, name)
        if os.path.islink(old) and not os.path.exists(old):
            os.symlink(os.readlink(old), new)
        elif os.path.isdir(old):
            copy_host(old, new)
        else:
            shutil.copy(old, new)


class Place:
    """A described machine, with a limit in it or not."""

    def __init__(self, folder, host, profile, limit_file):
        self.profile, self.limit_file = profile, limit_file
        self.tree = os.path.join(folder, host)
        copy_host(HOSTS + host, self.tree)
        os.unlink(self.tree + "/proc/meminfo")
        with open(self.tree + "/proc/meminfo", "w") as file:
            file.write("MemTotal: %d kB\nMemAvailable: %d kB\n" % (PLENTY_KIB, PLENTY_KIB))

    def describe(self, limit_mib):
        """This worker's copy with that limit; None: no limit. The path."""
        tree = "%s.%d" % (self.tree, threading.get_ident())
        if not os.path.exists(tree):
            shutil.copytree(self.tree, tree, symlinks=True)
        with open(tree + self.limit_file, "w") as file:
            file.write("max" if limit_mib is None else str(limit_mib * MIB))
        return tree


class Case:
    """What is asked of siplaunch: everything in it can be changed by a hint."""

    def __init__(self, place, limit_mib, sets, policies, command):
        self.place, self.limit_mib = place, limit_mib
        self.sets, self.policies, self.command = sets, policies, command

    def but(self, sets=None, policies=None, limit_mib=None):
        return Case(self.place, self.limit_mib if limit_mib is None else limit_mib, {**self.sets, **(sets or {})},
                    {**self.policies, **(policies or {})}, self.command)

    def arguments(self):
        words = ["--profile", self.place.profile, "--set", "user=null", "--set", "group=null"]
        for key, value in self.sets.items():
            words += ["--set", "%s=%s" % (key, value)]
        for key, value in self.policies.items():
            words += ["--policy", "%s=%s" % (key, value)]
        return words + ["--"] + self.command

    def judge(self):
        tree = self.place.describe(self.limit_mib)
        words = [SIPLAUNCH, "plan", "--format", "json", "--profile-dir", REPOSITORY + "/profiles", "--host", tree] + self.arguments()
        run = subprocess.run(words, capture_output=True, text=True, timeout=120)
        if run.returncode not in (0, 1):
            return Verdict(run.returncode, {}, run.stderr, words)
        return Verdict(run.returncode, json.loads(run.stdout), run.stderr, words)


class Verdict:
    def __init__(self, status, plan, stderr, words):
        self.status, self.stderr = status, stderr
        self.words = " ".join("'%s'" % word if " " in word else word for word in words)
        error = plan.get("error") or {}
        self.message, self.hint = error.get("message") or "", error.get("hint") or ""
        if status not in (0, 1):
            self.message = stderr
            self.hint = "".join(re.findall(r"hint: (.*)", stderr))
        self.warnings = plan.get("warnings") or []
        self.denied = sorted("%s/%s" % (step["mechanism"], step["name"]) for step in plan.get("steps") or []
                             if step["status"] == "denied" and step["policy"] == "require")

    def refuses(self):
        return self.status != 0 and bool(self.message)

    def same_warning(self, warning):
        """Whether it still warns of that: the words are the same, whatever the numbers."""
        words = re.sub(r"[0-9]+", "#", warning)
        return any(re.sub(r"[0-9]+", "#", other) == words for other in self.warnings)


# ---- what a hint says, as a change of the case; "below" is what must not do ----

Remedy = collections.namedtuple("Remedy", "what fixed below")


def with_limit(case, mib):
    """A limit of so many MiB in place of the one that was too small, wherever that was set."""
    if case.sets.get("sizing.memory", "auto") == "auto":
        return case.but(limit_mib=mib)
    roomy = case.limit_mib is None or case.limit_mib >= mib
    return case.but(sets={"sizing.memory": "%dMiB" % mib}, limit_mib=None if roomy else mib)


def with_pool(case, name, size_):
    """A pool of that size: of the profile, or as the command's own option."""
    if name not in case.command:
        return case.but(sets={name: size_})
    changed, at = case.but(), case.command.index(name)
    changed.command = case.command[:at + 1] + [size_] + case.command[at + 2:]
    return changed


def with_shared(case, mib):
    """A shared pool of so many MiB, wherever it was given."""
    return with_pool(case, "-m", str(mib)) if "-m" in case.command else with_pool(case, "sizing.shared", "%dMiB" % mib)


def with_policies(case, text):
    return case.but(policies=dict(re.findall(r"and --policy ([\w./-]+)=(\w+)", text)))


def remedies_of_refusal(case, verdict):
    text = verdict.hint
    also = with_policies(case, text)
    found = re.search(r"the smallest (?:memory )?limit that (?:is enough|supports it) is (\d+) MiB", text)
    if found:
        mib = int(found.group(1))
        pool = re.search(r"with a shared pool of (\d+) MiB", text)
        also = with_shared(also, int(pool.group(1))) if pool else also
        yield Remedy("smallest limit" + (" and pool" if pool else ""), with_limit(also, mib), with_limit(also, mib - 1))
        more = re.search(r"; (\d+) MiB support the workload as well", text)
        if more:
            yield Remedy("limit for the workload", with_limit(also, int(more.group(1))), None)
    pools = re.findall(r"(?:raise|lower|and) (sizing\.\w+|-[mM]) to (\w+)", text)
    if pools:
        limit = re.search(r", and the memory limit to (\d+) MiB", text)
        raised = with_limit(also, int(limit.group(1))) if limit else also
        for name, size_ in pools:
            raised = with_pool(raised, name, size_)
        yield Remedy("pool " + " ".join(name for name, _ in pools), raised, None)
    found = re.search(r"raise the given shared pool to (\d+) MiB(?: and the memory limit to (\d+) MiB)?", text)
    if found:
        mib = int(found.group(1))
        roomy = with_limit(also, int(found.group(2))) if found.group(2) else also
        yield Remedy("shared pool of a workload", with_shared(roomy, mib), with_shared(roomy, mib - 1))
    for name, policy in re.findall(r"(?<!and )--policy ([\w./-]+)=(\w+)", text):
        yield Remedy("--policy", also.but(policies={name: policy}), None)
    for key, value in re.findall(r"--set ([\w.]+)=([\w.]*\d\w*)", text):
        yield Remedy("--set", case.but(sets={key: value}), None)


def remedies_of_warning(case, warning):
    for name, size_ in re.findall(r"raise (sizing\.\w+|-[mM]) to (\w+)", warning):
        yield Remedy("warning: " + name, with_pool(case, name, size_), None)
    found = re.match(r"-m (\d+) is the router's own default, .*: give (\d+) or (\d+)", warning)
    for value in found.groups()[1:] if found else ():
        yield Remedy("warning: the default of -m", with_shared(case, int(value)), None)


# ---- drawing ----

CONFIGURATIONS = sorted(path for router in ("kamailio", "opensips") for path in glob.glob(ROUTERS + router + "/*/router.cfg"))


def size(random_, least, most):
    """A size between two, in MiB, every order of magnitude as likely as another."""
    return int(round(2 ** random_.uniform(least, most)))


def draw_sizing(random_):
    sets = {}
    if random_.random() < 0.3:
        sets["sizing.processes"] = size(random_, 0, 9)
    if random_.random() < 0.3:
        sets["sizing.private"] = "%dMiB" % size(random_, 0, 7)
    if random_.random() < 0.3:
        sets["sizing.shared"] = "%dMiB" % size(random_, 0, 13)
    if random_.random() < 0.2:
        sets["sizing.connections"] = size(random_, 0, 17)
    if random_.random() < 0.2:
        sets["sizing.reserve"] = random_.choice(["10%", "64MiB", "1GiB", "0"])
    if random_.random() < 0.1:
        sets["sizing.perProcess"] = "%dKiB" % size(random_, 6, 12)
    if random_.random() < 0.1:
        sets["sizing.base"] = "%dMiB" % size(random_, 0, 9)
    for key, most in (("registrations", 20), ("dialogs", 17), ("callsPerSecond", 10), ("tcpConnections", 15)):
        if random_.random() < 0.12:
            sets["sizing.workload." + key] = size(random_, 0, most)
    return sets


def draw_command(random_):
    configuration = random_.choice(CONFIGURATIONS)
    router = configuration[len(ROUTERS):].split("/")[0]
    command = [router, "-f", configuration if random_.random() < 0.9 else "/does/not/exist.cfg"]
    if random_.random() < 0.15:
        command += ["-m", str(size(random_, 0, 12))]
    if random_.random() < 0.15:
        command += ["-M", str(size(random_, 0, 6))]
    return command


def draw(random_, places):
    place = random_.choice(places)
    sets = draw_sizing(random_)
    limit_mib = size(random_, 2, 14) if random_.random() < 0.6 else None
    if limit_mib is None or random_.random() < 0.3:
        sets["sizing.memory"] = "%dMiB" % size(random_, 2, 14)
    policies = {}
    if random_.random() < 0.2:
        policies["estimate"] = "require"
    if random_.random() < 0.2:
        policies["workload"] = random_.choice(["prefer", "require"])
    return Case(place, limit_mib, sets, policies, draw_command(random_))


# ---- the property ----


class Tally:
    def __init__(self):
        self.tried, self.refused, self.warned, self.failures = collections.Counter(), 0, 0, []

    def fail(self, why, first, second):
        self.failures.append("%s\n  %s\n  said: %s | %s | %s\n  then %s\n  said: %s | %s | denied %s, warnings %s" % (
            why, first.words, first.message, first.hint, first.warnings, second.words, second.message, second.hint,
            second.denied, second.warnings))


def check_refusal(case, verdict, tally):
    tally.refused += 1
    for remedy in remedies_of_refusal(case, verdict):
        tally.tried[remedy.what] += 1
        fixed = remedy.fixed.judge()
        if fixed.refuses():
            tally.fail("%s: still refused" % remedy.what, verdict, fixed)
        if remedy.below and not remedy.below.judge().refuses():
            tally.fail("%s: less would do" % remedy.what, verdict, remedy.below.judge())


def check_warnings(case, verdict, tally):
    for warning in verdict.warnings:
        for remedy in remedies_of_warning(case, warning):
            tally.warned += 1
            tally.tried[remedy.what] += 1
            fixed = remedy.fixed.judge()
            if fixed.same_warning(warning):
                tally.fail("%s: still warned" % remedy.what, verdict, fixed)


def check(case):
    tally = Tally()
    verdict = case.judge()
    if verdict.status not in (0, 1, 2):
        tally.fail("status %d" % verdict.status, verdict, verdict)
    if verdict.refuses():
        check_refusal(case, verdict, tally)
    else:
        check_warnings(case, verdict, tally)
    return tally


def main():
    cases, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1
    folder = tempfile.mkdtemp()
    try:
        places = [Place(folder, "bare-v2", "kamailio", "/sys/fs/cgroup/sip.slice/memory.max"),
                  Place(folder, "docker-private-ro", "container", "/sys/fs/cgroup/memory.max")]
        random_ = random.Random(seed)
        drawn = [draw(random_, places) for _ in range(cases)]
        for case in drawn:
            if case.place.profile == "kamailio":
                case.sets.setdefault("router", "auto")
        tried, refused, failures = collections.Counter(), 0, []
        with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
            for tally in pool.map(check, drawn):
                tried += tally.tried
                refused += tally.refused
                failures += tally.failures
    finally:
        shutil.rmtree(folder)
    for failure in failures[:10]:
        print(failure)
    print("%d cases, %d refused, %d values tried (%s), %d do not work" % (
        cases, refused, sum(tried.values()), ", ".join("%s %d" % pair for pair in sorted(tried.items())), len(failures)))
    sys.exit(1 if failures or not tried else 0)


main()
