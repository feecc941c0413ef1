# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the tests with systemd share: what it says of a unit, and where a unit finds siplaunch.

UNITS=/run/systemd/system

# install_siplaunch: to be called in setup_file.
install_siplaunch() {
  install -m 755 "$SIPLAUNCH" /usr/local/bin/siplaunch
  mkdir -p /etc/siplaunch
  cp -r "$REPO/profiles" /etc/siplaunch/
}

# What asks the systemd that is meant: the machine's.
SYSTEMCTL=(systemctl)

# properties UNIT NAME...: their values, a line each, in alphabetical order of the names.
properties() {
  local unit=$1 names
  shift
  names=$(printf ',%s' "$@")
  "${SYSTEMCTL[@]}" show "$unit" --property="${names:1}" | LC_ALL=C sort
}

# no_trace UNIT: neither loaded, nor failed, nor in the hierarchy.
no_trace() {
  ! compgen -G "$CGROUP_ROOT/*/$1" && [[ $(systemctl show "$1" --property=LoadState) == LoadState=not-found ]]
}

# main_pid UNIT
main_pid() {
  systemctl show "$1" --property=MainPID --value
}
