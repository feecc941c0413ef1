#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# "siplaunch inspect --format openmetrics": the same numbers as its JSON, for one router and for several, and what Prometheus' own tool
# says of the document and of deploy/prometheus. Prometheus itself reads it in tests/vm/metrics.bats.
# Not run in the Debian 13 root: promtool is installed beside the virtual machine's root only.

load ../lib/common
load ../lib/stand_in

setup() {
	prepare_stand_in
}

# metrics ARGUMENT...: the document is in $output, and promtool accepts it.
metrics() {
	run -0 --separate-stderr "$SIPLAUNCH" inspect --format openmetrics "$@"
	promtool check metrics <<<"$output" || fail "$output"
	[[ $output == *'# EOF' ]]
}

# value SERIES: its number in $output.
value() {
	awk -v series="$1" 'substr($0, 1, length(series) + 1) == series " " { print $NF; found = 1 } END { exit !found }' <<<"$output"
}

# of_router NAME [LABELS]: that series of the router that runs, whose group is $GROUP.
of_router() {
	value "$1{router=\"opensips\",cgroup=\"$GROUP\"${2:+,$2}}"
}

prepare_group() {
	GROUP=$(sed -n 's/^0:://p' /proc/self/cgroup)
	[[ $GROUP ]] || skip "no cgroup v2 here"
}

@test "what a router reports has the same numbers as in the JSON" {
	prepare_group
	router unix
	metrics "$BG_PID"
	[ -z "$stderr" ]
	[ "$(value siplaunch_routers)" = 1 ]
	[ "$(of_router siplaunch_up)" = 1 ]
	[ "$(of_router siplaunch_statistics_up)" = 1 ]
	[ "$(of_router siplaunch_shared_pool_size_bytes)" = 268435456 ]
	[ "$(of_router siplaunch_shared_pool_used_bytes)" = 4252336 ]
	[ "$(of_router siplaunch_pool_bytes 'pool="shared",state="requested"')" = 3952288 ]
	[ "$(of_router siplaunch_pool_bytes 'pool="private",state="used"')" = 4800018 ]
	[ "$(of_router siplaunch_pool_fragments 'pool="shared"')" = 91 ]
	[ "$(of_router siplaunch_sip_requests_total)" = 120 ]
	[ "$(of_router siplaunch_sip_replies_total)" = 80 ]
	[ "$(of_router siplaunch_processes)" = 1 ]
	[[ $output != *drift* && $output != *"$BG_PID"* ]]
	# a name, labels and a number, no timestamp
	fails grep -vE '^(# .*|siplaunch_[a-z_]+(\{[a-z]+="([^"\]|\\.)*"(,[a-z]+="([^"\]|\\.)*")*\})? [^ ]+)$' <<<"$output"
}

@test "a router that does not answer is up, and its pools are not known" {
	prepare_group
	start_bg bash -c 'exec -a opensips sleep 600'
	wait_until 30 grep -q sleep "/proc/$BG_PID/comm"
	metrics --mi "unix:$PWD/absent" "$BG_PID"
	[[ $output == *'siplaunch_up{router="opensips",cgroup="'*'"} 1'* && $output == *'siplaunch_statistics_up{router="opensips",cgroup="'*'"} 0'* ]]
	[[ $output != *siplaunch_shared_pool* ]]
}

# in_namespace SCRIPT: runs it with the executables kamailio and opensips where no process but its own is seen. The routers of other
# tests run as well.
in_namespace() {
	((EUID == 0)) || skip "needs root"
	cp "$(command -v bash)" kamailio
	cp "$(command -v bash)" opensips
	# shellcheck disable=SC2016 # the copies expand it
	printf 'echo >"$1"; read -r <>never\n' >router
	mkfifo never
	run -0 --separate-stderr unshare --pid --fork --kill-child --mount-proc bash -ec "$1" 3>&-
}

# shellcheck disable=SC2016 # the inner shell's
START='./kamailio router a & ./kamailio router b & ./opensips router c & until [ -s a ] && [ -s b ] && [ -s c ]; do sleep 0.1; done'

@test "a restart of one of two routers in one group does not swap their numbers" {
	# b has two processes; a is started again, and has the higher pid then
	# shellcheck disable=SC2016 # the inner shell's
	in_namespace 'start() { rm -f "$1"; ./kamailio router "$1" & last=$!; until [ -s "$1" ]; do sleep 0.1; done; }
		printf "%s\n" "[ \$1 = a ] || { (read -r <>never; :) & }" "$(<router)" >router.new && mv router.new router
		start a; first=$last; start b; second=$last
		"$SIPLAUNCH" inspect --format openmetrics >before
		kill $first; wait $first || true; start a; [ $last -gt $second ]
		"$SIPLAUNCH" inspect --format openmetrics >after'
	local look
	for look in before after; do
		grep -qE '^siplaunch_processes\{router="kamailio",cgroup="[^"]*"\} 1$' $look &&
			grep -qE '^siplaunch_processes\{router="kamailio",cgroup="[^"]*",number="2"\} 2$' $look || fail "$(grep processes $look)"
	done
}

