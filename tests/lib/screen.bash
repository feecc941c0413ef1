# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# A terminal for programs that take all of it: tmux, without a configuration and without the user's server.

# screen_open COLUMNSxLINES COMMAND [ARGUMENT...]: runs it in a new terminal. Its exit status goes to the file `status`.
screen_open() {
  local columns=${1%x*} lines=${1#*x} command
  shift
  printf -v command '%q ' "$@"
  # a new server each time: the one before may still be about to end
  SCREENS=$((${SCREENS:-0} + 1))
  SCREEN=$BATS_TEST_TMPDIR/tmux.$SCREENS
  rm -f "$BATS_TEST_TMPDIR/status"
  env -u TMUX tmux -S "$SCREEN" -f /dev/null new-session -d -x "$columns" -y "$lines" \
    "stty -g >'$BATS_TEST_TMPDIR/before'; TERM=${SCREEN_TERM:-screen} $command 2>'$BATS_TEST_TMPDIR/errors'; echo \$? >'$BATS_TEST_TMPDIR/status'; stty -g >'$BATS_TEST_TMPDIR/after'; echo shell again; cat" 3>&-
}

# screen_close: what still runs there ends first. A terminal that hangs up sends SIGCONT too, for which a sanitizer that has just stopped
# the program at its end would wait for ever, on a processor of its own.
screen_close() {
  local pid
  [ -n "${SCREEN:-}" ] || return 0
  if pid=$(screen_pid 2>/dev/null); then
    kill "$pid" 2>/dev/null || true
    wait_while 30 is_alive "$pid" || kill -KILL "$pid"
  fi
  tmux -S "$SCREEN" kill-server 2>/dev/null || true
}

# screen_text: what is on it now.
screen_text() {
  tmux -S "$SCREEN" capture-pane -p
}

# screen_keys KEY...: types them, as tmux names them.
screen_keys() {
  tmux -S "$SCREEN" send-keys "$@"
}

# screen_pid: of the siplaunch that runs there.
screen_pid() {
  pgrep -x siplaunch -P "$(tmux -S "$SCREEN" display-message -p '#{pane_pid}')"
}

# screen_has PATTERN: a line of it matches the extended regular expression.
screen_has() {
  screen_text | grep -qE -e "$1"
}

# screen_is FILE: it shows that text.
screen_is() {
  screen_text | cmp -s - "$1"
}

# screen_lacks PATTERN
screen_lacks() {
  ! screen_has "$1"
}

# screen_shows PATTERN: waits until it does.
screen_shows() {
  wait_until 60 screen_has "$1" || {
    screen_text
    cat "$BATS_TEST_TMPDIR/errors"
    return 1
  }
}

# screen_ends STATUS: waits for the command's end; the terminal is as it was before.
screen_ends() {
  wait_until 60 test -s "$BATS_TEST_TMPDIR/status"
  [ "$(cat "$BATS_TEST_TMPDIR/status")" = "$1" ]
  screen_shows 'shell again'
  diff "$BATS_TEST_TMPDIR/before" "$BATS_TEST_TMPDIR/after"
}
