#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# "siplaunch init", for a pod's init container, and "--plan", for the router's: what is set in the IPC namespace that both
# share, what is written, and what is made of it.

load ../lib/common

: "${SIPLAUNCH_STATIC:=$REPO/build/static/siplaunch}"
CFG=$REPO/tests/fixtures/kamailio/minimal.cfg
PROFILE=$REPO/profiles/container.json
SMALL='10 100 5 4' # kernel.sem that is too small for a router

setup() {
	plain_environment
	umask 022
	# not in /tmp, which everybody may write to: below it nothing would be root's alone but for its sticky bit
	POD=$BATS_TEST_TMPDIR/pod
	mkdir "$POD" "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\necho "$@"\n' >"$BATS_TEST_TMPDIR/bin/kamailio"
	chmod +x "$BATS_TEST_TMPDIR/bin/kamailio"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH
	INIT=("$SIPLAUNCH" init --profile "$PROFILE" --memory-limit 512Mi --out "$POD")
	ROUTER=(kamailio -DD -E -f "$CFG")
}

as_root() {
	((EUID == 0)) || skip "IPC namespaces are for root"
}

# in_pod COMMAND...: in an IPC namespace that a router could not live with; then what it has become.
in_pod() {
	# shellcheck disable=SC2016 # the inner shell expands them
	unshare --ipc sh -c 'echo "$0" >/proc/sys/kernel/sem; "$@"; status=$?; echo "sem $(cat /proc/sys/kernel/sem)"; exit $status' \
		"$SMALL" "$@"
}

# nothing_written: not even a file that is hidden.
nothing_written() {
	[ -z "$(ls -A "$POD")" ]
}

json() {
	"$PYTHON" -c 'import json, sys; print(eval(sys.argv[1], {}, {"it": json.load(sys.stdin)}))' "$1"
}

@test "init raises what the pod's IPC namespace has too little of, reads it back, and writes the plan" {
	as_root
	run -0 in_pod "${INIT[@]}" -- "${ROUTER[@]}"
	[[ $output == *"$POD has the plan for kamailio: 512 MiB = shared 404 + 6 x 8 private"*"1 step applied, 2 already so"* ]]
	[[ ${lines[-1]} == $'sem 250\t32000\t100\t128' ]]
	[ "$(json 'it["sysctl"]["kernel.sem"]' <"$POD/plan.json")" = "250 32000 100 128" ]
	[ "$(json 'it["budget"]["shared"] >> 20, it["budget"]["processes"], it["router"]' <"$POD/plan.json")" = "(404, 6, 'kamailio')" ]
	# shellcheck disable=SC2016 # the inner shell expands them
	[ "$(sh -euc '. "$0/siplaunch.env"; echo "$SIPLAUNCH_ARGS, $SIPLAUNCH_SHM_MB $SIPLAUNCH_PKG_MB $SIPLAUNCH_MEMORY_LIMIT $SIPLAUNCH_PROCESSES $SIPLAUNCH_ROUTER"' \
		"$POD")" = "-m 404 -M 8, 404 8 536870912 6 kamailio" ]
	[ "$(stat -c %a "$POD/plan.json" "$POD/siplaunch.env" "$POD/profiles" "$POD/profiles/container.json" | tr '\n' ' ')" = "644 644 755 644 " ]
	run -0 "$SIPLAUNCH" profiles check "$POD/profiles/container.json"
}

