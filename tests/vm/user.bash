# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What the tests without root share: an ordinary user, with a systemd of its own.

load launch
load systemd

PLAIN_USER=sip-plain

# make_user: to be called in setup_file. The drop-in says what pam_systemd says where it is installed.
make_user() {
  id "$PLAIN_USER" >/dev/null 2>&1 || useradd --system --create-home --home-dir "/home/$PLAIN_USER" "$PLAIN_USER"
  mkdir -p "$UNITS/user@.service.d"
  printf '[Service]\nEnvironment=XDG_RUNTIME_DIR=/run/user/%%i\n' >"$UNITS/user@.service.d/test.conf"
  # as dbus-user-session has them
  mkdir -p /run/systemd/user
  printf '%s\n' '[Socket]' 'ListenStream=%t/bus' >/run/systemd/user/dbus.socket
  printf '%s\n' '[Unit]' 'Requires=dbus.socket' '[Service]' Type=notify \
    'ExecStart=/usr/bin/dbus-daemon --session --address=systemd: --nofork --nopidfile --systemd-activation --syslog-only' \
    >/run/systemd/user/dbus.service
  systemctl daemon-reload
}

# know_user: PLAIN_UID, RUN (its run-time directory), USERS (its systemd's group), and AS_USER, which runs a command as the user.
know_user() {
  PLAIN_UID=$(id -u "$PLAIN_USER")
  RUN=/run/user/$PLAIN_UID
  USERS=user.slice/user-$PLAIN_UID.slice/user@$PLAIN_UID.service
  AS_USER=(setpriv --reuid="$PLAIN_UID" --regid="$PLAIN_UID" --clear-groups --inh-caps=-all
    env USER="$PLAIN_USER" HOME="/home/$PLAIN_USER" XDG_RUNTIME_DIR="$RUN")
}

# start_users_systemd: and waits until it answers.
start_users_systemd() {
  systemctl start "user@$PLAIN_UID.service"
  wait_until 60 [ -S "$RUN/systemd/private" ]
}

as_user() {
  "${AS_USER[@]}" "$@"
}

users_systemctl() {
  as_user systemctl --user "$@"
}

# users_properties UNIT NAME...: properties() of the user's systemd.
users_properties() {
  local SYSTEMCTL=(users_systemctl)
  properties "$@"
}

# no_users_trace UNIT: the user's systemd neither has it nor a group of it.
no_users_trace() {
  ! find "$CGROUP_ROOT/$USERS" -name "$1" | grep -q . &&
    [[ $(users_systemctl show "$1" --property=LoadState) == LoadState=not-found ]]
}
