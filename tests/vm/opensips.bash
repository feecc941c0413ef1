# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# For tests with a real OpenSIPS, where somebody has one: make check OPENSIPS=/path/to/opensips. Debian has none.

export USER_NAME=opensips
load launch
LAUNCH_PROFILE=$PROFILES/opensips-1g.json

# has_opensips: or the test is skipped.
has_opensips() {
  [[ ${OPENSIPS:-} ]] || skip "OPENSIPS=/path/to/opensips is not given, and Debian has no package of it"
}

# prepare_opensips: its user, its runtime directory, and ROUTER with the smallest configuration.
prepare_opensips() {
  has_opensips
  getent passwd opensips >/dev/null || useradd --system --no-create-home --shell /usr/sbin/nologin opensips
  prepare_router
  configure <"$REPO/tests/fixtures/opensips/minimal.cfg"
}

# with_modules: what comes in, with where the modules are, if not where the router was built for.
with_modules() {
  [[ ! ${OPENSIPS_MODULES:-} ]] || echo "mpath=\"$OPENSIPS_MODULES\""
  cat
}

# configure: what comes in becomes the configuration of ROUTER.
configure() {
  with_modules >"$RUNTIME/opensips.cfg"
  ROUTER=("$OPENSIPS" -F -P "$RUNTIME/pid" -f "$RUNTIME/opensips.cfg")
}

# in_background OPTION...: ROUTER with these in place of -F.
in_background() {
  ROUTER=("$OPENSIPS" "$@" "${ROUTER[@]:2}")
}

# has_modules: of what ROUTER's configuration loads; or the test is skipped. Not every build has TLS, WebSocket and HTTP.
has_modules() {
  local missing
  missing=$("$OPENSIPS" -c -f "$RUNTIME/opensips.cfg" 2>&1 | sed -n "s/.*failed to load module \([^ ]*\)$/\1/p" | tr '\n' ' ')
  [[ ! $missing ]] || skip "this build of OpenSIPS has not: $missing"
}
