# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the VM tests in containers share: podman, in a machine that has no registry and no network.
# A container's root file system is the machine's own with a layer that is thrown away: siplaunch, the routers and the tests'
# tools are in it without an image. It shares the network, as SIP routers mostly do: the test reaches what listens in it.

load launch

# prepare_container_router: in a container /run is the image's, or the machine's, and the profile "container" is for any
# router and makes no directory.
prepare_container_router() {
  prepare_router
  ROUTER=(kamailio -DD -E -Y "$RUNTIME" -f "$CONFIG")
}

# What a file does that has none of its own.
setup_file() {
  podman_up
}

teardown_file() {
  podman_down
}

teardown() {
  containers_end
}

# podman_up: to be called in setup_file, podman_down in teardown_file.
podman_up() {
  # it alters /etc, which the virtual machine forgets
  [[ -e /run/vm/job ]] || fail 'podman_up is for the virtual machine: tests/vm/run tests/vm/guest-bats FILE' || return
  local manager=cgroupfs
  [[ ! -d /run/systemd/system ]] || manager=systemd
  mkdir -p /var/lib/containers /etc/containers
  # its overlays cannot lie on an overlay, as the machine's root is
  mountpoint -q /var/lib/containers || mount -t tmpfs tmpfs /var/lib/containers
  printf '%s\n' '[storage]' 'driver = "overlay"' 'runroot = "/run/containers/storage"' \
    'graphroot = "/var/lib/containers/storage"' >/etc/containers/storage.conf
  printf '%s\n' '[containers]' 'default_sysctls = []' 'log_driver = "k8s-file"' \
    '[engine]' "cgroup_manager = \"$manager\"" 'events_logger = "none"' 'runtime = "crun"' >/etc/containers/containers.conf
  rm -rf /etc/cni/net.d # Debian's file names plugins that are not installed: a warning with every command
  hide_systemd
}

# Below the machine's /run is that of the file system we are made of, and a container sees it: systemd may run there.
hide_systemd() {
  local root
  root=$(mktemp -d)
  mount --bind / "$root"
  rm -rf "$root/run/systemd/system"
  umount "$root"
  rmdir "$root"
}

# podman_down: leaves the cgroups as podman_up found them.
podman_down() {
  podman rm --all --force --time 0 >/dev/null
  umount --lazy /var/lib/containers
  [[ ! -d /run/systemd/system ]] || return 0
  cg_remove libpod_parent
  local controllers
  controllers=$(cg . cgroup.subtree_control)
  [[ ! $controllers ]] || echo "-${controllers// / -}" >"$CGROUP_ROOT/cgroup.subtree_control"
}

# Where a container's root file system comes from; an image's name, for a test that made one.
CONTAINER_ROOT=(--rootfs /:O)
# The test's files are in /tmp, and the repository may be.
CONTAINER_FLAGS=(--network host --volume /tmp:/tmp)
# In a machine of another release's root the repository is a mount of its own, and what was built there one below it.
! mountpoint -q "$REPO" || CONTAINER_FLAGS+=(--volume "$REPO:$REPO")
CONTAINERS=()

