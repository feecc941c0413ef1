#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Not run with sanitizers.
# What a release is made of: one version everywhere, the tarball, the software bill of materials, the workflows. "make check-release"
# makes whole releases. No source but those that a test compiles has a part in it.
# Depends on: Makefile build-aux debian deploy docs packaging src/base .ci .github CONTRIBUTING.md LICENSE NEWS.md README.md SECURITY.md tests/release.

load ../lib/common

: "${SIPLAUNCH_STATIC:=$REPO/build/static/siplaunch}"

setup() {
	plain_environment
	cd "$REPO" || return
	# the checkout may be another user's
	export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0=$REPO
}

# a_checkout: a small one of the files that describe and dist need, with one commit.
a_checkout() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p copy/build-aux
	cp "$REPO/Makefile" copy
	cp "$REPO/build-aux/describe" copy/build-aux
	cd copy || return
	export GIT_CONFIG_VALUE_0=$PWD GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a
	sed -i 's/^VERSION := .*/VERSION := 0.3.0/' Makefile
	git init -q
	git add .
	git commit -qm first
}

@test "every file that names siplaunch's version names the one of the Makefile" {
	"$PYTHON" - "$("$SIPLAUNCH" --version)" "$("$SIPLAUNCH_STATIC" --version)" <<-'END'
		import os, re, sys
		version = re.search(r'^VERSION := (\d+\.\d+\.\d+)$', open('Makefile').read(), re.M)[1]
		for line in sys.argv[1:]:
		    assert line.startswith('siplaunch %s (' % version), line
		assert re.match(r'siplaunch \((.+)-\d+\) ', open('debian/changelog').read())[1] == version, 'debian/changelog'
		assert re.search(r'^## (\d.*)$', open('NEWS.md').read(), re.M)[1] == version, 'NEWS.md'
		forms = re.compile(r'''\bsiplaunch:(\d+\.\d+\.\d+)                   # an image
		                     | name:[ ]siplaunch\n.*\n?[ ]*newTag:[ ]"?([\d.]+)
		                     | "siplaunch":[ ]?"([\d.]+)"                    # a JSON document
		                     | ^appVersion:[ ]"?([\d.]+) | ^Version:[ ]*([\d.]+)$ | ^pkgver=([\d.]+)''', re.M | re.X)
		found = {}
		for folder, folders, names in os.walk('.'):
		    folders[:] = [name for name in folders if name not in ('.git', '.cache', 'build', 'tests')]
		    for name in names:
		        path = os.path.join(folder, name)
		        for match in forms.finditer(open(path, encoding='utf-8', errors='replace').read()):
		            found.setdefault(path, set()).update(filter(None, match.groups()))
		assert len(found) >= 11, found
		assert all(versions == {version} for versions in found.values()), {path: versions for path, versions in found.items() if versions != {version}}
	END
}

@test "a commit is described by the tag that it has, or by its distance from the last one" {
	a_checkout
	commit=$(git rev-parse --short=12 HEAD)
	[ "$(build-aux/describe)" = "0.3.0-1-g$commit" ]
	git tag v0.3.0
	git tag not-a-version
	[ "$(build-aux/describe)" = 0.3.0 ]
	git commit -qm second --allow-empty
	[ "$(build-aux/describe)" = "0.3.0-1-g$(git rev-parse --short=12 HEAD)" ]
}

@test "a tag that is not the version of the Makefile is an error, and so is a folder that is no checkout" {
	a_checkout
	git tag v0.4.0
	run -1 --separate-stderr build-aux/describe
	[ -z "$output" ]
	[[ $stderr == *"this commit has the tag v0.4.0, but its Makefile has VERSION := 0.3.0"* ]]
	run ! make -s dist
	[ ! -e build/release/siplaunch-.tar ]
	git tag -d v0.4.0 >/dev/null
	# below another checkout, whose history is not that of siplaunch
	mkdir inner
	cp -r Makefile build-aux inner
	run -1 --separate-stderr inner/build-aux/describe
	[[ $stderr == *"inner is no git checkout: it is siplaunch 0.3.0"* ]]
}

