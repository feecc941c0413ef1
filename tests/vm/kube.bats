# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The overlays of deploy/kubernetes, played by podman as far as it reads them (tests/kubernetes/for-podman says how far): siplaunch in
# an init container sizes the router for its container's limit and tunes the pod's IPC namespace, each overlay in its own way.
# The router's image has no siplaunch, and the siplaunch's no router.
# Boots with systemd.
# Takes about 120 s.

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
  tar -C "$root/router" -c . | podman import --quiet - localhost/kamailio 3>&-
}

teardown_file() {
  podman_down
}

setup() {
  : >/run/termination-log
  chmod 666 /run/termination-log
}

teardown() {
  podman logs --tail 50 kamailio-router-router || true
  podman pod rm --force --time 0 kamailio-router || true
  podman volume rm --all --force || true
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
  ROUTER_PID=$(podman container inspect --format '{{.State.Pid}}' kamailio-router-router)
  wait_for_process "$ROUTER_PID" 60 nsenter --net --target "$ROUTER_PID" timeout 5 sipsak -s sip:127.0.0.1:5060
  LAUNCHED=$(pgrep -P "$ROUTER_PID")
}

# planned MEMBER: of the budget in the plan that the router was started with, in MiB.
planned() {
  "$PYTHON" -c 'import json, sys; print(json.load(sys.stdin)["budget"][sys.argv[1]] >> 20)' "$1" <"/proc/$LAUNCHED/root/siplaunch/plan.json"
}

# assert_router: it has what the plan says, and no privilege.
assert_router() {
  [[ $(argument_after -m) == "$(planned shared)" && $(argument_after -M) == "$(planned private)" ]]
  (($(argument_after -m) > 800 && $(planned limit) == 1024))
  [[ $(nsenter -i -t "$LAUNCHED" cat /proc/sys/kernel/sem) == "$SEMAPHORES" ]]
  [[ $(cat /proc/sys/kernel/sem) != "$SEMAPHORES" ]]
  [[ $(status_of NoNewPrivs) == 1 && $(status_of CapBnd) == 0000000000000000 ]]
}

@test "kamailio-privileged-init" {
  play kamailio-privileged-init
  assert_router
  false
}
@test "kamailio-unsafe-sysctls" {
  play kamailio-unsafe-sysctls
  assert_router
  false
}
@test "kamailio-userns" {
  play kamailio-userns
  assert_router
  false
}
