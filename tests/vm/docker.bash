# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For tests with the distribution's own Docker engine: tests/vm/fetch-docker has unpacked it, it is not installed.

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
  folder=$("$REPO/tests/vm/fetch-docker" --cached) || return
  mkdir -p $upper/{upper,work}
  mount -t overlay -o "lowerdir=$folder/usr:/usr,upperdir=$upper/upper,workdir=$upper/work" overlay /usr
  cp -rT --no-clobber "$folder/etc" /etc
  PATH=/usr/sbin:/usr/bin:$PATH # a client of another origin may be in /usr/local
}

docker_down() {
  systemctl stop docker-engine
  umount --lazy /var/lib/docker
}