# container [FLAG...] -- COMMAND...: starts a container. CONTAINER is its name; CONTAINER_PID its pid 1 and CONTAINER_GROUP
# what it sees as the root of the cgroups, as the machine sees them; its output is in CONTAINER_LOG.
container() {
  split_flags "$@"
  CONTAINER=test$BATS_TEST_NUMBER-${#CONTAINERS[@]}
  CONTAINERS+=("$CONTAINER")
  CONTAINER_LOG=$BATS_TEST_TMPDIR/$CONTAINER.log
  podman run --detach --name "$CONTAINER" --log-opt "path=$CONTAINER_LOG" --pidfile "$BATS_TEST_TMPDIR/$CONTAINER.pid" \
    "${CONTAINER_FLAGS[@]}" "${FLAGS[@]}" "${CONTAINER_ROOT[@]}" "${COMMAND[@]}" >/dev/null 3>&-
  CONTAINER_PID=$(<"$BATS_TEST_TMPDIR/$CONTAINER.pid")
  # shellcheck disable=SC2034 # for the tests
  CONTAINER_GROUP=$(awk '$5 == "/sys/fs/cgroup" { print substr($4, 2) }' "/proc/$CONTAINER_PID/mountinfo")
}

# contained [FLAG...] -- COMMAND...: runs it in a container to its end, with its output and its status. `run contained ...`
contained() {
  split_flags "$@"
  podman run --rm --log-driver none "${CONTAINER_FLAGS[@]}" "${FLAGS[@]}" "${CONTAINER_ROOT[@]}" "${COMMAND[@]}" </dev/null 3>&-
}

split_flags() { # sets FLAGS and COMMAND
  FLAGS=()
  while [[ $1 != -- ]]; do
    FLAGS+=("$1")
    shift
  done
  COMMAND=("${@:2}")
}

# The next four act on the container that was started last.

# container_exec COMMAND...
container_exec() {
  podman exec "$CONTAINER" "$@" </dev/null 3>&-
}

# container_logs: what it has printed so far. (podman's own command for it takes a second.)
container_logs() {
  # conmon marks what is not yet a whole line with a P
  awk '{ part = $3 == "P"; sub(/^[^ ]+ std(out|err) [FP] /, ""); printf "%s%s", $0, (part ? "" : "\n") }' "$CONTAINER_LOG"
}

# wait_for_container SECONDS COMMAND...: like wait_until, but gives up as soon as the container has ended.
wait_for_container() {
  wait_for_process "$CONTAINER_PID" "$@"
}

# container_stop [FLAG...]: as an operator would, with TERM.
container_stop() {
  podman stop "$@" "$CONTAINER" >/dev/null
}

# containers_end: to be called in teardown: kills them all and shows what they printed. podman_down removes them.
containers_end() {
  for CONTAINER in "${CONTAINERS[@]}"; do
    CONTAINER_LOG=$BATS_TEST_TMPDIR/$CONTAINER.log
    echo "--- $CONTAINER"
    container_logs | tail -n 100
    # without its file it has never started
    [[ ! -s $BATS_TEST_TMPDIR/$CONTAINER.pid ]] || kill_container "$(<"$BATS_TEST_TMPDIR/$CONTAINER.pid")"
  done
  CONTAINERS=()
}

# kill_container PID: its pid 1; the kernel kills the rest of its pid namespace with that.
kill_container() {
  ! is_alive "$1" || kill -KILL "$1"
  wait_while 30 is_alive "$1"
}

# loaded_by FILE: the libraries that siplaunch loads when it needs them, which ldd does not know; nothing for another file.
loaded_by() {
  local names name libc
  libc=$(ldd "$1" 2>/dev/null | awk '/libc\.so/ { print $3 }') || return 0
  mapfile -t names < <(grep -aoE '\blib(seccomp|cgroup|yaml-0|ncursesw)\.so\.[0-9]+' "$1" | sort -u)
  for name in "${names[@]}"; do
    echo "$(dirname "$libc")/$name"
  done
}

# make_root ROOT FILE...: makes a directory with busybox and these files in it, at their own paths and with their libraries, if
# they are not static.
make_root() {
  local root=$1 file library
  shift
  mkdir -p "$root"/{bin,tmp}
  cp "$(command -v busybox)" "$root/bin/busybox"
  ln -s busybox "$root/bin/sh"
  for file; do
    # shellcheck disable=SC2046 # no path of a library has a space
    for library in $(ldd "$file" $(loaded_by "$file") 2>/dev/null | grep -o '/[^ ]*\.so[^ :]*'); do
      install -D "$library" "$root$library"
    done
    install -D "$file" "$root$file"
  done
}

# make_image NAME FILE...: imports an image of such a directory.
make_image() {
  local root=$BATS_TEST_TMPDIR/image
  make_root "$root" "${@:2}"
  tar -C "$root" -c . | podman import --quiet - "$1" >/dev/null
}
