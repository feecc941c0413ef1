#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Not run with sanitizers.
#
# siplaunch compiles with musl, which has not everything that glibc has: src/base/libc.h.

load ../lib/common

@test "the names of error numbers and signals that are made for musl are glibc's" {
	cat >"$BATS_TEST_TMPDIR/names.c" <<-'END'
		#include <stdio.h>
		#include <string.h>
		#include "names.h"

		static int differs(const char *ours, const char *theirs)
		{
			if (strcmp(ours ? ours : "", theirs ? theirs : "") == 0)
				return 0;
			return printf("%s is %s for glibc\n", ours, theirs);
		}
		#define OURS(table, i) (i < sizeof table / sizeof *table ? table[i] : NULL)

		int main(void)
		{
			int wrong = 0;
			for (unsigned i = 1; i < 200; i++)
				wrong |= differs(OURS(errno_names, i), strerrorname_np((int)i));
			for (unsigned i = 1; i < 64; i++)
				wrong |= differs(OURS(signal_names, i), sigabbrev_np((int)i));
			return wrong != 0;
		}
	END
	read -ra compiler <<<"${CC:-cc}"
	"$REPO/build-aux/libc-names" "${compiler[@]}" >"$BATS_TEST_TMPDIR/names.h"
	compile -D_GNU_SOURCE -o "$BATS_TEST_TMPDIR/names" "$BATS_TEST_TMPDIR/names.c"
	run -0 "$BATS_TEST_TMPDIR/names"
}

@test "what only glibc has is used where base/libc.h is included" {
	cd "$REPO" || return
	run -0 grep -rlE '\b(strerrorname_np|sigabbrev_np|close_range|malloc_trim|TEMP_FAILURE_RETRY)\(' src launcher
	((${#lines[@]} > 10))
	for file in "${lines[@]}"; do
		[[ $file == src/base/libc.* ]] || grep -q '"base/libc.h"' "$file" || fail "$file does not include base/libc.h"
	done
}
