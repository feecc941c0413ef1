# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# One profile, four ways: launched from a shell, and as what `siplaunch export` makes of it, pasted: a container of podman, a
# service of systemd, a pod. What each has is what `siplaunch inspect` reads of the router from the kernel.
# Boots with systemd.
# Takes about 105 s.

load podman

: "${SIPLAUNCH_STATIC:=$REPO/build/static/siplaunch}"
UNITS=/run/systemd/system
UNIT='siplaunch-kamailio.service'

# What Kubernetes gives by itself, so that the export has no word of it, and podman does not.
PODMAN_IS_NO_KUBELET='{
  "oom/oom_score_adj": "podman gives no score by the class of a pod, and without SYS_RESOURCE siplaunch cannot lower it"
}'

setup_file() {
  podman_up
  # where containers and units find it
  install -m 755 "$SIPLAUNCH" /usr/local/bin/siplaunch
  mkdir -p /usr/local/share/siplaunch /etc/siplaunch/profiles
  cp -r "$PROFILES" /usr/local/share/siplaunch/
}

setup() {
  prepare_container_router
  WAYS=$BATS_TEST_TMPDIR/ways
  mkdir "$WAYS"
  # an IPC limit that no new namespace has; and no score, if that is all that is available
  ASKED=(--profile-dir "$PROFILES" --profile kamailio-512m --set sysctl.kernel.msgmni=12345 --policy oom=prefer)
  cd "$WAYS" || return
  "$SIPLAUNCH" profiles --profile-dir "$PROFILES" "${ASKED[@]:4}" show kamailio-512m >kamailio-512m.json
}

teardown() {
  systemctl stop "$UNIT" 2>/dev/null || true
  podman logs --tail 50 "$(container_of_pod)" || true
  podman pod rm --all --force --time 0 || true
  podman volume rm --all --force || true
  containers_end
  stop_all
  rm -f "$UNITS/$UNIT" /etc/siplaunch/profiles/kamailio-512m.json
  systemctl daemon-reload
}

# export_to TOOL [OPTION...]: what the export has, in TOOL.json and, for its tool, in TOOL.
export_to() {
  "$SIPLAUNCH" export "${ASKED[@]}" "${@:2}" "$1" -- "${ROUTER[@]}" >"$WAYS/$1"
  "$SIPLAUNCH" export "${ASKED[@]}" "${@:2}" --format json "$1" -- "${ROUTER[@]}" >"$WAYS/$1.json"
}

# router_of PID: the process in PID's tree that is the router's first: its own, or the child of a siplaunch that supervises.
router_of() {
  if [[ $(cat "/proc/$1/comm") == siplaunch ]]; then
    pgrep -P "$1"
  else
    echo "$1"
  fi
}

# record WAY PID: what the router of that way has.
record() {
  LAUNCHED=$(router_of "$2")
  [[ $(cat "/proc/$LAUNCHED/comm") == kamailio ]]
  "$SIPLAUNCH" inspect --format json "$LAUNCHED" >"$WAYS/$1.inspect"
}

# What every way has to have, by the direct one: each difference needs its reason, and each reason its difference.
compare() { # compare WAY TOOL [KNOWN]
  "$PYTHON" - "$WAYS" "$@" <<'END'
import json, sys
folder, way, tool, known = (sys.argv[1:] + ["{}"])[:4]
known = json.loads(known)
def values(name):
    found = json.load(open(f"{folder}/{name}.inspect"))["settings"]
    return {f'{item["mechanism"]}/{item["name"]}': item["actual"] for item in found}
direct, other = values("direct"), values(way)
# where a group is, is the way itself
wanted = [item for item in json.load(open(f"{folder}/{tool}.json"))["settings"] if item["setting"] != "cgroup/group"]
assert len(wanted) >= 12, wanted
unreached = {}
for item in wanted:
    name = item["setting"]
    here, there = direct[name], other[name]
    if here == there:
        print(f"# {way}: {name} {there}")
        continue
    reason = known.get(name) or (item["note"] if item["by"] is None else None)
    print(f"# {way}: {name} {there}, not {here}: {reason}")
    assert reason, (name, here, there)
    unreached[name] = reason
assert set(known) <= set(unreached), set(known) - set(unreached)
END
}

# A plan made inside of that way, of the same command, in WAY.plan: what the export has the tool set, it finds set.
found_set() { # found_set WAY TOOL [KNOWN]
  "$PYTHON" - "$WAYS" "$@" <<'END'
import json, sys
folder, way, tool, known = (sys.argv[1:] + ["{}"])[:4]
known = json.loads(known)
steps = {f'{step["mechanism"]}/{step["name"]}': step["status"] for step in json.load(open(f"{folder}/{way}.plan"))["steps"]}
by_tool = [item["setting"] for item in json.load(open(f"{folder}/{tool}.json"))["settings"] if item["by"] == "tool"]
assert len(by_tool) >= 6, by_tool
for name in by_tool:
    print(f"# {way}: a plan inside finds {name} {steps.get(name)}")
    assert name in known or steps.get(name) in ("satisfied", "adopted"), (name, steps.get(name))
END
}

