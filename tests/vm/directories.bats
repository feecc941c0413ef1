# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The stock Debian machine: nothing is chowned, no -Y, and /run/kamailio is not there until siplaunch makes it.
# Owners and modes are read by this test and not by siplaunch.
# Takes about 50 s.

load launch

DIRECTORY=/run/kamailio

setup() {
  prepare_router
  export SIPLAUNCH_PROFILE_PATH=$PROFILES
  STOCK=(kamailio -DD -E -f /etc/kamailio/kamailio.cfg)
  BROKEN=$BATS_TEST_TMPDIR/broken
  printf '#!/nonexistent\n' >"$BROKEN"
  chmod 755 "$BROKEN"
}

teardown() {
  stop_all
  remove_slices
  findmnt "$DIRECTORY" >/dev/null && umount "$DIRECTORY"
  rm -rf "$DIRECTORY" /run/siplaunch-a /run/kamailio-planted
}

# owned PATH: who has it, and its mode.
owned() {
  stat -c '%U:%G %a' "$1"
}

launch_stock() {
  start_bg "$SIPLAUNCH" --profile kamailio-512m "$@" -- "${STOCK[@]}"
  LAUNCHED=$BG_PID
  wait_for_bg 90 sip_options 127.0.0.1 5060
}

# refused PATTERN: requiring the directory, the launch is refused with these words, and no group is left.
refused() {
  run -125 "$SIPLAUNCH" --profile kamailio-512m --policy directories=require -- "${STOCK[@]}"
  [[ $output == *"$1"* ]]
  no_group "$GROUP"
}

@test "/run is as on a real machine: only root can write in it" {
  [[ $(owned /run) == 'root:root 755' ]]
}

@test "the README's first command starts the stock Kamailio, which answers SIP" {
  [[ ! -e $DIRECTORY ]]
  command=$(sed -n 's/^    siplaunch \(--profile .*kamailio\.cfg\)$/\1/p' "$REPO/README.md" | head -n 1)
  [[ $command == '--profile kamailio-512m -- kamailio -DD -E -f /etc/kamailio/kamailio.cfg' ]]
  # shellcheck disable=SC2086 # words of a command
  start_bg "$SIPLAUNCH" $command
  LAUNCHED=$BG_PID
  wait_for_bg 90 sip_options 127.0.0.1 5060
  [[ $(owned "$DIRECTORY") == 'kamailio:kamailio 755' ]]
  has_become kamailio
  run -0 "$SIPLAUNCH" inspect --profile kamailio-512m "$LAUNCHED"
  [[ $output == *"$DIRECTORY "* ]]
}

@test "without it the stock Kamailio ends, since /run is root's" {
  run -255 timeout 60 "$SIPLAUNCH" --profile kamailio-512m --policy directories=skip --policy router=skip -- "${STOCK[@]}"
  [[ $output == *"failed to create runtime dir"* && ! -e $DIRECTORY ]]
}

@test "a second launch finds the directory as it left it, and one with another owner is given back to the router" {
  install -d -o kamailio -g kamailio -m 750 "$DIRECTORY"
  "$SIPLAUNCH" plan --format json --profile kamailio-512m -- "${STOCK[@]}" >"$BATS_TEST_TMPDIR/plan.json"
  grep -A 12 '"mechanism": "directories"' "$BATS_TEST_TMPDIR/plan.json" | grep -q '"status": "satisfied"'
  chown root:root "$DIRECTORY"
  launch_stock
  [[ $(owned "$DIRECTORY") == 'kamailio:kamailio 750' ]]
}

@test "the profile's mode is set on a directory that is there, and inspect reports a drift from it" {
  install -d -o kamailio -g kamailio -m 750 "$DIRECTORY"
  launch_stock --set directories.runtimeMode=0710
  [[ $(owned "$DIRECTORY") == 'kamailio:kamailio 710' ]]
  chmod 700 "$DIRECTORY"
  run -1 "$SIPLAUNCH" inspect --profile kamailio-512m --set directories.runtimeMode=0710 "$LAUNCHED"
  [[ $output == *drift*"$DIRECTORY"*0710* ]]
}

@test "supervised, the directory is made all the same, and stays when the router has ended" {
  launch_stock --supervise
  [[ $(owned "$DIRECTORY") == 'kamailio:kamailio 755' ]]
  kill "$LAUNCHED"
  wait_while 60 kill -0 "$LAUNCHED"
  [[ $(owned "$DIRECTORY") == 'kamailio:kamailio 755' ]]
}