@test "run twice, and eight at once, it leaves the same files and no others" {
	as_root
	# shellcheck disable=SC2016 # the inner shell expands them
	run -0 in_pod sh -c '"$@" -- kamailio -DD -E && cp -a "$0" "$0.first" && "$@" -- kamailio -DD -E' "$POD" "${INIT[@]}" --router-config "$CFG"
	[[ ${lines[-2]} == *"0 steps applied, 3 already so" ]]
	diff -r "$POD" "$POD.first"
	# shellcheck disable=SC2016 # the inner shell expands them
	run -0 unshare --ipc bash -c 'for i in {1..8}; do "$@" -- kamailio -DD -E & pids+=($!); done; for pid in "${pids[@]}"; do wait "$pid" || exit; done' \
		init "${INIT[@]}" --router-config "$CFG"
	[ "$(cd "$POD" && find . -type f | sort | tr '\n' ' ')" = "./plan.json ./profiles/container.json ./siplaunch.env " ]
	json 'it["version"]' <"$POD/plan.json"
}

@test "the machine's own IPC namespace is never changed, whatever the profile and the policy say" {
	as_root
	[[ $(readlink /proc/self/ns/ipc) == 'ipc:[4026531839]' ]] || skip "these tests run in a namespace of their own"
	before=$(cat /proc/sys/kernel/sem)
	for policy in require prefer skip; do
		run --separate-stderr "${INIT[@]}" --set "sysctl.kernel.sem=300 40000 40 200" --set ipc.namespace=private --policy sysctl=$policy -- "${ROUTER[@]}"
		[ "$(cat /proc/sys/kernel/sem)" = "$before" ]
		if [ $policy = require ]; then
			[ "$status" = 125 ]
			[[ $stderr == *"kernel.sem: the IPC namespace here is the machine's"* ]]
			nothing_written
		else
			[ "$status" = 0 ]
		fi
		[[ $policy != prefer || $stderr == *"warning: sysctl/kernel.sem is not applied"* ]]
	done
}

@test "without the right to write it is refused with what to do, and the policy decides" {
	as_root
	# the user may look neither into bats's directories nor into every checkout
	chmod 711 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR"
	chmod 777 "$POD"
	cp "$SIPLAUNCH" "$PROFILE" "$CFG" "$BATS_TEST_TMPDIR"
	INIT[0]=$BATS_TEST_TMPDIR/siplaunch
	INIT[3]=$BATS_TEST_TMPDIR/container.json
	ROUTER[4]=$BATS_TEST_TMPDIR/minimal.cfg
	local user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
	run -125 --separate-stderr in_pod "${user[@]}" "${INIT[@]}" --policy sysctl=require -- "${ROUTER[@]}"
	[[ $stderr == *"sysctl/kernel.sem: write /proc/sys/kernel/sem"* ]]
	[[ ${lines[-1]} == $'sem 10\t100\t5\t4' ]]
	nothing_written
	run -0 --separate-stderr in_pod "${user[@]}" "${INIT[@]}" --policy sysctl=prefer -- "${ROUTER[@]}"
	[[ $stderr == *"warning: sysctl/kernel.sem is not applied: "* && -s $POD/plan.json ]]
	[ "$(json '"kernel.sem" in it["sysctl"]' <"$POD/plan.json")" = False ]
}

@test "links that somebody has put into the volume are replaced, and none is followed" {
	as_root
	echo precious >"$BATS_TEST_TMPDIR/victim"
	ln -s "$BATS_TEST_TMPDIR/victim" "$POD/plan.json"
	ln -s "$BATS_TEST_TMPDIR/victim" "$POD/siplaunch.env"
	run -0 in_pod "${INIT[@]}" -- "${ROUTER[@]}"
	[ "$(cat "$BATS_TEST_TMPDIR/victim")" = precious ]
	[[ -f $POD/plan.json && ! -L $POD/plan.json && ! -L $POD/siplaunch.env ]]
}

