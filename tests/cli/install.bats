#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# "make install" and "make uninstall": files arrive where they belong, and exactly these go again. What the binary in its place does is of
# no account.
# Depends on: Makefile build-aux debian deploy docs packaging LICENSE NEWS.md README.md SECURITY.md.

load ../lib/common

setup() {
	plain_environment
	umask 077 # of an administrator: what is installed is for everybody all the same
	cd "$REPO" || return
	STAGE="$BATS_TEST_TMPDIR/a stage"
}

# made TARGET VARIABLE=VALUE...: without a build, which is another suite's. BUILD is theirs too.
made() {
	make -s -o all -o documents -o static "$@"
}

# listed FOLDER: every file, link and folder in it.
listed() {
	(cd "$1" && find . -mindepth 1 | sort)
}

@test "install puts everything below DESTDIR and PREFIX, readable for all, and only programs are executable" {
	made install DESTDIR="$STAGE" PREFIX=/opt/sip
	[ "$(cd "$STAGE" && echo ./* opt/*/*)" = './etc ./opt opt/sip/bin opt/sip/lib opt/sip/share' ]
	[ -z "$(find "$STAGE" -type d -not -perm 755 -o -type f -not -perm 644 -not -perm 755)" ]
	[ "$(cd "$STAGE/opt/sip" && find . -type f -perm 755 | sort)" = "$(echo ./bin/siplaunch && find deploy -type f -perm /100 -printf './share/doc/siplaunch/%p\n' | sort)" ]
	[ -d "$STAGE/etc/siplaunch/profiles" ]
	for file in lib/systemd/system/siplaunch-kamailio.service share/bash-completion/completions/siplaunch share/doc/siplaunch/LICENSE \
		share/doc/siplaunch/operating.md share/man/man5/siplaunch-profile.5 share/siplaunch/profiles/schema/profile.schema.json \
		share/siplaunch/systemd/kamailio.service.d/siplaunch.conf share/zsh/site-functions/_siplaunch; do
		[ -s "$STAGE/opt/sip/$file" ] || fail "not installed: $file"
	done
}

@test "uninstall leaves nothing of install in a stage, whatever the folders are called, and needs no build" {
	local folders
	while read -ra folders; do
		made install DESTDIR="$STAGE" "${folders[@]}"
		[ "$(find "$STAGE" -type f | wc -l)" -gt 70 ]
		made uninstall DESTDIR="$STAGE" BUILD=/none "${folders[@]}"
		[ -z "$(listed "$STAGE")" ] || fail "${folders[*]} leaves:" "$(listed "$STAGE")"
	done <<-'END'
		PREFIX=/usr/local
		PREFIX=/usr ZSHDIR=/usr/share/zsh/vendor-completions UNITDIR=/lib/systemd/system
		PREFIX=
		PREFIX=/opt/sip/ BINDIR=/usr/sbin DATADIR=/srv/share MANDIR=/man DOCDIR=/docs SYSCONFDIR=/opt/etc UNITDIR=
	END
}

@test "without a UNITDIR no unit is installed" {
	made install DESTDIR="$STAGE" UNITDIR=
	[ -z "$(find "$STAGE" -name '*.service' -not -path '*/doc/*')" ]
	[ -d "$STAGE/usr/local/share/siplaunch/systemd" ]
}

@test "uninstall removes what install-static made" {
	mkdir -p "$BATS_TEST_TMPDIR/build/static"
	cp "$SIPLAUNCH" "$BATS_TEST_TMPDIR/build/static"
	made install-static DESTDIR="$STAGE" BUILD="$BATS_TEST_TMPDIR/build"
	[ "$("$STAGE/usr/local/bin/siplaunch" --profile-dir "$STAGE/usr/local/share/siplaunch/profiles" profiles | grep -c kamailio-512m)" -ge 1 ]
	made uninstall DESTDIR="$STAGE"
	[ -z "$(listed "$STAGE")" ] || fail "left:" "$(listed "$STAGE")"
}

@test "uninstall leaves the files of others and their folders, also in folders of siplaunch's own" {
	local file before
	for file in usr/local/bin/other usr/local/share/siplaunch/profiles/mine.json usr/local/share/doc/siplaunch/notes \
		usr/local/share/man/man1/other.1 usr/local/lib/systemd/system/other.service etc/siplaunch/profiles/edge.json; do
		install -D /dev/null "$STAGE/$file"
	done
	before=$(listed "$STAGE")
	made install DESTDIR="$STAGE"
	made uninstall DESTDIR="$STAGE"
	[ "$(listed "$STAGE")" = "$before" ]
}

@test "without DESTDIR the folders that PREFIX itself has stay, and nothing else does" {
	made install PREFIX="$BATS_TEST_TMPDIR/local" SYSCONFDIR="$BATS_TEST_TMPDIR/local/etc"
	grep -q "$BATS_TEST_TMPDIR/local/share/doc/siplaunch" "$BATS_TEST_TMPDIR/local/share/man/man1/siplaunch.1"
	made uninstall PREFIX="$BATS_TEST_TMPDIR/local" SYSCONFDIR="$BATS_TEST_TMPDIR/local/etc"
	[ "$(listed "$BATS_TEST_TMPDIR/local" | xargs)" = './bin ./etc ./lib ./share' ]
}

@test "a folder that cannot be written to ends install and uninstall with its name" {
	echo >"$BATS_TEST_TMPDIR/file"
	run -2 made install PREFIX="$BATS_TEST_TMPDIR/file"
	[[ $output == *"$BATS_TEST_TMPDIR/file"*'Not a directory'* ]]
	mkdir -p "$STAGE/usr/local/bin/siplaunch"
	run -2 made uninstall DESTDIR="$STAGE"
	[[ $output == *"$STAGE/usr/local/bin/siplaunch"*'Is a directory'* ]]
}
