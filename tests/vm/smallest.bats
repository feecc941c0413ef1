# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The smallest limit that a refusal names: one MiB less is refused, and with it a real Kamailio starts, answers SIP, and is not OOM-killed.
# Takes about 25 s.
#
# launch.bash reads and sets what seems unused or unset here:
# shellcheck disable=SC2034,SC2153

# bats file_tags=release

load launch

FIXTURES=$REPO/tests/fixtures/routers/kamailio

setup() {
  prepare_router
}

teardown() {
  stop_all
  remove_slices
}

# plan MIB OPTION...: whether siplaunch would start $ROUTER in so much.
plan() {
  "$SIPLAUNCH" plan --set "sizing.memory=$1MiB" "${@:2}" -- "${ROUTER[@]}"
}

# smallest OPTION...: what the refusal of a tiny limit names, in MiB.
smallest() {
  run -1 --separate-stderr plan 8 "$@"
  sed -n 's/.*the smallest limit that is enough is \([0-9]*\) MiB.*/\1/p' <<<"$stderr"
}

# starts_at_least PORT OPTION...: the smallest limit does, and what is just below it does not.
starts_at_least() {
  local port=$1 mib
  shift
  mib=$(smallest "$@")
  [[ $mib ]] || fail "no limit is named" "$(plan 8 "$@" 2>&1)"
  run -1 plan $((mib - 1)) "$@"
  plan "$mib" "$@" >/dev/null
  start_bg "$SIPLAUNCH" "$@" --set "sizing.memory=${mib}MiB" -- "${ROUTER[@]}"
  LAUNCHED=$BG_PID
  wait_for_bg 120 sip_options 127.0.0.1 "$port"
  [[ $(cg "$GROUP" memory.max) == $((mib << 20)) ]]
  [[ $(cg_value "$GROUP" memory.events oom_kill) == 0 ]]
  echo "$mib MiB: -m $(argument_after -m) -M $(argument_after -M)" >&3
  stop_all
  remove_slices
}

@test "the smallest limit of every configuration whose pools are known starts it" {
  local case port cases=0
  for case in "$FIXTURES"/pools-*; do
    ROUTER=(kamailio -DD -E -f "$case/router.cfg" -w "$case")
    port=$(sed -n 's/^listen=udp:127.0.0.1://p' "$case/router.cfg")
    starts_at_least "$port" --profile "$PROFILES/kamailio.json"
    cases=$((cases + 1))
  done
  ((cases >= 5))
}

@test "the smallest limit of the distribution's own configuration starts it" {
  ROUTER=(kamailio -DD -E -f /etc/kamailio/kamailio.cfg -l udp:127.0.0.1:5060 -l tcp:127.0.0.1:5060)
  starts_at_least 5060 --profile "$PROFILES/kamailio.json"
}

@test "the smallest limit of each shipped Kamailio profile starts the minimal configuration" {
  local profile profiles=0
  for profile in "$PROFILES"/kamailio*.json; do
    starts_at_least 5060 --profile "$profile" --set cgroup.path=sip.slice/kamailio
    profiles=$((profiles + 1))
  done
  ((profiles >= 3))
}

@test "a pool that is too small to start with is refused, and the size that the refusal names starts" {
  local size
  ROUTER=(kamailio -DD -E -f "$FIXTURES/pools-tables-of-modules/router.cfg")
  run -1 --separate-stderr plan 512 --profile "$PROFILES/kamailio.json" --set sizing.shared=6MiB
  [[ $stderr == *"too small for the router to start: the start takes tm "* ]]
  size=$(sed -n 's/.*hint: raise sizing.shared to \([0-9]*MiB\).*/\1/p' <<<"$stderr")
  # the router agrees: it does not start with what was refused
  run ! timeout 60 kamailio -DD -E -m 6 -M 8 -f "$FIXTURES/pools-tables-of-modules/router.cfg" -Y "$RUNTIME"
  start_bg "$SIPLAUNCH" --profile "$PROFILES/kamailio.json" --set sizing.memory=512MiB --set "sizing.shared=$size" -- "${ROUTER[@]}"
  wait_for_bg 60 sip_options 127.0.0.1 5060
}