@test "where a file cannot be written nothing is left, and the IPC limits are what they were" {
	as_root
	mkdir "$BATS_TEST_TMPDIR/elsewhere"
	ln -s "$BATS_TEST_TMPDIR/elsewhere" "$POD/profiles"
	run -125 in_pod "${INIT[@]}" -- "${ROUTER[@]}"
	[[ $output == *"make or open the directory $POD/profiles"*"another file has that name"* ]]
	[[ ${lines[-1]} == $'sem 10\t100\t5\t4' ]]
	[ "$(ls -A "$POD")" = profiles ]
	[ -z "$(ls -A "$BATS_TEST_TMPDIR/elsewhere")" ]
	rm "$POD/profiles"
	mkdir "$POD/plan.json"
	run -125 in_pod "${INIT[@]}" -- "${ROUTER[@]}"
	[[ $output == *"replace $POD/plan.json"* && ${lines[-1]} == $'sem 10\t100\t5\t4' ]]
	[ "$(ls -A "$POD")" = plan.json ]
	rmdir "$POD/plan.json"
	# shellcheck disable=SC2016 # the inner shell expands them
	run -125 in_pod unshare --mount sh -c 'mount -t tmpfs -o size=16k tmpfs "$0" && ! "$@" && ls -A "$0" && exit 125' "$POD" \
		"$SIPLAUNCH_STATIC" "${INIT[@]:1}" --install -- "${ROUTER[@]}"
	[[ $output == *"copy to $POD/siplaunch"*"No space left on device (ENOSPC)"* ]]
	[[ ${lines[-1]} == $'sem 10\t100\t5\t4' && ${lines[-2]} != *siplaunch ]]
	run -125 "${INIT[@]}" --out "$BATS_TEST_TMPDIR/nowhere" -- "${ROUTER[@]}"
	[[ $output == *"open the directory $BATS_TEST_TMPDIR/nowhere"*"No such file"*"emptyDir"* ]]
}

@test "installed, the binary in the volume runs the router with the plan's sizes, and any other command as it is" {
	run -125 "${INIT[@]}" --install -- "${ROUTER[@]}"
	[[ $output == *"needs its loader and libraries"*"make static"* ]]
	nothing_written
	INIT[0]=$SIPLAUNCH_STATIC
	run -0 "${INIT[@]}" --policy sysctl=prefer --install --router-config "$CFG" -- kamailio -DD -E
	cmp "$POD/siplaunch" "$SIPLAUNCH_STATIC"
	[ "$(stat -c %a "$POD/siplaunch")" = 755 ]
	run -0 --separate-stderr "$POD/siplaunch" --plan "$POD/plan.json" -- kamailio -DD -E -f "$CFG"
	[[ $output == *"-m 404"* && $output == *"-M 8"* && $output == *"-DD -E -f $CFG" ]]
	[[ $stderr != *"does not fit"* ]]
	run -0 --separate-stderr "$POD/siplaunch" --plan "$POD/plan.json" -- sh -c 'echo "any other command"'
	[ "$output" = "any other command" ]
	# init's word on the processes counts where the configuration cannot be read
	run -0 --separate-stderr "$POD/siplaunch" --plan "$POD/plan.json" --policy router=skip -- kamailio -DD -E -f /nowhere/kamailio.cfg
	[[ $output == *"-m 404"* && $stderr == *"512 MiB = shared 404 + 6 x 8 private"* ]]
}

@test "with neither a profile nor a command the volume gets siplaunch and its profiles, and the copy there finds them" {
	local install=("$SIPLAUNCH_STATIC" init --install --out "$POD")
	run -125 "$SIPLAUNCH" init --install --out "$POD"
	[[ $output == *"needs its loader and libraries"*"make static"* ]]
	nothing_written
	run -0 "${install[@]}"
	[[ $output == "siplaunch: $POD has siplaunch "*" with its profiles: start $POD/bin/siplaunch" ]]
	cmp "$POD/bin/siplaunch" "$SIPLAUNCH_STATIC"
	diff -r --exclude=schema "$REPO/profiles" "$POD/share/siplaunch/profiles"
	[ "$(stat -c %a "$POD/bin/siplaunch" "$POD/share/siplaunch/profiles/container.json" | tr '\n' ' ')" = "755 644 " ]
	run -0 --separate-stderr "$POD/bin/siplaunch" --profile container --set sizing.memory=512MiB -- "${ROUTER[@]}"
	[[ $output == *"-m 404"* && $output == *"-DD -E -f $CFG" ]]
	# once more, as when a container starts again; and with a profile of one's own
	mkdir "$BATS_TEST_TMPDIR/own"
	echo '{"extends": "container", "description": "mine"}' >"$BATS_TEST_TMPDIR/own/mine.json"
	run -0 "${install[@]}" --profile-dir "$BATS_TEST_TMPDIR/own"
	cmp "$BATS_TEST_TMPDIR/own/mine.json" "$POD/share/siplaunch/profiles/mine.json"
	[ -z "$(find "$POD" -name '.*')" ]
}

