# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Supervision where there are groups: a real Kamailio below a pid 1 that gets orphans, OOM kills and what is said of them, and
# that the group is put away when the router has ended.
# Takes about 40 s.

load launch
load supervise

setup() {
  prepare_router
  prepare_supervision
  GENERIC=("$SIPLAUNCH" --supervise --report "$REPORT" --profile "$PROFILES/generic.json" --set cgroup.path=sip.slice/script)
}

teardown() {
  stop_all
  cg_remove sip.slice
}

@test "a Kamailio below pid 1 outlives orphans, its group holds nobody else, and after a stop nothing is left" {
  # shellcheck disable=SC2153 # ROUTER is launch.bash's
  start_bg unshare --pid --fork --kill-child --mount-proc "$SIPLAUNCH" --report "$REPORT" \
    --profile "$PROFILES/kamailio-512m.json" -- "${ROUTER[@]}"
  wait_for_bg 60 sip_options 127.0.0.1 5060
  grep -q "staying as PID 1" "$BG_LOG"
  local supervisor router
  supervisor=$(pgrep -P "$BG_PID")
  router=$(pgrep -o -P "$supervisor")
  [[ $(readlink "/proc/$router/exe") == */kamailio && $(cat "/proc/$router/cgroup") == "0::/$GROUP" ]]
  [[ $(cat "/proc/$supervisor/cgroup") == 0::/ ]]
  run ! grep -qx "$supervisor" "$CGROUP_ROOT/$GROUP/cgroup.procs"

  # an orphan of the PID namespace is handed to its pid 1, and ends
  # shellcheck disable=SC2016 # the inner shell expands it
  nsenter --pid --mount -t "$supervisor" sh -c '(sleep 0.3 & echo $! >"$0")' "$RUNTIME/orphan" </dev/null >/dev/null 2>&1
  orphan_is_gone() { ! nsenter --pid --mount -t "$supervisor" test -e "/proc/$(<"$RUNTIME/orphan")"; }
  wait_until 60 orphan_is_gone
  sip_options 127.0.0.1 5060
  is_alive "$router"

  # the group is not locked while the router runs: another launcher is told who lives there
  run -125 "$SIPLAUNCH" --profile "$PROFILES/kamailio-512m.json" -- "${ROUTER[@]}"
  [[ $output == *"$GROUP is in use by pids"* ]]

  kill -TERM "$supervisor"
  ends_with 0
  report "r['outcome'] == 'stopped'" "r['stopRequest'] == 'SIGTERM'" "r['group'] == '/$GROUP'" "r['memory']['limit'] == 512 << 20" \
    "r['memory']['peak'] > 1 << 20" "r['memory']['events']['oom_kill'] == 0" "r['memory']['charged'] is None"
  nothing_left
}

# overrun_by_a_hog: Kamailio in 192 MiB, beside which a program takes more than that.
overrun_by_a_hog() {
  start_bg "$SIPLAUNCH" --supervise --report "$REPORT" --profile "$PROFILES/kamailio-512m.json" --set sizing.memory=192M -- \
    "${ROUTER[@]}"
  wait_for_bg 60 sip_options 127.0.0.1 5060
  hog "$GROUP" 256
  ends_with 137
  report "r['outcome'] == 'out-of-memory'" "r['status'] == 137" "r['signal'] == 'SIGKILL'" "r['stopRequest'] is None" \
    "r['memory']['limit'] == 192 << 20" "r['memory']['peak'] > 180 << 20" "r['memory']['events']['oom_kill'] >= 1"
  # what grew was a program that is not the router's: neither its pools nor its number of processes would help
  report "r['memory']['overflow'] is None or r['memory']['overflow']['term'] == 'otherPrograms'"
}

names_a_term() {
  report "r['memory']['overflow']" 2>/dev/null
}

# bats test_tags=release
@test "a Kamailio whose group runs out of memory ends with 137, and the report says what took it" {
  # on a busy machine all of the group may have ended before anybody could look: then nothing is named, and nobody is blamed
  for _ in 1 2 3; do
    overrun_by_a_hog
    ! names_a_term || break
  done
  grep -q "/$GROUP: the kernel OOM-killed .*: it reached 192 MiB" "$BG_LOG"
  grep -q "was OOM-killed" "$BG_LOG"
  report "r['memory']['overflow']['used'] > 60 << 20" "r['memory']['overflow']['budgeted'] == 0" \
    "r['memory']['overflow']['memory'] > 192 << 20"
  grep -q "another program in the group took" "$BG_LOG"
  grep -q -e "--set sizing.otherPrograms=[0-9]*M" "$BG_LOG"
  nothing_left
}

# changed_to GROUP TEXT: the log says once that memory.max of /GROUP is now so and so.
changed_to() {
  [[ $(grep -c "memory.max of /$1 is now $2" "$BG_LOG") == 1 ]]
}

