# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The image that is shipped, with a real OpenSIPS, built and run by podman.
# Takes about 20 s.

load opensips
load podman
load image
load opensips_image

# shellcheck disable=SC2034 # for container and contained
CONTAINER_ROOT=(localhost/opensips)

setup_file() {
  [[ ! ${OPENSIPS:-} ]] || { podman_up && podman_image; }
}

teardown_file() {
  [[ ! ${OPENSIPS:-} ]] || podman_down
}

setup() {
  has_opensips
}

teardown() {
  containers_end
}

@test "the image as it is starts OpenSIPS as PID 1, unprivileged and sized for the container; podman stop ends it with 0" {
  container --memory 256m --read-only --tmpfs /run/opensips:mode=1777 --
  wait_for_container 60 sip_options 127.0.0.1 5060
  LAUNCHED=$CONTAINER_PID
  [[ $(tr '\0' ' ' <"/proc/$LAUNCHED/cmdline") == 'opensips '*' -F ' ]]
  local shm
  shm=$(argument_after -m)
  ((shm > 100 && shm < 256))
  [[ $(stat -c %u:%g "/proc/$LAUNCHED") == 5060:5060 ]]
  container_stop --time 20
  [[ $(podman inspect --format '{{.State.ExitCode}}' "$CONTAINER") == 0 ]]
}

@test "a command without -F is refused, with what to add" {
  run -125 contained --memory 256m -- opensips
  [[ $output == *"goes into the background, which ends this container: its PID 1 exits"*"add -F to the router's command"* ]]
}

@test "the smallest limit that a refusal names starts OpenSIPS" {
  run -125 contained --memory 24m --
  [[ $output =~ 'the smallest limit that would do is '([0-9]+)' MiB' ]]
  container --memory "${BASH_REMATCH[1]}m" --
  wait_for_container 60 sip_options 127.0.0.1 5060
}