@test "what belongs to a plan, a result to be read, and no profile at all are refused where only siplaunch is copied" {
	local word
	for word in --set=user=null --policy=sysctl=skip --memory-limit=1GiB "--router-config=$CFG" --format=json; do
		run -2 "$SIPLAUNCH_STATIC" init --install --out "$POD" "$word"
		[[ $output == *"init needs --profile, or the router's command; or --install and --out alone"* ]] || fail "$word: $output"
	done
	nothing_written
	mkdir -p "$BATS_TEST_TMPDIR/lonely/bin"
	cp "$SIPLAUNCH_STATIC" "$BATS_TEST_TMPDIR/lonely/bin"
	if [[ ! -e /usr/local/share/siplaunch && ! -e /etc/siplaunch ]]; then
		run -125 "$BATS_TEST_TMPDIR/lonely/bin/siplaunch" init --install --out "$POD"
		[[ $output == *"finds no profile to copy"*"--profile-dir DIR"* ]]
		nothing_written
	fi
}

@test "as root a profile that others can change is not copied, unless somebody says otherwise" {
	as_root
	mkdir "$BATS_TEST_TMPDIR/own"
	echo '{"extends": "container"}' >"$BATS_TEST_TMPDIR/own/mine.json"
	chmod 666 "$BATS_TEST_TMPDIR/own/mine.json"
	local install=("$SIPLAUNCH_STATIC" init --install --out "$POD" --profile-dir "$BATS_TEST_TMPDIR/own")
	run -125 "${install[@]}"
	[[ $output == *"others can change $BATS_TEST_TMPDIR/own/mine.json"*"chmod"*"--allow-insecure-profile"* ]]
	nothing_written
	run -0 "${install[@]}" --allow-insecure-profile
	[ -e "$POD/share/siplaunch/profiles/mine.json" ]
}

@test "everything that the profile extends and its filter come along, so that the plan needs no other profile" {
	run -0 "$SIPLAUNCH" init --profile-dir "$REPO/profiles" --profile kamailio-512m --set oomScoreAdj=null --memory-limit 512Mi \
		--policy sysctl=prefer --out "$POD" --router-config "$CFG"
	[ "$(json 'sorted(it)' <"$POD/profiles/kamailio-512m.json" | grep -cE 'extends|oomScoreAdj')" = 0 ]
	cmp "$POD/profiles/seccomp/sip-router.json" "$REPO/profiles/seccomp/sip-router.json"
	run --separate-stderr "$SIPLAUNCH" plan --plan "$POD/plan.json" --host "$REPO/tests/fixtures/hosts/docker-private-ro" \
		--set user=null --set group=null --format json -- "${ROUTER[@]}"
	[ "$(json 'it["prepared"]["used"], it["budget"]["shared"] >> 20, [s["name"] for s in it["steps"] if s["source"] == "plan"]' <<<"$output")" = \
		"(True, 404, ['-m', '-M'])" ]
	[[ $(json '[s["wanted"] for s in it["steps"] if s["mechanism"] == "seccomp"]' <<<"$output") == *filter* ]]
}

