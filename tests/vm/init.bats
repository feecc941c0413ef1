# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# A pod by hand: containers that share an IPC namespace and a volume. A privileged one tunes the namespace and plans, the
# router's is sized for its own limit.
# Takes about 35 s.

load podman

: "${SIPLAUNCH_STATIC:=$REPO/build/static/siplaunch}"

setup() {
  prepare_container_router
  POD=$BATS_TEST_TMPDIR/pod
  mkdir -m 777 "$POD" # as an emptyDir is
}

# start_pod: the namespace, which has too few semaphores for a router, and what keeps it.
start_pod() {
  container --ipc shareable --sysctl 'kernel.sem=10 100 5 4' -- sleep 1000
  IPC=(--ipc "container:$CONTAINER")
  KEEPER=$CONTAINER_PID
}

# init [FLAG...] -- [OPTION...]: the init container; its own limit is not to count.
init() {
  split_flags "$@"
  contained --memory 64m "${IPC[@]}" --volume "$POD:/pod" "${FLAGS[@]}" -- "$SIPLAUNCH_STATIC" init --profile "$PROFILES/container.json" \
    --policy sysctl=require --out /pod --install --router-config "$CONFIG" "${COMMAND[@]}" -- "${ROUTER[@]}"
}

pod_sem() {
  nsenter -i -t "$KEEPER" cat /proc/sys/kernel/sem
}

@test "a privileged init container raises the pod's limits, and the router's is sized by its plan and answers SIP" {
  start_pod
  # without the privilege nothing is set, and nothing is written
  run -125 init -- --memory-limit $((256 << 20))
  [[ $output == *"sysctl/kernel.sem: "*"kernel.sem="* ]]
  [[ $(pod_sem) == $'10\t100\t5\t4' && -z $(ls -A "$POD") ]]

  run -0 init --privileged -- --memory-limit $((256 << 20))
  [[ $output == *"/pod has the plan for kamailio: 256 MiB = shared "*"1 step applied"* ]]
  [[ $(pod_sem) == $'250\t32000\t100\t128' ]]

  container "${IPC[@]}" --memory 256m --memory-swap 256m --volume "$POD:/pod:ro" -- /pod/siplaunch --plan /pod/plan.json -- "${ROUTER[@]}"
  wait_for_container 60 sip_options 127.0.0.1 5060
  LAUNCHED=$(pgrep -P "$CONTAINER_PID")
  local shm
  shm=$(sed -n "s/^SIPLAUNCH_SHM_MB='\(.*\)'$/\1/p" "$POD/siplaunch.env")
  ((shm > 128 && shm < 256))
  [[ $(argument_after -m) == "$shm" ]]
  [[ $(nsenter -i -t "$LAUNCHED" cat /proc/sys/kernel/sem) == $'250\t32000\t100\t128' ]]
  [[ $(container_logs) != *"does not fit"* ]]
  kill_container "$CONTAINER_PID"

  # its limit has been changed since
  # shellcheck disable=SC2016 # the inner shell expands it
  run -125 contained "${IPC[@]}" --memory 512m --volume "$POD:/pod:ro" -- sh -c \
    '/pod/siplaunch plan --plan /pod/plan.json -- "$@"; /pod/siplaunch --policy plan=require --plan /pod/plan.json -- "$@"' sh "${ROUTER[@]}"
  [[ $output == *"it does not fit: siplaunch sizes the router again"*"memory 512 MiB: / memory.max"* ]]
  [[ $output == *"it is for 256 MiB, but the limit here is 512 MiB (/ memory.max)"*"--policy plan=prefer"* ]]
}

@test "with the machine's IPC namespace even a privileged init container changes nothing" {
  IPC=(--ipc host)
  local before
  before=$(cat /proc/sys/kernel/sem)
  run -125 init --privileged -- --memory-limit 256Mi --set 'sysctl.kernel.sem=300 40000 40 200'
  [[ $output == *"the IPC namespace here is the machine's"*"no hostIPC: true"* ]]
  [[ $(cat /proc/sys/kernel/sem) == "$before" && -z $(ls -A "$POD") ]]
}
