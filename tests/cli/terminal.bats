#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Supervision at a terminal: a router that asks there for a passphrase, and ^C, ^Z and fg.

load ../lib/common
load supervise
load terminal

setup_file() {
	export BATS_TEST_TIMEOUT=300 # seconds on two cores that are idle; what a step waits for is printed after 120 s
}

setup() {
	prepare_supervision
	ROUTER+=(--report report.json)
	printf '%q ' "${ROUTER[@]}" >router.command
	SHELL_AT_TERMINAL=(env PS1='ready> ' bash --norc --noprofile -i)
}

# asker: asks for a passphrase at the terminal, its standard input is none.
asker() {
	executable asker <<'END'
exec </dev/null
echo $$ >pid
read -rsp 'Passphrase: ' answer </dev/tty || exit 9
echo "$answer" >answer
END
}

# listener: writes every signal that it gets to the file `signals`; exits 0 when it is asked to stop.
listener() {
	executable listener <<'END'
for name in HUP USR1 WINCH CONT TSTP; do
	trap "echo $name >>signals" "$name"
done
for name in TERM INT QUIT; do
	trap "echo $name >>signals; exit 0" "$name"
done
echo $$ >pid
while :; do sleep 0.1; done
END
}

report() {
	"$PYTHON" -c 'import json, sys
r = json.load(open("report.json"))
for expression in sys.argv[1:]:
    assert eval(expression), (expression, r)' "$@"
}

@test "a router reads a passphrase from the terminal, where siplaunch leads the session and below a shell" {
	asker
	drive expect:Passphrase echo:off 'type:secret\r' status:0 -- "${RUN[@]}" ./asker
	[[ $(<answer) == secret ]]
	rm answer
	drive 'expect:ready>' "type:$(printf '%q ' "${RUN[@]}") ./asker; echo st''atus \$?\\r" expect:Passphrase echo:off 'type:other\r' \
		'expect:status 0' 'expect:ready>' 'type:exit\r' status:0 -- "${SHELL_AT_TERMINAL[@]}"
	[[ $(<answer) == other ]]
}

@test "OpenSSL reads the passphrase of a key, which it does in the foreground only" {
	openssl genrsa -aes256 -passout pass:secret -out key.pem 2048 2>/dev/null
	drive 'expect:pass phrase' echo:off 'type:secret\r' status:0 -- "${RUN[@]}" openssl rsa -in key.pem -out plain.pem
	grep -q 'BEGIN.*PRIVATE KEY' plain.pem
}

@test "^C reaches the router once, siplaunch knows that it was asked to stop, and so does a script around it" {
	listener
	executable around <<'END'
trap 'echo INT >>outer' INT
"$@"
echo "$?" >status
END
	drive file:pid group:pid 'type:\x03' status:0 -- "${ROUTER[@]}" ./listener
	[[ $(<signals) == INT ]]
	report "r['outcome'] == 'stopped'" "r['stopRequest'] == 'SIGINT'" "r['status'] == 0"
	rm pid signals
	drive file:pid group:pid 'type:\x03' status:0 -- ./around "${ROUTER[@]}" ./listener
	[[ $(<signals) == INT && $(<outer) == INT && $(<status) == 0 ]]
}

@test "^\\ is a request to stop, too" {
	listener
	drive file:pid group:pid 'type:\x1c' status:0 -- "${ROUTER[@]}" ./listener
	[[ $(<signals) == QUIT ]]
	report "r['stopRequest'] == 'SIGQUIT'"
}

@test "a router at the terminal that ends although nobody asked it to is no success" {
	executable short <<'END'
echo $$ >pid
read -r </dev/tty
END
	drive file:pid 'type:\r' status:1 -- "${ROUTER[@]}" ./short
	report "r['outcome'] == 'unasked'" "r['stopRequest'] is None"
}

