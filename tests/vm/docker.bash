# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For tests with the distribution's own Docker engine: installed in this root, or unpacked by tests/vm/fetch-docker.

load launch

# docker_up: to be called in setup_file, docker_down in teardown_file.
docker_up() {
  # it starts daemons and alters firewall rules, which the virtual machine forgets
  [[ -e /run/vm/job ]] || fail 'docker_up is for the virtual machine: tests/vm/run --systemd tests/vm/guest-bats FILE' || return
  docker_find || return
  modprobe -a overlay bridge veth
  getent group docker >/dev/null || groupadd --system docker
  # its overlays cannot lie on an overlay, as the machine's root is
  mkdir -p /var/lib/docker /etc/docker
  mount -t tmpfs tmpfs /var/lib/docker
  echo '{"ip6tables": false}' >/etc/docker/daemon.json
  # in a unit of its own: its memory is not the tests'
  systemd-run --quiet --unit docker-engine --property Delegate=yes --property TasksMax=infinity --setenv "PATH=$PATH" \
    "$(command -v dockerd)"
  wait_until 120 docker info
}

# docker_find: makes the machine one where the engine is installed.
docker_find() {
  local folder upper=/run/docker-engine
  export PATH=/usr/sbin:/usr/bin:$PATH # a client of another origin may be in /usr/local
  [[ ! -x /usr/sbin/dockerd ]] || return 0
  folder=$("$REPO/tests/vm/fetch-docker" --cached) || return
  mkdir -p $upper/{upper,work}
  mount -t overlay -o "lowerdir=$folder/usr:/usr,upperdir=$upper/upper,workdir=$upper/work" overlay /usr
  cp -rT --no-clobber "$folder/etc" /etc
}

# compose ARGUMENT...: Docker Compose 2 where there is one, else 1.29.
compose() {
  if docker compose version >/dev/null 2>&1; then
    docker compose "$@"
  else
    docker-compose "$@"
  fi
}

docker_down() {
  systemctl stop docker-engine
  umount --lazy /var/lib/docker
  # it leaves its bridges, and a router listens on every address of the machine
  local bridge
  for bridge in $(ip -o link show type bridge | cut -d: -f2); do
    ip link delete "$bridge"
  done
}

# docker_image: builds the image that is shipped, by the router's name.
docker_image() {
  local root=$BATS_FILE_TMPDIR
  make_base "$root/base"
  tar -C "$root/base" -c . | docker import - base >/dev/null
  make_stage "$root/stage"
  tar -C "$root/stage" -c . | docker import - stage >/dev/null
  install -D -t "$root/context/deploy/docker" "$REPO/deploy/docker/sip-options"
  with_stage <"$DOCKERFILE" >"$root/context/Dockerfile"
  DOCKER_BUILDKIT=0 docker build --quiet --target "$USER_NAME" --build-arg BASE=base --tag "$USER_NAME" "$root/context" >/dev/null
}

# with_stage: the Dockerfile, with an image in place of the stage that compiles, and without the other router's stage, which the
# engine's own builder would build as well.
with_stage() {
  awk -v router="$USER_NAME" '
    /^FROM/ { skip = / AS (build|kamailio|opensips)$/ && $NF != router }
    / AS build$/ { print "FROM stage AS build" }
    !skip'
}

# The network of the machine has no loopback in a container's: routers listen on all addresses.
every_address() {
  sed 's/^#!define LISTEN udp.*/#!define LISTEN udp:0.0.0.0:5060/' "$CONFIG"
}

# start_container [OPTION...] [IMAGE [ARGUMENT...]]: detached, as CONTAINER.
start_container() {
  CONTAINER=test$BATS_TEST_NUMBER
  docker run --detach --name "$CONTAINER" "$@" >/dev/null
}

# container_state FIELD: of what docker inspect says of it.
container_state() {
  docker inspect --format "{{.State.$1}}" "$CONTAINER"
}

is_healthy() {
  [[ $(docker inspect --format '{{.State.Health.Status}}' "$1") == healthy ]]
}

remove_containers() {
  local names
  mapfile -t names < <(docker ps --all --format '{{.Names}}')
  for CONTAINER in "${names[@]}"; do
    echo "--- $CONTAINER" && docker logs "$CONTAINER" 2>&1 | tail -n 60
  done
  ((${#names[@]} == 0)) || docker rm --force --volumes "${names[@]}" >/dev/null
}
