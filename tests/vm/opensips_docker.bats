# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The image that is shipped, with a real OpenSIPS, in the distribution's own Docker engine.
# Boots with systemd.
# Takes about 60 s.

load opensips
load docker
load image
load opensips_image

setup_file() {
  [[ ! ${OPENSIPS:-} ]] || { docker_up && docker_image; }
}

teardown_file() {
  [[ ! ${OPENSIPS:-} ]] || docker_down
}

setup() {
  has_opensips
}

teardown() {
  remove_containers
}

@test "the image answers SIP on a published port, sized for Docker's limit, without privileges; docker stop ends it at once with 0" {
  start_container --publish 127.0.0.1:5070:5060/udp --memory 256m --memory-swap 256m --read-only --cap-drop ALL \
    --tmpfs /run/opensips:mode=0750,uid=5060,gid=5060 opensips
  wait_until 60 sip_options 127.0.0.1 5070
  LAUNCHED=$(container_state Pid)
  [[ $(tr '\0' ' ' <"/proc/$LAUNCHED/cmdline") == 'opensips -'*' -F ' ]]
  local shm
  shm=$(argument_after -m)
  ((shm > 100 && shm < 256))
  [[ $(stat -c %u:%g "/proc/$LAUNCHED") == 5060:5060 ]]
  docker exec "$CONTAINER" sip-options
  run -0 docker exec "$CONTAINER" siplaunch inspect 1
  docker kill --signal HUP "$CONTAINER"
  sip_options 127.0.0.1 5070
  local before=$EPOCHSECONDS
  docker stop "$CONTAINER"
  ((EPOCHSECONDS - before < 10)) # then Docker would have killed it
  [[ $(container_state ExitCode) == 0 ]]
}

@test "supervised, an OpenSIPS that is stopped ends with 0 and says so in the report" {
  local out=$BATS_TEST_TMPDIR/out
  chmod 711 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR"
  install -d -o 5060 -g 5060 "$out"
  start_container --memory 256m --volume "$out:/out" --entrypoint siplaunch opensips --supervise --report /out/report.json -- opensips -F
  wait_until 60 docker exec "$CONTAINER" sip-options
  docker stop "$CONTAINER"
  [[ $(container_state ExitCode) == 0 ]]
  "$PYTHON" -c 'import json, sys; r = json.load(open(sys.argv[1])); assert r["outcome"] == "stopped", r' "$out/report.json"
}

@test "a command without -F is refused in docker logs, with what to add" {
  run -125 docker run --rm --memory 256m opensips opensips
  [[ $output == *"goes into the background, which ends this container: its PID 1 exits"*"add -F to the router's command"* ]]
}

@test "the smallest limit that a refusal names starts OpenSIPS" {
  run -125 docker run --rm --memory 24m opensips
  [[ $output =~ 'the smallest limit that is enough is '([0-9]+)' MiB' ]]
  start_container --memory "${BASH_REMATCH[1]}m" opensips
  wait_until 60 docker exec "$CONTAINER" sip-options
}
