# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the tests of supervision share: the report, the end, and that nothing is left.

# prepare_supervision: to be called in setup.
prepare_supervision() {
  # the file before may have been podman's, which switches controllers on
  BEFORE=$(cg . cgroup.subtree_control)
  REPORT=$BATS_TEST_TMPDIR/report.json
}

# report EXPRESSION...: each is true of the report, which is called r.
report() {
  "$PYTHON" - "$REPORT" "$@" <<'END'
import json, sys
text = open(sys.argv[1]).read()
assert len(text.encode()) <= 3072, len(text)
r = json.loads(text)
for expression in sys.argv[2:]:
    try:
        true = eval(expression)
    except TypeError as error:  # a member of null
        true, expression = False, f"{expression}: {error}"
    assert true, (expression, r)
END
}

# ends_with STATUS: waits until what was started last has ended, with that status.
ends_with() {
  local status=0
  wait_while 60 is_alive "$BG_PID"
  wait "$BG_PID" || status=$?
  [[ $status == "$1" ]] || fail "ended with $status and not with $1"
}

nothing_left() {
  no_group sip.slice
  [[ $(cg . cgroup.subtree_control) == "$BEFORE" ]]
}

# hog GROUP MIB: a process that joins the group and fills so much of it.
hog() {
  # a MiB at a time: what the supervisor takes down at the limit it can only take down while somebody is alive there
  cg_exec "$1" "$PYTHON" -c '
import sys, time
held = bytearray(int(sys.argv[1]) << 20)
for at in range(0, len(held), 1 << 20):
    held[at:at + (1 << 20):4096] = b"x" * 256
    time.sleep(0.01)' "$2" >/dev/null 2>&1 3>&- &
}
