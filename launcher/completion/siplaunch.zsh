#compdef siplaunch
# SPDX-License-Identifier: MIT
# zsh completion for siplaunch(1)

_siplaunch_profiles() {
	local -a names
	names=(${(f)"$(siplaunch profiles list 2>/dev/null | cut -d' ' -f1)"})
	_alternative 'profiles:profile:compadd -a names' 'files:file:_files -g "*.json"'
}

# The names and the units of the routers that run; with -f files as well.
_siplaunch_routers() {
	local pid
	local -a names files
	for pid in ${=$(pidof opensips kamailio 2>/dev/null)}; do
		files+=(/proc/$pid/comm /proc/$pid/cgroup)
	done
	(($#files)) && names=(${(f)"$(sed -nE '/^[a-z]+$/p; s|^0::.*/([^/]+\.(service\|scope))(/.*)?$|\1|p' $files 2>/dev/null | sort -u)"})
	if [[ $1 == -f ]]; then
		_alternative 'routers:router:compadd -a names' 'files:file:_files'
	else
		compadd -a names
	fi
}

_siplaunch() {
	local curcontext=$curcontext state line command
	typeset -A opt_args
	local -a always profile workload insecure output format verbose prepared host supervise entrypoint commands
	always=('(- *)'{-h,--help}'[show help]' '(- *)'{-V,--version}'[show the version]')
	profile=('*--profile-dir[look for profiles here first]:folder:_files -/'
		'*--set[override one value of the profile]:KEY=VALUE:(sizing.memory= sizing.processes= sizing.shared= sizing.private= cgroup.path= oomScoreAdj= user=)'
		'*--policy[what a refusal means]:KEY=VALUE:(default= workload= cgroup= oom= rlimit= ipc= sysctl= directories= identity= parent= seccomp= plan=)')
	output=('--log-format[how errors and notices are printed]:format:(text json)'
		'--color[colours]:when:(auto always never)')
	format=('--format[how the result is printed]:format:(text json)')
	verbose=('(-v --verbose -q --quiet)'{-v,--verbose}'[every step, with its file and policy]')
	workload=('*--workload[what the router is to carry]:KEY=NUMBER:(registrations= dialogs= callsPerSecond= transactionSeconds= tcpConnections= tlsConnections= aorBytes= contactBytes= callIdBytes= userAgentBytes= instanceBytes= receivedBytes= pathBytes=)')
	insecure=('--allow-insecure-profile[take a profile that others can change]')
	prepared=('(-p --profile)--plan[the plan that init has made]:file:_files')
	host=('--host[plan for a described host]:folder:_files -/')
	supervise=('(-s --supervise)'{-s,--supervise}'[stay and watch the router]'
		'--die-with-parent=-[what the router gets when its parent ends]::signal:(SIGTERM SIGKILL SIGINT SIGQUIT)')
	entrypoint=('--entrypoint[goes before a command of options]:command:_command_names -e')
	commands=('run:apply a profile and hand over to the router' 'plan:show what run would do, and why'
		'doctor:show what this place permits and what a profile needs'
		'init:prepare a pod for its router' "export:write a profile in another tool's words"
		'inspect:show what a running router has' 'advise:say which sizes a router should have'
		'tune:find the smallest sizes that a load passes with' 'profiles:list, print or check profiles'
		'seccomp:explain, check or export a system call filter' 'help:explain a command')

	command=run
	case ${words[2]} in
	run | plan | doctor | init | export | inspect | advise | tune | profiles | seccomp | help) command=${words[2]} ;;
	esac
	local -a asked=('(-p --profile)'{-p,--profile}'[the profile]:profile:_siplaunch_profiles')
	case $command in
	run) _arguments -C -A '-*' $always $profile $workload $asked $insecure $prepared $output $verbose $supervise $entrypoint \
		'--stop-timeout[a second request to stop after so long kills]:seconds:(10 30 60)' \
		'--report[how it ended, as JSON]:file:_files' \
		'(-v --verbose -q --quiet)'{-q,--quiet}'[say nothing unless it fails]' '1:command:->first' '*::router:_normal' ;;
	plan) _arguments -A '-*' $always $profile $workload $asked $insecure $prepared $output $format $verbose $host $supervise $entrypoint \
		'1:command' '*::router:_normal' ;;
	doctor) _arguments -A '-*' $always $profile $workload $asked $insecure $prepared $output $format $verbose $host $supervise $entrypoint \
		'1:command' '*::router:_normal' ;;
	inspect) _arguments $always $profile $asked $output $format $verbose '1:command' '2:router:_siplaunch_routers' \
		'--cgroup[the router in this group]:group' '--write-profile[write what the router has]:file:_files' \
		'--mi[where the router is asked]:address:_files' '--watch=-[look again every so many seconds]::seconds:(1 2 10)' ;;
	init) _arguments -A '-*' $always $profile $asked $insecure $output $format $verbose \
		'--out[where the plan is written]:folder:_files -/' "--memory-limit[of the router's container]:bytes" \
		"--router-config[the router's configuration as it is here]:file:_files" \
		'--install[copy this siplaunch as well]' '1:command' '*::router:_normal' ;;
	export) _arguments -A '-*' $always $profile $asked $output $format '--image[of the router]:image' \
		'--init-image[that siplaunch comes from]:image' '--name[of container, pod or service]:name' \
		'--kind[what is made]:kind:(deployment pod)' '--sysctls[who sets IPC limits]:who:(init pod)' \
		'1:command' '2:tool:(docker podman compose kubernetes systemd sysctl)' '*::router:_normal' ;;
	advise) _arguments $always $asked $output $format '1:command' '*:router or file:_siplaunch_routers -f' '--cgroup[the router in this group]:group' \
		'*--profile-dir[look for profiles here first]:folder:_files -/' '--mi[where the router is asked]:address:_files' \
		'--margin[what is to be free above what was used]:percent:(10 20 25 50)' '--write[write it as a profile]:file:_files' ;;
	tune) _arguments -A '-*' $always $profile $asked $insecure $output $format '--mi[where the router is asked]:address:_files' \
		'--load[what each size must stand]:command:_command_names -e' \
		'--check[after the load, whether all is as it should be]:command:_command_names -e' \
		'--ready[whether the router answers]:command:_command_names -e' \
		'--budget[the time that there is for all of it]:time:(10m 20m 1h)' \
		'--rounds[how many sizes are tried at the most]:count:(10 20 30)' \
		'--margin[what the pools are to have above what was needed]:percent:(0 10 20 50)' \
		'--write[write the sizes as a profile]:file:_files' '--keep[keep what each round printed]:folder:_files -/' \
		'(-q --quiet)'{-q,--quiet}'[say nothing unless it fails]' '1:command' '*::router:_normal' ;;
	profiles) _arguments $always $profile $output $format '1:command' '2:action:(list show check)' \
		'*:profile:_siplaunch_profiles' ;;
	seccomp) _arguments $always $output $format '--profile-dir[look for profiles here first]:folder:_files -/' \
		'*--capability[one that the router has]:capability:(CAP_NET_ADMIN CAP_NET_BIND_SERVICE CAP_NET_RAW CAP_SYS_ADMIN CAP_SYS_NICE)' \
		'--all-architectures[those of the archMap as well]' '--newer-enosys[ENOSYS for calls newer than the filter]' '1:command' '2:action:(show check export)' '*:filter:_files' ;;
	help) _arguments $always '1:command' '2:command:(run plan doctor init export inspect advise tune profiles seccomp help)' ;;
	esac
	if [[ $state == first ]]; then
		_describe -t commands 'siplaunch command' commands
		_command_names -e
	fi
}

_siplaunch "$@"
