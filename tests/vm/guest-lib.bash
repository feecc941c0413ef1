# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the scripts that make and end the guest share. What they print goes to the kernel's log; a failure ends the machine.
# Sets what tests/vm/run said of the job: repository, init, environment, command, kernel.
set -euo pipefail

# Not to the console: power-off does not wait for what a terminal has yet to print.
exec >/dev/kmsg 2>&1

power_off() {
	echo o >/proc/sysrq-trigger
	sleep 10
}
trap 'echo "${0##*/}: failed at line $LINENO: $BASH_COMMAND"; power_off' ERR

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# shellcheck disable=SC2034 # for who reads this file
repository='' init='' environment=() command=() kernel=''
# shellcheck source=/dev/null
. /run/vm/job
