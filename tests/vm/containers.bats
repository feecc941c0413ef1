# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Containers as operators start them, most of which may not write their cgroups: the limits are the engine's, what is missing is
# said in the engine's own words, and those words, pasted, make it start.
# Takes about 90 s.

load podman

setup() {
  prepare_container_router
  SLICE=$PROFILES/kamailio-512m.json
  REPORT=$BATS_TEST_TMPDIR/report.json
}

# block: the command in $output that would make it start.
block() {
  awk '/^  podman run / { found = 1 } found { print } found && !/\\$/ { exit }' <<<"$output"
}

# paste_block [FLAG...]: starts LAUNCH with what that command says, and with FLAGs, which the container had before.
paste_block() {
  local command
  command=$(block)
  [[ $command ]] || fail "no podman run: $output" || return
  eval "podman_run ${command#*podman run}"
}

# podman_run OPTION... IMAGE: what stands for it in the command that is pasted.
podman_run() {
  [[ ${*: -1} == IMAGE ]] || fail "no IMAGE: $*" || return
  container "${KEPT[@]}" "${@:1:$#-1}" -- "${LAUNCH[@]}"
}

# assert_steps: none was refused, and the group's were all had from the engine. Of `--verbose --log-format json`.
assert_steps() {
  container_logs | "$PYTHON" -c '
import json, sys
events = [json.loads(line) for line in sys.stdin if line.startswith("{")]
# the filter goes in after this has been said, right before exec
steps = [event for event in events if event.get("event") == "step" and event["mechanism"] != "seccomp"]
assert len(steps) > 10, events
for step in steps:
    of_the_group = step["mechanism"] == "cgroup"
    assert step["status"] in ("satisfied", "adopted") or (step["status"] == "applied" and not of_the_group), step'
}

