#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# The shipped seccomp profiles say what they are meant to say: read as JSON, without siplaunch's own reader.

load ../lib/common

# check PYTHON: runs it with `router` and `audit`, the two profiles.
check() {
  "$PYTHON" -c "
import json, sys
router, audit = (json.load(open(sys.argv[1] + '/' + name)) for name in ('sip-router.json', 'sip-router-audit.json'))
groups = router['syscalls']
$1" "$REPO/profiles/seccomp"
}

@test "the audit profile lets through and logs what sip-router refuses, and differs in nothing else" {
  check '
assert router["defaultAction"] == "SCMP_ACT_ERRNO" and router["defaultErrnoRet"] == 38
assert audit["defaultAction"] == "SCMP_ACT_LOG" and "defaultErrnoRet" not in audit
for group in groups:
    # what is to look like an older kernel looks like one to both: it would be used, and in the log with every fork
    if group["action"] == "SCMP_ACT_ERRNO" and group["errnoRet"] != 38:
        group["action"] = "SCMP_ACT_LOG"
        del group["errnoRet"]
for name in ("defaultAction", "defaultErrnoRet"):
    router.pop(name, None), audit.pop(name, None)
assert router == audit'
}

@test "a call that has conditions in one group is without them in no other" {
  # libseccomp lets the rule without conditions win, whatever the others say
  check '
seen = {}
for group in groups:
    for name in group["names"]:
        seen.setdefault(name, []).append(group.get("args"))
for name, rules in seen.items():
    assert len(rules) == 1 or all(rules), name
    assert len({json.dumps(rule) for rule in rules}) == len(rules), name'
}

@test "every group says what it is for, and lists its calls in order" {
  check '
for group in groups:
    assert len(group["comment"]) >= 6 and group["names"] == sorted(set(group["names"])), group'
}

@test "an argument of 32 bits is never compared in a way that its upper half can get around" {
  # the kernel looks at 32 bits of these, the filter at 64: an equality that allows, or a mask, is safe
  check '
for group in groups:
    for arg in group.get("args", []):
        assert arg["op"] in ("SCMP_CMP_EQ", "SCMP_CMP_MASKED_EQ") or group["action"] == "SCMP_ACT_ERRNO", group
        assert arg["op"] != "SCMP_CMP_EQ" or group["names"][0].startswith("socket"), group'
}

@test "what takes a machine over from inside is allowed under no condition" {
  check '
allowed = {name for group in groups if group["action"] == "SCMP_ACT_ALLOW" for name in group["names"]}
forbidden = """acct add_key bpf clone3 delete_module fanotify_init finit_module fsconfig fsmount fsopen init_module io_uring_enter
    io_uring_register io_uring_setup ioperm iopl kcmp kexec_file_load kexec_load keyctl mount mount_setattr move_mount open_by_handle_at
    open_tree perf_event_open pidfd_getfd pivot_root process_vm_readv process_vm_writev ptrace quotactl reboot request_key
    setns settimeofday clock_settime swapon syslog umount2 unshare userfaultfd"""
assert not allowed.intersection(forbidden.split())
unconditional = {name for group in groups if group["action"] == "SCMP_ACT_ALLOW" and "args" not in group for name in group["names"]}
assert not unconditional & {"clone", "ioctl", "mknod", "mknodat", "personality", "socket", "socketpair"}'
}

@test "siplaunch takes both without a warning" {
  # every name is known to the libseccomp that is here: an unknown one is allowed nowhere, and warned of at each launch
  for name in sip-router sip-router-audit; do
    run -0 --separate-stderr "$SIPLAUNCH" seccomp check "$REPO/profiles/seccomp/$name.json"
    [[ $output == *": ok, "* && -z $stderr ]]
  done
}