# bats test_tags=release
@test "a limit that is changed under a running Kamailio is reported once, with what it means for the pools" {
  start_bg "$SIPLAUNCH" --supervise --log-format json --report "$REPORT" --profile "$PROFILES/kamailio-512m.json" -- "${ROUTER[@]}"
  wait_for_bg 60 sip_options 127.0.0.1 5060
  # its own limits are no news, and neither is the same value again
  echo 512M >"$CGROUP_ROOT/$GROUP/memory.max"
  echo 128M >"$CGROUP_ROOT/$GROUP/memory.max"
  wait_until 60 changed_to "$GROUP" "128 MiB (was 512 MiB); the plan needs .* can OOM-kill the router"
  grep '"limit-changed"' "$BG_LOG" | grep -q '"level": *"warning"'
  echo 1G >"$CGROUP_ROOT/$GROUP/memory.max"
  wait_until 60 changed_to "$GROUP" "1 GiB (was 128 MiB); .*512 MiB stay unused until it is restarted"
  # a group above it counts alike: the smallest is in force
  echo 256M >"$CGROUP_ROOT/sip.slice/memory.max"
  wait_until 60 changed_to sip.slice "256 MiB (was max); the plan needs"
  echo max >"$CGROUP_ROOT/$GROUP/memory.max"
  wait_until 60 changed_to "$GROUP" "max (was 1 GiB); the plan needs"
  echo max >"$CGROUP_ROOT/sip.slice/memory.max"
  wait_until 60 changed_to sip.slice "max (was 256 MiB); no visible limit"
  [[ $(grep -c '"limit-changed"' "$BG_LOG") == 5 ]]
  grep '"limit-changed"' "$BG_LOG" | head -n 1 | "$PYTHON" -c 'import json, sys
e = json.load(sys.stdin)
assert (e["limit"], e["before"], e["effective"]) == (128 << 20, 512 << 20, 128 << 20) and e["needed"] > 400 << 20, e'
  kill -TERM "$BG_PID"
  ends_with 0
  nothing_left
}

# bats test_tags=release
@test "with memory.oom.group the process that the kernel chose is counted once" {
  run -137 "${GENERIC[@]}" --set resources.unified.memory.max=64M --set resources.unified.memory.swap.max=0 \
    --set resources.unified.memory.oom.group=1 -- "$PYTHON" -c 'bytearray(128 << 20)'
  # "at least" if it was looked at after the kernel had counted the group as killed
  [[ $output == *"the kernel OOM-killed "?("at least ")"1 process: it reached 64 MiB"* ]]
  report "r['memory']['events']['oom_kill'] == 1"
  nothing_left
}

@test "a command that ends with 0 although its child was OOM-killed ends with 137" {
  printf '#!/bin/bash\n"%s" -c "bytearray(128 << 20)"\nexit 0\n' "$PYTHON" >"$RUNTIME/parent"
  chmod 755 "$RUNTIME/parent"
  run -137 "${GENERIC[@]}" --set resources.unified.memory.max=64M --set resources.unified.memory.swap.max=0 -- "$RUNTIME/parent"
  [[ $output == *"parent exited with status 0 after a process of its group was OOM-killed"* ]]
  report "r['outcome'] == 'out-of-memory'" "r['exitCode'] == 0" "r['memory']['events']['oom_kill'] == 1" "r['memory']['overflow'] is None"
  nothing_left
}

@test "what a command leaves in its group is ended, by force if need be, before the group is put away" {
  # shellcheck disable=SC2016 # the inner shell expands it
  run -0 "${GENERIC[@]}" -- bash -c '(trap "" TERM; exec setsid sleep 600 </dev/null >/dev/null 2>&1) & exit 0'
  [[ $output == *"1 process of bash outlived it"* ]]
  nothing_left
}

@test "a router that ends takes no controllers away from the one that still runs beside it" {
  start_bg "${GENERIC[@]}" --set resources.unified.memory.max=64M -- sleep 600
  first=$BG_PID
  wait_until 60 cg_populated sip.slice/script
  start_bg "$SIPLAUNCH" --supervise --profile "$PROFILES/generic.json" --set cgroup.path=sip.slice/other \
    --set resources.unified.memory.max=32M -- sleep 600
  wait_until 60 cg_populated sip.slice/other
  kill -TERM "$first"
  wait_while 60 is_alive "$first"
  no_group sip.slice/script
  [[ $(cg sip.slice/other memory.max) == $((32 << 20)) ]]
  kill -TERM "$BG_PID"
  ends_with 143
}

