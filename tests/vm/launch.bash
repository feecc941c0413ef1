# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the VM tests of the launch share: a router's runtime directory, its command, its slice.

load ../lib/common

GROUP=sip.slice/kamailio
CONFIG=$REPO/tests/fixtures/kamailio/minimal.cfg
PROFILES=$REPO/profiles

prepare_router() {
  RUNTIME=$BATS_TEST_TMPDIR/kamailio
  install -d -o kamailio -g kamailio "$RUNTIME"
  # bats keeps its directories to itself, but the router runs as its own user
  chmod 711 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR"
  ROUTER=(kamailio -DD -E -Y "$RUNTIME" -f "$CONFIG")
}

# launch [OPTION...]: starts Kamailio in its slice by the shipped profile of 512 MiB; waits until it answers.
launch() {
  start_bg "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" "$@" -- "${ROUTER[@]}"
  LAUNCHED=$BG_PID
  wait_for_bg 60 sip_options 127.0.0.1 5060
}

remove_slices() {
  cg_remove sip.slice
}

# no_group PATH: the group is not there.
no_group() {
  [[ ! -e $CGROUP_ROOT/$1 ]]
}