@test "the tarball has all files that git has, and nothing else, and is the same bytes each time" {
	[ -e .git ] || skip "this is no checkout"
	run -0 --separate-stderr make -s dist RELEASE="$BATS_TEST_TMPDIR/one"
	one=$output
	(umask 077 && cd / && TZ=Pacific/Auckland make -s -C "$REPO" dist RELEASE="$BATS_TEST_TMPDIR/two")
	cmp "$one" "$BATS_TEST_TMPDIR/two/${one##*/}"
	name=$(basename "$one" .tar.gz)
	[ "$name" = "siplaunch-$(build-aux/describe)" ]
	tar -tzf "$one" | grep -v '/$' | sort >"$BATS_TEST_TMPDIR/has"
	git ls-tree -r --name-only HEAD | sed "s,^,$name/," | sort | diff - "$BATS_TEST_TMPDIR/has"
	fails grep -vE '^([-d]rw[x-]r-[x-]r-[x-]|l)' <<<"$(tar -tvzf "$one")"
}

@test "the tree builds without git and without its history" {
	mkdir "$BATS_TEST_TMPDIR/bin" "$BATS_TEST_TMPDIR/tree"
	printf '#!/bin/sh\ntouch "%s/called"\nexit 1\n' "$BATS_TEST_TMPDIR" >"$BATS_TEST_TMPDIR/bin/git"
	chmod 755 "$BATS_TEST_TMPDIR/bin/git"
	tar -c --exclude=./.git --exclude=./build --exclude=./.cache . | tar -x -C "$BATS_TEST_TMPDIR/tree"
	cd "$BATS_TEST_TMPDIR/tree"
	export PATH=$BATS_TEST_TMPDIR/bin:$PATH
	run -0 make -n all install DESTDIR=/nowhere
	[[ $output == *"-o build/siplaunch "* ]]
	# one object for real, and the list of files that packages are made of
	make -s build/src/base/error.o
	mkdir .cache && touch .cache/of-the-tests
	# shellcheck disable=SC2016 # make's variable
	make -s --eval 'print-tree: ; @$(TREE) | tr "\0" "\n" | sed "s,^\./,," | sort' print-tree >"$BATS_TEST_TMPDIR/listed"
	(cd "$REPO" && find . '(' -path ./.git -o -path ./build -o -path ./.cache ')' -prune -o ! -type d -printf '%P\n') | sort | diff - "$BATS_TEST_TMPDIR/listed"
	[ ! -e "$BATS_TEST_TMPDIR/called" ]
}

# bill_of_materials: of the static binary that the tests run; its folder is the release's.
bill_of_materials() {
	cp "$SIPLAUNCH_STATIC" "$BATS_TEST_TMPDIR/siplaunch-0.1.0-linux-here"
	echo tarball >"$BATS_TEST_TMPDIR/siplaunch-0.1.0.tar.gz"
	SOURCE_DATE_EPOCH=1764054000 build-aux/sbom --name siplaunch-0.1.0 --source "$BATS_TEST_TMPDIR/siplaunch-0.1.0.tar.gz" \
		--static "$BATS_TEST_TMPDIR/siplaunch-0.1.0-linux-here" "$SIPLAUNCH_STATIC.map" / >"$BATS_TEST_TMPDIR/$1"
}

@test "the bill of materials is good SPDX, the same each time, and has the libraries that the static binary is linked with" {
	bill_of_materials one
	bill_of_materials two
	cmp "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR/two"
	"$PYTHON" tests/release/sbom_check.py "$BATS_TEST_TMPDIR/one" "$BATS_TEST_TMPDIR"
}

@test "a package is in the bill of materials with what it depends on, what it recommends, and what is linked into it" {
	mkdir -p "$BATS_TEST_TMPDIR/tree/DEBIAN"
	printf '%s\n' 'Package: siplaunch-own' 'Version: 0.1.0-1' 'Architecture: all' 'Maintainer: A <a@example.org>' 'Description: a package' \
		'Depends: no-such-package | libjansson4 (>= 2.0), libseccomp2' 'Recommends: libyaml-0-2' \
		"Built-Using: $(dpkg-query -W -f '${source:Package} (= ${source:Version})' libjansson-dev), other (= 1)" >"$BATS_TEST_TMPDIR/tree/DEBIAN/control"
	dpkg-deb --build --root-owner-group "$BATS_TEST_TMPDIR/tree" "$BATS_TEST_TMPDIR/own.deb" >/dev/null
	build-aux/sbom --name siplaunch-0.1.0 --source Makefile --static Makefile "$SIPLAUNCH_STATIC.map" / --package "$BATS_TEST_TMPDIR/own.deb" \
		>"$BATS_TEST_TMPDIR/bill"
	"$PYTHON" - "$BATS_TEST_TMPDIR/bill" <<-'END'
		import json, sys
		document = json.load(open(sys.argv[1]))
		names = {package['SPDXID']: package['name'] for package in document['packages']}
		rows = [(names.get(row['spdxElementId']), row['relationshipType'], names.get(row['relatedSpdxElement'])) for row in document['relationships']]
		assert [row for row in rows if 'siplaunch-own' in row] == [
		    ('siplaunch-own', 'GENERATED_FROM', 'siplaunch'), ('siplaunch-own', 'DEPENDS_ON', 'libjansson4'), ('siplaunch-own', 'DEPENDS_ON', 'libseccomp2'),
		    ('libyaml-0-2', 'OPTIONAL_DEPENDENCY_OF', 'siplaunch-own'), ('siplaunch-own', 'STATIC_LINK', 'libjansson-dev')], rows
	END
	sed -i 's/^Depends: .*/Depends: no-such-package (>= 1)/' "$BATS_TEST_TMPDIR/tree/DEBIAN/control"
	dpkg-deb --build --root-owner-group "$BATS_TEST_TMPDIR/tree" "$BATS_TEST_TMPDIR/own.deb" >/dev/null
	run -1 --separate-stderr build-aux/sbom --name siplaunch-0.1.0 --source Makefile --package "$BATS_TEST_TMPDIR/own.deb"
	[[ $stderr == 'sbom: no-such-package (>= 1) is not installed here: its version is not known' ]]
}

