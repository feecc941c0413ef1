# SPDX-License-Identifier: MIT
# fish completion for siplaunch(1)

function __siplaunch_profiles
    siplaunch profiles list 2>/dev/null | string replace -r '^(\S+)\s+(.*?)\s\s.*$' '$1\t$2'
end

# The names and the units of the routers that run.
function __siplaunch_routers
    set -l files
    for pid in (pidof opensips kamailio 2>/dev/null)
        for id in (string split ' ' $pid)
            set -a files /proc/$id/comm /proc/$id/cgroup
        end
    end
    test (count $files) -gt 0; or return 0
    sed -nE '/^[a-z]+$/p; s#^0::.*/([^/]+\.(service|scope))(/.*)?$#\1#p' $files 2>/dev/null | sort -u
end

function __siplaunch_no_command
    not __fish_seen_subcommand_from run plan doctor init export inspect advise tune profiles seccomp help
end

# True for the commands named, and for run also where no command was typed.
function __siplaunch_for
    __fish_seen_subcommand_from $argv; and return 0
    contains run $argv; and __siplaunch_no_command
end

complete -c siplaunch -f
complete -c siplaunch -n __siplaunch_no_command -a run -d 'apply a profile and hand over to the router'
complete -c siplaunch -n __siplaunch_no_command -a plan -d 'show what run would do, and why'
complete -c siplaunch -n __siplaunch_no_command -a doctor -d 'show what this place permits and what a profile needs'
complete -c siplaunch -n __siplaunch_no_command -a init -d 'prepare a pod for its router'
complete -c siplaunch -n __siplaunch_no_command -a export -d "write a profile in another tool's words"
complete -c siplaunch -n __siplaunch_no_command -a inspect -d 'show what a running router has'
complete -c siplaunch -n __siplaunch_no_command -a advise -d 'say which sizes a router should have'
complete -c siplaunch -n __siplaunch_no_command -a tune -d 'find the smallest sizes that a load passes with'
complete -c siplaunch -n __siplaunch_no_command -a profiles -d 'list, print or check profiles'
complete -c siplaunch -n __siplaunch_no_command -a seccomp -d 'explain, check or export a system call filter'
complete -c siplaunch -n __siplaunch_no_command -a help -d 'explain a command'
complete -c siplaunch -n '__siplaunch_for run plan doctor init tune' -a '(__fish_complete_subcommand)'

