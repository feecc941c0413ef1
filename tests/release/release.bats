#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Two releases of one commit, made in two places: the same bytes; and what is in one of them.

load ../lib/common

setup_file() {
	cd "$REPO" || return
	native=$(dpkg --print-architecture)
	export DEB_BUILD_OPTIONS=nocheck
	build-aux/release "$BATS_FILE_TMPDIR/one" "$native" >"$BATS_FILE_TMPDIR/log" 2>&1 || fail "$(tail -n 40 "$BATS_FILE_TMPDIR/log")"
	(
		umask 077
		export TZ=Pacific/Auckland LC_ALL=C.UTF-8 TMPDIR=$BATS_FILE_TMPDIR/a/folder-with-a-much-longer-name
		mkdir -p "$TMPDIR"
		build-aux/release "$BATS_FILE_TMPDIR/two" "$native" >>"$BATS_FILE_TMPDIR/log" 2>&1
	) || fail "$(tail -n 40 "$BATS_FILE_TMPDIR/log")"
}

setup() {
	cd "$BATS_FILE_TMPDIR/one" || return
	VERSION=$("$REPO/build-aux/describe")
}

@test "a release has a tarball, a static binary, an image, two packages, a bill of materials and checksums" {
	native=$(dpkg --print-architecture)
	printf '%s\n' SHA256SUMS "siplaunch-$VERSION-linux-$native" "siplaunch-$VERSION-image.tar" "siplaunch-$VERSION.spdx.json" "siplaunch-$VERSION.tar.gz" | sort >../wanted
	find . -type f -printf '%f\n' | grep -v '\.deb$' | sort | diff ../wanted -
	[ "$(find . -name "siplaunch_*_$native.deb" -o -name "siplaunch-static_*_$native.deb" | wc -l)" -eq 2 ]
	find . -type f ! -name SHA256SUMS -printf '%f\n' | sort >../files
	sha256sum --strict --check SHA256SUMS
	sed 's/^[0-9a-f]*  //' SHA256SUMS | sort | diff ../files -
}

@test "two releases of one commit, in folders, umasks and time zones of their own, are the same bytes" {
	diff --recursive --brief . ../two
}

@test "the image has the static binary and the profiles, of this architecture" {
	native=$(dpkg --print-architecture)
	(cd "$REPO" && tests/release/image_check.py "$OLDPWD/siplaunch-$VERSION-image.tar" "$native=$OLDPWD/siplaunch-$VERSION-linux-$native")
}

@test "the static binary runs by itself, and is the one in the package for images" {
	local binary
	binary=$(echo siplaunch-*-linux-*)
	run -0 "./$binary" --version
	[[ $output == "siplaunch $(sed -n 's/^VERSION := //p' "$REPO/Makefile") ("* ]]
	run ! grep -q INTERP <(readelf -lW "$binary")
	dpkg-deb -x siplaunch-static_*.deb ../static
	[ -x ../static/usr/lib/siplaunch-static/bin/siplaunch ]
}

@test "the bill of materials is good SPDX, and has the libraries of the static binary" {
	"$PYTHON" "$REPO/tests/release/sbom_check.py" siplaunch-*.spdx.json .
}

@test "the bill of materials has every package that the installed program loads libraries from" {
	dpkg-deb -x siplaunch_*.deb ../package
	{
		ldd ../package/usr/bin/siplaunch | sed -n 's/.* => \(\/[^ ]*\) .*/\1/p'
		# those that it loads by name
		strings ../package/usr/bin/siplaunch | grep -xE 'lib(cgroup|seccomp|yaml|systemd|ncurses)[a-z0-9.-]*\.so\.[0-9]+' | while read -r name; do
			ldconfig -p | sed -n "s,^\s*$name .* => ,,p" | head -n 1
		done
	} | sort -u >../libraries
	[ "$(wc -l <../libraries)" -ge 6 ]
	while read -r library; do
		path=$(realpath "$library")
		package=$({ dpkg-query -S "$path" || dpkg-query -S "${path#/usr}"; } 2>/dev/null | cut -d: -f1)
		"$PYTHON" - "$package" siplaunch-*.spdx.json <<-'END' || fail "$library is of $package, which the bill of materials does not have"
			import json, sys
			document = json.load(open(sys.argv[2]))
			ids = [package['SPDXID'] for package in document['packages'] if package['name'] == sys.argv[1]]
			related = [row for row in document['relationships'] if row['relationshipType'] in ('DEPENDS_ON', 'OPTIONAL_DEPENDENCY_OF')]
			assert ids and any(ids[0] in row.values() for row in related)
		END
	done <../libraries
}