@test "a supervised launch that fails puts everything back" {
  printf '#!/no/such/interpreter\n' >"$RUNTIME/broken"
  chmod 755 "$RUNTIME/broken"
  run -126 "${GENERIC[@]}" --set resources.unified.memory.max=64M -- "$RUNTIME/broken"
  nothing_left
  report "r['outcome'] == 'refused'" "r['status'] == 126"
  # refused in the child, which has joined by then
  run -125 strace -f --seccomp-bpf -qq -o /dev/null -e trace=setresuid -e inject=setresuid:error=EIO -- \
    "${GENERIC[@]}" --set resources.unified.memory.max=64M --set user=kamailio -- true
  [[ $output == *EIO* ]]
  nothing_left
  report "r['outcome'] == 'refused'" "r['status'] == 125" "r['errno'] == 'EIO'"
}

@test "a supervisor that somebody has moved to another group stays there when it puts its own away" {
  # before: what is switched on for the router stays on for a group that is newer
  mkdir "$CGROUP_ROOT/elsewhere"
  start_bg "${GENERIC[@]}" --set resources.unified.memory.max=64M -- sleep 600
  wait_until 60 cg_populated sip.slice/script
  echo "$BG_PID" >"$CGROUP_ROOT/elsewhere/cgroup.procs"
  strace -qq -y -o "$RUNTIME/calls" -e trace=write,pwrite64 -p "$BG_PID" 3>&- &
  # shellcheck disable=SC2016 # awk's
  wait_until 30 awk '$1 == "TracerPid:" { exit $2 == 0 }' "/proc/$BG_PID/status"
  kill -TERM "$BG_PID"
  ends_with 143
  run ! grep cgroup.procs "$RUNTIME/calls"
  grep -q cgroup.subtree_control "$RUNTIME/calls"
  rmdir "$CGROUP_ROOT/elsewhere"
  nothing_left
}

@test "a child that its group's limit kills before exec is no router, and the OOM kill is reported as the reason that was seen" {
  # in its group and not yet the router: a few MiB more than it has
  cat >"$RUNTIME/grow.c" <<'END'
#include <stdlib.h>
#include <string.h>
int execv(const char *path, char *const *argv)
{
  (void)path, (void)argv;
  memset(malloc(8 << 20), 1, 8 << 20);
  _Exit(3);
}
END
  cc -shared -fPIC -fno-builtin -o "$RUNTIME/grow.so" "$RUNTIME/grow.c"
  run -125 env LD_PRELOAD="$RUNTIME/grow.so" "${GENERIC[@]}" --set resources.unified.memory.max=2M \
    --set resources.unified.memory.swap.max=0 -- echo it ran
  [[ $output == *"the router's process was killed by signal 9 (Killed) before exec"* ]] || fail "$output"
  [[ $output == *"hint: raise memory.max (sizing.memory) of /sip.slice/script, which has had an OOM kill"* && $output != *"it ran"* ]]
  report "r['outcome'] == 'refused'" "r['status'] == 125"
  nothing_left
}

# bats test_tags=release
@test "where siplaunch shares a group with memory.oom.group, it reports a kill of the group, or says at the start that it cannot" {
  echo +memory >"$CGROUP_ROOT/cgroup.subtree_control"
  mkdir "$CGROUP_ROOT/box"
  echo 64M >"$CGROUP_ROOT/box/memory.max"
  local hog=("$SIPLAUNCH" --supervise --report "$REPORT" --profile "$PROFILES/generic.json"
    -- "$PYTHON" -c 'print("score", open("/proc/self/oom_score_adj").read(), flush=True); bytearray(128 << 20)')
  local killed="r['outcome'] == 'out-of-memory' and r['group'] == '/box' and r['memory']['limit'] == 64 << 20"

  # it outlives the kill of the group, and of the router alone; the router keeps the score that was found
  local whole
  for whole in 1 0; do
    rm -f "$REPORT"
    echo "$whole" >"$CGROUP_ROOT/box/memory.oom.group"
    run -137 cg_exec box choom -n 100 -- "${hog[@]}"
    [[ $output == *"score 100"*"/box: the kernel OOM-killed "?("at least ")"1 process: it reached 64 MiB"* && $output != *"cannot report an OOM kill"* ]]
    report "$killed" "r['memory']['events']['oom_kill'] == 1"
  done

  # without the capability it goes with the group
  rm -f "$REPORT"
  echo 1 >"$CGROUP_ROOT/box/memory.oom.group"
  run -137 cg_exec box capsh --drop=cap_sys_resource -- -c '"$@"' - "${hog[@]}"
  [[ $output == *"cannot report an OOM kill"*"OOMKilled"* && $output != *"the kernel OOM-killed"* ]]
  [[ $output == *"score 0"* ]] # before or behind the warning
  [[ ! -e $REPORT ]]
  cg_remove box
}

