# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For tests of the image that is shipped, whatever engine runs it. Only what would need a network is replaced: the stage that
# compiles is a directory with the static binary in it, the base is an image that has Kamailio already, with BusyBox and no
# name services.

: "${SIPLAUNCH_STATIC:=$REPO/build/static/siplaunch}"
DOCKERFILE=$REPO/deploy/docker/Dockerfile

# copy_with_libraries ROOT FILE...: to the same places below ROOT.
copy_with_libraries() {
  { printf '%s\n' "${@:2}" && ldd "${@:2}" | grep -oE '/[^ :]+\.so[^ :]*'; } | sort -u | xargs cp -L --parents -t "$1"
}

# make_base ROOT: the root directory of the image that has Kamailio.
make_base() {
  mkdir -p "$1"/{bin,dev,etc/kamailio,proc,root,run,sys,tmp}
  copy_with_libraries "$1" /bin/bash /usr/sbin/kamailio /usr/lib/*/kamailio/modules/sl.so
  cp /bin/busybox "$1/bin"
  for applet in cat chown head kill mkdir sh sleep timeout tr; do
    ln -s busybox "$1/bin/$applet"
  done
  mkdir "$1/var" && ln -s ../run "$1/var/run"
  cp "$CONFIG" "$1/etc/kamailio/kamailio.cfg"
}

# make_stage ROOT: what the stage that compiles leaves in its root directory.
make_stage() {
  install -D "$SIPLAUNCH_STATIC" "$1/image/usr/local/bin/siplaunch"
  mkdir -p "$1/image/usr/local/share/siplaunch"
  cp -R "$REPO/profiles" "$1/image/usr/local/share/siplaunch"
}