@test "of several routers each family stands once, and one that is asked for is the only one" {
	# shellcheck disable=SC2016 # the inner shell's
	in_namespace "$START"'; "$SIPLAUNCH" inspect --format openmetrics >all; "$SIPLAUNCH" inspect --format openmetrics kamailio >named
		"$SIPLAUNCH" inspect --format openmetrics opensips >one; "$SIPLAUNCH" inspect --format openmetrics rtpengine >none'
	for document in all named one none; do
		promtool check metrics <$document || fail "$(<$document)"
	done
	[ "$(grep -c '^siplaunch_up{.*} 1$' all)" = 3 ]
	[ "$(grep -c '^siplaunch_up{.*number="2"} 1$' all)" = 1 ]
	[ "$(grep -c '^# HELP siplaunch_up ' all)" = 1 ]
	grep -qxF 'siplaunch_routers 3' all
	grep -qxF 'siplaunch_routers{select="kamailio"} 2' named
	[ "$(grep -c '^siplaunch_up{router="kamailio"' named)" = 2 ]
	fails grep -q opensips named
	grep -qxF 'siplaunch_routers{select="opensips"} 1' one
	# what is absent is a result: an alert can be made of it
	grep -qxF 'siplaunch_routers{select="rtpengine"} 0' none
	fails grep -q siplaunch_up none
}

@test "a profile and an address are for one router, and the error says how to name one" {
	# shellcheck disable=SC2016 # the inner shell's
	in_namespace "$START"'; for option in "--profile kamailio" "--mi udp:127.0.0.1:9"; do
		status=0; "$SIPLAUNCH" inspect --format openmetrics --profile-dir "$REPO/profiles" $option >out 2>>err || status=$?
		[[ $status == 2 && ! -s out ]]
	done'
	grep -qF 'siplaunch: --profile is for one router, and 3 match' err
	grep -qF 'siplaunch: --mi is for one router, and 3 match' err
	grep -qE 'hint: .*siplaunch inspect --format openmetrics --mi' err
}

@test "a router that ended, or a group that is gone with it, is no failure; a bad profile is" {
	metrics 4194304
	[ "$(value siplaunch_routers)" = 0 ]
	if grep -q ' cgroup2 ' /proc/mounts; then
		metrics --cgroup /absent.slice
		[ "$(value 'siplaunch_routers{select="/absent.slice"}')" = 0 ]
	fi
	start_bg sleep 600
	printf '{"router": "generic", "oomScoreAjd": 1}' >profile.json
	run -2 --separate-stderr "$SIPLAUNCH" inspect --format openmetrics --profile ./profile.json "$BG_PID"
	[[ ! $output && $stderr == *oomScoreAdj* ]]
}

@test "drift is a number, and no exit status" {
	start_bg prlimit --nofile=100:200 sleep 600
	wait_until 30 grep -q sleep "/proc/$BG_PID/comm"
	printf '{"router": "generic", "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 100, "hard": 200}, {"type": "RLIMIT_CORE", "soft": 7}]}' >profile.json
	metrics --profile ./profile.json "$BG_PID"
	[[ $output == *'siplaunch_drift{'*'mechanism="rlimit",setting="RLIMIT_NOFILE"} 0'* ]]
	[[ $output == *'siplaunch_drift{'*'mechanism="rlimit",setting="RLIMIT_CORE"} 1'* ]]
	[[ $output =~ siplaunch_router_info\{.*profile=\"[^\"]*profile ]]
	[[ $output == *'siplaunch_settings_not_compared{'*'} 0'* ]]
}

@test "where /proc hides other users' processes, nothing is said of routers that cannot be seen" {
	((EUID == 0)) || skip "needs root"
	cp "$SIPLAUNCH" ./siplaunch
	chmod 711 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR" .
	# shellcheck disable=SC2016 # the inner shell's
	run -125 --separate-stderr unshare --mount bash -c 'mount -t proc -o hidepid=2 proc /proc || exit
		exec setpriv --reuid 65534 --regid 65534 --clear-groups ./siplaunch inspect --format openmetrics rtpengine'
	[[ ! $output && $stderr == *'run it as root'* ]]
}

@test "promtool accepts the alert rules, each rule has a test that passes, and fails with another threshold" {
	cp "$REPO"/deploy/prometheus/alerts*.yml .
	run -0 promtool check rules alerts.yml
	run -0 promtool test rules alerts_test.yml
	while read -r alert; do
		grep -q "$alert" alerts_test.yml || fail "no test of $alert"
		grep -qw "$alert" "$REPO/deploy/prometheus/README.md" || fail "README.md does not have $alert"
	done < <(sed -n 's/^ *- alert: //p' alerts.yml)
	sed -i 's/> 0.85/> 0.84/' alerts.yml
	run -1 promtool test rules alerts_test.yml
}

@test "the dashboard follows Grafana's model, and names only metrics and variables that there are" {
	run -0 "$PYTHON" "$REPO/tests/lib/dashboard.py" check "$REPO/deploy/prometheus/dashboard.json" "$REPO/docs/metrics.md"
	# shellcheck disable=SC2016 # of the JSON
	for change in 's/siplaunch_dialogs{/siplaunch_dialog{/' 's/"x": 12/"x": 11/' 's/"unit": "reqps"/"unit": "rps"/' 's/=~\\"$cgroup/=~\\"$group/' 's/"uid": "${datasource}"/"uid": "P1"/'; do
		sed "$change" "$REPO/deploy/prometheus/dashboard.json" >wrong.json
		fails cmp -s wrong.json "$REPO/deploy/prometheus/dashboard.json"
		run -1 "$PYTHON" "$REPO/tests/lib/dashboard.py" check wrong.json "$REPO/docs/metrics.md"
	done
}

@test "alert rules name only metrics that there are" {
	grep -oE '\bsiplaunch_[a-z_]+' "$REPO/deploy/prometheus/alerts.yml" | sort -u >used
	[ "$(wc -l <used)" -ge 10 ]
	while read -r name; do
		grep -q "^| .$name. |" "$REPO/docs/metrics.md" || fail "$name"
	done <used
}
