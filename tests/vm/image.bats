# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The image, built by podman from the Dockerfile that is shipped.
# Takes about 15 s.

load podman
load image

CONTAINER_ROOT=(localhost/kamailio)

setup_file() {
  podman_up
  podman_image
}

@test "the image as it is starts Kamailio unprivileged, sized for the container, and it answers SIP" {
  container --memory 256m --read-only --tmpfs /run/kamailio:mode=1777 --
  wait_for_container 60 sip_options 127.0.0.1 5060
  LAUNCHED=$(pgrep -o -x kamailio)
  [[ $(tr '\0' ' ' <"/proc/$LAUNCHED/cmdline") == 'kamailio '*' -DD -E ' ]]
  local shm
  shm=$(argument_after -m)
  ((shm > 128 && shm < 256))
  [[ $(stat -c %u:%g "/proc/$LAUNCHED") == 5060:5060 ]]
}

@test "options alone are the router's" {
  run -0 contained -- -v
  [[ $output == *'version: kamailio '* ]]
}

@test "another command runs as it is" {
  run -0 --separate-stderr contained -- bash -c 'tr "\0" "|" </proc/1/cmdline' bash -f -m
  [ "$output" = 'bash|-c|tr "\0" "|" </proc/1/cmdline|bash|-f|-m|' ]
}

@test "the binary needs nothing else in its root, and knows the names of that root's own passwd file" {
  local root=$BATS_TEST_TMPDIR/root
  cp -R "$BATS_FILE_TMPDIR/build/image" "$root"
  mkdir "$root/etc"
  echo 'sip:x:5061:5062::/run:/bin/sh' >"$root/etc/passwd"
  echo 'sips:x:5062:' >"$root/etc/group"
  # shellcheck disable=SC2034 # for contained
  CONTAINER_ROOT=(--rootfs "$root")
  run -0 contained -- siplaunch plan --profile container --set user=sip -- siplaunch
  [[ $output == *'sip (uid 5061), sips (gid 5062)'*'run would start it'* ]]
}