@test "^Z stops both for the shell to see, bg and fg continue them once, and ^C still reaches the router" {
	listener
	sed -i 's/ TSTP; do/; do/' listener
	drive 'expect:ready>' "type:$(<router.command) ./listener\\r" file:pid group:pid 'type:\x1a' expect:Stopped 'expect:ready>' \
		'type:bg\r' 'expect:ready>' file:signals 'type:fg\r' away 'type:\x03' 'expect:ready>' 'type:exit\r' status:0 -- "${SHELL_AT_TERMINAL[@]}"
	[[ $(<signals) == $'CONT\nINT' ]]
	report "r['stopRequest'] == 'SIGINT'"
	rm pid signals
	drive 'expect:ready>' "type:$(<router.command) ./listener\\r" file:pid group:pid 'type:\x1a' expect:Stopped 'expect:ready>' \
		'type:fg\r' file:signals group:pid 'type:\x03' 'expect:ready>' 'type:exit\r' status:0 -- "${SHELL_AT_TERMINAL[@]}"
	[[ $(<signals) == $'CONT\nINT' ]]
}

@test "^Z stops a script around siplaunch with it" {
	listener
	sed -i 's/ TSTP; do/; do/' listener
	executable around <<'END'
"$@"
END
	drive 'expect:ready>' "type:./around $(<router.command) ./listener\\r" file:pid group:pid 'type:\x1a' expect:Stopped 'expect:ready>' \
		'type:fg\r' file:signals group:pid 'type:\x03' 'expect:ready>' 'type:exit\r' status:0 -- "${SHELL_AT_TERMINAL[@]}"
	[[ $(<signals) == $'CONT\nINT' ]]
}

@test "^Z does nothing where nobody could continue the router" {
	executable sleeper <<'END'
trap 'exit 0' INT
trap 'echo CONT >>signals' CONT
echo $$ >pid
while :; do sleep 0.1; done
END
	drive file:pid group:pid 'type:\x1a' file:signals group:pid 'type:\x03' status:0 -- "${ROUTER[@]}" ./sleeper
	report "r['outcome'] == 'stopped'"
}

@test "a router that is started in the background is stopped when it reads the terminal, and fg lends it" {
	asker
	executable both_stopped <<'END'
until [[ $(ps -o stat= -p "$(ps -o ppid= -p "$(<pid)" | tr -d ' ')") == T* ]]; do sleep 0.1; done
END
	drive 'expect:ready>' "type:$(printf '%q ' "${RUN[@]}") ./asker &\\r" file:pid run:./both_stopped 'type:\r' expect:Stopped 'type:fg\r' expect:Passphrase echo:off 'type:late\n' \
		file:answer 'type:exit\r' status:0 -- "${SHELL_AT_TERMINAL[@]}"
	[[ $(<answer) == late ]]
}

@test "the terminal is as it was when a router is killed while it asks" {
	asker
	drive 'expect:ready>' 'type:stty -ixany; stty -g >before\r' 'expect:ready>' "type:$(printf '%q ' "${RUN[@]}") ./asker; stty -g >af''ter; echo do''ne\\r" \
		expect:Passphrase echo:off kill:pid expect:done 'type:exit\r' status:0 -- "${SHELL_AT_TERMINAL[@]}"
	diff before after
}

@test "with tostop both print, and the router goes on" {
	listener
	sed -i '2i echo hello from the router' listener
	drive 'expect:ready>' "type:stty tostop; $(<router.command) ./listener\\r" 'expect:hello from' file:pid group:pid 'type:\x03' \
		'expect:listener stopped after SIGINT' 'expect:ready>' 'type:exit\r' status:0 -- "${SHELL_AT_TERMINAL[@]}"
}

@test "a terminal that is closed is one SIGHUP to the router, which goes on if it likes" {
	listener
	drive file:pid group:pid close file:signals -- "${ROUTER[@]}" ./listener
	[[ $(grep -cx HUP signals) == 1 ]]
	is_alive "$(<pid)"
	local supervisor
	supervisor=$(ps -o ppid= -p "$(<pid)" | tr -d ' ')
	kill -TERM "$supervisor"
	wait_while 30 is_alive "$supervisor"
	report "r['outcome'] == 'stopped'" "r['stopRequest'] == 'SIGTERM'"
}

@test "a process of ours that watches the keys ends with the router, and with a supervisor that is killed" {
	listener
	executable look <<'END'
ps -eo pid,comm,pgid | awk -v group="$(<pid)" '$2 == "siplaunch-tty" && $3 == group { print $1 }' >watcher
[[ -s watcher ]] || exit 1
kill -KILL "$(ps -o ppid= -p "$(<pid)" | tr -d ' ')"
END
	drive file:pid group:pid run:./look status:-9 -- "${ROUTER[@]}" ./listener
	wait_while 30 is_alive "$(<watcher)"
	kill -TERM "$(<pid)"
}
