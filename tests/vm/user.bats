# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Without root: an ordinary user's own systemd is asked for the router's group, for its service's limits, in a user namespace too;
# and rootless podman and Docker.
# Every value is read from the kernel or from systemctl by this test, and not by siplaunch.
# Boots with systemd.
# Takes about 90 s.

load podman
load user
load docker

SCOPE=sip-kamailio.scope

setup_file() {
  install_siplaunch
  make_user
}

# podman here is the user's.
teardown_file() {
  true
}

setup() {
  know_user
  start_users_systemd
  ROUTER=(kamailio -DD -E -Y "$RUN" -f "$CONFIG")
  SIZED=(--profile kamailio-user --set sizing.memory=512MiB)
  cd "$BATS_TEST_TMPDIR" || return
  chmod 711 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}"
  chown "$PLAIN_USER" "$BATS_TEST_TMPDIR"
}

teardown() {
  users_systemctl stop $SCOPE sip-test.scope router.service 2>/dev/null || true
  stop_all
  rm -rf "$RUN/systemd/user" "$RUN/systemd/user.control"
}

# users_router OPTION...: the user launches Kamailio, which answers.
users_router() {
  start_bg "${AS_USER[@]}" siplaunch "$@" -- "${ROUTER[@]}"
  LAUNCHED=$BG_PID
  wait_for_bg 60 sip_options 127.0.0.1 5060
}

# limits GROUP: on one line.
limits() {
  (cd "$CGROUP_ROOT/$1" && cat memory.max memory.swap.max memory.oom.group) | tr '\n' ' '
}

# sip_inside PID: OPTIONS to the router in that process's network.
sip_inside() {
  timeout 5 nsenter --net --target "$1" sipsak -s sip:127.0.0.1:5060 </dev/null
}