@test "memory, OOM, rlimits, IPC and the filter are the same four ways, and what a way does not reach has its reason" {
  start_bg "$SIPLAUNCH" "${ASKED[@]}" -- "${ROUTER[@]}"
  wait_for_bg 60 sip_options 127.0.0.1 5060
  record direct "$BG_PID"
  stop_all

  images
  export_to podman --image localhost/kamailio-siplaunch:1
  podman_way
  export_to systemd
  unit_way
  export_to kubernetes --kind pod --name router --image localhost/kamailio:1 --init-image localhost/siplaunch:1
  pod_way

  compare podman podman >&3
  compare systemd systemd >&3
  compare pod kubernetes "$PODMAN_IS_NO_KUBELET" >&3
  found_set podman podman >&3
  found_set systemd systemd >&3
  found_set pod kubernetes "$PODMAN_IS_NO_KUBELET" >&3
}

# images: the router's own, siplaunch's own, and one that has both, as a container without a volume needs it.
images() {
  local router=$BATS_TEST_TMPDIR/image.router own=$BATS_TEST_TMPDIR/image.siplaunch
  make_root "$router" "$(command -v kamailio)" /usr/lib/*/kamailio/modules/sl.so
  install -d "$router"/{etc,run,var}
  chmod 1777 "$router/tmp" # podman makes a volume there as the image has it
  ln -s ../run "$router/var/run" # Kamailio's own run directory is below it
  cp /etc/passwd /etc/group "$router/etc"
  install -D -m 755 "$SIPLAUNCH_STATIC" "$own/usr/local/bin/siplaunch"
  mkdir "$own/usr/local/share"
  cp -r /usr/local/share/siplaunch "$own/usr/local/share"
  import kamailio "$router"
  import siplaunch "$own"
  cp -r "$own/usr" "$router"
  import kamailio-siplaunch "$router"
}

import() { # import NAME ROOT
  # docker and containerd give every container a PATH; `podman kube play` only what the image has
  tar -C "$2" -c . | podman import --quiet --change ENV=PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin - "localhost/$1:1" 3>&-
}

@test "the pods of an exported Deployment answer SIP with the configuration that is in it" {
  # it is nowhere else, and it includes another file
  local own=$BATS_TEST_TMPDIR/own
  mkdir "$own"
  printf 'include_file "listen.cfg"\n' | cat - "$CONFIG" >"$own/kamailio.cfg"
  printf '#!define LISTEN udp:127.0.0.1:5071\n' >"$own/listen.cfg"
  ROUTER=(kamailio -DD -E -f "$own/kamailio.cfg")
  images
  export_to kubernetes --name router --image localhost/kamailio:1 --init-image localhost/siplaunch:1
  rm -r "$own"
  PORT=5071 play
  LAUNCHED=$(router_of "$CONTAINER_PID")
  [[ $(cat "/proc/$LAUNCHED/comm") == kamailio && $(cat "/proc/$LAUNCHED/root$own/listen.cfg") == *5071 ]]
  # what it cannot do with a file system of its own
  run ! podman exec "$(container_of_pod)" sh -c 'echo >/etc/x' </dev/null 3>&-
  podman exec "$(container_of_pod)" sh -c 'echo >/tmp/x && echo >/run/kamailio/x' </dev/null 3>&-
}

podman_way() {
  local words
  eval "words=($("$PYTHON" -c 'import json; print(json.load(open("podman.json"))["document"]["command"])'))"
  # shellcheck disable=SC2034 # container() has it
  local CONTAINER_FLAGS=()
  local CONTAINER_ROOT=(localhost/kamailio-siplaunch:1) flags=() i
  for ((i = 2; i < ${#words[@]}; i++)); do
    [[ ${words[i]} != "${CONTAINER_ROOT[0]}" ]] || break
    flags+=("${words[i]}")
  done
  container "${flags[@]}" -- "${words[@]:i+1}"
  wait_for_container 60 sip_options 127.0.0.1 5060
  record podman "$CONTAINER_PID"
  containers_end
  podman rm --all --force --time 0 >/dev/null # the export has named it
  contained "${flags[@]}" -- plan --format json "${words[@]:i+1}" >podman.plan
}

unit_way() {
  cp systemd "$UNITS/$UNIT"
  cp kamailio-512m.json /etc/siplaunch/profiles/
  run -0 systemd-analyze verify --man=no "$UNITS/$UNIT"
  [[ ! $output ]]
  systemctl daemon-reload
  systemctl start "$UNIT"
  wait_until 60 sip_options 127.0.0.1 5060
  record systemd "$(systemctl show "$UNIT" --property=MainPID --value)"
  systemctl stop "$UNIT"
  # the same unit, whose command plans
  sed -e 's/^ExecStart=siplaunch /&plan --format json /' -e 's/^Type=.*/Type=oneshot/' -e '/^Restart/d' \
    -e "s:^\\[Service\\]:&\nStandardOutput=truncate\\:$WAYS/systemd.plan:" systemd >"$UNITS/$UNIT"
  systemctl daemon-reload
  systemctl start "$UNIT"
}

