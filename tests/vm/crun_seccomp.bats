#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The same filter from crun and from siplaunch: the same calls get the same answers.
# Takes about 5 s.

# bats file_tags=release

load ../lib/common

# Makes calls that have no effect, and prints what each said.
make_probe() {
	cat >"$BATS_TEST_TMPDIR/probe.c" <<-'END'
		#include <errno.h>
		#include <stdio.h>
		#include <string.h>
		#include <sys/syscall.h>
		#include <unistd.h>
		static void call(long number, long a, long b, long c)
		{
			long result = syscall(number, a, b, c, 0, 0, 0);
			printf("%ld(%#lx, %#lx, %#lx): %s\n", number, a, b, c, result < 0 ? strerrorname_np(errno) : "made");
		}
		int main(void)
		{
			const long sockets[][3] = {{1, 1, 0}, {2, 1, 0}, {2, 2, 0}, {2, 3, 1}, {2, 0x80001, 0}, {16, 3, 9}, {16, 3, 0}, {40, 1, 0}};
			for (unsigned i = 0; i < sizeof sockets / sizeof *sockets; i++)
				call(SYS_socket, sockets[i][0], sockets[i][1], sockets[i][2]);
			const long personalities[] = {0, 8, 0x20000, 0x20008, 0xffffffff, 4, 0x1ffffffff};
			for (unsigned i = 0; i < sizeof personalities / sizeof *personalities; i++)
				call(SYS_personality, personalities[i], 0, 0);
			for (long number = 0; number < 470; number++)
				if (number == SYS_mount || number == SYS_bpf || number == SYS_kexec_load || number == SYS_ptrace ||
				    number == SYS_setns || number == SYS_keyctl || number == SYS_userfaultfd || number == SYS_acct ||
				    number == SYS_swapon || number == SYS_open_by_handle_at || number == 425 || number == 435)
					call(number, -1, -1, -1);
			return 0;
		}
	END
	cc -D_GNU_SOURCE -static -O1 -o "$BATS_TEST_TMPDIR/rootfs/probe" "$BATS_TEST_TMPDIR/probe.c"
}

# crun_config FILTER: as podman would make it of the filter, without capabilities.
crun_config() {
	python3 - "$1" <<-'END'
		import errno, json, sys
		filter = json.load(open(sys.argv[1]))
		def number(rule, value, name):
		    named = rule.get(name)
		    return {value: getattr(errno, named) if named else rule[value]} if named or value in rule else {}
		rules = []
		for rule in filter['syscalls']:
		    includes, excludes = rule.get('includes') or {}, rule.get('excludes') or {}
		    if includes.get('caps') or 'amd64' not in includes.get('arches', ['amd64']) or 'amd64' in excludes.get('arches', []):
		        continue
		    kept = {key: rule[key] for key in ('names', 'action', 'args') if rule.get(key)}
		    rules.append({**kept, **number(rule, 'errnoRet', 'errno')})
		seccomp = {'defaultAction': filter['defaultAction'], **number(filter, 'defaultErrnoRet', 'defaultErrno'),
		           'architectures': ['SCMP_ARCH_X86_64'], 'syscalls': rules}
		none = {kind: [] for kind in ('bounding', 'effective', 'permitted', 'inheritable', 'ambient')}
		print(json.dumps({'ociVersion': '1.0.0', 'root': {'path': 'rootfs'},
		    'process': {'cwd': '/', 'args': ['/probe'], 'env': ['A=B'], 'user': {'uid': 0, 'gid': 0}, 'capabilities': none,
		                'noNewPrivileges': True},
		    'mounts': [{'destination': '/proc', 'type': 'proc', 'source': 'proc'}],
		    'linux': {'namespaces': [{'type': 'mount'}, {'type': 'pid'}], 'seccomp': seccomp}}))
	END
}

@test "crun and siplaunch make the same of a filter" {
	[ "$(uname -m)" = x86_64 ] || skip "the numbers of the calls are x86_64's"
	mkdir -p "$BATS_TEST_TMPDIR"/rootfs/{dev,proc}
	make_probe
	cd "$BATS_TEST_TMPDIR"
	for filter in /usr/share/containers/seccomp.json "$REPO/tests/fixtures/seccomp/valid/small-router.json" "$REPO/profiles/seccomp/sip-router.json"; do
		crun_config "$filter" >config.json
		crun --cgroup-manager=disabled run "filter$BATS_TEST_NUMBER" >by-crun
		printf '{"router": "generic", "capabilities": [], "seccomp": "%s"}' "$filter" >profile.json
		"$SIPLAUNCH" -q --allow-insecure-profile -p ./profile.json -- "$PWD/rootfs/probe" >by-siplaunch
		[ "$(wc -l <by-siplaunch)" -ge 25 ]
		diff by-crun by-siplaunch
	done
}