@test "a router that its group's limit kills right after exec does not take a supervisor along that shares the group" {
  echo +memory >"$CGROUP_ROOT/cgroup.subtree_control"
  mkdir "$CGROUP_ROOT/box"
  echo 64M >"$CGROUP_ROOT/box/memory.max"
  echo 1 >"$CGROUP_ROOT/box/memory.oom.group"
  # the supervisor is that slow at what protects it; strace is outside of the group, and does not follow the router
  # shellcheck disable=SC2016 # the inner shell expands it
  run -137 strace -qq -o "$RUNTIME/calls" -e trace=openat -P self/oom_score_adj -e inject=openat:delay_enter=6000000 -- \
    sh -c 'echo $$ >"$0" && exec "$@"' "$CGROUP_ROOT/box/cgroup.procs" \
    "$SIPLAUNCH" --supervise --report "$REPORT" --profile "$PROFILES/generic.json" -- "$PYTHON" -c 'bytearray(128 << 20)'
  grep -q DELAYED "$RUNTIME/calls"
  [[ $output == *"/box: the kernel OOM-killed"* ]] || fail "$output"
  report "r['outcome'] == 'out-of-memory'" "r['group'] == '/box'" "r['memory']['events']['oom_kill'] == 1"
  cg_remove box
}

# orphaned: the supervisor that was started last is killed, and gone.
orphaned() {
  kill -KILL "$BG_PID"
  wait_while 60 is_alive "$BG_PID"
}

# bats test_tags=release
@test "a Kamailio whose supervisor is killed goes on in its group, with --die-with-parent it ends, and the next start works" {
  SUPERVISED=("$SIPLAUNCH" --supervise --profile "$PROFILES/kamailio-512m.json")
  start_bg "${SUPERVISED[@]}" -- "${ROUTER[@]}"
  wait_for_bg 60 sip_options 127.0.0.1 5060
  orphaned
  sip_options 127.0.0.1 5060
  [[ $(cg "$GROUP" memory.max) == $((512 << 20)) ]]
  run -125 "${SUPERVISED[@]}" -- "${ROUTER[@]}"
  [[ $output == *"$GROUP is in use by pids"* ]]
  echo 1 >"$CGROUP_ROOT/$GROUP/cgroup.kill"
  wait_while 60 cg_populated "$GROUP"

  # its user is changed on the way, which clears a signal that is set before
  start_bg "${SUPERVISED[@]}" --die-with-parent -- "${ROUTER[@]}"
  wait_for_bg 60 sip_options 127.0.0.1 5060
  [[ $(ps -o user= -p "$(pgrep -o -P "$BG_PID")") == kamailio ]]
  (($(wc -l <"$CGROUP_ROOT/$GROUP/cgroup.procs") > 5))
  orphaned
  wait_while 60 cg_populated "$GROUP" # every process, not only the main one
  start_bg "${SUPERVISED[@]}" -- "${ROUTER[@]}"
  wait_for_bg 60 sip_options 127.0.0.1 5060
  kill -TERM "$BG_PID"
  ends_with 0
}

@test "a Kamailio reads the passphrase of its TLS key from the terminal, and ^C stops it" {
  # 6.0.1 as Debian 13 has it prints no prompt, echoes what is typed and takes no passphrase, without siplaunch as well
  [[ $(kamailio -v) != "version: kamailio 6."* ]] || skip "this Kamailio asks for no passphrase, with or without siplaunch"
  openssl req -x509 -newkey rsa:2048 -keyout "$RUNTIME/key.pem" -out "$RUNTIME/cert.pem" -days 1 -passout pass:secret -subj /CN=x 2>/dev/null
  chown kamailio "$RUNTIME"/*.pem
  cat >"$RUNTIME/tls.cfg" <<END
#!KAMAILIO
log_stderror=yes
children=1
tcp_children=1
enable_tls=yes
listen=udp:127.0.0.1:5060
listen=tls:127.0.0.1:5061
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "tls.so"
modparam("tls", "private_key", "$RUNTIME/key.pem")
modparam("tls", "certificate", "$RUNTIME/cert.pem")
request_route { sl_send_reply("200", "OK"); }
END
  run -0 "$PYTHON" "$REPO/tests/cli/terminal_drive.py" 'answer:key.pem:=secret' \
    "run:until $REPO/deploy/docker/sip-options 127.0.0.1 5060; do sleep 0.2; done" 'type:\x03' status:0 -- \
    "$SIPLAUNCH" --supervise --report "$REPORT" --profile "$PROFILES/kamailio-512m.json" -- kamailio -DD -E -f "$RUNTIME/tls.cfg"
  [[ $output == *"Enter passphrase for "* ]]
  report "r['outcome'] == 'stopped'" "r['stopRequest'] == 'SIGINT'"
  nothing_left
}
