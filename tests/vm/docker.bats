# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The image that is shipped, in the distribution's own Docker engine, as a stranger tries it; and what siplaunch prints to be
# pasted there.
# Boots with systemd.
# Takes about 395 s.

load docker
load image

setup_file() {
  docker_up
  docker_image
  echo "# Docker $(docker version --format '{{.Server.Version}}'), Compose $(compose version --short)" >&3
  export ANYWHERE=$BATS_FILE_TMPDIR/kamailio.cfg
  every_address >"$ANYWHERE"
  chmod 711 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR"
  chmod 755 "$BATS_RUN_TMPDIR"/*
}

teardown_file() {
  docker_down
}

setup() {
  MOUNT=(--volume "$ANYWHERE:/etc/kamailio/kamailio.cfg:ro")
}

teardown() {
  remove_containers
}

# bats test_tags=release
@test "the image answers SIP on a published port of a network of its own, sized and with a read-only root; docker stop ends it at once" {
  docker network create sip >/dev/null
  start_container --network sip --publish 127.0.0.1:5070:5060/udp --memory 256m --memory-swap 256m --read-only --cap-drop ALL \
    --tmpfs /run/kamailio:mode=0750,uid=5060,gid=5060 "${MOUNT[@]}" kamailio
  wait_until 60 sip_options 127.0.0.1 5070
  LAUNCHED=$(pgrep -o -x kamailio)
  [[ $(tr '\0' ' ' <"/proc/$LAUNCHED/cmdline") == 'kamailio -'*' -DD -E ' ]]
  local shm
  shm=$(argument_after -m)
  ((shm > 128 && shm < 256))
  [[ $(stat -c %u:%g "/proc/$LAUNCHED") == 5060:5060 ]]
  docker exec "$CONTAINER" sip-options
  run -0 docker exec "$CONTAINER" siplaunch inspect 1
  docker kill --signal HUP "$CONTAINER"
  sip_options 127.0.0.1 5070
  local before=$EPOCHSECONDS
  docker stop "$CONTAINER"
  ((EPOCHSECONDS - before < 10)) # then Docker would have killed it
  [[ $(container_state ExitCode) == 0 ]]
  docker rm "$CONTAINER"
  docker network rm sip
}

@test "options that the entry point has already are not doubled" {
  start_container --memory 256m "${MOUNT[@]}" --health-cmd 'sip-options 127.0.0.1 5060' --health-interval 2s kamailio -DD -E -f /etc/kamailio/kamailio.cfg
  wait_until 60 docker exec "$CONTAINER" sip-options
  LAUNCHED=$(pgrep -o -x kamailio)
  [[ $(tr '\0' ' ' <"/proc/$LAUNCHED/cmdline") =~ ^'kamailio '(-[mM]\ [0-9]+\ ){2}'-DD -E -f /etc/kamailio/kamailio.cfg '$ ]]
  wait_until 60 is_healthy "$CONTAINER"
}

@test "options alone are the router's, and another command is executed as it is" {
  run -0 docker run --rm kamailio -v
  [[ $output == *'version: kamailio '* ]]
  run -0 --separate-stderr docker run --rm kamailio bash -c 'tr "\0" "|" </proc/1/cmdline' bash -f
  [[ $output == 'bash|-c|tr "\0" "|" </proc/1/cmdline|bash|-f|' ]]
  run -127 docker run --rm kamailio nonesuch
}

@test "plan and doctor know the image's router without being told" {
  run -0 docker run --rm --memory 256m --entrypoint siplaunch kamailio doctor
  [[ $output == *'command   kamailio -m '*' -DD -E'* && $output != *generic* ]]
  run -0 docker run --rm --memory 256m --entrypoint siplaunch kamailio plan
  [[ $output == *'command   kamailio -m '*' -DD -E'* ]]
  # a file that the image does not have is refused, and all else is shown
  run -1 docker run --rm --memory 256m --entrypoint siplaunch kamailio plan -- -f /other.cfg
  [[ $output == *'command   kamailio -m '*' -DD -E -f /other.cfg'* ]]
}

@test "with --init the router takes siplaunch's place" {
  start_container --init --memory 256m "${MOUNT[@]}" kamailio
  wait_until 60 docker exec "$CONTAINER" sip-options
  run ! pgrep -x siplaunch
  docker stop "$CONTAINER"
  [[ $(container_state ExitCode) == 0 ]]
}

@test "the reason of a refusal is in docker logs, and the smallest limit that it names starts the router" {
  run -125 docker run --rm --memory 32m "${MOUNT[@]}" kamailio
  [[ $output =~ 'the smallest limit that is enough is '([0-9]+)' MiB' ]]
  start_container --memory "${BASH_REMATCH[1]}m" "${MOUNT[@]}" kamailio
  wait_until 60 docker exec "$CONTAINER" sip-options
}

@test "without a memory limit the warning names Docker's option" {
  start_container "${MOUNT[@]}" kamailio
  wait_until 60 docker exec "$CONTAINER" sip-options
  run -0 docker logs "$CONTAINER"
  [[ $output == *'warning: no memory limit is visible'*'docker run --memory'* ]]
}

@test "root, and any number for a user, run it" {
  local user
  for user in 0 1234:1234; do
    start_container --user "$user" --memory 256m "${MOUNT[@]}" kamailio
    wait_until 60 docker exec "$CONTAINER" sip-options
    docker rm --force "$CONTAINER"
  done
}

# bats test_tags=release
@test "after an OOM kill the exit status is 137, and the report says why" {
  local out=$BATS_TEST_TMPDIR/out
  install -d -o 5060 -g 5060 "$out"
  # of a router that it does not know siplaunch computes nothing: this one touches more than the container may have
  start_container --memory 256m --memory-swap 256m "${MOUNT[@]}" --volume "$out:/out" --entrypoint siplaunch kamailio \
    --set router=generic --supervise --report /out/report.json -- kamailio -DD -E -m 300 -A FORCE_ALLOC
  [[ $(docker wait "$CONTAINER") == 137 ]]
  run -0 docker logs "$CONTAINER"
  [[ $output == *'kamailio was OOM-killed'* ]]
  "$PYTHON" -c 'import json, sys; r = json.load(open(sys.argv[1])); assert r["outcome"] == "out-of-memory", r' "$out/report.json"
}

# bats test_tags=release
@test "what is printed for a refusal, pasted, starts the router as the profile asks" {
  local own=(--name test-paste --detach --user 0 "${MOUNT[@]}" --env SIPLAUNCH_PROFILE=kamailio-512m)
  own+=(--entrypoint siplaunch)
  # by number: the base of these tests has no user kamailio
  local arguments=(--set user=5060 --set group=5060 --set sysctl.kernel.msgmni=12345 --)
  run -125 docker run --rm "${own[@]:3}" --ulimit nofile=1024:1024 kamailio "${arguments[@]}"
  local block
  block=$(awk '/^  docker run / { found = 1 } found { print } found && !/\\$/ { exit }' <<<"$output")
  [[ $block == *' IMAGE' && $block == *--memory* && $block == *nofile* && $block == *msgmni* && $block == *oom-score-adj* ]]
  block=${block/% IMAGE/ kamailio}
  eval "docker run ${own[*]} ${block#*docker run} ${arguments[*]}"
  CONTAINER=test-paste
  wait_until 60 docker exec "$CONTAINER" sip-options
  LAUNCHED=$(pgrep -o -x kamailio)
  [[ $(cat "/proc/$LAUNCHED/oom_score_adj") == -900 ]]
  [[ $(nsenter -i -t "$LAUNCHED" cat /proc/sys/kernel/msgmni) == 12345 ]]
}

# pasted_block: the `docker run` line of $output, in one.
pasted_block() {
  awk '/^  docker run / { found = 1 } found { sub(/ *\\$/, " "); printf "%s", $0 } found && !/ $/ { exit }' <<<"$output" | sed 's/^  //'
}

# refused_until_pasted OPTION... -- ARGUMENT...: plan, with these options of docker run and these of siplaunch's, is refused, and with
# what it prints it is not. Of a container whose limits are all there but one.
refused_until_pasted() {
  local options=()
  while [[ $1 != -- ]]; do options+=("$1") && shift; done
  local plan=("${@:2}" --set user=5060 --set group=5060 -- kamailio -DD -E)
  local fixed=(--user 0 "${MOUNT[@]}" --env SIPLAUNCH_PROFILE=kamailio-512m --entrypoint siplaunch)
  run -1 docker run --rm "${fixed[@]}" "${options[@]}" kamailio plan "${plan[@]}"
  local block
  block=$(pasted_block)
  [[ $block == 'docker run '*' IMAGE' ]] || fail "${options[*]} -- $*: nothing to paste:" "$output"
  block=${block% IMAGE}
  # later ones win over those that a container is started with
  eval "run docker run --rm \"\${fixed[@]}\" \"\${options[@]}\" ${block#docker run} kamailio plan \"\${plan[@]}\""
  [[ $status == 0 ]] || fail "pasted, $block is refused:" "$output"
}

@test "each limit that is refused alone is no longer when its option is pasted" {
  local rest=(--pids-limit 300 --memory-swap 512m)
  refused_until_pasted --memory 512m --oom-score-adj -900 --ulimit nofile=1024:1024 "${rest[@]}" --
  refused_until_pasted --memory 512m --ulimit nofile=65536:65536 "${rest[@]}" --
  refused_until_pasted --memory 512m --oom-score-adj -900 --ulimit nofile=65536:65536 "${rest[@]}" -- --set sysctl.kernel.msgmni=12345
}

# bats test_tags=release
@test "compose.yaml is valid, and its Kamailio becomes healthy and answers SIP" {
  cd "$REPO/deploy/docker"
  compose --profile opensips config --quiet
  compose --project-name sip up --detach --no-build
  CONTAINER=$(docker ps --quiet --filter label=com.docker.compose.service=kamailio)
  wait_until 90 is_healthy "$CONTAINER"
  sip_options 127.0.0.1 5060
  compose --project-name sip down
  [[ ! $(docker ps --all --quiet) ]]
}

@test "compose.official.yaml fills its volume, and starts an official image from there, unchanged" {
  cd "$REPO/deploy/docker"
  # shellcheck disable=SC2016 # the shell in the image expands them
  tar -C "$BATS_FILE_TMPDIR/base" -c . | docker import --change 'ENV SHM_MEMORY=64' --change 'ENV PKG_MEMORY=8' --change 'VOLUME /etc/kamailio' \
    --change 'ENTRYPOINT ["/bin/sh", "-c", "kamailio -DD -E -m ${SHM_MEMORY} -M ${PKG_MEMORY}"]' - official >/dev/null
  tar -C "$BATS_FILE_TMPDIR/stage/image" -c . | docker import --change 'ENTRYPOINT ["/usr/local/bin/siplaunch"]' - siplaunch >/dev/null
  export KAMAILIO_IMAGE=official
  compose --file compose.official.yaml --profile opensips config --quiet
  compose --file compose.official.yaml --project-name official up --detach --no-build
  wait_until 90 sip_options 127.0.0.1 5060
  LAUNCHED=$(pgrep -o -x kamailio)
  local shm
  shm=$(argument_after -m)
  ((shm > 256 && shm < 512))
  compose --file compose.official.yaml --project-name official down --volumes
  [[ ! $(docker ps --all --quiet) ]]
}
