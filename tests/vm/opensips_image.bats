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
  [[ $output =~ 'the smallest limit that is enough is '([0-9]+)' MiB' ]]
  container --memory "${BASH_REMATCH[1]}m" --
  wait_for_container 60 sip_options 127.0.0.1 5060
}

@test "OpenSIPS' official image, unchanged, starts by the README's command" {
  local command
  tar -C "$BATS_FILE_TMPDIR/base" -c . | podman import --quiet --change 'ENTRYPOINT ["/usr/sbin/opensips", "-F"]' - opensips/opensips:3.6 3>&-
  podman volume create siplaunch
  cp -R "$BATS_FILE_TMPDIR/build/image/usr/local/." "$(podman volume inspect --format '{{.Mountpoint}}' siplaunch)"
  cd "$BATS_TEST_TMPDIR"
  every_address_of_opensips >opensips.cfg
  command=$("$REPO/tests/lib/page-commands" commands "$REPO/deploy/docker/README.md" | cut -f 2- | grep -F 'opensips/opensips:3.6 --profile' | sed 's/^docker/exec podman/')
  start_bg bash -c "$command"
  wait_for_bg 60 sip_options 127.0.0.1 5060
  LAUNCHED=$(pgrep -o -x opensips)
  local shm
  shm=$(argument_after -m)
  ((shm > 200 && shm < 512))
  podman stop --time 20 --latest
  wait "$BG_PID"
}
