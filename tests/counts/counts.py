#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What siplaunch estimates of many configurations, and how many processes a real router starts with them.

    counts.py count ROUTER [--modules DIRECTORY] [--record]
        Starts each configuration that the router's version knows, in a network namespace of its own, counts, and compares.
        --record writes tests/fixtures/counts/NAME-VERSION.tsv. Needs root.
    counts.py check
        Compares what is recorded with what siplaunch estimates now. Needs no router and no root.
    counts.py table
        Prints docs/process-counts.md from what is recorded.

Configurations: the folders of tests/fixtures/routers that have a file "runs", those of generated.py, and the one that the
installed kamailio ships. An estimate is wrong when it is exact and another number, or a range without the number, was counted.
Exit status: 0 nothing is wrong, 1 something is.
"""
import argparse
import concurrent.futures
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # the checkout is not written to
import generated

REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SIPLAUNCH = os.environ.get("SIPLAUNCH", REPOSITORY + "/build/siplaunch")
FIXTURES = REPOSITORY + "/tests/fixtures"
RECORDED = FIXTURES + "/counts"
PARALLEL = 12  # a router waits most of the time in which it is counted
STARTED = 60  # seconds: far more than a router takes under any load
STEADY = 1.0  # seconds: as long as the number must stay the same
DOUBTED = 10.0  # seconds: as long when it is not the expected one; a machine under load starts processes slowly
COLUMNS = ("configuration", "estimated", "from", "to", "counted")

# Runs in the new network namespace: its addresses, then the command.
INSIDE = r"""
ip link set lo up
while [ "$1" != -- ]; do
	device=${1%%=*} address=${1#*=}
	ip link show "${device%%:*}" >/dev/null 2>&1 || ip link add "${device%%:*}" type dummy 2>/dev/null || ip link add "${device%%:*}" type bridge
	ip link set "${device%%:*}" up
	case $address in
	127.0.0.1 | ::1) ;;
	*:*) ip address add "$address/64" dev "$device" nodad ;;
	*) ip address add "$address/24" dev "${device%%:*}" label "$device" ;;
	esac
	shift
done
shift
exec "$@"
"""


class Case:
    """A configuration: `command` with @DIR@ for `directory`, and the "INTERFACE ADDRESS" lines of its machine."""

    def __init__(self, name, directory, command, addresses=("lo 127.0.0.1", "lo ::1"), needs=None, versions=None):
        self.name, self.directory, self.addresses, self.needs = name, directory, list(addresses), needs
        self.command = [word.replace("@DIR@", directory) for word in command]
        self.router = name.split("/")[0]
        self.first, self.last = versions or ((3,) if self.router == "opensips" else (0,), (99,))

    def is_for(self, version):
        """Not where an interface has IPv6 addresses: newer kernels' answers confuse Kamailio's reader (tests/vm/estimate.bats)."""
        confusing = self.router == "kamailio" and any(":" in line.split()[1] and line != "lo ::1" for line in self.addresses)
        return self.first <= version <= self.last and not confusing and (not self.needs or os.access(self.needs, os.R_OK))


def read_lines(path):
    if not os.path.exists(path):
        return []
    with open(path) as file:
        return [line for line in file.read().splitlines() if line and not line.startswith("#")]


def version_of(text):
    return tuple(int(part) for part in text.split("."))


def fixture_case(directory):
    """One of tests/fixtures/routers; its file "versions" has the first version that starts it, and perhaps the last."""
    router, name = directory.split("/")[-2:]
    command = read_lines(directory + "/argv") or [router, "-f", "@DIR@/router.cfg"]
    options = " ".join(read_lines(directory + "/runs")).split()
    versions = [version_of(text) for text in " ".join(read_lines(directory + "/versions")).split()]
    return Case("%s/%s" % (router, name), directory, command + options,
                read_lines(directory + "/addresses") or ("lo 127.0.0.1", "lo ::1"),
                (read_lines(directory + "/needs") or [None])[0],
                (versions + [(99,)])[:2] if versions else None)


def generated_case(directory, name, made):
    folder = os.path.join(directory, name)
    os.makedirs(folder)
    for path, text in made["files"].items():
        with open(os.path.join(folder, path), "w") as file:
            file.write(text)
    versions = [version_of(text) for text in made.get("versions", ())]
    return Case(name, folder, made["command"], versions=(versions + [(99,)])[:2] if versions else None)


def shipped_cases():
    """Debian's own configuration with what its comments offer to define, on one socket."""
    path = "/etc/kamailio/kamailio.cfg"
    sets = [[], ["WITH_NAT"], ["WITH_ANTIFLOOD"], ["WITH_JSONRPC"], ["WITH_WEBSOCKETS"], ["WITH_DEBUG"],
            ["WITH_NAT", "WITH_ANTIFLOOD", "WITH_JSONRPC", "WITH_WEBSOCKETS"]]
    for names in sets:
        options = [word for name in names for word in ("-A", name)]
        suffix = "-".join(name[5:].lower() for name in names)
        yield Case("kamailio/shipped" + ("-with-" + suffix if suffix else ""), "/etc/kamailio",
                   ["kamailio", "-f", path, "-l", "udp:127.0.0.1:15060", "-l", "tcp:127.0.0.1:15060", *options, "-DD", "-E"],
                   needs=path)


