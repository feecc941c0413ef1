# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The overlays of deploy/kubernetes, played by podman as far as it reads them (tests/kubernetes/for-podman says how far): siplaunch in
# an init container sizes the router for its container's limit and tunes the pod's IPC namespace, each overlay in its own way.
# The router's image has no siplaunch, and the siplaunch's no router.
# Boots with systemd.
# Takes about 80 s.

load podman

: "${SIPLAUNCH_STATIC:=$REPO/build/static/siplaunch}"
MANIFESTS=$REPO/build/tests/kubernetes
SEMAPHORES=$'300\t40000\t40\t200'

setup_file() {
  local root=$BATS_FILE_TMPDIR
  podman_up
  # what --userns=auto divides up
  tee /etc/subuid >/etc/subgid <<<'containers:100000:65536'
  make_siplaunch "$root/siplaunch"
  make_router "$root/router"
  tar -C "$root/siplaunch" -c . | podman import --quiet - localhost/siplaunch 3>&-
  # with the official image's entry point, which the manifests replace
  # shellcheck disable=SC2016 # a shell in the image would expand them
  tar -C "$root/router" -c . | podman import --quiet --change 'ENV SHM_MEMORY=64' --change 'ENV PKG_MEMORY=8' --change 'VOLUME /etc/kamailio' \
    --change 'ENTRYPOINT ["/bin/sh", "-c", "kamailio -DD -E -m ${SHM_MEMORY} -M ${PKG_MEMORY}"]' - localhost/kamailio 3>&-
}

setup() {
  : >/run/termination-log
  chmod 666 /run/termination-log
}

teardown() {
  if [[ ! $BATS_TEST_COMPLETED ]]; then
    podman logs --tail 50 kamailio-router-siplaunch-init || true # it is gone when it did well
    podman logs --tail 50 kamailio-router-router || true
  fi
  podman pod rm --force --time 0 kamailio-router
  podman volume rm --all --force # podman 4.3 makes an emptyDir a volume of its name
}

# As the stage "siplaunch" of the Dockerfile makes it.
make_siplaunch() { # make_siplaunch ROOT
  install -D "$SIPLAUNCH_STATIC" "$1/usr/local/bin/siplaunch"
  mkdir -p "$1/usr/local/share/siplaunch"
  cp -R "$PROFILES" "$1/usr/local/share/siplaunch"
}

make_router() { # make_router ROOT
  make_root "$1" /usr/sbin/kamailio /usr/lib/*/kamailio/modules/sl.so
}

# play OVERLAY: starts its pod; ROUTER_PID is the first process of the router's container, LAUNCHED the router.
play() {
  local options
  mapfile -t options <"$MANIFESTS/$1.options"
  sysctls "$MANIFESTS/$1.sysctls"
  unmask "$MANIFESTS/$1.unmasked"
  podman kube play --network none "${options[@]}" "$MANIFESTS/$1.yaml" 3>&-
  find_router
}

sysctls() { # sysctls FILE: what podman gives to every container from now on
  local list
  list=$(sed 's/.*/"&"/' "$1" | paste -sd,)
  sed -i "s/^default_sysctls = .*/default_sysctls = [$list]/" /etc/containers/containers.conf
}

# unmask FILE: of the programs in it podman's containers see /proc as it is, by a hook that edits what the runtime is told.
unmask() {
  local hooks=/usr/share/containers/oci/hooks.d program
  rm -rf "$hooks"
  install -d "$hooks"
  printf '%s\n' '#!/bin/sh' "exec sed -E 's/\"(masked|readonly)Paths\":\[[^]]*\]/\"\1Paths\":[]/g'" >/run/unmask
  chmod 755 /run/unmask
  while read -r program; do
    printf '{"version": "1.0.0", "hook": {"path": "/run/unmask"}, "when": {"commands": ["^%s$"]}, "stages": ["precreate"]}\n' "$program" \
      >"$hooks/unmask.json"
  done <"$1"
}

find_router() {
  ROUTER_PID=$(pgrep -o -x siplaunch)
  wait_for_process "$ROUTER_PID" 60 nsenter --net --target "$ROUTER_PID" timeout 5 sipsak -s sip:127.0.0.1:5060
  LAUNCHED=$(pgrep -P "$ROUTER_PID")
}

# planned MEMBER: of the budget in the plan that the router was started with, in MiB.
planned() {
  local bytes
  bytes=$(sed -n "s/^ *\"$1\": \([0-9]*\),*$/\1/p" "/proc/$LAUNCHED/root/siplaunch/plan.json")
  echo $((bytes >> 20))
}

