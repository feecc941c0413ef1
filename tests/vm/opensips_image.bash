# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# The image that is shipped with a real OpenSIPS in it, for whatever engine. Loaded after image.bash.

# add_router ROOT: OpenSIPS as /usr/sbin/opensips, its modules, and a configuration where it looks for one.
add_router() {
  local config modules
  config=$("$OPENSIPS" -h | sed -n 's/.*Configuration file (default \(.*\))$/\1/p')
  modules=${OPENSIPS_MODULES:-$(grep -aoE '/[[:print:]]+/modules/' "$OPENSIPS" | head -n 1)}
  copy_with_libraries "$1" /bin/bash "$OPENSIPS" "$modules"/{sl,sipmsgops}.so
  mkdir -p "$1/usr/sbin"
  ln -s "$OPENSIPS" "$1/usr/sbin/opensips"
  mkdir -p "$1$(dirname "$config")"
  every_address_of_opensips >"$1$config"
}

# In a network of its own a container is not reached on its loopback.
every_address_of_opensips() {
  sed 's/^socket=.*/socket=udp:0.0.0.0:5060/' "$REPO/tests/fixtures/opensips/minimal.cfg" | with_modules
}
