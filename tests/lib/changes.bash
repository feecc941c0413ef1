# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What a command of siplaunch changed, by the trace of its system calls: load ../lib/changes

# changed_nothing TRACE: of strace -f, all calls. Children may try things out, on themselves.
changed_nothing() {
	local main memory
	main=$(awk '{ print $1; exit }' "$1")
	fails grep -E '(mkdir|rmdir|unlink|rename|sethostname|mount|kill)(at)?\(' "$1"
	fails grep -E 'prlimit64\([^,]*, RLIMIT_NOFILE, \{' "$1"
	# a filter is compiled into memory, behind a descriptor
	memory=$(sed -n 's/.*memfd_create(.*= \([0-9]*\)$/\1/p' "$1")
	fails grep -E "^$main +p?write(v|64)?\\((0|[3-9]|[0-9]{2,})," <(grep -v -E "write\\(${memory:-none}," "$1")
	has_its_identity "$1" "$main"
}

# has_its_identity TRACE PID: what it changed of its identity, to ask as the router's user, were the effective ids, the groups and the
# effective capabilities, and in the end they are its own again.
has_its_identity() {
	"$PYTHON" - "$@" <<-'END'
		import os, re, sys
		trace, main = sys.argv[1:]
		last, own = {}, None
		for line in open(trace):
		    call = re.match(main + r' +(cap[gs]et|set(?:re|res)?[ug]id|setgroups)\((.*)\) += 0$', line)
		    if not call:
		        continue
		    name, arguments = call.groups()
		    sets = re.search(r'effective=.*', arguments)
		    own = own or (name == 'capget' and sets.group())
		    if name in ('setresuid', 'setresgid'):
		        arguments = re.fullmatch(r'-1, (\d+), -1', arguments).group(1)
		    last[name] = sets.group() if sets else arguments
		groups = os.getgroups()
		assert os.geteuid() != 0 or {'setresuid', 'setresgid', 'setgroups', 'capset'} <= set(last), 'it did not ask: %s' % last
		assert not set(last) & {'setuid', 'setgid', 'setreuid', 'setregid'}, last
		assert last.get('setresuid', str(os.geteuid())) == str(os.geteuid()), last
		assert last.get('setresgid', str(os.getegid())) == str(os.getegid()), last
		assert last.get('setgroups', '%d, %s' % (len(groups), groups)) == '%d, %s' % (len(groups), groups), last
		assert last.get('capset', own) == own, (last['capset'], own)
	END
}