@test "the filters beside the profile's come along, so that --set finds them in the router's container too" {
	cp -R "$REPO/profiles" "$BATS_TEST_TMPDIR/profiles"
	echo '{"broken' >"$BATS_TEST_TMPDIR/profiles/seccomp/broken.json"
	run -0 "$SIPLAUNCH" init --profile "$BATS_TEST_TMPDIR/profiles/kamailio-512m.json" --memory-limit 512Mi --policy sysctl=prefer --out "$POD" \
		--router-config "$CFG"
	[ "$(ls "$POD/profiles/seccomp")" = "$(ls "$REPO/profiles/seccomp")" ]
	cp "$SIPLAUNCH" "$POD/siplaunch"
	for filter in "$POD"/profiles/seccomp/*.json; do
		cmp "$filter" "$REPO/profiles/seccomp/${filter##*/}"
		run --separate-stderr "$POD/siplaunch" plan --plan "$POD/plan.json" --host "$REPO/tests/fixtures/hosts/docker-private-ro" \
			--set user=null --set group=null --set "seccomp=$(basename "$filter" .json)" -- "${ROUTER[@]}"
		[[ $output == *" $(basename "$filter" .json), "*" instructions"* ]] || fail "$filter: $output $stderr"
	done
	# one that is named by its path stands alone: what lies beside it may be anything
	rm -r "$POD/plan.json" "$POD/siplaunch" "$POD/siplaunch.env" "$POD/profiles"
	run -0 "$SIPLAUNCH" init --profile kamailio-512m --set "seccomp=$REPO/profiles/seccomp/sip-router.json" --memory-limit 512Mi \
		--policy sysctl=prefer --out "$POD" --router-config "$CFG"
	[ "$(ls "$POD/profiles/seccomp")" = sip-router.json ]
}

@test "a plan for another limit is made anew with a warning, or refused with both numbers, as the policy says" {
	run -0 "${INIT[@]}" --policy sysctl=prefer -- "${ROUTER[@]}"
	run -0 --separate-stderr "$SIPLAUNCH" --plan "$POD/plan.json" --set sizing.memory=1GiB -- "${ROUTER[@]}"
	[[ $stderr == *"does not fit: it is for 512 MiB, but the limit here is "* || $stderr == *"kamailio: 512 MiB"* ]]
	run -0 --separate-stderr "$SIPLAUNCH" --plan "$POD/plan.json" --set sizing.memory=256MiB -- "${ROUTER[@]}"
	[[ $stderr == *"warning: the plan $POD/plan.json does not fit: it is for 512 MiB, but the limit here is 256 MiB (sizing.memory); siplaunch sizes the router again"* ]]
	[[ $stderr == *"kamailio: 256 MiB = shared "* && $output != *"-m 404"* ]]
	run -125 --separate-stderr "$SIPLAUNCH" --plan "$POD/plan.json" --policy plan=require --set sizing.memory=256MiB -- "${ROUTER[@]}"
	[[ $stderr == *"it is for 512 MiB, but the limit here is 256 MiB"*"hint: "*"kubectl"*"--policy plan=prefer"* ]]
	[ -z "$output" ]
	run -1 --separate-stderr "$SIPLAUNCH" doctor --plan "$POD/plan.json" --policy plan=require --set sizing.memory=256MiB
	[[ $stderr == *"it is for 512 MiB, but the limit here is 256 MiB"* ]]
}

