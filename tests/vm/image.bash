# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For tests of the image that is shipped, whatever engine runs it. Only what would need a network is replaced: the stage that
# compiles is a directory with the static binary in it, the base is an image that has the router already, with BusyBox and no
# name services.

: "${SIPLAUNCH_STATIC:=$REPO/build/static/siplaunch}"
DOCKERFILE=$REPO/deploy/docker/Dockerfile

# copy_with_libraries ROOT FILE...: to the same places below ROOT.
copy_with_libraries() {
  { printf '%s\n' "${@:2}" && ldd "${@:2}" | grep -oE '/[^ :]+\.so[^ :]*'; } | sort -u | xargs cp -L --parents -t "$1"
}

# make_base ROOT: the root directory of the image that has the router.
make_base() {
  mkdir -p "$1"/{bin,dev,etc,proc,root,run,sys,tmp,var}
  add_router "$1"
  cp /bin/busybox "$1/bin"
  for applet in cat chown head kill mkdir sh sleep timeout tr; do
    ln -s busybox "$1/bin/$applet"
  done
  ln -s ../run "$1/var/run"
}

# add_router ROOT: the router and what it needs; a file that tests another one has its own.
add_router() {
  copy_with_libraries "$1" /bin/bash /usr/sbin/kamailio /usr/lib/*/kamailio/modules/sl.so
  install -D -m 644 "$CONFIG" "$1/etc/kamailio/kamailio.cfg"
}

# make_stage ROOT: what the stage that compiles leaves in its root directory.
make_stage() {
  install -D "$SIPLAUNCH_STATIC" "$1/image/usr/local/bin/siplaunch"
  mkdir -p "$1/image/usr/local/share/siplaunch"
  cp -R "$REPO/profiles" "$1/image/usr/local/share/siplaunch"
}

# podman_image: builds the image that is shipped, as localhost/ROUTER.
podman_image() {
  local root=$BATS_FILE_TMPDIR
  make_base "$root/base"
  tar -C "$root/base" -c . | podman import --quiet - localhost/base 3>&-
  make_stage "$root/build"
  # commands in a chroot, no cache, nothing compressed: that costs an emulated machine half as much
  podman build --quiet --isolation chroot --layers=false --disable-compression --tag "localhost/$USER_NAME" --target "$USER_NAME" \
    --build-context "build=$root/build" --build-arg BASE=localhost/base --file "$DOCKERFILE" "$REPO" 3>&-
}
