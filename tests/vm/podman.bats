# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# In containers as podman makes them: what one sees of itself, and a slice inside a privileged one, whose own group has
# processes that must move into a leaf before it can hand controllers down.
# Takes about 50 s.

# bats file_tags=release

load podman

setup() {
  prepare_container_router
  SLICE=$PROFILES/kamailio-512m.json
}

# behind_a_shell COMMAND...: what a container runs whose pid 1 is a shell: COMMAND in the background, once the test says go.
behind_a_shell() {
  # shellcheck disable=SC2016 # expanded by the inner shell
  local script='until [ -e "$0/go" ]; do sleep 0.2; done; "$@" & wait $!; echo "ended $?"; exec sleep 600'
  BEHIND_A_SHELL=(sh -c "$script" "$RUNTIME" "$@")
}

go() {
  touch "$RUNTIME/go"
}

# group_of PID: its cgroup as its container sees it.
group_of() {
  local path
  path=$(sed 's/^0:://' "/proc/$1/cgroup")
  path=${path#"/$CONTAINER_GROUP"}
  echo "${path:-/}"
}

# assert_nested: Kamailio answers from its slice in the container's group, which hands down what the slice needs.
assert_nested() {
  wait_for_container 60 sip_options 127.0.0.1 5060
  local group=$CONTAINER_GROUP/sip.slice/kamailio
  [[ $(cg "$group" memory.max) == $((512 << 20)) ]]
  [[ $(cg "$group" memory.oom.group) == 1 ]]
  [[ $(cg "$group" cgroup.procs) == "$(pgrep -x kamailio)" ]]
  [[ $(cg "$CONTAINER_GROUP" cgroup.subtree_control) == "memory pids" ]]
  [[ ! $(cg "$CONTAINER_GROUP" cgroup.procs) ]]
}

@test "a container sees its group as the root with the limit it was given, and the plan knows podman and that limit" {
  # shellcheck disable=SC2016 # expanded in the container
  run contained --memory 256m -- sh -c 'cat /proc/self/cgroup /sys/fs/cgroup/memory.max; "$@"; exit 0' sh \
    "$SIPLAUNCH" plan --profile "$SLICE" -- "${ROUTER[@]}"
  [[ $status == 0 && ${lines[0]} == 0::/ && ${lines[1]} == 268435456 ]]
  [[ $output == *", podman ("* ]]
  [[ $output == *"memory 256 MiB: / memory.max (kernel)"* ]]
  [[ $(tr -s ' \n' ' ' <<<"$output") == *"/sys/fs/cgroup is mounted read-only"* ]]
}

@test "a limit that podman ignored, as with --cgroups disabled, is refused with what has to go, and without that it is in force" {
  run contained --cgroups disabled --memory 64m -- "$SIPLAUNCH" --profile "$PROFILES/generic.json" --set resources.unified.memory.max=64MiB -- true
  [[ $status == 125 && $output == *"hint: podman run --memory 64m (podman ignores it with --cgroups disabled: start it without that option)"* ]] ||
    fail "$output"
  run -0 contained --memory 64m -- "$SIPLAUNCH" --profile "$PROFILES/generic.json" --set resources.unified.memory.max=64MiB -- true
}

@test "podman is recognised in a read-only container, which lacks its marker file up to podman 4" {
  # shellcheck disable=SC2016 # expanded in the container
  run contained --read-only -- sh -c 'ls -a /run; "$@"; exit 0' sh "$SIPLAUNCH" plan --profile "$SLICE" -- "${ROUTER[@]}"
  [[ $output == *", podman ("* ]]
  [[ $(podman --version) != *' 4.'* || $output != *.containerenv* ]]
}

@test "in a privileged container the shell that is pid 1 and an exec'd process move into a leaf, and Kamailio gets its slice" {
  behind_a_shell "$SIPLAUNCH" --profile "$SLICE" -- "${ROUTER[@]}"
  container --privileged --memory 600m -- "${BEHIND_A_SHELL[@]}"
  podman exec --detach "$CONTAINER" sleep 601 >/dev/null
  go
  assert_nested
  [[ $(group_of "$CONTAINER_PID") == /siplaunch-origin ]]
  [[ $(group_of "$(pgrep -f -x 'sleep 601')") == /siplaunch-origin ]]

  # nothing can enter the container's own group any more: who comes later goes where pid 1 is
  run -0 container_exec cat /proc/self/cgroup
  [[ $output == 0::/siplaunch-origin ]]
}

@test "under an init the same, and the slice goes with the container when that is stopped" {
  container --privileged --init --memory 600m -- "$SIPLAUNCH" --profile "$SLICE" -- "${ROUTER[@]}"
  assert_nested
  [[ $(group_of "$CONTAINER_PID") == /siplaunch-origin ]]
  container_stop --time 60
  container_logs | grep 'Thank you for flying kamailio'
  wait_until 30 no_group "$CONTAINER_GROUP"
}

@test "what is launched as pid 1, alone in its group, needs no leaf, and an exec'd process joins it in its slice" {
  container --privileged -- "$SIPLAUNCH" --profile "$PROFILES/generic.json" --set cgroup.path=sip.slice/router \
    --set resources.unified.memory.max=64MiB -- sleep 602
  wait_for_container 60 grep sleep "/proc/$CONTAINER_PID/comm"
  [[ $(group_of "$CONTAINER_PID") == /sip.slice/router ]]
  no_group "$CONTAINER_GROUP/siplaunch-origin"
  run -0 container_exec cat /proc/self/cgroup
  [[ $output == 0::/sip.slice/router ]]
}

@test "when a required step fails in a privileged container, every process is back where it was and nothing is left" {
  behind_a_shell "$SIPLAUNCH" --profile "$SLICE" --set 'resources.unified.io.max=9:9 rbps=1' -- "${ROUTER[@]}"
  container --privileged --memory 600m -- "${BEHIND_A_SHELL[@]}"
  podman exec --detach "$CONTAINER" sleep 603 >/dev/null
  go
  wait_for_container 60 grep 'ended 125' "$CONTAINER_LOG"
  container_logs | grep 'cgroup/io.max: write 9:9 rbps=1'
  [[ $(group_of "$CONTAINER_PID") == / ]]
  [[ $(group_of "$(pgrep -f -x 'sleep 603')") == / ]]
  [[ ! $(cg "$CONTAINER_GROUP" cgroup.subtree_control) ]]
  [[ ! $(find "$CGROUP_ROOT/$CONTAINER_GROUP" -mindepth 1 -type d) ]]
}

@test "in an image of nothing but siplaunch, busybox and their libraries, it launches" {
  make_image siplaunch-alone "$SIPLAUNCH" "$PROFILES/generic.json"
  # shellcheck disable=SC2034 # podman.bash uses it
  CONTAINER_ROOT=(siplaunch-alone)
  run -0 contained --privileged --memory 64m -- "$SIPLAUNCH" --profile "$PROFILES/generic.json" \
    --set cgroup.path=sip.slice/router --set resources.unified.memory.max=32MiB -- /bin/busybox cat /proc/self/cgroup
  [[ $output == *0::/sip.slice/router ]]
}