@test "plan and doctor show whether the plan fits, and change nothing" {
	run -0 "${INIT[@]}" --policy sysctl=prefer -- "${ROUTER[@]}"
	local host=(--host "$REPO/tests/fixtures/hosts/docker-private-ro")
	run -0 "$SIPLAUNCH" plan --plan "$POD/plan.json" "${host[@]}" -- "${ROUTER[@]}"
	[[ $output =~ plan\ +"$POD/plan.json: it fits, and its sizes apply" ]]
	[[ $output =~ "shared pool"\ +404\ MiB\ +[0-9.]+\ %\ +plan ]]
	run -0 "$SIPLAUNCH" plan --plan "$POD/plan.json" "${host[@]}" -- "${ROUTER[@]}" -m 100
	[[ $output == *"kamailio"*" -m 100"* && $output == *"it fits; its -M applies, and -m is given elsewhere"* ]]
	run -0 "$SIPLAUNCH" plan --plan "$POD/plan.json" --set sizing.private=4MiB "${host[@]}" -- "${ROUTER[@]}"
	[[ $output == *"it fits; its -m applies, and -M is given elsewhere"* ]]
	run -0 "$SIPLAUNCH" plan --plan "$POD/plan.json" --set sizing.private=4MiB "${host[@]}" -- "${ROUTER[@]}" -m 100
	[[ $output == *"it fits, but both sizes are given elsewhere"* ]]
	run -0 "$SIPLAUNCH" plan --format json --plan "$POD/plan.json" --set sizing.private=4MiB "${host[@]}" -- "${ROUTER[@]}" -m 100
	[[ $output == *'"used": false'* ]]
	run -0 "$SIPLAUNCH" plan --format json --plan "$POD/plan.json" "${host[@]}" -- "${ROUTER[@]}" -m 100
	[[ $output == *'"used": true'* ]]
	run -0 "$SIPLAUNCH" plan --plan "$POD/plan.json" --set sizing.memory=128MiB "${host[@]}" -- "${ROUTER[@]}"
	[[ $output == *"it does not fit: siplaunch sizes the router again"* ]]
	run -0 "$SIPLAUNCH" doctor --plan "$POD/plan.json" "${host[@]}" -- "${ROUTER[@]}"
	[[ $output == *"-m 404 -M 8"* ]]
}

@test "as root a plan in a volume that everybody may write to is refused, unless somebody says otherwise" {
	as_root
	run -0 "${INIT[@]}" --policy sysctl=prefer -- "${ROUTER[@]}"
	chmod 777 "$POD"
	run -125 --separate-stderr "$SIPLAUNCH" --plan "$POD/plan.json" -- "${ROUTER[@]}"
	[[ $stderr == *"others can change the plan $POD/plan.json: $POD is writable by everybody"*"hint: chmod go-w $POD"* ]]
	run -0 --separate-stderr "$SIPLAUNCH" --plan "$POD/plan.json" --allow-insecure-profile -- "${ROUTER[@]}"
	[[ $stderr == *"warning: others can change the plan"* && $output == *"-m 404"* ]]
	chmod 755 "$POD"
	chmod 666 "$POD/profiles/container.json"
	run -125 --separate-stderr "$SIPLAUNCH" --plan "$POD/plan.json" -- "${ROUTER[@]}"
	[[ $stderr == *"others can change the profile"* ]]
}