@test "a library that is of no package is an error of the bill of materials" {
	mkdir "$BATS_TEST_TMPDIR/lib"
	: >"$BATS_TEST_TMPDIR/lib/libown.a"
	printf 'Archive member included to satisfy reference by file (symbol)\n\n%s(own.o)\n                  main.o (own)\n\nMemory Configuration\n' \
		"$BATS_TEST_TMPDIR/lib/libown.a" >"$BATS_TEST_TMPDIR/map"
	run -1 --separate-stderr build-aux/sbom --name siplaunch-0.1.0 --source Makefile --static Makefile "$BATS_TEST_TMPDIR/map" /
	[[ $stderr == *"libown.a belongs to no package here"* ]]
}

@test "a library is looked up in the root in which it was linked, with the licence that its package declares" {
	local root=$BATS_TEST_TMPDIR/root
	mkdir -p "$root"/{etc,usr/lib/arch,usr/share/doc/libown-dev,var/lib/dpkg/{info,updates}}
	printf 'ID=debian\nVERSION_ID="13"\n' >"$root/etc/os-release"
	: >"$root/usr/lib/arch/libown.a"
	printf '%s\n' 'Package: libown-dev' 'Status: install ok installed' 'Architecture: arm64' 'Version: 2:1.0+b1' 'Source: own (1:0.9)' \
		'Maintainer: A <a@example.org>' 'Description: a library' '' >"$root/var/lib/dpkg/status"
	printf '%s\n' /. /usr/lib/arch/libown.a >"$root/var/lib/dpkg/info/libown-dev.list"
	printf '%s\n' 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/' '' 'Files: debian/*' 'License: GPL-3' '' \
		'Files: *' 'Copyright: A' 'License: LGPL-2.1+ or Expat' >"$root/usr/share/doc/libown-dev/copyright"
	printf 'Archive member included to satisfy reference by file (symbol)\n\n%s(own.o)\n                  main.o (own)\n\nMemory Configuration\n' \
		/usr/lib/arch/libown.a >"$BATS_TEST_TMPDIR/map"
	run -0 build-aux/sbom --name siplaunch-0.1.0 --source Makefile --static Makefile "$BATS_TEST_TMPDIR/map" "$root"
	for text in '"licenseDeclared": "LGPL-2.1-or-later OR MIT"' '"versionInfo": "2:1.0+b1"' 'the source package own 1:0.9"' \
		'pkg:deb/debian/libown-dev@2:1.0%2Bb1?arch=arm64&distro=debian-13&upstream=own'; do
		[[ $output == *"$text"* ]] || fail "no $text in:" "$output"
	done
	sed -i 's/LGPL-2.1+ or Expat/Own-1/' "$root/usr/share/doc/libown-dev/copyright"
	run -0 build-aux/sbom --name siplaunch-0.1.0 --source Makefile --static Makefile "$BATS_TEST_TMPDIR/map" "$root"
	[[ $output == *'"licenseDeclared": "LicenseRef-libown-dev-Own-1"'* ]]
	[[ $output == *'"extractedText": "Format: '* ]]
}

@test "the workflows are good, and run only what is here" {
	"$PYTHON" tests/release/workflow_check.py "$BATS_TEST_TMPDIR" .github/workflows/*.yml
	for script in "$BATS_TEST_TMPDIR"/*.sh; do
		shellcheck -s bash "$script"
	done
}
