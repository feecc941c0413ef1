# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# A real OpenSIPS in a scope, and in services of each kind: delegated, exported, and one that goes into the background.
# Boots with systemd.
# Takes about 60 s.

load opensips
load systemd

SCOPE=sip-opensips.scope
SERVICE=siplaunch-opensips.service

setup_file() {
  [[ ! ${OPENSIPS:-} ]] || install_siplaunch
}

setup() {
  prepare_opensips
}

teardown() {
  systemctl stop $SCOPE $SERVICE 2>/dev/null || true
  systemctl reset-failed
  stop_all
  rm -f "$UNITS/$SERVICE" /etc/default/siplaunch-opensips
}

# assert_service GROUP: OpenSIPS is the service's main process, in this group of 1 GiB, and answers.
assert_service() {
  wait_until 60 sip_options 127.0.0.1 5060
  LAUNCHED=$(main_pid $SERVICE)
  # shellcheck disable=SC2034 # for assert_slice
  GROUP=$1
  assert_slice 1024
}

# stopped: as an operator stops it, and nothing of it is left.
stopped() {
  systemctl stop $SERVICE
  [[ $(properties $SERVICE ActiveState Result) == $'ActiveState=inactive\nResult=success' ]]
  run ! pgrep -x opensips
}

# shipped: the unit that is shipped for Kamailio, with this router in it.
shipped() {
  sed -e 's/kamailio/opensips/g' -e "s|-- opensips -DD -E|-- $OPENSIPS -F|" "$REPO/deploy/systemd/siplaunch-kamailio.service" \
    >"$UNITS/$SERVICE"
  printf '%s\n' SIPLAUNCH_PROFILE=opensips-1g "CFGFILE=$RUNTIME/opensips.cfg" >/etc/default/siplaunch-opensips
  systemctl daemon-reload
}

# service TYPE LINE...: a delegated one whose OpenSIPS goes into the background.
service() {
  in_background
  cat >"$UNITS/$SERVICE" <<END
[Service]
Type=$1
Slice=sip.slice
Delegate=yes
RuntimeDirectory=opensips
$(printf '%s\n' "${@:2}")
ExecStart=siplaunch --profile opensips-1g --set cgroup.path=router -- ${ROUTER[*]}
END
  systemctl daemon-reload
}

@test "from a shell OpenSIPS gets a scope in the profile's slice, and systemctl stop ends it" {
  GROUP=sip.slice/$SCOPE
  launch
  assert_slice 1024
  [[ $(properties $SCOPE ActiveState MemoryMax OOMPolicy Slice) == "\
ActiveState=active
MemoryMax=$((1024 << 20))
OOMPolicy=kill
Slice=sip.slice" ]]
  systemctl stop $SCOPE
  wait_while 30 is_alive "$LAUNCHED"
  wait_until 30 no_trace $SCOPE
}

@test "a delegated service of Type=notify holds OpenSIPS' group below it; restart, reload and stop work" {
  shipped
  systemctl start $SERVICE
  assert_service sip.slice/$SERVICE/router
  local first=$LAUNCHED
  systemctl restart $SERVICE
  assert_service sip.slice/$SERVICE/router
  [[ $LAUNCHED != "$first" ]]
  systemctl kill --kill-whom=main --signal=HUP $SERVICE
  sip_options 127.0.0.1 5060
  systemctl daemon-reload
  [[ $(cg "$GROUP" memory.max) == $((1024 << 20)) ]]
  stopped
}

@test "the service that is exported has the profile's limits as properties, and OpenSIPS in it" {
  "$SIPLAUNCH" export systemd --profile-dir "$PROFILES" --profile opensips-1g -- "${ROUTER[@]}" >"$UNITS/$SERVICE"
  systemctl daemon-reload
  systemctl start $SERVICE
  wait_until 60 sip_options 127.0.0.1 5060
  LAUNCHED=$(main_pid $SERVICE)
  [[ $(readlink "/proc/$LAUNCHED/exe") == */opensips && $(cat "/proc/$LAUNCHED/cgroup") == "0::/sip.slice/$SERVICE" ]]
  [[ $(cg "sip.slice/$SERVICE" memory.max) == $((1024 << 20)) && $(cat "/proc/$LAUNCHED/oom_score_adj") == -900 ]]
  [[ $(status_of NoNewPrivs) == 1 && $(status_of CapBnd) == 0000000000000000 && $(status_of Seccomp) == 2 ]]
  stopped
}

@test "with Type=notify an OpenSIPS that goes into the background is stopped by systemd, and siplaunch has said so" {
  service notify
  systemctl start $SERVICE
  inactive() { [[ $(properties $SERVICE ActiveState) == ActiveState=inactive ]]; }
  wait_until 60 inactive
  run ! pgrep -x opensips
  run -0 journalctl --unit $SERVICE --output cat
  [[ $output == *"opensips goes into the background, after which systemd stops the whole service, unless the unit has Type=forking: add -F"* ]]
}

@test "with Type=forking and its pid file OpenSIPS may go into the background, limited all the same" {
  service forking "PIDFile=$RUNTIME/pid"
  systemctl start $SERVICE
  assert_service sip.slice/$SERVICE/router
  [[ $LAUNCHED == "$(<"$RUNTIME/pid")" ]]
  stopped
}
