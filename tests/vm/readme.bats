# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The commands that README.md and the other pages print, taken from their text and run as printed: after a boot with systemd, with
# Debian's Kamailio and its configuration as the package installs them, and with nothing prepared. Each test is a part of a page:
# its commands, and below each what the page promises of it. What is not run here stands in `elsewhere`; the last test compares.
# Boots with systemd.
# Takes about 140 s.

load ../lib/common

SCOPE=sip.slice/sip-kamailio.scope

# What the pages print that is no command: blocks that begin so.
DATA=('command   kamailio' 'OPTIONS=' 'rule_files:' '# kustomization.yaml' '# beside deployment.yaml' 'initContainers:' '# edge.yaml' 'Error: values' '    listen=tcp:0.0.0.0:9090' 'profile + host' 'L  =  S' 'limit = shared')

# What is not run here: the command, and where it runs or why it cannot.
elsewhere() {
  cat <<'TABLE'
sudo make deps | installs packages: .ci/run runs it
make check-fast | this is part of make check, which .ci/run runs
sudo make check | this is part of it; .ci/run runs it
make fault | takes half an hour; "make check" takes a sample
make fuzz | takes two hours; "make check" runs each program for 20 s
make bench-fit | takes up to an hour; tests/vm/fit.bats runs three of its cells
make static | tests/cli/static.bats and tests/vm/image.bats run what it builds
docker build -f deploy/docker/Dockerfile --target kamailio -t kamailio . | needs a network; tests/vm/image.bats builds it by podman
docker build -f deploy/docker/Dockerfile --target siplaunch -t registry.example/siplaunch:0.1.0 . | needs a network
sudo make release ARCHITECTURES="amd64 arm64" | makes other roots; "make check-release" makes a release twice, "make check-cross" the image
skopeo copy --all oci-archive:$(echo build/release/siplaunch-*-image.tar) docker://registry.example/siplaunch:0.1.0 | needs a registry
docker push registry.example/siplaunch:0.1.0 | needs a registry
docker run --memory 512m --memory-swap 512m --ulimit nofile=65536:65536 -v "$PWD"/kamailio.cfg:/etc/kamailio/kamailio.cfg:ro kamailio | needs the image; tests/vm/docker.bats runs it in Docker, with options of its own
docker run --network host --memory 512m --memory-swap 512m --ulimit nofile=65536:65536 -v "$PWD"/kamailio.cfg:/etc/kamailio/kamailio.cfg:ro kamailio | the same
docker compose up --detach --build | needs a network; tests/vm/docker.bats starts compose.yaml
docker build -f deploy/docker/Dockerfile --target siplaunch -t siplaunch . | needs a network; tests/vm/official.bats builds it by podman
docker run --rm -v siplaunch:/siplaunch siplaunch init --install --out /siplaunch | needs the image; tests/vm/official.bats runs it by podman, as printed
docker run --network host --memory 512m --memory-swap 512m -v siplaunch:/siplaunch:ro -v "$PWD"/kamailio.cfg:/etc/kamailio/kamailio.cfg:ro --entrypoint /siplaunch/bin/siplaunch ghcr.io/kamailio/kamailio:6.0.4-bookworm --profile container -- kamailio -DD -E | the same
docker run --network host --memory 512m --memory-swap 512m -v siplaunch:/siplaunch:ro -v "$PWD"/opensips.cfg:/etc/opensips/opensips.cfg:ro --entrypoint /siplaunch/bin/siplaunch opensips/opensips:3.6 --profile container -- opensips -F | needs OpenSIPS; tests/vm/opensips_image.bats runs it by podman, where there is one
docker compose -f compose.official.yaml up --detach --build | needs a network; tests/vm/docker.bats starts compose.official.yaml
docker build -f deploy/docker/Dockerfile --target official --build-arg BASE=ghcr.io/kamailio/kamailio:6.0.4-bookworm -t kamailio . | needs a network; tests/vm/official.bats builds it by podman
kubectl apply -k deploy/kubernetes/overlays/kamailio | needs a cluster; tests/vm/kube.bats plays the manifests by podman
helm install edge deploy/helm/siplaunch-router --namespace sip --create-namespace --set siplaunchImage=registry.example/siplaunch:0.1.0 --set-file config=kamailio.cfg | needs a cluster; tests/cli/helm.bats renders the chart
tests/bench/trace-syscalls --profile profiles/seccomp/sip-router.json | takes minutes of load; tests/vm/seccomp.bats runs the filter that it made
siplaunch --profile kamailio-user --set sizing.memory=512MiB -- kamailio -DD -E -Y "$XDG_RUNTIME_DIR" -f kamailio.cfg | needs a user's own systemd; tests/vm/user.bats has one
siplaunch top kamailio | needs a terminal; tests/vm/top.bats gives it one
siplaunch top --replay FILE | needs a terminal; tests/cli/top.bats gives it one
siplaunch init | a name in a sentence; tests/vm/init.bats
systemctl stop | a name in a sentence; "a unit's text" runs it
make deb | make check builds them
sudo apt install ./build/deb/siplaunch_*.deb | tests/vm/package.bats
sudo apt install prometheus-node-exporter | needs a network; tests/vm/metrics.bats runs what it installs
sudo systemctl enable --now siplaunch-metrics.timer | the same
sudo cp /usr/local/share/siplaunch/prometheus/alerts.yml /etc/prometheus/siplaunch-alerts.yml | the same
TABLE
}