# assert_shared OPTION...: the router, LAUNCHED, has the shared pool that it gets in a group of its own outside of containers.
assert_shared() {
  local expected
  expected=$("$SIPLAUNCH" plan "$@" --format json -- "${ROUTER[@]}" |
    "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["budget"]["shared"] >> 20)')
  [[ $(argument_after -m) == "$expected" ]]
}

# assert_outlives_an_orphan: pid 1 is handed one and reaps it when it ends, and the router still answers.
assert_outlives_an_orphan() {
  cp /bin/sleep "$RUNTIME/orphan"
  # shellcheck disable=SC2016 # the inner shell expands it
  container_exec sh -c '"$0" 1 >/dev/null 2>&1 &' "$RUNTIME/orphan"
  wait_while 30 pgrep -x orphan
  sip_options 127.0.0.1 5060
  is_alive "$LAUNCHED"
}

# bats test_tags=release
@test "without options Kamailio is refused with those that it takes; pasted, every limit is adopted, it answers and outlives an orphan" {
  local limits=(--set resources.unified.pids.max=300 --set resources.unified.memory.high=600M)
  run -125 contained --ulimit nofile=1024:1024 --sysctl 'kernel.sem=10 100 5 4' -- "$SIPLAUNCH" --profile "$SLICE" "${limits[@]}" \
    -- "${ROUTER[@]}"
  [[ $output == *"no memory limit is in force here"*"/sys/fs/cgroup is mounted read-only"* ]]
  LAUNCH=("$SIPLAUNCH" --verbose --log-format json --profile "$SLICE" "${limits[@]}" -- "${ROUTER[@]}")
  KEPT=()
  paste_block
  wait_for_container 60 sip_options 127.0.0.1 5060
  assert_steps
  # one more than pid 1 has, whose filter is podman's
  filters() { sed -n 's/^Seccomp_filters:[[:space:]]*//p' "/proc/$1/status"; }
  [[ $(filters "$(pgrep -P "$CONTAINER_PID")") == $(($(filters "$CONTAINER_PID") + 1)) ]]
  [[ $(cg "$CONTAINER_GROUP" memory.max) == $((512 << 20)) ]]
  [[ $(cg "$CONTAINER_GROUP" memory.high) == $((600 << 20)) ]]
  [[ $(cg "$CONTAINER_GROUP" memory.swap.max) == 0 ]]
  [[ $(cg "$CONTAINER_GROUP" pids.max) == 300 ]]

  LAUNCHED=$(pgrep -P "$CONTAINER_PID")
  [[ $(cat "/proc/$LAUNCHED/cgroup") == "0::/$CONTAINER_GROUP" ]]
  [[ $(cat "/proc/$LAUNCHED/oom_score_adj") == -900 ]]
  [[ $(awk '/^Max open files/ { print $4, $5 }' "/proc/$LAUNCHED/limits") == "65536 65536" ]]
  [[ $(nsenter -i -t "$LAUNCHED" cat /proc/sys/kernel/sem) == $'250\t32000\t100\t128' ]]
  assert_shared --profile "$SLICE" "${limits[@]}"

  [[ $(cat "/proc/$CONTAINER_PID/comm") == siplaunch ]]
  [[ $(container_logs | grep -c "staying as PID 1") == 1 ]]
  assert_outlives_an_orphan
}

@test "below an init and with a read-only root Kamailio takes siplaunch's place, and the init takes its orphans" {
  ROUTER=(kamailio -DD -E -Y /run/kamailio -f "$CONFIG")
  container --init --read-only --tmpfs /run/kamailio --memory 256m -- "$SIPLAUNCH" --profile "$PROFILES/container.json" -- \
    "${ROUTER[@]}"
  wait_for_container 60 sip_options 127.0.0.1 5060
  LAUNCHED=$(pgrep -P "$CONTAINER_PID")
  [[ $(readlink "/proc/$LAUNCHED/exe") == */kamailio ]]
  run ! pgrep -x siplaunch
  assert_shared --profile "$PROFILES/container.json" --set sizing.memory=256M
  assert_outlives_an_orphan
}

# bats test_tags=release
@test "in a user namespace what is missing can be pasted too, and Kamailio runs as the container's own user" {
  local root=$BATS_TEST_TMPDIR/root
  make_root "$root" "$SIPLAUNCH" "$(command -v kamailio)" /usr/lib/*/kamailio/modules/sl.so "$CONFIG" "$PROFILES"/kamailio{,-512m}.json \
    "$PROFILES/seccomp/sip-router.json"
  mkdir "$root/etc"
  echo 'kamailio:x:1000:1001::/:/bin/sh' >"$root/etc/passwd"
  echo 'kamailio:x:1001:' >"$root/etc/group"
  chown -R 100000:100000 "$root"
  chown 101000:101001 "$RUNTIME"
  # shellcheck disable=SC2034 # podman.bash uses it
  CONTAINER_ROOT=(--rootfs "$root")
  # not all of /tmp, where the repository may be: it would hide what the root has of it
  local files=(--volume "$BATS_TEST_TMPDIR:$BATS_TEST_TMPDIR")
  CONTAINER_FLAGS=(--network host "${files[@]}")
  KEPT=(--uidmap 0:100000:65536 --gidmap 0:100000:65536)
  LAUNCH=("$SIPLAUNCH" --profile "$SLICE" -- "${ROUTER[@]}")
  # with the machine's network podman 4 mounts no cgroups there, whatever is set; podman 5 does
  run -125 contained "${KEPT[@]}" -- "${LAUNCH[@]}"
  [[ $(podman --version) != *' 4.'* || $output == *"no cgroup v2 file system is mounted here"*"so that it sees its own /sys/fs/cgroup (podman does not mount it"* ]]
  # shellcheck disable=SC2034 # podman.bash uses it
  CONTAINER_FLAGS=(--network none "${files[@]}")
  run -125 contained "${KEPT[@]}" --ulimit nofile=1024:1024 -- "${LAUNCH[@]}"
  paste_block
  wait_for_container 60 nsenter --net --target "$CONTAINER_PID" timeout 5 sipsak -s sip:127.0.0.1:5060
  LAUNCHED=$(pgrep -P "$CONTAINER_PID")
  [[ $(status_of Uid | cut -f 2) == 101000 && $(status_of Gid | cut -f 2) == 101001 ]]
  [[ $(cat "/proc/$LAUNCHED/oom_score_adj") == -900 ]]
  [[ $(argument_after -m) -gt 256 ]]
}

# bats test_tags=release
@test "where cgroups and /proc/sys may be written the slice is made and kernel.sem raised, without any privilege" {
  # the profile only prefers what it asks of cgroups: that is no reason to go without
  # shellcheck disable=SC2016 # the inner shell expands it
  run -0 --separate-stderr contained --security-opt unmask=/sys/fs/cgroup --security-opt unmask=/proc/sys \
    --sysctl 'kernel.sem=10 100 5 4' -- "$SIPLAUNCH" --profile "$PROFILES/container.json" --policy default=require \
    --set cgroup.path=sip.slice/router --set resources.unified.memory.max=32M -- sh -c 'read -r group </proc/self/cgroup; cat "/sys/fs/cgroup${group#0::}/memory.max"
      cat /proc/sys/kernel/sem; echo "$group"'
  [[ $output == $'33554432\n250\t32000\t100\t128\n0::/sip.slice/router' ]]
}

# bats test_tags=release
@test "an OOM kill in a container ends with 137 and is told in the termination log; with memory.oom.group that cannot be, and is said" {
  local hog=("$SIPLAUNCH" --supervise --report /dev/termination-log --profile "$PROFILES/container.json" -- "$PYTHON" -c 'bytearray(128 << 20)')
  printf '%5000s' old >"$REPORT"
  run -137 contained --memory 64m --memory-swap 64m --volume "$REPORT:/dev/termination-log" -- "${hog[@]}"
  [[ $output == *"/: the kernel OOM-killed 1 process: it reached 64 MiB"* ]]
  "$PYTHON" -c '
import json, sys
report = json.load(sys.stdin)
assert (report["outcome"], report["status"], report["group"]) == ("out-of-memory", 137, "/"), report
assert report["memory"]["limit"] == 64 << 20 and report["memory"]["events"]["oom_kill"] == 1, report' <"$REPORT"

  run -137 contained --memory 64m --memory-swap 64m --cgroup-conf memory.oom.group=1 -- "${hog[@]/\/dev\/termination-log//dev/null}"
  [[ $output == *"siplaunch cannot report an OOM kill here"* && $output != *"the kernel OOM-killed"* ]]
}

@test "a pids limit below the router's processes is refused with one that is enough; pasted, it answers" {
  LAUNCH=("$SIPLAUNCH" --profile "$PROFILES/container.json" -- "${ROUTER[@]}")
  run -125 contained --memory 256m --pids-limit 5 -- "${LAUNCH[@]}"
  [[ $output == *"processes, but pids.max of / is 5, 1 of which other processes use"* ]]
  KEPT=(--memory 256m --pids-limit 5)
  paste_block
  wait_for_container 60 sip_options 127.0.0.1 5060
  local limit
  limit=$(cg "$CONTAINER_GROUP" pids.max)
  ((limit > 5 && limit >= $(pgrep -c -x kamailio)))
}

@test "a container whose /proc/sys or /sys/fs/cgroup is masked is refused with what hides it, and starts without IPC limits" {
  local limits=(--memory 512m --memory-swap 512m --oom-score-adj -900)
  LAUNCH=("$SIPLAUNCH" --profile "$SLICE" -- "${ROUTER[@]}")
  run -125 contained "${limits[@]}" --security-opt mask=/proc/sys -- "${LAUNCH[@]}"
  [[ $output == *"sysctl/kernel.shmmax: read /proc/sys/kernel/shmmax"*"so that it sees its own /proc/sys"*"--policy sysctl=prefer"* ]]
  [[ $output != *"podman run"* ]]
  container "${limits[@]}" --security-opt mask=/proc/sys -- "$SIPLAUNCH" --profile "$SLICE" --policy sysctl=prefer -- "${ROUTER[@]}"
  wait_for_container 60 sip_options 127.0.0.1 5060
  # the machine's tree, in which the container's own group is another one
  run -125 contained "${limits[@]}" --volume /sys/fs/cgroup:/sys/fs/cgroup:ro -- "${LAUNCH[@]}"
  [[ $output == *"siplaunch's own group is not visible at /sys/fs/cgroup"*"without a volume of the machine's there"* && $output != *"podman run"* ]]
  run -125 contained "${limits[@]}" --security-opt mask=/sys/fs/cgroup -- "${LAUNCH[@]}"
  [[ $output == *"/sys/fs/cgroup is not a cgroup2 file system"*"start the container with nothing mounted over its /sys/fs/cgroup"* ]]
}

@test "without CAP_SYS_RESOURCE the soft limit of open files is taken up to the hard one; with what the hint says all of it" {
  local ask=("$SIPLAUNCH" --profile "$PROFILES/container.json" --set router=generic -- sh -c 'ulimit -Sn')
  run -0 contained --memory 64m --ulimit nofile=1024:4096 -- "${ask[@]}"
  [[ $output == *"rlimit/RLIMIT_NOFILE is applied in part, as 4096:4096 and not 65536:4096: "*"podman run --ulimit nofile=65536:65536"* ]]
  [[ ${lines[-1]} == 4096 ]]
  run -0 contained --memory 64m --ulimit nofile=65536:65536 -- "${ask[@]}"
  [[ $output != *RLIMIT_NOFILE* && ${lines[-1]} == 65536 ]]
}
