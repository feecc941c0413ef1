# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What tests of programs at a terminal have in common:  load terminal
# tests/lib/screen.bash is for those that look at the whole screen with tmux.

# drive STEP... -- COMMAND...: runs it on a terminal of its own and does the steps, which terminal_drive.py explains.
drive() {
	timeout 300 "$PYTHON" "$REPO/tests/cli/terminal_drive.py" "$@" 3>&-
}
