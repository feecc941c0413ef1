# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What `siplaunch export` writes for Docker, pasted into the distribution's own engine: the image that is shipped starts with
# the configuration that the export mounts, and answers on the port that it publishes. ways.bats does it for podman and a pod.
# Boots with systemd.
# Takes about 145 s.

load docker
load image

setup_file() {
  docker_up
  docker_image
}

teardown_file() {
  docker_down
}

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  # two files, of which the image has neither: the first is not its own, and the port is in the second
  mkdir router
  printf 'include_file "listen.cfg"\n' | cat - "$CONFIG" >router/kamailio.cfg
  printf '#!define LISTEN udp:0.0.0.0:5071\n' >router/listen.cfg
  # a profile with a filter of its own, which the image has not either
  mkdir -p own/seccomp
  echo '{"extends": "kamailio-512m", "seccomp": "mine"}' >own/edge.json
  sed 's/"comment": "/&Ours: /' "$PROFILES/seccomp/sip-router.json" >own/seccomp/mine.json
  fails cmp -s "$PROFILES/seccomp/sip-router.json" own/seccomp/mine.json
  "$SIPLAUNCH" profiles --profile-dir own --profile-dir "$PROFILES" --set user=5060 --set group=5060 show edge >edge.json
}

teardown() {
  remove_containers
}

# export_to TOOL FILE
export_to() {
  "$SIPLAUNCH" export --profile-dir own --profile-dir "$PROFILES" --profile edge --set user=5060 --set group=5060 --image kamailio "$1" -- \
    kamailio -DD -E -f "$PWD/router/kamailio.cfg" >"$2"
}

# assert_router: the process that answers has what the profile says, by the kernel.
assert_router() {
  wait_until 60 sip_options 127.0.0.1 5071
  LAUNCHED=$(pgrep -o -x kamailio)
  [[ $(stat -c %u:%g "/proc/$LAUNCHED") == 5060:5060 ]]
  [[ $(status_of NoNewPrivs) == 1 && $(status_of CapBnd) == 0000000000000000 ]]
  # the engine's filter and the profile's
  [[ $(status_of Seccomp_filters) == 2 ]]
  [[ $(cat "/proc/$LAUNCHED/oom_score_adj") == -900 ]]
  [[ $(cat "/proc/$LAUNCHED/root/sys/fs/cgroup/memory.max") == $((512 << 20)) ]]
  # its root directory is read-only, and where the router writes is not
  [[ $(awk '$5 == "/" || $5 == "/run/kamailio" { print $5, substr($6, 1, 2) }' "/proc/$LAUNCHED/mountinfo") == $'/ ro\n/run/kamailio rw' ]]
  local shm
  shm=$(argument_after -m)
  ((shm > 256 && shm < 512))
}

@test "the exported docker run starts the router with its configuration and answers on the published port" {
  export_to docker pasted
  sed 's/^docker run/& --detach/' pasted >line
  run -0 bash line
  assert_router
}

@test "the exported Compose file starts the router with its configuration and answers on the published port" {
  export_to compose compose.yaml
  compose --project-name sip up --detach
  assert_router
  compose --project-name sip down
}