complete -c siplaunch -n '__siplaunch_for run plan doctor init export inspect advise tune' -s p -l profile -x -a '(__siplaunch_profiles) (__fish_complete_suffix .json)' -d 'the profile'
complete -c siplaunch -n '__siplaunch_for run plan doctor init export inspect advise tune profiles seccomp' -l profile-dir -x -a '(__fish_complete_directories)' -d 'look for profiles here first'
complete -c siplaunch -n '__siplaunch_for run plan doctor init export inspect tune profiles' -l set -x -a 'sizing.memory= sizing.processes= sizing.shared= sizing.private= cgroup.path= oomScoreAdj= user=' -d 'override one value of the profile'
complete -c siplaunch -n '__siplaunch_for run plan doctor init export inspect tune profiles' -l policy -x -a 'default= workload= cgroup= oom= rlimit= ipc= sysctl= directories= identity= parent= seccomp= plan=' -d 'what a refusal means'
complete -c siplaunch -n '__siplaunch_for run plan doctor' -l workload -x -a 'registrations= dialogs= callsPerSecond= transactionSeconds= tcpConnections= tlsConnections= aorBytes= contactBytes= callIdBytes= userAgentBytes= instanceBytes= receivedBytes= pathBytes=' -d 'what the router is to carry'
complete -c siplaunch -n '__siplaunch_for run plan doctor init tune' -l allow-insecure-profile -d 'take a profile that others can change'
complete -c siplaunch -n '__siplaunch_for run plan doctor' -l plan -r -F -d 'the plan that init has made'
complete -c siplaunch -n '__siplaunch_for init' -l out -x -a '(__fish_complete_directories)' -d 'where the plan is written'
complete -c siplaunch -n '__siplaunch_for init' -l memory-limit -x -d "of the router's container"
complete -c siplaunch -n '__siplaunch_for init' -l router-config -r -F -d "the router's configuration as it is here"
complete -c siplaunch -n '__siplaunch_for init' -l install -d 'copy this siplaunch as well'
complete -c siplaunch -n '__siplaunch_for plan doctor' -l host -x -a '(__fish_complete_directories)' -d 'plan for a described host'
complete -c siplaunch -n '__siplaunch_for run plan doctor' -s s -l supervise -d 'stay and watch the router'
complete -c siplaunch -n '__siplaunch_for run plan doctor' -l die-with-parent -d 'what the router gets when its parent ends'
complete -c siplaunch -n '__siplaunch_for run' -l stop-timeout -x -a '10 30 60' -d 'a second request to stop after so long kills'
complete -c siplaunch -n '__siplaunch_for run' -l report -r -F -d 'how it ended, as JSON'
complete -c siplaunch -n '__siplaunch_for run plan doctor' -l entrypoint -x -a '(__fish_complete_command)' -d 'goes before a command of options'
complete -c siplaunch -n '__fish_seen_subcommand_from export; and not __fish_seen_subcommand_from docker podman compose kubernetes systemd sysctl' -a 'docker podman compose kubernetes systemd sysctl'
complete -c siplaunch -n '__siplaunch_for export' -l image -x -d 'of the router'
complete -c siplaunch -n '__siplaunch_for export' -l init-image -x -d 'that siplaunch comes from'
complete -c siplaunch -n '__siplaunch_for export' -l name -x -d 'of container, pod or service'
complete -c siplaunch -n '__siplaunch_for export' -l kind -x -a 'deployment pod' -d 'what is made'
complete -c siplaunch -n '__siplaunch_for export' -l sysctls -x -a 'init pod' -d 'who sets IPC limits'
complete -c siplaunch -n '__siplaunch_for inspect advise' -l cgroup -x -d 'the router in this group'
complete -c siplaunch -n '__siplaunch_for inspect' -l write-profile -r -F -d 'write what the router has'
complete -c siplaunch -n '__siplaunch_for inspect advise tune' -l mi -r -F -d 'where the router is asked'
complete -c siplaunch -n '__siplaunch_for inspect' -l watch -d 'look again every so many seconds'
complete -c siplaunch -n '__siplaunch_for plan doctor init export inspect advise tune profiles seccomp' -l format -x -a 'text json' -d 'how the result is printed'
complete -c siplaunch -n '__siplaunch_for run plan doctor init export inspect advise tune profiles seccomp' -l log-format -x -a 'text json' -d 'how errors and notices are printed'
complete -c siplaunch -n '__siplaunch_for run tune' -s q -l quiet -d 'say nothing unless it fails'
complete -c siplaunch -n '__siplaunch_for run plan doctor init inspect' -s v -l verbose -d 'every step, with its file and policy'
complete -c siplaunch -n '__siplaunch_for run plan doctor init export inspect advise tune profiles seccomp' -l color -x -a 'auto always never' -d colours
complete -c siplaunch -n '__siplaunch_for tune' -l load -x -a '(__fish_complete_command)' -d 'what each size must stand'
complete -c siplaunch -n '__siplaunch_for tune' -l check -x -a '(__fish_complete_command)' -d 'after the load: whether all is well'
complete -c siplaunch -n '__siplaunch_for tune' -l ready -x -a '(__fish_complete_command)' -d 'whether the router answers'
complete -c siplaunch -n '__siplaunch_for tune' -l budget -x -a '10m 20m 1h' -d 'the time that there is for all of it'
complete -c siplaunch -n '__siplaunch_for tune' -l rounds -x -a '10 20 30' -d 'how many sizes are tried'
complete -c siplaunch -n '__siplaunch_for advise tune' -l margin -x -a '10 20 25 50' -d 'percent above what was needed'
complete -c siplaunch -n '__siplaunch_for advise tune' -l write -r -F -d 'write the sizes as a profile'
complete -c siplaunch -n '__siplaunch_for tune' -l keep -x -a '(__fish_complete_directories)' -d 'keep what each round printed'
complete -c siplaunch -n '__siplaunch_for seccomp' -l capability -x -a 'CAP_NET_ADMIN CAP_NET_BIND_SERVICE CAP_NET_RAW CAP_SYS_ADMIN CAP_SYS_NICE' -d 'one that the router has'
complete -c siplaunch -n '__siplaunch_for seccomp' -l all-architectures -d 'those of the archMap as well'
complete -c siplaunch -n '__siplaunch_for seccomp' -l newer-enosys -d 'ENOSYS for calls newer than the filter'
complete -c siplaunch -s h -l help -d 'show help'
complete -c siplaunch -s V -l version -d 'show the version'

complete -c siplaunch -n '__fish_seen_subcommand_from inspect advise' -a '(__siplaunch_routers)'
complete -c siplaunch -n '__fish_seen_subcommand_from profiles; and not __fish_seen_subcommand_from list show check' -a 'list show check'
complete -c siplaunch -n '__fish_seen_subcommand_from seccomp; and not __fish_seen_subcommand_from show check export' -a 'show check export'
complete -c siplaunch -n '__fish_seen_subcommand_from profiles; and __fish_seen_subcommand_from show' -a '(__siplaunch_profiles)'
complete -c siplaunch -n '__fish_seen_subcommand_from profiles seccomp; and __fish_seen_subcommand_from check export' -F
complete -c siplaunch -n '__fish_seen_subcommand_from seccomp; and __fish_seen_subcommand_from show' -F
complete -c siplaunch -n '__fish_seen_subcommand_from help' -a 'run plan doctor init export inspect advise tune profiles seccomp help'