def all_cases(directory):
    cases = [fixture_case(os.path.dirname(path)) for path in sorted(glob.glob(FIXTURES + "/routers/*/*/runs"))]
    cases += [generated_case(directory, name, made) for name, made in generated.configurations()]
    return cases + list(shipped_cases())


def estimate(command, prefix=(), host=None):
    """(estimated, from, to) of siplaunch; `to` None: no bound. None where the number is not from the configuration."""
    plan = [SIPLAUNCH, "plan", "--format", "json", "--profile", REPOSITORY + "/profiles/generic.json", "--set", "router=auto",
            "--set", "sizing.memory=16GiB", "--policy", "default=prefer"]
    if host:
        plan += ["--host", host, "--set", "user=1000", "--set", "group=1000"]
    run = subprocess.run([*prefix, *plan, "--", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    budget = json.loads(run.stdout).get("budget") if run.stdout else None
    if not budget:
        raise RuntimeError("no budget: %s" % run.stderr.strip())
    between = budget["processesRange"] or {"from": budget["processes"], "to": budget["processes"]}
    return budget["processes"], between["from"], between["to"]


def agrees(numbers, counted):
    _, least, most = numbers
    return least <= counted and (most is None or counted <= most)


def is_exact(numbers):
    return numbers[1] == numbers[2]


def in_session(session):
    """How many processes there are, and whether one is a zombie: the router is about to end."""
    count = 0
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(path, errors="replace") as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        count += fields[3] == str(session) and fields[0] != "Z"
    return count


def steady_count(process, numbers):
    """The number of processes when it has not changed for STEADY seconds, or DOUBTED where it is none of the estimated
    numbers; an error when the router ends before."""
    deadline, last, since = time.monotonic() + STARTED, 0, time.monotonic()
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError("it ended with status %d" % process.returncode)
        count = in_session(process.pid)
        if count != last:
            last, since = count, time.monotonic()
        if count > 1 and time.monotonic() - since >= (STEADY if agrees(numbers, count) else DOUBTED):
            return count
        time.sleep(0.2)  # each look reads all of /proc
    raise RuntimeError("the number of its processes changes for ever")


def stop(process):
    for number in (signal.SIGTERM, signal.SIGKILL):
        for path in glob.glob("/proc/[0-9]*/stat"):
            try:
                with open(path, errors="replace") as file:  # a name need not be UTF-8
                    pid, fields = int(path.split("/")[2]), file.read().rsplit(")", 1)[1].split()
                if fields[3] == str(process.pid) and (number == signal.SIGKILL or pid == process.pid):
                    os.kill(pid, number)
            except OSError:
                continue
        try:
            process.wait(10 if number == signal.SIGTERM else None)
        except subprocess.TimeoutExpired:
            pass


def with_modules(case, modules, directory):
    """The command with a copy of the configuration that names the router's modules, which are elsewhere than it was built for."""
    with open(case.directory + "/router.cfg") as file:
        text = file.read()
    copy = tempfile.mkdtemp(dir=directory) + "/case"
    shutil.copytree(case.directory, copy)
    with open(copy + "/router.cfg", "w") as file:
        file.write('mpath="%s/"\n%s' % (modules.rstrip("/"), text))
    return [word.replace(case.directory, copy) for word in case.command]


def count(case, binary, modules, directory):
    """(numbers, counted); raises RuntimeError when the router does not start."""
    runtime = tempfile.mkdtemp(dir=directory)
    command = with_modules(case, modules, directory) if modules else case.command
    extra = ["-P", runtime + "/pid", "-w", runtime] + (["-Y", runtime] if case.router == "kamailio" else [])
    addresses = [line.replace(" ", "=") for line in case.addresses]
    prefix = ["unshare", "--net", "sh", "-c", INSIDE, "inside", *addresses, "--"]
    numbers = estimate([case.router, *command[1:], *extra], prefix)
    with open(runtime + "/log", "w+") as log:
        process = subprocess.Popen([*prefix, binary, *command[1:], *extra], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   start_new_session=True)
        try:
            return numbers, steady_count(process, numbers)
        except RuntimeError as error:
            log.seek(0)
            raise RuntimeError("%s: %s" % (error, " | ".join(log.read().strip().splitlines()[-4:]))) from error
        finally:
            stop(process)


def binary_version(binary):
    run = subprocess.run([binary, "-v" if "kamailio" in os.path.basename(binary) else "-V"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return re.search(r"version: (?:kamailio|opensips) \(?(?:OpenSIPS \()?([0-9]+\.[0-9]+\.[0-9]+)", run.stdout).group(1)


def bound(number):
    return "any" if number is None else str(number)


def summary(rows):
    """The line of totals, and whether nothing is wrong; a row is (name, numbers, counted)."""
    exact = sum(agrees(numbers, counted) and is_exact(numbers) for _, numbers, counted in rows)
    inside = sum(agrees(numbers, counted) and not is_exact(numbers) for _, numbers, counted in rows)
    wrong = len(rows) - exact - inside
    return "%d configurations, %d counted exactly, %d uncertain with the count inside the range, %d wrong" % (
        len(rows), exact, inside, wrong), not wrong


def report_wrong(rows):
    for name, numbers, counted in rows:
        if not agrees(numbers, counted):
            print("WRONG %s: estimated %d (%d to %s), counted %d" % (name, *numbers[:2], bound(numbers[2]), counted))


def command_count(options):
    name, version = os.path.basename(options.router), binary_version(options.router)
    rows, doubtful, failures = [], [], []
    with tempfile.TemporaryDirectory(prefix="siplaunch-counts-") as directory:
        os.chmod(directory, 0o755)
        cases = [case for case in all_cases(directory + "/") if case.router == name and case.is_for(version_of(version))]
        with concurrent.futures.ThreadPoolExecutor(PARALLEL) as pool:
            running = {case.name: pool.submit(count, case, options.router, options.modules, directory) for case in cases}
            for case in cases:
                try:
                    rows.append((case.name, *running[case.name].result()))
                except RuntimeError as error:
                    print("AGAIN, ALONE %s: %s" % (case.name, error))
                    doubtful.append(case)
        for case in doubtful:
            try:
                rows.append((case.name, *count(case, options.router, options.modules, directory)))
            except RuntimeError as error:
                failures.append("%s: %s" % (case.name, error))
    for failure in failures:
        print("NOT STARTED " + failure)
    report_wrong(rows)
    if options.record:
        with open("%s/%s-%s.tsv" % (RECORDED, name, version), "w") as file:
            file.write("\t".join(COLUMNS) + "\n")
            for case_name, numbers, counted in sorted(rows):
                file.write("\t".join([case_name, str(numbers[0]), str(numbers[1]), bound(numbers[2]), str(counted)]) + "\n")
    line, right = summary(rows)
    print("%s %s: %s, %d not started" % (name, version, line, len(failures)))
    return 0 if right and not failures and rows else 1


def read_recorded():
    """For each router and version what was recorded: {name: (numbers, counted)}."""
    recorded = {}
    for path in sorted(glob.glob(RECORDED + "/*.tsv")):
        lines = read_lines(path)
        rows = {}
        for line in lines[1:]:
            name, estimated, least, most, counted = line.split("\t")
            rows[name] = (int(estimated), int(least), None if most == "any" else int(most)), int(counted)
        recorded[os.path.basename(path)[:-len(".tsv")]] = rows
    return recorded


def described_host(case, directory):
    """A machine without a router, that has the addresses of the case."""
    host = tempfile.mkdtemp(dir=directory) + "/host"
    shutil.copytree(FIXTURES + "/hosts/bare-v2", host, symlinks=True)
    with open(host + "/.addresses", "w") as file:
        file.write("".join(line + "\n" for line in case.addresses))
    return host


def command_check(_options):
    right, skipped = True, 0
    with tempfile.TemporaryDirectory(prefix="siplaunch-counts-") as directory:
        cases = {case.name: case for case in all_cases(directory + "/")}
        now = {}

        def estimated(name):
            case = cases[name]
            return estimate([*case.command, "-Y", "/run/kamailio"] if case.router == "kamailio" else case.command,
                            host=described_host(case, directory))

        for router, recorded in read_recorded().items():
            rows = []
            for name, (numbers, counted) in recorded.items():
                if name not in cases:
                    print("WRONG %s: %s is recorded, and there is no such configuration" % (router, name))
                    right = False
                    continue
                if cases[name].needs:  # of an installed package, whose release is another than the recorded one
                    skipped += 1
                elif name not in now:
                    now[name] = estimated(name)
                if now.get(name, numbers) != numbers:
                    print("CHANGED %s: %s was estimated as %s, now as %s" % (router, name, numbers, now[name]))
                    right = False
                rows.append((name, now.get(name, numbers), counted))
            report_wrong(rows)
            line, good = summary(rows)
            right = right and good
            print("%s: %s" % (router, line))
    print("%d of an installed package as they were recorded" % skipped)
    return 0 if right else 1


INTRODUCTION = """# How many processes

The number of processes that siplaunch estimates for a configuration, and how many the router really started. Made by
`tests/counts/counts.py table`; `tests/cli/counts.bats` checks that it is current, and counts again with the Kamailio that is installed.

Each router was started in a network namespace of its own, and its processes were counted when their number had not changed for a second.
A configuration is a folder of `tests/fixtures/routers`, one that `tests/counts/generated.py` makes (a fixed seed), or the one that Debian ships.
"uncertain" has the range that siplaunch estimates; the count must be inside it. A version that does not accept a configuration has no number.
"""


def command_table(_options):
    recorded = read_recorded()
    print(INTRODUCTION)
    print("| router | configurations | counted exactly | uncertain, count inside the range | wrong |\n| --- | --- | --- | --- | --- |")
    for router, rows in recorded.items():
        pairs = [(name, *row) for name, row in rows.items()]
        exact = sum(agrees(numbers, counted) and is_exact(numbers) for _, numbers, counted in pairs)
        inside = sum(agrees(numbers, counted) and not is_exact(numbers) for _, numbers, counted in pairs)
        print("| %s | %d | %d | %d | %d |" % (router.replace("-", " "), len(pairs), exact, inside, len(pairs) - exact - inside))
    for kind in ("kamailio", "opensips"):
        routers = [router for router in recorded if router.startswith(kind)]
        names = sorted({name for router in routers for name in recorded[router]})
        print("\n| configuration | estimated | %s |\n| --- | --- |%s" % (
            " | ".join("counted, %s" % router.split("-")[1] for router in routers), " --- |" * len(routers)))
        for name in names:
            found = [recorded[router].get(name) for router in routers]
            estimates = sorted({"%d" % numbers[0] if is_exact(numbers) else "%d, uncertain: %d to %s" % (*numbers[:2], bound(numbers[2]))
                                for numbers, _ in filter(None, found)})
            print("| %s | %s | %s |" % (name.split("/")[1], "; ".join(estimates), " | ".join(str(row[1]) if row else "" for row in found)))
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    counting = commands.add_parser("count")
    counting.add_argument("router")
    counting.add_argument("--modules")
    counting.add_argument("--record", action="store_true")
    counting.set_defaults(run=command_count)
    commands.add_parser("check").set_defaults(run=command_check)
    commands.add_parser("table").set_defaults(run=command_table)
    options = parser.parse_args()
    return options.run(options)


if __name__ == "__main__":
    sys.exit(main())
