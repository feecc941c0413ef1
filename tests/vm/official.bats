# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# A router's official image, unchanged: the commands of deploy/docker/README.md, as they are printed there but for the engine's name. The
# image is made here of the machine's own Kamailio, with the official one's name, entry point, variables, volume and user.
# Takes about 40 s.

load podman
load image

OFFICIAL=ghcr.io/kamailio/kamailio:6.0.4-bookworm
README=$REPO/deploy/docker/README.md

setup_file() {
  local root=$BATS_FILE_TMPDIR
  podman_up
  make_base "$root/base"
  # Debian's shell, which starts the router as its child
  copy_with_libraries "$root/base" /bin/dash
  ln -sf dash "$root/base/bin/sh"
  # shellcheck disable=SC2016 # the shell in the image expands them
  tar -C "$root/base" -c . | podman import --quiet --change 'ENV SHM_MEMORY=64' --change 'ENV PKG_MEMORY=8' \
    --change 'VOLUME /etc/kamailio' --change 'ENTRYPOINT ["/bin/sh", "-c", "kamailio -DD -E -m ${SHM_MEMORY} -M ${PKG_MEMORY}"]' - $OFFICIAL 3>&-
  make_stage "$root/build"
  build siplaunch
  # what README.md prints it for
  mkdir "$root/here"
  cp "$CONFIG" "$root/here/kamailio.cfg"
  cd "$root/here" && typed ' init --install '
}

setup() {
  cd "$BATS_FILE_TMPDIR/here" || return
}

# build TARGET [OPTION...]: a stage of the Dockerfile, as the image TARGET; the stage that compiles is a folder.
build() {
  podman build --quiet --isolation chroot --layers=false --disable-compression --target "$1" --tag "$1" "${@:2}" \
    --build-context "build=$BATS_FILE_TMPDIR/build" --file "$DOCKERFILE" "$REPO" 3>&-
}

# printed TEXT: the README's command with that text in it, for podman.
printed() {
  "$REPO/tests/lib/page-commands" commands "$README" | cut -f 2- | grep -F -e "$1" | sed 's/^docker/exec podman/'
}

typed() {
  bash -c "$(printed "$1")" </dev/null 3>&-
}

# started COMMAND...: in the background, until Kamailio answers; LAUNCHED is Kamailio.
started() {
  start_bg "$@"
  wait_for_bg 60 sip_options 127.0.0.1 5060
  LAUNCHED=$(pgrep -o -x kamailio)
}

# stopped STATUS SECONDS: podman stop, which kills after so long, ends the container that was started last, and `podman run` with that status.
stopped() {
  local status=0
  podman stop --time "$2" --latest >/dev/null
  wait "$BG_PID" || status=$?
  [[ $status == "$1" ]]
}

teardown() {
  stop_all
  podman rm --all --force --time 0 >/dev/null
}

@test "by itself the image takes 64 MiB and cannot be stopped; by the README's command it is sized for its limit, gets signals and ends with 0" {
  started podman run --network host --memory 256m --memory-swap 256m --volume "$PWD/kamailio.cfg:/etc/kamailio/kamailio.cfg:ro" $OFFICIAL
  [[ $(argument_after -m) == 64 ]]
  local user
  user=$(stat -c %u:%g "/proc/$LAUNCHED")
  # TERM reaches only the shell, so that the router is killed
  stopped 137 2

  started bash -c "$(printed "$OFFICIAL --profile")"
  (($(argument_after -m) > 128 && $(argument_after -m) < 512))
  [[ $(tr '\0' ' ' <"/proc/$LAUNCHED/cmdline") == 'kamailio -m '*' -DD -E ' ]]
  [[ $(cat "/proc/$LAUNCHED/root/sys/fs/cgroup/memory.max") == $((512 << 20)) ]]
  [[ $(stat -c %u:%g "/proc/$LAUNCHED") == "$user" ]]
  # a reload's signal reaches it, and does not end it
  podman kill --signal HUP --latest
  sip_options 127.0.0.1 5060
  stopped 0 30
  # what the image itself sets, nobody has chosen
  run ! grep -E '(SHM|PKG)_MEMORY' "$BG_LOG"
}

@test "the exit status is the command's, also in an image that has neither a libc nor a shell but BusyBox" {
  local root=$BATS_TEST_TMPDIR/root
  mkdir -p "$root/bin"
  cp /bin/busybox "$root/bin/sh"
  run -7 podman run --rm --network none --volume siplaunch:/siplaunch:ro --entrypoint /siplaunch/bin/siplaunch --rootfs "$root" \
    --profile container -- sh -c 'exit 7'
}

@test "an image of one's own on the official one starts the router with the arguments behind it, also as a user of one's own" {
  build official --build-arg BASE=$OFFICIAL
  local options=(--network host --memory 256m --user 1234:1234 --env SHM_MEMORY=200)
  run -125 podman run --rm "${options[@]}" official
  [[ $output =~ 'cannot make the runtime directory'.*'mount one: '(--tmpfs [^ ,]*) ]]
  # shellcheck disable=SC2086 # two words
  started podman run "${options[@]}" ${BASH_REMATCH[1]} official -f /etc/kamailio/kamailio.cfg
  (($(argument_after -m) > 128 && $(argument_after -m) < 256))
  [[ $(tr '\0' ' ' <"/proc/$LAUNCHED/cmdline") == 'kamailio -m '*' -DD -E -f /etc/kamailio/kamailio.cfg ' ]]
  [[ $(stat -c %u:%g "/proc/$LAUNCHED") == 1234:1234 ]]
  grep -F 'SHM_MEMORY=200 has no effect' "$BG_LOG"
  stopped 0 30
}