@test "a user's Kamailio gets a scope of the user's own systemd, limited and sized, answers SIP and leaves nothing" {
  run -0 as_user siplaunch plan "${SIZED[@]}" -- "${ROUTER[@]}"
  [[ $output == *"the systemd of uid $PLAIN_UID starts $SCOPE in sip.slice"*"run would start it"* ]]
  run -0 as_user siplaunch doctor "${SIZED[@]}" -- "${ROUTER[@]}"
  [[ $output == *"runs, that of uid $PLAIN_UID, reachable at $RUN/"* ]]

  users_router "${SIZED[@]}"
  [[ $(readlink "/proc/$LAUNCHED/exe") == */kamailio ]]
  run ! pgrep -x siplaunch
  [[ $(cat "/proc/$LAUNCHED/cgroup") == "0::/$USERS/sip.slice/$SCOPE" ]]
  [[ $(limits "$USERS/sip.slice/$SCOPE") == "$((512 << 20)) 0 1 " ]]
  [[ $(status_of Uid) == "$PLAIN_UID"$'\t'* && $(status_of NoNewPrivs) == 1 && $(status_of Seccomp) == 2 ]]
  [[ $(awk '/^Max open files/ { print $4, $5 }' "/proc/$LAUNCHED/limits") == "65536 65536" ]]
  (($(argument_after -m) > 256))
  [[ $(users_properties $SCOPE ActiveState MemoryMax Slice Transient) == "\
ActiveState=active
MemoryMax=$((512 << 20))
Slice=sip.slice
Transient=yes" ]]
  users_systemctl daemon-reload
  [[ $(limits "$USERS/sip.slice/$SCOPE") == "$((512 << 20)) 0 1 " ]]

  run -0 as_user siplaunch inspect "${SIZED[@]}" kamailio
  [[ $output == *"drift from the profile"*"none"* ]]
  run -125 as_user siplaunch "${SIZED[@]}" -- "${ROUTER[@]}"
  [[ $output == *"$SCOPE is in use by pids $LAUNCHED "*"systemctl --user stop $SCOPE"* && $output != *sudo* ]]

  users_systemctl stop $SCOPE
  wait_while 30 is_alive "$LAUNCHED"
  wait_until 30 no_users_trace $SCOPE
}

@test "supervised, a user's Kamailio that is OOM-killed at its scope's limit is reported so" {
  users_router "${SIZED[@]}" --supervise --report "$BATS_TEST_TMPDIR/report.json"
  local log=$BG_LOG
  # a process that no OOM kill takes: systemd takes an empty scope away, and with it what its events say
  start_bg sleep 600
  echo -1000 >"/proc/$BG_PID/oom_score_adj"
  echo "$BG_PID" >"$CGROUP_ROOT/$USERS/sip.slice/$SCOPE/cgroup.procs"
  users_systemctl set-property --runtime $SCOPE MemoryMax=1M
  wait_while 60 is_alive "$LAUNCHED"
  status=0
  wait "$LAUNCHED" || status=$?
  [[ $status == 137 ]]
  [[ $(reported outcome status) == "out-of-memory 137" ]]
  grep -q "/$USERS/sip.slice/$SCOPE: the kernel OOM-killed" "$log"
  wait_until 30 no_users_trace $SCOPE
}

# ends_unseen COMMAND...: a supervised router is killed by COMMAND, and its scope is gone before the supervisor can look.
ends_unseen() {
  users_router "${SIZED[@]}" --supervise --report "$BATS_TEST_TMPDIR/report.json"
  kill -STOP "$LAUNCHED"
  "$@"
  wait_until 60 gone_scope
  kill -CONT "$LAUNCHED"
  status=0
  wait "$LAUNCHED" || status=$?
  [[ $status == 137 && $(reported outcome status) == "killed 137" ]]
}

gone_scope() {
  ! find "$CGROUP_ROOT/$USERS" -name $SCOPE | grep -q .
}

@test "where the scope is gone before its OOM kills could be counted, the groups above tell whether there was one" {
  ends_unseen users_systemctl kill --signal=KILL $SCOPE
  grep -q "it was not OOM-killed: /user.slice/.* has had no OOM kill meanwhile" "$BG_LOG"
  ends_unseen users_systemctl set-property --runtime $SCOPE MemoryMax=1M
  grep -q "journalctl -k --grep oom-kill: .* /user.slice/.* has had one meanwhile" "$BG_LOG"
  shown_by_the_hint() { journalctl -k --grep oom-kill --no-pager | grep -q "task_memcg=/$USERS/sip.slice/$SCOPE"; }
  wait_until 30 shown_by_the_hint
  wait_until 30 no_users_trace $SCOPE
}

@test "limits without a property lie in a leaf, what is not delegated is refused with how, and without a bus it works too" {
  local test=(siplaunch --profile generic --set cgroup.path=sip.slice/test --set resources.unified.memory.max=64M)
  run -0 --separate-stderr as_user "${test[@]}" --set resources.unified.memory.swap.high=2M -- cat /proc/self/cgroup
  [[ $output == "0::/$USERS/sip.slice/sip-test.scope/router" ]]
  run -125 as_user "${test[@]}" --set resources.unified.io.max='8:0 rbps=1048576' -- true
  [[ $output == *"the io controller is not delegated to /$USERS"*"user@$PLAIN_UID.service, section [Service]: Delegate=io"* ]]
  [[ ! -e $RUN/bus ]] || mv "$RUN/bus" "$RUN/bus.away"
  run -0 --separate-stderr as_user "${test[@]}" -- cat /proc/self/cgroup
  [[ $output == "0::/$USERS/sip.slice/sip-test.scope" ]]
  [[ ! -e $RUN/bus.away ]] || mv "$RUN/bus.away" "$RUN/bus"
  run -126 as_user "${test[@]}" -- /etc/passwd
  wait_until 30 no_users_trace sip-test.scope
}

# users_unit LINE...: router.service of the user's own.
users_unit() {
  mkdir -p "$RUN/systemd/user"
  printf '%s\n' '[Service]' 'OOMPolicy=kill' 'MemoryMax=1G' "$@" >"$RUN/systemd/user/router.service"
  users_systemctl daemon-reload
}

@test "in a service of the user's own the limits are its properties, and a failed launch puts them back" {
  users_unit Type=exec "ExecStart=siplaunch ${SIZED[*]} -- ${ROUTER[*]}"
  users_systemctl start router.service
  wait_until 60 sip_options 127.0.0.1 5060
  LAUNCHED=$(users_systemctl show router.service --property=MainPID --value)
  [[ $(cat "/proc/$LAUNCHED/cgroup") == "0::/$USERS/app.slice/router.service" ]]
  [[ $(limits "$USERS/app.slice/router.service") == "$((512 << 20)) 0 1 " ]]
  [[ -e $RUN/systemd/user.control/router.service.d/50-MemoryMax.conf ]]
  users_systemctl stop router.service
  rm -r "$RUN/systemd/user.control"

  users_unit "ExecStart=siplaunch ${SIZED[*]} -- /etc/passwd"
  users_systemctl start router.service
  wait_until 30 users_systemctl is-failed router.service
  [[ $(users_properties router.service ExecMainStatus MemoryMax) == $'ExecMainStatus=126\nMemoryMax=1073741824' ]]
  [[ ! -e $RUN/systemd/user.control/router.service.d ]]
}

@test "the unit that is exported for a user's own systemd starts Kamailio there with its limits" {
  local profile
  mkdir -p "$RUN/systemd/user" /etc/siplaunch/profiles
  siplaunch export systemd --name router "${SIZED[@]}" -- "${ROUTER[@]}" >"$RUN/systemd/user/router.service"
  (umask 022 && eval "$(sed -n '/^# *siplaunch profiles/,/^$/ s/^# *//p' "$RUN/systemd/user/router.service")")
  profile=$(sed -n 's/^ExecStart=siplaunch --profile \([^ ]*\) .*/\1/p' "$RUN/systemd/user/router.service")
  users_systemctl daemon-reload
  users_systemctl start router.service
  wait_until 60 sip_options 127.0.0.1 5060
  LAUNCHED=$(users_systemctl show router.service --property=MainPID --value)
  [[ $(cat "/proc/$LAUNCHED/cgroup") == "0::/$USERS/sip.slice/router.service" ]]
  [[ $(limits "$USERS/sip.slice/router.service") == "$((512 << 20)) 0 1 " ]]
  run -0 siplaunch inspect --profile "$profile" "$LAUNCHED"
  users_systemctl stop router.service
  rm "$profile"
}

@test "in a user namespace the same systemd is asked, and Kamailio has an IPC namespace of its own and no capabilities" {
  start_bg "${AS_USER[@]}" unshare --user --map-root-user siplaunch "${SIZED[@]}" --set ipc.namespace=private \
    --set capabilities='[]' -- "${ROUTER[@]}"
  LAUNCHED=$BG_PID
  wait_for_bg 60 sip_options 127.0.0.1 5060
  [[ $(cat "/proc/$LAUNCHED/cgroup") == "0::/$USERS/sip.slice/$SCOPE" ]]
  [[ $(limits "$USERS/sip.slice/$SCOPE") == "$((512 << 20)) 0 1 " ]]
  [[ $(readlink "/proc/$LAUNCHED/ns/ipc") != "$(readlink /proc/self/ns/ipc)" ]]
  [[ $(status_of CapBnd) == 0000000000000000 ]]
}

@test "what only root may set is refused with the reason, and no root is needed for the rest" {
  run -125 as_user siplaunch --profile kamailio-512m -- "${ROUTER[@]}"
  local word
  for word in 'CAP_SYS_RESOURCE' 'CAP_SYS_ADMIN' 'CAP_SETUID and CAP_SETGID' 'CAP_SETPCAP' 'sudo siplaunch --profile kamailio-512m'; do
    [[ $output == *"$word"* ]] || fail "no $word"
  done
  wait_until 30 no_users_trace $SCOPE
}

@test "root in a scope of the user's gets its scope from the machine's systemd" {
  run -0 --separate-stderr cg_exec "$USERS/init.scope" siplaunch --profile generic --set cgroup.path=sip.slice/test \
    --set resources.unified.memory.max=64M -- cat /proc/self/cgroup
  [[ $output == 0::/sip.slice/sip-test.scope ]]
}

@test "as the entry point of a rootless container siplaunch adopts its limit, and refuses what its user may not set" {
  local root=$BATS_TEST_TMPDIR/root command pid
  make_root "$root" "$SIPLAUNCH" "$(command -v kamailio)" /usr/lib/*/kamailio/modules/sl.so "$CONFIG" \
    "$PROFILES"/kamailio{,-512m,-user}.json "$PROFILES/seccomp/sip-router.json"
  chown -R "$PLAIN_USER" "$BATS_TEST_TMPDIR"
  printf '%s\n' '[containers]' 'default_sysctls = []' '[engine]' 'events_logger = "none"' >/etc/containers/containers.conf
  rm -f /etc/containers/storage.conf # root's, of a file of tests before this one
  sed -i "/^$PLAIN_USER:/d" /etc/subuid /etc/subgid
  users_systemctl start dbus.socket
  # without subordinate ids, too
  local podman=("${AS_USER[@]}" podman --log-level error --cgroup-manager systemd --runtime crun run --rm --log-driver none
    --memory 256m --memory-swap 256m --pids-limit 200)
  command=(-- kamailio -DD -E -Y /tmp -f "$CONFIG")

  run -125 "${podman[@]}" --network none --rootfs "$root" "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" "${command[@]}"
  [[ $output == *"sized for the smaller"*"an engine that runs without root cannot give more than its own user has"*"identity/user:"* ]]
  start_bg "${podman[@]}" --network none --pidfile "$BATS_TEST_TMPDIR/pid" --rootfs "$root" "$SIPLAUNCH" \
    --profile "$PROFILES/kamailio-user.json" "${command[@]}"
  wait_for_bg 60 [ -s pid ]
  pid=$(<pid)
  wait_for_process "$pid" 60 sip_inside "$pid"
  [[ $(cut -d: -f3 "/proc/$pid/cgroup") == "/$USERS/"* ]]
  [[ $(cg "$(cut -d: -f3 "/proc/$pid/cgroup")" memory.max) == $((256 << 20)) ]]
  # pid 1 stays as its parent
  LAUNCHED=$(pgrep --parent "$pid" -x kamailio)
  (($(argument_after -m) > 64 && $(argument_after -m) < 256))
  kill "$pid"
  wait_while 60 is_alive "$BG_PID"
}

# rootless_engine: the user's own Docker, as its documentation starts it, without the bridge that containers share.
rootless_engine() {
  docker_find
  modprobe -a overlay tun
  chmod 666 /dev/net/tun # as udev has it
  printf '%s:200000:65536\n' "$PLAIN_USER" | tee /etc/subuid >/etc/subgid
  users_systemctl start dbus.socket
  # its overlays cannot lie on an overlay, as the machine's root is
  mkdir -p "/home/$PLAIN_USER/.local/share/docker"
  mount -t tmpfs -o "uid=$PLAIN_UID" tmpfs "/home/$PLAIN_USER/.local/share/docker"
  chown -R "$PLAIN_USER" "/home/$PLAIN_USER"
  mkdir -p "$RUN/systemd/user"
  printf '%s\n' '[Service]' Delegate=yes "Environment=PATH=$PATH" \
    'ExecStart=/usr/share/docker.io/contrib/dockerd-rootless.sh --bridge none --iptables=false' \
    "StandardOutput=append:$RUN/docker.log" "StandardError=append:$RUN/docker.log" >"$RUN/systemd/user/docker.service"
  users_systemctl daemon-reload
  users_systemctl start docker
  export DOCKER_HOST=unix://$RUN/docker.sock
  wait_until 120 docker info
}

@test "as the entry point in rootless Docker siplaunch adopts its limit too, and what it prints to continue without root works" {
  local root=$BATS_TEST_TMPDIR/root pid group
  rootless_engine || fail "$(tail -n 5 "$RUN/docker.log")"
  make_root "$root" "$SIPLAUNCH" "$(command -v kamailio)" /usr/lib/*/kamailio/modules/sl.so "$CONFIG" \
    "$PROFILES"/kamailio{,-512m,-user}.json "$PROFILES/seccomp/sip-router.json"
  tar -C "$root" -c . | docker import - router >/dev/null
  local engine=(docker run --network host --memory 256m --memory-swap 256m --pids-limit 200)
  local launch=(router "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" --policy identity=skip)
  local command=(-- kamailio -DD -E -Y /tmp -f "$CONFIG")

  run -125 "${engine[@]}" --rm "${launch[@]}" "${command[@]}"
  [[ $output == *"sized for the smaller"*"an engine that runs without root cannot give more than its own user has"* ]]
  mapfile -t policy < <(grep -oE -- '--policy [^ )]+=prefer' <<<"$output" | sort -u)
  ((${#policy[@]} >= 1))
  # shellcheck disable=SC2068 # two words each, as they are printed
  "${engine[@]}" --detach --name router "${launch[@]}" ${policy[@]} "${command[@]}"
  pid=$(docker inspect --format '{{.State.Pid}}' router)
  wait_for_process "$pid" 60 sip_inside "$pid"
  group=$(cut -d: -f3 "/proc/$pid/cgroup")
  [[ $group == "/$USERS/"*/docker-*.scope && $(cg "$group" memory.max) == $((256 << 20)) ]]
  LAUNCHED=$(pgrep --parent "$pid" -x kamailio)
  (($(argument_after -m) > 64 && $(argument_after -m) < 256))
  run -0 docker logs router
  [[ $output == *"oom/oom_score_adj"* ]]
  docker stop router
  [[ $(docker inspect --format '{{.State.ExitCode}}' router) == 0 ]]
}

@test "a user without a systemd of its own is refused with what starts one; pasted, it works" {
  local hint test=(siplaunch --profile generic --set cgroup.path=sip.slice/test --set resources.unified.memory.max=64M --)
  systemctl stop "user@$PLAIN_UID.service"
  run -125 --separate-stderr as_user "${test[@]}" true
  [[ $stderr == *"no systemd of uid $PLAIN_UID runs"* ]]
  hint=$(grep -m 1 -o "loginctl enable-linger $PLAIN_UID" <<<"$stderr")
  eval "$hint"
  wait_until 60 as_user "${test[@]}" true
  loginctl disable-linger "$PLAIN_UID"
}