@test "a broken plan is an error with its place; with --profile beside it, bad usage" {
	for file in "$REPO"/tests/fixtures/plans/invalid/*.json; do
		run -125 --separate-stderr "$SIPLAUNCH" --plan "$file" -- "${ROUTER[@]}"
		[[ $stderr == "$file":[0-9]*:[0-9]*:* && -z $output ]] || fail "$file: $stderr"
	done
	run -2 --separate-stderr "$SIPLAUNCH" plan --plan "$file" -- "${ROUTER[@]}"
	run -2 --separate-stderr "$SIPLAUNCH" doctor --plan "$file"
	run -125 --separate-stderr "$SIPLAUNCH" --plan "$POD/plan.json" -- "${ROUTER[@]}"
	[[ $stderr == *"open the plan $POD/plan.json"*"No such file"*"siplaunch init --out DIR"* ]]
	run -2 --separate-stderr "$SIPLAUNCH" --plan "$file" --profile generic -- "${ROUTER[@]}"
	[[ $stderr == *"exclude each other"* ]]
	# the environment's profile is only a default
	run -125 --separate-stderr env SIPLAUNCH_PROFILE=generic "$SIPLAUNCH" --plan "$POD/plan.json" -- "${ROUTER[@]}"
	[[ $stderr == *"open the plan"* ]]
}

@test "without the limit of the router's container nothing is sized, and the manifest's lines are told" {
	local init=("$SIPLAUNCH" init --profile "$PROFILE" --policy sysctl=prefer --out "$POD")
	run -125 --separate-stderr "${init[@]}" -- "${ROUTER[@]}"
	[[ $stderr == *"the memory limit of the router's container is not known"*"resourceFieldRef:"*"containerName: ROUTER"* ]]
	nothing_written
	# shellcheck disable=SC2016 # as Kubernetes leaves it
	run -125 --separate-stderr "${init[@]}" --memory-limit '$(LIMIT)' -- "${ROUTER[@]}"
	[[ $stderr == *"the reference is not expanded"* ]]
	nothing_written
	run -0 --separate-stderr "${init[@]}" --set sizing.memory=256MiB -- "${ROUTER[@]}"
	[[ $stderr == *"warning: the memory limit of the router's container is not known here"*"256 MiB = shared"* ]]
	run -0 --separate-stderr "${init[@]}" -- sh -c true
	[ "$(json 'it["budget"], it["router"]' <"$POD/plan.json")" = "(None, 'generic')" ]
	[ "$(cat "$POD/siplaunch.env")" = $'SIPLAUNCH_ROUTER=\'generic\'\nSIPLAUNCH_ARGS=\'\'' ]
}

@test "a limit that is all of the machine's memory is warned of" {
	total=$(awk '/^MemTotal/ { print $2 }' /proc/meminfo)
	run -0 --separate-stderr "${INIT[@]}" --policy sysctl=prefer --memory-limit $((total * 9 / 10))KiB -- "${ROUTER[@]}"
	[[ $stderr == *"for a container without a limit Kubernetes says what the whole node has"* ]]
}

@test "the router is the command's or the profile's, and its configuration here only counts processes" {
	run -2 "$SIPLAUNCH" init --out "$POD"
	[[ $output == *"init needs --profile, or the router's command"* ]]
	run -125 "${INIT[@]}"
	[[ $output == *"has router \"auto\", and no command names the router"* ]]
	run -0 "${INIT[@]}" --set router=kamailio --policy sysctl=prefer --router-config "$CFG"
	[ "$(json '" ".join(it["command"])' <"$POD/plan.json")" = "kamailio -m 404 -M 8 -DD -E" ]
	run -0 --separate-stderr "${INIT[@]}" --policy sysctl=prefer --router-config /nowhere/kamailio.cfg -- kamailio -DD -E
	[[ $stderr == *"/nowhere/kamailio.cfg"* ]]
	run -0 "${INIT[@]}" --policy sysctl=prefer -- kamailio -DD -E -m 128 -f "$CFG"
	grep -qx "SIPLAUNCH_ARGS='-M 8'" "$POD/siplaunch.env"
	grep -qx "SIPLAUNCH_SHM_MB='128'" "$POD/siplaunch.env"
}

@test "as JSON it is the plan with what came of it and where it is, also when it is refused" {
	as_root
	run -0 --separate-stderr in_pod "${INIT[@]}" --format json --log-format json -- "${ROUTER[@]}"
	output=${output%sem *}
	[ "$(json '[(s["name"], s["status"]) for s in it["steps"]][-1], it["out"]' <<<"$output")" = "(('kernel.sem', 'applied'), '$POD')" ]
	[ "$(json 'it["level"], it["event"]' <<<"$stderr")" = "('info', 'prepared')" ]
	run -125 --separate-stderr "${INIT[@]}" --memory-limit 20Mi --format json -- "${ROUTER[@]}"
	[ "$(json 'it["out"], "error" in it' <<<"$output")" = "(None, True)" ]
}
