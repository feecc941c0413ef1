# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What a launch costs: its system calls from main() to the router's execve, those of helper processes among them.
# Takes about 40 s.

load launch

LIMIT=345 # 41 empty the bounding set, a call for each capability; 30 ask, twice as the router's user, what it may do; 18 make its runtime directory; 16 ask for the limits in force; 15 mark and lock the tree of groups

setup() {
  prepare_router
  # from a fixed place: each directory above a profile is looked at
  mkdir -p /etc/siplaunch
  cp -r "$PROFILES" /etc/siplaunch/
  PROFILES=/etc/siplaunch/profiles
}

teardown() {
  stop_all
  remove_slices
}

# system_calls TRACE: those from main() to the execve that hands over, in the form of strace -f, a line each.
#
# main() begins with fcntl(0, F_GETFD), which asks whether standard input is open; the dynamic loader never does.
#
# Left out is what libcgroup repeats on its own account, by absolute paths that siplaunch itself never reads:
#   - reading /proc/mounts and /proc/cgroups, the first again for every value that is set;
#   - reading below the mount: the root's cgroup.controllers, the parent's cgroup.subtree_control and the group's
#     cgroup.type before a process is attached; and the stat of that cgroup.type.
# Left out is also what the dynamic loader does where libcgroup is loaded, as it did before main() for a library that is linked.
# An open is left out with everything on its descriptor until that is closed. What libcgroup writes (a value, a pid) is
# our work, and counted with its open and close.
system_calls() {
  awk -v root="$CGROUP_ROOT/" '
    function between(text, before, after) {
      sub(".*" before, "", text)
      sub(after ".*", "", text)
      return text
    }
    { pid = $1; sub(/^[0-9]+ +/, "") }
    /^fcntl\(0, F_GETFD/ { started = 1 }
    !started || !/^[a-z0-9_]+\(/ { next }   # signals, exits, the second halves of interrupted lines
    {
      name = between($0, "^", "\\(")
      first = between($0, "^[a-z0-9_]+\\(", "[,)]")
      path = between($0, "^[a-z0-9_]+\\(AT_FDCWD, \"", "\"")
      below = index(path, root) == 1
    }
    name == "openat" && /, O_RDONLY\|O_CLOEXEC\) = / && (below || path ~ /^\/proc\/(mounts|cgroups)$/) {
      theirs[pid, between($0, "= ", " ")] = 1
      next
    }
    name == "openat" && path ~ /\.so(\.[0-9]+|\.cache)$/ {
      theirs[pid, between($0, "= ", " ")] = 1
      loads = 1
      next
    }
    loads && (name == "mprotect" || (name == "mmap" && (/MAP_DENYWRITE|MAP_FIXED/ || (pid, between($0, "MAP_PRIVATE, ", ",")) in theirs))) { next }
    name ~ /stat/ && below { next }
    (pid, first) in theirs {
      if (name == "close")
        delete theirs[pid, first]
      next
    }
    { print }
    /^execve\(/ { exit }
  ' "$1"
}

# summary CALLS: "87 read, 60 openat, …", the most frequent first.
summary() {
  sed 's/(.*//' "$1" | sort | uniq -c | sort -k 1,1nr -k 2 | awk '{ printf "%s%d %s", (NR > 1 ? ", " : ""), $1, $2 }'
}

@test "a launch makes at most 345 system calls of its own from main to exec" {
  local trace=$BATS_TEST_TMPDIR/trace calls=$BATS_TEST_TMPDIR/calls count
  # detached: the launcher stays the child of this shell, and becomes the router as it would without a tracer
  start_bg strace -f -D -qq -o "$trace" "$SIPLAUNCH" --quiet --profile "$PROFILES/kamailio-512m.json" -- "${ROUTER[@]}"
  wait_until 90 grep -q 'execve(.*kamailio", \["kamailio".* = 0$' "$trace"
  system_calls "$trace" >"$calls"
  count=$(wc -l <"$calls")
  echo "# $count system calls: $(summary "$calls")" >&3

  # it is the whole of a launch that was counted: what asks as the router's user, every kind of step, and the hand-over
  for call in 'setresuid(-1, ' 'unshare(CLONE_NEWIPC)' 'mkdirat(' 'prctl(PR_SET_KEEPCAPS' 'prctl(PR_CAPBSET_DROP' 'close_range(' 'execve('; do
    grep -qF "$call" "$calls" || fail "no $call) among the calls that were counted"
  done
  # nothing but the router was executed
  [[ $(grep -c '^execve(' "$calls") == 1 ]]
  [[ $(cg "$GROUP" memory.max) == $((512 << 20)) ]]
  # and libcgroup was there to be left out
  grep -q '"/proc/mounts"' "$trace"
  run ! grep -q '"/proc/mounts"' "$calls"
  ((count <= LIMIT)) || fail "$count system calls, more than $LIMIT:" "$(cat "$calls")"
}

# The settings of tests/bench/launch. What malloc(3) asks for is the C library's own.
@test "a launch with a filter and without a group makes at most 190 system calls of its own" {
  local trace=$BATS_TEST_TMPDIR/trace calls=$BATS_TEST_TMPDIR/calls count
  strace -f -qq -o "$trace" "$SIPLAUNCH" --quiet --profile-dir "$PROFILES" --profile generic --set oomScoreAdj=300 --set user=nobody \
    --set 'capabilities=[]' --set noNewPrivileges=true --set seccomp=sip-router --set rlimits.RLIMIT_CORE=0 --set rlimits.RLIMIT_NOFILE=4096 \
    --set ipc.namespace=private --set sysctl.kernel.sem=auto -- /bin/true
  system_calls "$trace" | grep -v '^brk(\|^getrandom(' >"$calls"
  count=$(wc -l <"$calls")
  echo "# $count system calls: $(summary "$calls")" >&3
  for call in 'unshare(CLONE_NEWIPC)' 'setresuid(65534, 65534' 'prctl(PR_CAPBSET_DROP' 'prlimit64(0, RLIMIT_NOFILE' 'seccomp(SECCOMP_SET_MODE_FILTER' \
    'execve('; do
    grep -qF "$call" "$calls" || fail "no $call among the calls that were counted"
  done
  ((count <= 190)) || fail "$count system calls, more than 190:" "$(cat "$calls")"
}

# unshares COMMAND...: how often siplaunch and its children call unshare(CLONE_NEWIPC), as the command executes it.
unshares() {
  strace -f -qq -e trace=unshare -o "$BATS_TEST_TMPDIR/unshares" "$@"
  grep -c 'unshare(CLONE_NEWIPC)' "$BATS_TEST_TMPDIR/unshares"
}

@test "an IPC namespace is tried in a child only where it could be refused, and only before a launch that makes one" {
  local launch=("$SIPLAUNCH" --quiet --profile-dir "$PROFILES" --profile generic --set ipc.namespace=private)
  [[ $(unshares "${launch[@]}" -- true) == 1 ]]
  # with a filter of somebody else's, which could refuse it
  echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["swapon"], "action": "SCMP_ACT_ERRNO"}]}' >"$BATS_TEST_TMPDIR/filter.json"
  [[ $(unshares "$SIPLAUNCH" --quiet --profile-dir "$PROFILES" --profile generic --set seccomp="$BATS_TEST_TMPDIR/filter.json" -- \
    "${launch[@]}" -- true) == 2 ]]
  # plan shows what it would find
  run -0 "$SIPLAUNCH" plan --profile-dir "$PROFILES" --profile generic --set ipc.namespace=private --set sysctl.kernel.sem=auto -- true
  [[ $output == *"32000 1024000000 500 32000"* ]] || fail "$output"
  # in a namespace of its own already there is nothing to try
  [[ $(unshares unshare --ipc "${launch[@]}" -- true) == 1 ]]
}

@test "limits of a new IPC namespace that are enough stay as they are, and others are raised to the requested ones" {
  local launch=("$SIPLAUNCH" --quiet --profile-dir "$PROFILES" --profile generic --set ipc.namespace=private --set sysctl.kernel.sem=auto)
  run -0 "${launch[@]}" -- cat /proc/sys/kernel/sem
  [[ $output == 32000$'\t'1024000000$'\t'500$'\t'32000 ]] || fail "$output"
  run -0 "${launch[@]}" --set ipc.semaphores.opsPerCall=700 -- cat /proc/sys/kernel/sem
  [[ $output == 32000$'\t'1024000000$'\t'700$'\t'32000 ]] || fail "$output"
}
