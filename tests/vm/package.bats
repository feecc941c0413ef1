#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
#
# The Debian packages of build/deb, installed by apt on a machine that systemd has booted: the router starts from what they bring, and
# neither an upgrade nor a removal stops it.
# Boots with systemd.
# Takes about 140 s.

load launch
load systemd

DROP_IN=/etc/systemd/system/kamailio.service.d

# package NAME: its file. make deb leaves one of each.
package() {
  compgen -G "$REPO/build/deb/$1_*.deb" || fail "there is no package $1 in build/deb: run make deb"
}

# What the packages depend on is here: nothing is downloaded, and the lists of what could be are not read.
apt() {
  DEBIAN_FRONTEND=noninteractive apt-get -o APT::Sandbox::User=root -o Dpkg::Use-Pty=0 -o Dir::State::lists=/run/lists --yes "$@" </dev/null
}

# traces: files of the packages, and of what they may have made.
traces() {
  find /etc /usr /lib/systemd /var/lib/siplaunch /run/systemd/system.control -name '*siplaunch*' -not -path '/usr/local/*' 2>/dev/null || true
}

no_kamailio() {
  ! pgrep -x kamailio
}

# light_database: dpkg reads every package's list of files, and runs other packages' triggers, which takes minutes in this machine.
# Here the other packages have empty lists and no scripts.
light_database() {
  local packages
  # shellcheck disable=SC2016 # dpkg-query's own format
  readarray -t packages < <(dpkg-query -W -f '${binary:Package}.list\n')
  mkdir -p /run/lists/partial /run/dpkg/{info,triggers,updates}
  cp /var/lib/dpkg/{status,statoverride,diversions} /run/dpkg/
  (cd /run/dpkg/info && touch -- "${packages[@]}" && echo 1 >format)
  mount --bind /run/dpkg /var/lib/dpkg
}

setup_file() {
  export BATS_TEST_TIMEOUT=300
  light_database
  rm -rf /etc/siplaunch /usr/local/bin/siplaunch # of the machine that this one is made of
  apt install "$(package siplaunch)" "$(package siplaunch-static)"
}

teardown_file() {
  umount /var/lib/dpkg
}

teardown() {
  [[ $BATS_TEST_COMPLETED ]] || journalctl --quiet --boot --lines 40 --unit siplaunch-kamailio --unit kamailio
  systemctl disable --now siplaunch-kamailio 2>/dev/null || true
  systemctl stop kamailio 2>/dev/null || true
  rm -rf "$DROP_IN" /etc/default/siplaunch-kamailio
  systemctl daemon-reload
  systemctl reset-failed
  wait_until 30 no_kamailio
  rm -rf /run/kamailio # systemd removes it only while the unit is there
}

# served UNIT: its router answers, runs below siplaunch's limits, and does not differ from its profile.
served() {
  wait_until 90 sip_options 127.0.0.1 5060
  [[ $(cg "$2" memory.max) == $((512 << 20)) ]]
  siplaunch inspect --profile "$3" "$1"
}

@test "apt installs the packages; nothing is started or enabled, and what they bring works" {
  [[ $(command -v siplaunch) == /usr/bin/siplaunch ]]
  run systemctl is-enabled siplaunch-kamailio
  [[ $output == disabled ]]
  no_kamailio
  run -0 dpkg-query --status siplaunch
  [[ $output == *Depends:*libcgroup* && $output == *libjansson* && $output == *libncursesw* && $output == *libseccomp* && $output == *libyaml* ]]
  AUTOPKGTEST_TMP=$BATS_TEST_TMPDIR run -0 "$REPO/debian/tests/smoke"
}

@test "the service starts Kamailio with one command and a profile of /etc/siplaunch" {
  echo '{ "extends": "kamailio-512m" }' >/etc/siplaunch/profiles/edge.json
  echo SIPLAUNCH_PROFILE=edge >/etc/default/siplaunch-kamailio
  systemctl enable --now siplaunch-kamailio
  served siplaunch-kamailio.service sip.slice/siplaunch-kamailio.service/router edge
}

@test "the drop-in of the package puts siplaunch in front of Debian's service" {
  cp -r /usr/share/siplaunch/systemd/kamailio.service.d /etc/systemd/system/
  printf '[Service]\nEnvironment=SIPLAUNCH_PROFILE=kamailio-512m CFGFILE=/etc/kamailio/kamailio.cfg\n' >"$DROP_IN/zz-test.conf"
  systemctl daemon-reload
  systemctl restart kamailio
  served kamailio.service system.slice/kamailio.service/router kamailio-512m
}

@test "an upgrade keeps the profiles of /etc/siplaunch and the router that runs" {
  local next=$BATS_TEST_TMPDIR/next main
  echo '{ "extends": "kamailio-512m" }' >/etc/siplaunch/profiles/edge.json
  systemctl start siplaunch-kamailio
  wait_until 90 sip_options 127.0.0.1 5060
  main=$(main_pid siplaunch-kamailio)
  dpkg-deb --raw-extract "$(package siplaunch)" "$next"
  sed -i 's/^Version: .*/Version: 999-1/' "$next/DEBIAN/control"
  dpkg-deb --root-owner-group -Znone --build "$next" "$next.deb"
  apt install "$next.deb"
  [[ $(dpkg-query -W -f '${Version}' siplaunch) == 999-1 ]]
  [[ $(main_pid siplaunch-kamailio) == "$main" && $(<"/proc/$main/comm") == kamailio ]]
  sip_options 127.0.0.1 5060
  grep -q kamailio-512m /etc/siplaunch/profiles/edge.json
}

@test "a removal leaves the router running and says so, and a purge leaves nothing of siplaunch" {
  cp -r /usr/share/siplaunch/systemd/kamailio.service.d /etc/systemd/system/
  echo '{ "extends": "kamailio-512m" }' >/etc/siplaunch/profiles/edge.json
  systemctl start siplaunch-kamailio
  wait_until 90 sip_options 127.0.0.1 5060
  local main
  main=$(main_pid siplaunch-kamailio)
  run -0 apt remove siplaunch
  [[ $output == *'routers that siplaunch started keep running'*"$DROP_IN/siplaunch.conf needs siplaunch"* ]]
  [[ $(<"/proc/$main/comm") == kamailio ]]
  sip_options 127.0.0.1 5060
  [[ -e /etc/siplaunch/profiles/edge.json ]]
  rm -r "$DROP_IN"
  kill "$main"
  wait_until 30 no_kamailio
  run -0 apt purge siplaunch siplaunch-static
  run -0 traces
  [[ ! $output ]] || fail "left: $output"
}
