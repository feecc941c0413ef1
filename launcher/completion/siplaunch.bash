# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# bash completion for siplaunch(1)

_siplaunch_profiles() {
	siplaunch profiles list 2>/dev/null | cut -d' ' -f1
}

# The names and the units of the routers that run.
_siplaunch_routers() {
	local pid files=()
	for pid in $(pidof opensips kamailio 2>/dev/null); do
		files+=("/proc/$pid/comm" "/proc/$pid/cgroup")
	done
	((${#files[@]})) || return
	sed -nE '/^[a-z]+$/p; s|^0::.*/([^/]+\.(service\|scope))(/.*)?$|\1|p' "${files[@]}" 2>/dev/null | sort -u
}

# The command that was typed, and where the router's own command line begins.
_siplaunch_scan() {
	local i
	command='' tool='' router=0
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--) router=$((i + 1)) && return ;;
		-p | --profile | --profile-dir | --set | --policy | --workload | --host | --cgroup | --write-profile | --mi | --format | --log-format | --color | \
			--plan | --out | --memory-limit | --router-config | --load | --check | --ready | --budget | --rounds | --margin | --write | --keep | \
			--stop-timeout | --report | --entrypoint | --capability | \
			--image | --init-image | --name | --kind | --sysctls)
			# readline breaks words at "=": --set KEY = VALUE
			[[ ${COMP_WORDS[i + 1]-} == '=' ]] && ((i++))
			((i++))
			while [[ ${COMP_WORDS[i + 1]-} == '=' ]]; do ((i += 2)); done
			;;
		-*) ;;
		'=') ((i++)) ;; # of an option whose value may be left out
		*)
			if [[ -z $command ]]; then
				case ${COMP_WORDS[i]} in
				run | plan | doctor | init | export | inspect | advise | tune | profiles | seccomp | help) command=${COMP_WORDS[i]} && continue ;;
				*) command=run ;;
				esac
			fi
			# its own first word is the tool
			[[ $command == export && -z $tool ]] && tool=${COMP_WORDS[i]} && continue
			[[ $command == run || $command == plan || $command == doctor || $command == init || $command == tune || $command == export ]] && router=$i && return
			;;
		esac
	done
}

_siplaunch_options() {
	local always='--help --version' profile='--profile-dir --set --policy'
	local output='--log-format --color'
	case $command in
	'' | run) echo "--profile $profile --workload --allow-insecure-profile --plan --supervise --die-with-parent --stop-timeout --report --entrypoint --quiet --verbose $output $always" ;;
	plan) echo "--profile $profile --workload --allow-insecure-profile --plan --host --supervise --die-with-parent --entrypoint --format --verbose $output $always" ;;
	doctor) echo "--profile $profile --workload --allow-insecure-profile --plan --host --supervise --die-with-parent --entrypoint --format --verbose $output $always" ;;
	init) echo "--profile $profile --allow-insecure-profile --out --memory-limit --router-config --install --format --verbose $output $always" ;;
	export) echo "--profile $profile --image --init-image --name --kind --sysctls --format $output $always" ;;
	inspect) echo "--profile $profile --cgroup --write-profile --mi --watch --format --verbose $output $always" ;;
	advise) echo "--profile --profile-dir --cgroup --mi --margin --write --format $output $always" ;;
	tune) echo "--profile $profile --allow-insecure-profile --mi --load --check --ready --budget --rounds --margin --write --keep --format --quiet $output $always" ;;
	profiles) echo "$profile --format $output $always" ;;
	seccomp) echo "--profile-dir --capability --all-architectures --newer-enosys --format $output $always" ;;
	help) echo "$always" ;;
	esac
}

_siplaunch_words() {
	COMPREPLY=()
	while IFS='' read -r word; do COMPREPLY+=("$word"); done < <(compgen -W "$1" -- "$current")
}

