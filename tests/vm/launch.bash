# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the VM tests of the launch share: a router's runtime directory, its command, its slice.

load ../lib/common

# USER_NAME is the router's name, its user's and its group's; a file that tests another router sets it before.
: "${USER_NAME:=kamailio}"
GROUP=sip.slice/$USER_NAME
CONFIG=$REPO/tests/fixtures/kamailio/minimal.cfg
PROFILES=$REPO/profiles
LAUNCH_PROFILE=$PROFILES/kamailio-512m.json

# stock_machine: where no unit has made it, there is no runtime directory.
stock_machine() {
  rm -rf "/run/$USER_NAME"
}

prepare_router() {
  stock_machine
  RUNTIME=$BATS_TEST_TMPDIR/router
  install -d -o "$USER_NAME" -g "$USER_NAME" "$RUNTIME"
  # bats keeps its directories to itself, but the router runs as its own user
  chmod 711 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR"
  ROUTER=(kamailio -DD -E -f "$CONFIG")
}

# launch [OPTION...]: starts the router in its slice by LAUNCH_PROFILE, by default Kamailio's of 512 MiB; waits until it answers.
launch() {
  start_bg "$SIPLAUNCH" --profile "$LAUNCH_PROFILE" "$@" -- "${ROUTER[@]}"
  LAUNCHED=$BG_PID
  wait_for_bg 60 sip_options 127.0.0.1 5060
}

# remove_slices: and switches off what was enabled for them, so that every test starts like the first.
remove_slices() {
  cg_remove sip.slice
  echo "-memory -pids" >"$CGROUP_ROOT/cgroup.subtree_control"
}

# no_group PATH: the group is not there.
no_group() {
  [[ ! -e $CGROUP_ROOT/$1 ]]
}

# has_become NAME: what was launched has been executed.
has_become() {
  [[ $(cat "/proc/$LAUNCHED/comm") == "$1" ]]
}

status_of() {
  sed -n "s/^$1:[[:space:]]*//p" "/proc/$LAUNCHED/status"
}

argument_after() {
  tr '\0' '\n' <"/proc/$LAUNCHED/cmdline" | grep -A 1 -x -e "$1" | tail -n 1
}

# assert_slice MIB: the launched router has all that its profile of that size says, read from the kernel.
assert_slice() {
  # the launcher became the router: same pid, no process of ours left
  [[ $(readlink "/proc/$LAUNCHED/exe") == */"$USER_NAME" ]]
  run ! pgrep -x siplaunch

  [[ $(cat "/proc/$LAUNCHED/cgroup") == "0::/$GROUP" ]]
  [[ $(cg "$GROUP" memory.max) == $(($1 << 20)) ]]
  [[ $(cg "$GROUP" memory.swap.max) == 0 ]]
  [[ $(cg "$GROUP" memory.oom.group) == 1 ]]
  local processes
  processes=$(wc -l <"$CGROUP_ROOT/$GROUP/cgroup.procs")
  # pids.max is 2 N + 64, and N is what the configuration starts
  [[ $(cg "$GROUP" pids.max) == $((2 * processes + 64)) ]]

  [[ $(cat "/proc/$LAUNCHED/oom_score_adj") == -900 ]]
  for pid in $(cg "$GROUP" cgroup.procs); do
    [[ $(cat "/proc/$pid/oom_score_adj") == -900 ]]
  done
  [[ $(awk '/^Max open files/ { print $4, $5 }' "/proc/$LAUNCHED/limits") == "65536 65536" ]]

  local uid
  uid=$(id -u "$USER_NAME")
  [[ $(status_of Uid) == "$uid"$'\t'"$uid"$'\t'"$uid"$'\t'"$uid" ]]
  [[ $(status_of Groups | tr -d ' ') == "" ]]
  [[ $(status_of NoNewPrivs) == 1 ]]
  for set in CapInh CapPrm CapEff CapBnd CapAmb; do
    [[ $(status_of $set) == 0000000000000000 ]]
  done

  [[ $(readlink "/proc/$LAUNCHED/ns/ipc") != "$(readlink /proc/self/ns/ipc)" ]]
  local shm pkg
  shm=$(argument_after -m)
  pkg=$(argument_after -M)
  ((shm > $1 / 2 && shm < $1 && pkg >= 2))
  in_namespace() { nsenter -i -t "$LAUNCHED" cat "/proc/sys/kernel/$1"; }
  # beyond what bash's arithmetic holds: 2^64 - 1 - 2^24 on today's kernels
  at_least() { "$PYTHON" -c 'import sys; sys.exit(int(sys.argv[1]) < int(sys.argv[2]))' "$@"; }
  at_least "$(in_namespace shmmax)" $((shm << 20))
  at_least "$(in_namespace shmall)" $(((shm << 20) / 4096))
  read -r semmsl semmns semopm semmni < <(in_namespace sem)
  ((semmsl >= 250 && semmns >= 32000 && semopm >= 100 && semmni >= 128))
}