# assert_router: it has what the plan says for its own container's limit, the pod's IPC limits are the profile's, and it has no privilege.
assert_router() {
  [[ $(argument_after -m) == "$(planned shared)" && $(argument_after -M) == "$(planned private)" ]]
  local group
  group=$(sed 's/^0:://' "/proc/$LAUNCHED/cgroup")
  [[ $(cg "$group" memory.max) == $((1 << 30)) && $(planned limit) == 1024 ]]
  (($(argument_after -m) > 512))
  [[ $(nsenter --ipc --target "$LAUNCHED" cat /proc/sys/kernel/sem) == "$SEMAPHORES" ]]
  [[ $(cat /proc/sys/kernel/sem) != "$SEMAPHORES" ]]
  [[ $(status_of NoNewPrivs) == 1 && $(status_of CapBnd) == 0000000000000000 ]]
  # podman's filter and the profile's
  [[ $(status_of Seccomp_filters) == 2 ]]
  # only init may write what the router's container executes
  grep -q ' /siplaunch ro,' "/proc/$LAUNCHED/mountinfo"
}

# init_again: in the same pod, as after a crash of the node's runtime.
init_again() {
  local command
  mapfile -t command <"$MANIFESTS/$1.init"
  in_pod "$1" --privileged --user 0:5060 --volume siplaunch:/siplaunch localhost/siplaunch "${command[@]}"
}

in_pod() { # in_pod OVERLAY OPTION... IMAGE COMMAND...: a container beside the router's, with its files
  map() { sed -n "s/^ *name: \(kamailio-$2-.*\)/\1/p;T;q" "$MANIFESTS/$1.yaml"; }
  podman run --rm --pod kamailio-router --read-only --volume "$(map "$1" config):/etc/router:ro" \
    --volume "$(map "$1" profile):/etc/siplaunch/profiles:ro" "${@:2}" 3>&-
}

files_of_init() {
  (cd "/proc/$LAUNCHED/root/siplaunch" && find . -type f -exec sha256sum {} + | sort)
}

# bats test_tags=release
@test "a privileged init container tunes the pod and sizes the router; run again it changes nothing, and a restart and a smaller limit are met" {
  play kamailio-privileged-init
  assert_router
  [[ $(status_of Uid | cut -f 2) == 5060 ]]

  local before
  before=$(files_of_init)
  init_again kamailio-privileged-init
  [[ $(files_of_init) == "$before" ]]
  # 1 GiB has become 512 MiB, and nobody has run init for that
  run -0 in_pod kamailio-privileged-init --memory 512m --user 5060:5060 --volume siplaunch:/siplaunch:ro \
    --entrypoint /siplaunch/siplaunch localhost/kamailio plan --plan /siplaunch/plan.json -- kamailio -DD -E -f /etc/router/router.cfg
  # a container knows no width of a terminal: the lines are short ones
  [[ $(tr -s ' \n' ' ' <<<"$output") == *"memory 512 MiB"*"does not fit: it is for 1024 MiB, but the limit here is 512 MiB"* ]]

  podman restart --time 60 kamailio-router-router
  grep -F '"outcome":"stopped","status":0' /run/termination-log
  find_router
  assert_router
}

# bats test_tags=release
@test "where the node gives the pod its sysctls, init needs no privilege, and finds them" {
  play kamailio-unsafe-sysctls
  assert_router
  grep -F "\"kernel.sem\": \"${SEMAPHORES//$'\t'/ }\"" "/proc/$LAUNCHED/root/siplaunch/plan.json"
}

# Where the engine confines containers, its AppArmor profile denies init the write. Nobody else says so: init does, and without the
# profile, as its hint asks for, the write is permitted.
lift_apparmor() {
  [[ $(podman info --format '{{.Host.Security.AppArmorEnabled}}') == true ]] || return 0
  run play kamailio-userns
  run podman logs kamailio-router-siplaunch-init
  [[ $output == *'kernel/sem'*'EACCES'*'AppArmor profile '*'(enforce) is in force here'*'appArmorProfile: {type: Unconfined}'* ]]
  podman pod rm --force --time 0 kamailio-router
  podman volume rm --all --force
  sed -i '/^\[containers\]/ a apparmor_profile = "unconfined"' /etc/containers/containers.conf
}

@test "in a user namespace of the pod's, init tunes it as root there, without a capability" {
  lift_apparmor
  play kamailio-userns
  assert_router
  (($(status_of Uid | cut -f 2) == 100000 + 5060))
  [[ $(readlink "/proc/$LAUNCHED/ns/user") != "$(readlink /proc/self/ns/user)" ]]
}