printed_commands() {
  local page
  local words=()
  for page in "${DATA[@]}"; do
    words+=(--data "$page")
  done
  (cd "$REPO" && tests/lib/page-commands commands "${words[@]}" README.md CONTRIBUTING.md deploy/*/README.md deploy/helm/*/README.md docs/*.md) | cut -f 2-
}

# as_built COMMAND...: with the compiler and the flags that the checkout was built with. Others would compile all of it anew, which
# takes an emulated machine minutes.
as_built() {
  local flags
  mapfile -t flags < <(sed -n 's/^\(.*\) -D_GNU_SOURCE .*_FORTIFY_SOURCE=2 \(.*\) -pie .*/CC=\1\nCFLAGS=\2/p' "$REPO/build/flags")
  env "${flags[@]}" "$@"
}

# printed COMMAND: a page prints it. From here on it counts as run.
printed() {
  grep -qxF -e "$1" "$BATS_FILE_TMPDIR/printed" || fail "no page prints: $1"
  printf '%s\n' "$1" >>"$BATS_FILE_TMPDIR/run"
}

# typed COMMAND: runs it to its end, as root's shell does; sets output, stderr and status, and fails unless it exits 0.
typed() {
  printed "$1"
  run -0 --separate-stderr bash -c "$1"
}

# started COMMAND: runs it in the background, until the test or teardown ends it.
started() {
  printed "$1"
  start_bg bash -c "$1"
}

# promises TEXT...: the last command's output has each of them.
promises() {
  local text
  for text; do
    [[ $output == *"$text"* ]] || fail "the output does not have: $text" "$output"
  done
}

# launched MIB: what was started has become Kamailio as its own user, in a scope of at most so much, and answers SIP.
launched() {
  wait_for_bg 90 sip_options 127.0.0.1 5060
  [[ $(ps -o user=,comm= -p "$BG_PID") == kamailio*kamailio ]]
  [[ $(cat "/proc/$BG_PID/cgroup") == "0::/$SCOPE" ]]
  [[ $(cg "$SCOPE" memory.max) != max ]]
  (($(cg "$SCOPE" memory.max) <= $1 << 20))
  tr '\0' ' ' <"/proc/$BG_PID/cmdline" | grep -qE -e '-m [0-9]+ '
}

# started_by_systemd UNIT: it is active, and answers SIP from a group below its own.
started_by_systemd() {
  wait_until 60 sip_options 127.0.0.1 5060
  [[ $(systemctl is-active "$1") == active ]]
  [[ $(cat "/proc/$(systemctl show "$1" --property=MainPID --value)/cgroup") == *"/$1/router" ]]
}

# has_lines COUNT FILE: at least.
has_lines() {
  (($(wc -l <"$2") >= $1))
}

no_router() {
  ! pgrep -x kamailio
}

setup_file() {
  unset SUDO_UID # nobody has called sudo, and the checkout's owner is not asked
  # a stranger's machine: it has nothing that other files of tests have installed
  rm -rf /etc/siplaunch /run/kamailio
  printed_commands >"$BATS_FILE_TMPDIR/printed"
  : >"$BATS_FILE_TMPDIR/run"
  # a common machine has an address beside the loopback's
  ip address add 192.0.2.10/32 dev lo
  # the installation, on which everything below stands: of a binary that make has linked here
  cd "$REPO" || return
  [[ ! $(find src launcher -name '*.[ch]' -newer build/siplaunch) ]] || fail "build/ is older than the sources: run make before this"
  rm -f build/siplaunch
  printed make
  as_built make
  printed 'sudo make install'
  as_built make install
}

setup() {
  unset SUDO_UID
  # the shell is root's already
  # shellcheck disable=SC2317 # what is typed calls it
  sudo() { "$@"; }
  export -f sudo
  [[ ! -e /run/kamailio ]]
  cd "$BATS_FILE_TMPDIR" || return
}

teardown() {
  [[ $BATS_TEST_COMPLETED ]] || journalctl --quiet --boot --lines 60 --unit siplaunch-kamailio --unit kamailio --unit example
  systemctl stop sip-kamailio.scope siplaunch-kamailio.service kamailio.service example.service 2>/dev/null || true
  systemctl reset-failed
  stop_all
  wait_until 30 no_router
  rm -rf /run/kamailio
}

teardown_file() {
  ip address del 192.0.2.10/32 dev lo
  # the machine's other files of tests have units of these names
  rm -rf /run/systemd/system/example.service /usr/local/lib/systemd/system/siplaunch-kamailio.service /etc/systemd/system/kamailio.service.d /run/systemd/system.control
  systemctl daemon-reload
}

@test "make install installs the command, its manual, its profiles and its completions" {
  [[ $(command -v siplaunch) == /usr/local/bin/siplaunch ]]
  run -0 siplaunch --version
  promises 'siplaunch '
  [[ -s /usr/local/share/man/man1/siplaunch.1 && -s /usr/local/share/man/man5/siplaunch-profile.5 ]]
  [[ -s /usr/local/share/siplaunch/profiles/kamailio-512m.json && -s /usr/local/share/bash-completion/completions/siplaunch ]]
}

@test "the first command starts Debian's Kamailio in 512 MiB" {
  started 'siplaunch --profile kamailio-512m -- kamailio -DD -E -f /etc/kamailio/kamailio.cfg'
  launched 512
  # "no process of siplaunch remains"
  run ! pgrep -x siplaunch
}

@test "make demo shows the plan, an answer to SIP and the values in the kernel; the plan is the README's" {
  cd "$REPO"
  printed 'sudo make demo'
  run -0 --separate-stderr as_built make demo
  printf '%s\n' "$output" >"$BATS_TEST_TMPDIR/demo"
  promises '$ siplaunch --profile kamailio-512m -- kamailio -DD -E -f /etc/kamailio/kamailio.cfg' 'SIP/2.0 200' "$((512 << 20))"
  tests/lib/page-commands block 'command   kamailio' README.md | sed "s/uid [0-9]*/uid $(id -u kamailio)/; s/gid [0-9]*/gid $(id -g kamailio)/" |
    sed '/^$/d' >"$BATS_TEST_TMPDIR/shown"
  run grep -vxF -f "$BATS_TEST_TMPDIR/demo" "$BATS_TEST_TMPDIR/shown"
  [[ ! $output ]] || fail "the plan of the demo does not have these lines of the README:" "$output" "it is:" "$(head -n 40 "$BATS_TEST_TMPDIR/demo")"
  no_router
}

@test "on a host: plan changes nothing, run runs, inspect finds no drift, doctor launches nothing" {
  typed 'siplaunch plan --profile kamailio-4g -- kamailio -DD -E'
  promises 'command   kamailio -m ' 'memory.max' 'run would start it'
  typed 'siplaunch doctor --profile kamailio-4g'
  [[ ! -e $CGROUP_ROOT/$SCOPE && ! -e /run/kamailio ]]
  started 'siplaunch --profile kamailio-4g -- kamailio -DD -E'
  launched 4096
  typed 'siplaunch inspect --profile kamailio-4g kamailio'
  promises "process   $BG_PID" "/$SCOPE"
  run -0 siplaunch help inspect
  promises --profile
  typed 'siplaunch inspect --format json kamailio'
  # what operating.md says to watch
  "$PYTHON" -c 'import json, sys
seen = json.load(sys.stdin)
assert 0 < seen["memory"]["shared"]["used"] < seen["memory"]["shared"]["promised"], seen["memory"]
assert seen["group"]["memory.events"]["oom_kill"] == 0 and len(seen["processes"]) > 1 and seen["sample"]["private"], seen' <<<"$output"
  # a limit that changes while the router runs is a drift
  typed 'sudo systemctl set-property --runtime sip-kamailio.scope MemoryMax=3G'
  [[ $(cg "$SCOPE" memory.max) == $((3 << 30)) ]]
  run -1 siplaunch inspect --profile kamailio-4g kamailio
  promises memory.max
}

@test "plan takes a value for one run, and exits 1 if run would be refused" {
  run -0 siplaunch plan --profile kamailio-4g --set sizing.memory=2GiB --policy sysctl=prefer -- kamailio -DD -E
  promises 'memory 2 GiB'
  run -1 siplaunch plan --profile kamailio-4g --set sizing.memory=16MiB -- kamailio -DD -E
}

@test "plan reserves memory for other programs, counts on huge pages, keeps to a NUMA node, and can be compared with that of another version" {
  typed 'siplaunch plan --profile rtpengine --set sizing.memory=1GiB -- rtpengine --foreground'
  typed 'siplaunch plan --profile kamailio-4g --set sizing.otherPrograms=300MiB -- kamailio -DD -E'
  promises '300 MiB'
  typed 'siplaunch plan --profile kamailio-4g --set sizing.hugePages=expected -- kamailio -DD -E'
  promises shmem_enabled
  typed 'siplaunch plan --profile kamailio-4g --set resources.unified.cpuset.mems=0 --set resources.unified.cpuset.cpus=0 -- kamailio -DD -E'
  promises cpuset.mems cpuset.cpus
  typed 'siplaunch plan --profile kamailio-4g --format json -- kamailio -DD -E >before.json'
  typed 'siplaunch plan --profile kamailio-4g --format json -- kamailio -DD -E >after.json'
  typed 'diff before.json after.json'
  # what a version does not know is refused, with its line
  printf '{\n  "extends": "kamailio-4g",\n  "sizing": { "newer": 1 }\n}\n' >newer.json
  run -2 --separate-stderr siplaunch plan --profile "$PWD/newer.json" -- kamailio -DD -E
  [[ $stderr == *'newer.json:3:'*newer* ]]
}

@test "a unit's text starts a service with the router's group below it, and systemctl stop ends both" {
  "$REPO/tests/lib/page-commands" block '[Service]' "$REPO/README.md" >/run/systemd/system/example.service
  systemctl daemon-reload
  systemctl start example.service
  started_by_systemd example.service
  systemctl stop example.service
  no_router
  [[ ! -e $CGROUP_ROOT/system.slice/example.service ]]
}

@test "deploy/systemd: the service of its own starts Kamailio" {
  typed 'sudo systemctl daemon-reload'
  typed 'sudo systemctl enable --now siplaunch-kamailio'
  started_by_systemd siplaunch-kamailio.service
  systemctl disable --now siplaunch-kamailio
}

@test "deploy/systemd: the drop-in puts siplaunch in front of Debian's service" {
  typed 'sudo cp -r /usr/local/share/siplaunch/systemd/kamailio.service.d /etc/systemd/system/'
  typed 'sudo systemctl daemon-reload'
  typed 'sudo systemctl restart kamailio'
  started_by_systemd kamailio.service
  rm -r /etc/systemd/system/kamailio.service.d
}

# A word in what each tool gets: it is that tool's own language.
@test "a profile is exported for every tool that the README names" {
  local command='siplaunch export docker --profile kamailio-512m -- kamailio -DD -E' tool
  local -A language=(
    [docker]='docker run ' [podman]='podman run ' [compose]='services:' [kubernetes]='Deployment' [systemd]='[Service]' [sysctl]='kernel.'
  )
  typed "$command"
  promises 'docker run ' '--memory 512m'
  # shellcheck disable=SC2016 # code spans
  while read -r tool; do
    run -0 --separate-stderr bash -c "${command/docker/$tool}"
    promises "${language[$tool]:?the README names a tool that is not known here: $tool}"
  done < <(sed -n 's/^| `export` .* configuration of \(.*\) |$/\1/p' "$REPO/README.md" | sed 's/ or /, /' | tr -s ', ' '\n')
}

@test "before there is a router plan says what a workload needs, and whether the size supports it" {
  typed 'siplaunch plan --profile kamailio-4g --workload registrations=100000 --workload callsPerSecond=50 -- kamailio'
  promises '100,000' 'INVITE transactions' 'needed' 'registrations, or'
}

@test "for several pods plan shows the sizes that the page has, and the export takes them" {
  local load='--profile kamailio-4g --workload registrations=100000 --workload callsPerSecond=50'
  export COLUMNS=80
  typed "siplaunch plan $load --pods 4 -- kamailio -DD -E"
  # where Debian's kamailio.cfg is another the numbers are
  promises "$("$REPO/tests/lib/page-commands" block 'command   kamailio' "$REPO/docs/operating.md")"
  typed 'siplaunch plan --profile kamailio-4g --workload registrations=1000000 --pod-memory 512MiB -- kamailio -DD -E'
  promises 'pods of 512 MiB, ' 'each pod needs ' 'cheapest in all'
  typed "siplaunch export kubernetes $load --replicas 4 -- kamailio -DD -E"
  promises '# 4 pods of 262 MiB, 1048 MiB in all: while one is down, the others carry the workload' '  replicas: 4' '"registrations": 33334'
}

@test "while it works, inspect shows and samples its memory, and advise writes a profile from the samples" {
  start_bg siplaunch --profile kamailio-512m -- kamailio -DD -E
  launched 512
  typed 'siplaunch inspect kamailio'
  promises promised touched used 'shared pool'
  started 'siplaunch inspect --watch=10 --format json kamailio >day'
  wait_for_bg 60 has_lines 2 day
  stop_bg "$BG_PID" INT
  "$PYTHON" -c 'import json, sys
samples = [json.loads(line) for line in sys.stdin]
assert all(sample["router"] == "kamailio" and sample["processes"] > 1 for sample in samples), samples' <day
  typed 'siplaunch report --output day.html day'
  [[ ! $output && $(tail -1 day.html) == '</html>' ]]
  typed 'siplaunch plan --format json --profile kamailio-4g --workload registrations=100000 -- kamailio >plan.json'
  typed 'siplaunch report --output plan.html plan.json day'
  [[ $(grep -c '<section' plan.html) == 2 ]]
  typed 'siplaunch advise --profile kamailio-4g --write edge.json day'
  promises 'memory.max' 'sure'
  run -0 siplaunch profiles check edge.json
}

@test "tune finds the smallest sizes that a sipp load passes, and writes them" {
  # a scenario of the reader's own: what the stock configuration answers with 200
  sed 's/probe@//' "$REPO/tests/fixtures/sipp/options.xml" >calls.xml
  typed "siplaunch tune --profile kamailio-512m --load 'sipp -sf calls.xml -r 200 -m 1000 -l 100 127.0.0.1:5060' --write tuned.json -- kamailio -DD -E"
  run -0 siplaunch plan --profile "$PWD/tuned.json" -- kamailio -DD -E
  no_router
  [[ ! -e $CGROUP_ROOT/sip.slice ]] || fails compgen -G "$CGROUP_ROOT/sip.slice/*tune*"
}

@test "profiles are listed, shown and checked; the README's example is one" {
  "$REPO/tests/lib/page-commands" block '{' "$REPO/README.md" >edge.json
  typed 'siplaunch profiles'
  promises kamailio-512m opensips-4g
  typed 'siplaunch profiles show kamailio-4g'
  "$PYTHON" -c 'import json, sys
profile = json.load(sys.stdin)
assert (profile["router"], profile["seccomp"]) == ("kamailio", "sip-router"), profile' <<<"$output"
  typed 'siplaunch profiles check edge.json'
  run -0 siplaunch plan --profile "$PWD/edge.json" -- kamailio -DD -E
  promises 'memory 2 GiB' '100000:100000'
  # "all errors of a file at once, with line, column and what is allowed"
  sed 's/"2GiB"/"2 elephants"/; s/"RLIMIT_NOFILE"/"RLIMIT_NOFILES"/' edge.json >wrong.json
  run -1 siplaunch profiles check wrong.json
  promises 'wrong.json:3:' 'wrong.json:6:'
}

@test "a filter is explained, checked and compiled" {
  run -0 siplaunch seccomp show sip-router
  promises sendmsg
  run -0 siplaunch seccomp check /usr/share/containers/seccomp.json
  run -0 bash -c 'siplaunch seccomp export sip-router | wc -c'
  (($(tail -n 1 <<<"$output") % 8 == 0))
}

# exits STATUS COMMAND...
exits() {
  run "-$1" "${@:2}"
}

@test "the exit statuses are the table's" {
  exits 2 siplaunch --no-such-option -- kamailio
  exits 2 siplaunch plan --profile /nonexistent.json -- kamailio
  exits 125 siplaunch --profile /nonexistent.json -- kamailio
  printf '#!/nonexistent\n' >broken
  exits 126 siplaunch --profile generic -- "$PWD/broken"
  exits 0 siplaunch --profile generic -- true
  exits 1 siplaunch --supervise --profile kamailio --policy default=skip --set user=null -- true
  exits 127 siplaunch --profile generic -- no-such-router
  exits 7 siplaunch --profile generic -- sh -c 'exit 7'
  exits 143 siplaunch --supervise --profile generic -- sh -c 'kill -TERM $$'
  exits 137 siplaunch --supervise --profile generic --set cgroup.path=sip.slice/hog --set sizing.memory=64MiB --set resources.unified.memory.max=32M \
    --set resources.unified.memory.swap.max=0 -- "$PYTHON" -c 'held = b"x" * (200 << 20)'
}

@test "every command that a page prints has been run here, or stands in the list of those that cannot" {
  elsewhere | sed 's/ | .*//' | sort >"$BATS_TEST_TMPDIR/listed"
  sort -u "$BATS_FILE_TMPDIR/run" "$BATS_TEST_TMPDIR/listed" >"$BATS_TEST_TMPDIR/known"
  sort -u "$BATS_FILE_TMPDIR/printed" >"$BATS_TEST_TMPDIR/printed"
  run comm -13 "$BATS_TEST_TMPDIR/known" "$BATS_TEST_TMPDIR/printed"
  [[ ! $output ]] || fail "neither run nor listed:" "$output"
  run comm -23 "$BATS_TEST_TMPDIR/listed" "$BATS_TEST_TMPDIR/printed"
  [[ ! $output ]] || fail "listed, but no page prints it:" "$output"
  run comm -12 "$BATS_TEST_TMPDIR/listed" <(sort -u "$BATS_FILE_TMPDIR/run")
  [[ ! $output ]] || fail "listed, but run:" "$output"
}
