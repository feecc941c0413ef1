#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Not run with sanitizers.
# Not run in the Debian 13 root: it has no rpm.
# Left to make check: the Debian packages are built there.
#
# Every package has the files of "make install", the version of the Makefile, and says the same when it is removed.

load ../lib/common

setup() {
	plain_environment
	cd "$REPO" || return
	STAGE=$BATS_TEST_TMPDIR/stage
}

# installed VARIABLE=VALUE...: without a build, which is another suite's.
installed() {
	make -s -o all -o documents install DESTDIR="$STAGE" PREFIX=/usr V=1 "$@"
}

# built RPMBUILD-OPTION...: the spec's %install or its %files, with the program that is there, which is not stripped.
built() {
	rpmbuild "$@" --short-circuit --build-in-place --nodeps --nocheck --define "_topdir $BATS_FILE_TMPDIR/rpm" \
		--define '__make make -o all -o documents' --define '__os_install_post %{nil}' \
		--define '_build_id_links none' packaging/siplaunch.spec
}

rpm_file() {
	[ -e "$BATS_FILE_TMPDIR/rpm/RPMS" ] || { built -bi && built -bb; } >"$BATS_FILE_TMPDIR/log" 2>&1 || fail "$(<"$BATS_FILE_TMPDIR/log")"
	echo "$BATS_FILE_TMPDIR"/rpm/RPMS/*/siplaunch-*.rpm
}

# scriptlet NAME ARGUMENT: runs it where systemctl only says how it was called.
scriptlet() {
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	cat >"$BATS_TEST_TMPDIR/bin/systemctl" <<-'END'
		#!/bin/sh
		echo "systemctl $*" >&9
	END
	chmod 755 "$BATS_TEST_TMPDIR/bin/systemctl"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH sh -c "$(rpm -qp --queryformat "%{$1}" "$(rpm_file)")" "$1" "$2" 9>&1
}

# make_variable NAME: its value in the Makefile.
make_variable() {
	make -s --eval "value: ; @echo \$($1)" value
}

# alpine COMMANDS: with the variables and functions of APKBUILD.
alpine() {
	sh -euc '. packaging/alpine/APKBUILD; eval "$1"' sh "$1"
}

@test "rpm packs every file that make install installs, unchanged, and no other" {
	local rpm licenses
	rpm=$(rpm_file)
	mkdir "$BATS_TEST_TMPDIR/rpm"
	(cd "$BATS_TEST_TMPDIR/rpm" && rpm2cpio "$rpm" | cpio --quiet -id)
	installed
	licenses=$STAGE/usr/share/licenses/siplaunch-$(make_variable VERSION)
	install -D -m 644 LICENSE "$licenses/LICENSE"
	rm "$STAGE/usr/share/doc/siplaunch/LICENSE"
	run -0 diff -r "$STAGE" "$BATS_TEST_TMPDIR/rpm"
	run -0 rpm -qpl "$rpm"
	[[ $output == *$'\n/etc/siplaunch/profiles\n'* ]]
	run ! grep -xE '/(usr/)?(bin|share|etc|lib)?' <<<"$output" # those are the system's
}

@test "the RPM package stops no router: a removal disables the units and says what stays, an upgrade does neither" {
	run -0 scriptlet PREUN 0
	[[ $output == 'systemctl --no-reload disable siplaunch-kamailio.service siplaunch-metrics.timer' ]]
	run -0 scriptlet POSTUN 0
	[[ $output == *'routers that siplaunch started keep running'* ]]
	for name in PREUN POSTUN; do
		run -0 scriptlet "$name" 1
		[ -z "$output" ]
	done
}

@test "the spec names each unit and asks for each library" {
	local name
	run -0 rpmspec --parse packaging/siplaunch.spec
	for name in $(make_variable LIBRARIES) $(make_variable TEST_LIBRARIES); do
		[[ $output == *"pkgconfig($name)"* ]] || fail "no BuildRequires: pkgconfig($name)"
	done
	while read -r name; do
		[[ $output == *"disable "*"${name##*/}"* ]] || fail "%preun does not disable ${name##*/}"
	done < <(grep -l '^\[Install\]' deploy/*/*.service deploy/*/*.timer)
}

@test "APKBUILD installs what make install installs without units, and has the packages that a build needs" {
	installed UNITDIR=
	mv "$STAGE" "$STAGE.made"
	# shellcheck disable=SC2016 # for the inner shell
	pkgdir=$STAGE alpine 'make() { command make -s -o all -o documents "$@"; }; package'
	run -0 diff -r "$STAGE.made" "$STAGE"
	run -0 sed -n '/^packages_alpine/,/^}/s/^\tbuild) echo \(.*\) ;;/\1/p' build-aux/install-deps
	# shellcheck disable=SC2016
	[ "$(echo gcc musl-dev make "$(alpine 'echo $makedepends')" | xargs -n 1 | sort)" = "$(xargs -n 1 <<<"$output" | sort)" ]
}

@test "what Alpine runs after a removal says what stays" {
	# shellcheck disable=SC2016
	run -0 "packaging/alpine/$(alpine 'echo $install')" "$(make_variable VERSION)-r0"
	[[ $output == *'routers that siplaunch started keep running'* ]]
}

@test "the Debian package has every file that make install installs, and its own" {
	compgen -G 'build/deb/siplaunch_*.deb' || fail 'there is no package: run make deb'
	installed ZSHDIR=/usr/share/zsh/vendor-completions
	run -0 dpkg-deb --extract build/deb/siplaunch_*.deb "$BATS_TEST_TMPDIR/deb"
	gunzip -r "$BATS_TEST_TMPDIR/deb/usr/share/man"
	[ ! -d "$BATS_TEST_TMPDIR/deb/lib" ] || mv "$BATS_TEST_TMPDIR/deb/lib" "$BATS_TEST_TMPDIR/deb/usr" # Debian 12
	run -0 diff - <(diff -rq "$STAGE" "$BATS_TEST_TMPDIR/deb" | sed -n "/^Only/s|$BATS_TEST_TMPDIR/||p") <<-'END'
		Only in stage/usr/share/doc/siplaunch: LICENSE
		Only in deb/usr/share/doc/siplaunch: changelog.Debian.gz
		Only in deb/usr/share/doc/siplaunch: copyright
		Only in deb/usr/share: lintian
	END
}

@test "every package has the version of the Makefile" {
	local version
	version=$(make_variable VERSION)
	[ "$(rpmspec --query --queryformat '%{VERSION}' packaging/siplaunch.spec)" = "$version" ]
	# shellcheck disable=SC2016
	[ "$(alpine 'echo "$pkgver"')" = "$version" ]
	[ "$(dpkg-parsechangelog --show-field Version | sed 's/-[^-]*$//')" = "$version" ]
	grep -qF " - $version-1" packaging/siplaunch.spec # its %changelog
}
