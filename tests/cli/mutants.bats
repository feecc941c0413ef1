#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# Not run with sanitizers.
# The table of mutants (make mutation) is about the code as it is, and so are the copies that it breaks: nothing is built here.

load ../lib/common

setup() {
	cd "$BATS_TEST_TMPDIR" || return
}

@test "each mutant's original text is found once in its function, and its tests are there" {
	run -0 "$REPO/tests/mutation/run" --check
	[[ $output =~ ^'mutation: '[0-9]+' mutants, each original text found once'$ ]]
}

@test "a copy of the tree has what the tree has now, and keeps what was built" {
	git init -q tree
	mkdir tree/old copy copy/build
	echo 1 >tree/old/a.h
	touch copy/build/kept
	cat >copy.py <<-'END'
		import importlib.machinery, importlib.util, sys
		loader = importlib.machinery.SourceFileLoader("mutation", sys.argv[1])
		mutation = importlib.util.module_from_spec(importlib.util.spec_from_loader("mutation", loader))
		sys.dont_write_bytecode = True
		loader.exec_module(mutation)
		mutation.REPOSITORY = "tree"
		mutation.copy_tree("copy")
	END
	python3 copy.py "$REPO/tests/mutation/run"
	[ -e copy/old/a.h ]
	mkdir tree/new
	mv tree/old/a.h tree/new/a.h
	python3 copy.py "$REPO/tests/mutation/run"
	[[ $(<copy/new/a.h) == 1 && ! -e copy/old/a.h && -e copy/build/kept ]]
}