# A supervisor stays root, and can remove what it made also after its child has given up its privileges.
@test "a launch that fails removes the directories that it made, and puts back what it changed" {
  chmod 711 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR"
  run -126 "$SIPLAUNCH" --profile kamailio-512m --supervise --set 'directories.runtime=["siplaunch-a/b/c"]' --policy router=skip -- "$BROKEN"
  [[ ! -e /run/siplaunch-a ]]
  install -d -o root -g root -m 700 "$DIRECTORY"
  run -126 "$SIPLAUNCH" --profile kamailio-512m --supervise --set directories.runtimeMode=0750 --policy router=skip -- "$BROKEN"
  [[ $(owned "$DIRECTORY") == 'root:root 700' ]]
}

@test "after the privileges are gone a failed launch names the directory that it could not remove" {
  run -126 "$SIPLAUNCH" --profile kamailio-512m --policy router=skip -- "$BROKEN"
  [[ $output == *"remove the directory $DIRECTORY"* ]]
}

@test "nested directories and those of other kinds are made, the ones between them root's" {
  launch_stock --set 'directories.runtime=["kamailio", "siplaunch-a/b"]' --set 'directories.logs=["siplaunch-log"]' \
    --set 'directories.state=["siplaunch-state"]' --set 'directories.cache=["siplaunch-cache"]' --set directories.logsMode=0750
  [[ $(owned /run/siplaunch-a) == 'root:root 755' && $(owned /run/siplaunch-a/b) == 'kamailio:kamailio 755' ]]
  [[ $(owned /var/log/siplaunch-log) == 'kamailio:kamailio 750' ]]
  [[ $(owned /var/lib/siplaunch-state) == 'kamailio:kamailio 755' && $(owned /var/cache/siplaunch-cache) == 'kamailio:kamailio 755' ]]
}

@test "a planted link is not followed, whether it is the directory or on the way to it" {
  install -d -m 700 /run/kamailio-planted
  ln -s /run/kamailio-planted "$DIRECTORY"
  refused "$DIRECTORY is a symbolic link"
  [[ $(owned /run/kamailio-planted) == 'root:root 700' ]]
  ln -s /run/kamailio-planted /run/siplaunch-a
  run -125 "$SIPLAUNCH" --profile kamailio-512m --policy directories=require --set 'directories.runtime=["siplaunch-a/b"]' -- "${STOCK[@]}"
  [[ $output == *"/run/siplaunch-a is a symbolic link"* && ! -e /run/kamailio-planted/b ]]
}

@test "a file in its place and a directory of another user are refused with what to do" {
  touch "$DIRECTORY"
  refused "$DIRECTORY is not a directory"
  rm "$DIRECTORY"
  install -d -o daemon "$DIRECTORY"
  refused "chown $(id -u kamailio):$(id -g kamailio) $DIRECTORY"
  [[ $(stat -c %U "$DIRECTORY") == daemon ]]
}

@test "a read-only /run is seen by plan; a tmpfs of the router's own in it is taken as it is" {
  local script='mount -o remount,bind,ro /run && exec "$@"'
  run -1 unshare -m bash -c "mount --bind /run /run && $script" - "$SIPLAUNCH" plan --profile kamailio-512m \
    --policy directories=require -- "${STOCK[@]}"
  [[ $output == *"make the directory $DIRECTORY in /run: Read-only file system (EROFS)"* ]]
  mkdir "$DIRECTORY"
  run -0 unshare -m bash -c "mount --bind /run /run && mount -t tmpfs -o mode=1777 tmpfs $DIRECTORY && $script" - \
    "$SIPLAUNCH" plan --profile kamailio-512m --policy directories=require -- "${STOCK[@]}"
  [[ $output == *adopted* ]]
}

# Whoever may write beside it swaps a link in and out as fast as it can: a launch may fail, but not lead anywhere else.
@test "a directory that is swapped for a link while siplaunch makes it changes nothing elsewhere" {
  install -d -m 700 /run/kamailio-planted
  install -d -o daemon -m 755 /run/siplaunch-a
  setpriv --reuid daemon --clear-groups bash -c \
    'cd /run/siplaunch-a && while :; do rm -rf b; ln -s /run/kamailio-planted b; rm -f b; mkdir b; done' 2>/dev/null &
  swapper=$!
  for _ in {1..30}; do
    "$SIPLAUNCH" --profile kamailio-512m --policy default=prefer --set 'directories.runtime=["siplaunch-a/b"]' -- true || :
    [[ $(owned /run/kamailio-planted) == 'root:root 700' ]]
  done
  kill "$swapper"
}