# played FILE: the pod as podman 4.3 reads it, on standard output; what it cannot stand in for is said, a line each.
played() {
  "$PYTHON" - "$1" <<'END'
import re, sys, yaml
documents = list(yaml.safe_load_all(open(sys.argv[1])))
pod = documents[-1]["spec"]
if documents[-1]["kind"] == "Deployment":
    documents[-1]["spec"]["replicas"] = 1
    pod = pod["template"]["spec"]
router, = pod["containers"]
init, = pod["initContainers"]
def said(what, why):
    print(f"# pod: {what}: {why}", file=sys.stderr)
for kind in "Service", "PodDisruptionBudget", "NetworkPolicy":
    if any(document["kind"] == kind for document in documents):
        documents = [document for document in documents if document["kind"] != kind]
        said(kind, "there is no cluster around the pod")
if pod.pop("topologySpreadConstraints", None):
    said("replicas, topologySpreadConstraints", "there is one node, and two routers would listen in its network")
def left_out(place, name, why):
    if place.pop(name, None) is not None:
        said(name, why)
limit = int(re.fullmatch(r"(\d+)Mi", router["resources"]["limits"]["memory"]).group(1)) << 20
reference = init.pop("env")[0]["valueFrom"]["resourceFieldRef"]
assert reference == {"containerName": "router", "resource": "limits.memory"}, reference
init["command"] = [str(limit) if word == "$(LIMIT)" else word for word in init["command"]]
said("resourceFieldRef, $(LIMIT)", "podman knows the own container's limits only; the number is put in its place")
pod["restartPolicy"] = "Never"
said("restartPolicy", "Never: podman starts an init container again, however it ended")
assert router.pop("terminationMessagePath") == "/dev/termination-log"
router["volumeMounts"].append({"name": "message", "mountPath": "/dev/termination-log"})
pod["volumes"].append({"name": "message", "hostPath": {"path": "/run/termination-log", "type": "File"}})
said("terminationMessagePath", "the kubelet makes that file; here it is one of the machine's")
left_out(router, "terminationMessagePolicy", "podman keeps no message")
left_out(router, "ports", "podman publishes none where a pod has the machine's network")
left_out(router, "resizePolicy", "podman does not resize")
left_out(router, "lifecycle", "podman has no hooks")
left_out(router["securityContext"], "runAsNonRoot", "the kubelet checks it")
left_out(pod, "automountServiceAccountToken", "podman has no tokens")
left_out(pod["securityContext"], "seccompProfile", "podman's own filter is on by itself")
for container in router, init:
    left_out(container["resources"]["requests"], "cpu", "podman schedules nothing")
for volume in pod["volumes"]:
    if "emptyDir" in volume:
        volume["emptyDir"] = {}
for mount in list(router["volumeMounts"]):
    if mount.pop("subPath", None):
        mount["mountPath"] = mount["mountPath"].rpartition("/")[0]
        if router["volumeMounts"].count(mount) > 1:
            router["volumeMounts"].remove(mount)
said("subPath", "podman 4.3 mounts whole ConfigMaps only: the router's is mounted on the configuration's directory")
yaml.safe_dump_all(documents, sys.stdout, sort_keys=False)
END
}

# play: the export for Kubernetes; CONTAINER_PID is the first process of the router's container, which answers SIP.
play() {
  : >/run/termination-log
  chmod 666 /run/termination-log
  played kubernetes >pod.yaml 2>&3
  podman kube play --network host pod.yaml 3>&-
  CONTAINER_PID=$(podman inspect --format '{{.State.Pid}}' "$(container_of_pod)")
  wait_for_process "$CONTAINER_PID" 60 sip_options 127.0.0.1 "${PORT:-5060}"
}

# container_of_pod: the router's; podman numbers the pods of a Deployment.
container_of_pod() {
  podman ps --all --format '{{.Names}}' --filter 'name=^router.*-router$'
}

# The router's image has no siplaunch: that comes with the volume.
pod_way() {
  play
  record pod "$CONTAINER_PID"
  # what was counted where it was exported is what the router's container counts
  podman logs "$(container_of_pod)" >pod.log 2>&1 3>&-
  run ! grep "does not fit" pod.log
  podman exec "$(container_of_pod)" /siplaunch/siplaunch plan --plan /siplaunch/plan.json --format json -- "${ROUTER[@]}" </dev/null 3>&- >pod.plan
}