_siplaunch_value() {
	case $1 in
	-p | --profile) _siplaunch_words "$(_siplaunch_profiles)" && compopt -o default ;;
	--profile-dir | --host | --out | --keep) compopt -o dirnames ;;
	--write-profile | --write | --report | --mi | --plan | --router-config) compopt -o default ;;
	--cgroup) _siplaunch_words "$(cut -d: -f3 /proc/[0-9]*/cgroup 2>/dev/null | sort -u)" ;;
	--format | --log-format) _siplaunch_words 'text json' ;;
	--kind) _siplaunch_words 'deployment pod' ;;
	--sysctls) _siplaunch_words 'init pod' ;;
	--image | --init-image | --name) ;;
	--color) _siplaunch_words 'auto always never' ;;
	--capability) _siplaunch_words 'CAP_NET_ADMIN CAP_NET_BIND_SERVICE CAP_NET_RAW CAP_SYS_ADMIN CAP_SYS_NICE' ;;
	--die-with-parent) # its value may be left out, so that the next word is none
		[[ ${COMP_WORDS[COMP_CWORD]} == '=' || ${COMP_WORDS[COMP_CWORD - 1]} == '=' ]] || return 1
		_siplaunch_words 'SIGTERM SIGKILL SIGINT SIGQUIT'
		;;
	--stop-timeout) _siplaunch_words '10 30 60' ;;
	--load | --check | --ready) compopt -o default ;;
	--budget) _siplaunch_words '10m 20m 1h' ;;
	--rounds) _siplaunch_words '10 20 30' ;;
	--margin) _siplaunch_words '10 20 25 50' ;;
	--entrypoint) _siplaunch_words "$(compgen -c -- "$current")" ;;
	--workload) _siplaunch_words 'registrations= dialogs= callsPerSecond= transactionSeconds= tcpConnections= tlsConnections= aorBytes= contactBytes= callIdBytes= userAgentBytes= instanceBytes= receivedBytes= pathBytes=' && compopt -o nospace ;;
	--policy) _siplaunch_words 'default= workload= cgroup= oom= rlimit= ipc= sysctl= directories= identity= parent= seccomp= plan=' && compopt -o nospace ;;
	--set) _siplaunch_words 'sizing.memory= sizing.processes= sizing.shared= sizing.private= sizing.reserve= cgroup.path= oomScoreAdj= user= group=' && compopt -o nospace ;;
	*) return 1 ;;
	esac
}

_siplaunch() {
	local command tool router word current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	_siplaunch_scan
	if ((router)); then
		# whatever completes the router's own words
		declare -F _command_offset >/dev/null && _command_offset "$router"
		return
	fi
	if [[ $previous == '=' ]]; then
		previous=${COMP_WORDS[COMP_CWORD - 2]}
	elif [[ $current == '=' ]]; then
		previous=${COMP_WORDS[COMP_CWORD - 1]} current=''
	fi
	_siplaunch_value "$previous" && return
	if [[ $current == -* ]]; then
		_siplaunch_words "$(_siplaunch_options)"
		return
	fi
	case $command in
	'') _siplaunch_words 'run plan doctor init export inspect advise tune profiles seccomp help opensips kamailio' ;;
	run | plan | doctor | init | tune) _siplaunch_words "$(compgen -c -- "$current")" ;;
	advise) _siplaunch_words "$(_siplaunch_routers)" && compopt -o default ;;
	export)
		if [[ $tool ]]; then
			_siplaunch_words "$(compgen -c -- "$current")"
		else
			_siplaunch_words 'docker podman compose kubernetes systemd sysctl'
		fi
		;;
	inspect) _siplaunch_words "$(_siplaunch_routers)" ;;
	help) _siplaunch_words 'run plan doctor init export inspect advise tune profiles seccomp help' ;;
	profiles)
		case $previous in
		profiles) _siplaunch_words 'list show check' ;;
		show) _siplaunch_words "$(_siplaunch_profiles)" ;;
		*) compopt -o default ;;
		esac
		;;
	seccomp)
		case $previous in
		seccomp) _siplaunch_words 'show check export' ;;
		*) compopt -o default ;;
		esac
		;;
	esac
}

complete -F _siplaunch siplaunch
