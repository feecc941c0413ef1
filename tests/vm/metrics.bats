# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# Metrics on their whole way: a real Kamailio in its scope, siplaunch-metrics.service by its timer, Debian's node_exporter and
# Prometheus on loopback. The numbers come back by PromQL, the alerts fire, and every expression of the dashboard has data.
# All tests share one router and one Prometheus, and build on each other.
# Boots with systemd.
# Takes about 140 s.

load launch
load systemd

SCOPE=sip.slice/sip-kamailio.scope
TEXTFILE=/var/lib/prometheus/node-exporter/siplaunch.prom

# Kamailio with every object that it counts. usrloc counts contacts from the first save() in the configuration on.
write_config() {
  local module
  for module in pv tm rr dialog usrloc registrar kex jsonrpcs ctl; do
    echo "loadmodule \"$module.so\""
  done
  sed 's/sl_send_reply("405", .*/save("location");/' "$REPO/tests/fixtures/kamailio/minimal.cfg"
}

# The shipped rules, but nobody waits for five minutes.
write_prometheus() {
  sed -E 's/^( *for:).*/\1 1s/; s/> 120/> 30/' "$REPO/deploy/prometheus/alerts.yml" >"$1/siplaunch-alerts.yml"
  cat >"$1/prometheus.yml" <<'END'
global: {scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 2s}
rule_files: [siplaunch-alerts.yml]
scrape_configs:
  - job_name: node
    static_configs: [{targets: ['127.0.0.1:9100']}]
  - job_name: prometheus
    static_configs: [{targets: ['127.0.0.1:9090']}]
END
}

# What make install puts there, and then as the page says it.
installed_by_the_page() {
  install -D -m 644 -t /usr/local/lib/systemd/system "$REPO"/deploy/prometheus/siplaunch-metrics.*
  install -D -m 644 -t /usr/local/share/siplaunch/prometheus "$REPO"/deploy/prometheus/alerts.yml
  "$REPO/tests/lib/page-commands" commands --data OPTIONS= --data rule_files: "$REPO/deploy/prometheus/README.md" | cut -f 2- | grep -v '^sudo apt ' >"$1"
  mkdir -p /etc/systemd/system/siplaunch-metrics.timer.d /etc/prometheus
  printf '[Timer]\nOnActiveSec=\nOnActiveSec=1ms\nOnUnitActiveSec=5s\nAccuracySec=1ms\n' >/etc/systemd/system/siplaunch-metrics.timer.d/fast.conf
  # shellcheck disable=SC2317 # the page calls it; this is root's shell
  sudo() { "$@"; }
  # shellcheck source=/dev/null
  . "$1"
}

# start NAME COMMAND...: for the whole file; what it prints is in NAME.log.
start() {
  setsid "${@:2}" </dev/null >"$BATS_FILE_TMPDIR/$1.log" 2>&1 3>&- &
  echo $! >>"$BATS_FILE_TMPDIR/pids"
}

start_kamailio() {
  start kamailio siplaunch --profile kamailio-512m --set resources.unified.memory.oom.group=0 -- \
    kamailio -DD -E -Y /run/kamailio -f "$BATS_FILE_TMPDIR/router.cfg"
  wait_for_process "$(tail -n 1 "$BATS_FILE_TMPDIR/pids")" 90 sip_options 127.0.0.1 5060
}

setup_file() {
  plain_language
  install_siplaunch
  mkdir -p "${TEXTFILE%/*}"
  install -d -o kamailio -g kamailio /run/kamailio
  chmod 711 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR"
  write_config >"$BATS_FILE_TMPDIR/router.cfg"
  write_prometheus "$BATS_FILE_TMPDIR"
  start prometheus prometheus --config.file="$BATS_FILE_TMPDIR/prometheus.yml" --storage.tsdb.path="$BATS_FILE_TMPDIR/data" --web.listen-address=127.0.0.1:9090
  start node_exporter prometheus-node-exporter --web.listen-address=127.0.0.1:9100 --collector.disable-defaults --collector.textfile
  start_kamailio
  echo 'OPTIONS=--profile kamailio-512m --set resources.unified.memory.oom.group=0 kamailio' >/etc/default/siplaunch-metrics
  installed_by_the_page "$BATS_FILE_TMPDIR/commands"
}

teardown_file() {
  local pid
  systemctl disable --now siplaunch-metrics.timer siplaunch-metrics.service
  rm -f /usr/local/lib/systemd/system/siplaunch-metrics.*
  while read -r pid; do
    kill "$pid" || true
  done <"$BATS_FILE_TMPDIR/pids" 2>/dev/null
  tail -n 20 "$BATS_FILE_TMPDIR"/*.log
}

setup() {
  cd "$BATS_TEST_TMPDIR" || return
}

# promql ARGUMENT...
promql() {
  "$REPO/tests/vm/promql" "$@"
}

# is EXPRESSION NUMBER
is() {
  [[ $(promql value "$1") == "$2" ]]
}

# fires ALERT [LABELS]
fires() {
  is "count(ALERTS{alertname=\"$1\", alertstate=\"firing\"${2:+, $2}})" 1
}

inspect_json() {
  siplaunch inspect --format json --profile kamailio-512m --set resources.unified.memory.oom.group=0 kamailio >"$1"
}

@test "the timer's service writes the file, whole at each moment, and promtool accepts it" {
  wait_until 90 test -s "$TEXTFILE"
  promtool check metrics <"$TEXTFILE"
  local first
  first=$(stat -c %i "$TEXTFILE")
  whole_and_new() {
    [[ $(tail -n 1 "$TEXTFILE") == '# EOF' ]] || touch torn
    [[ $(stat -c %i "$TEXTFILE") != "$first" ]]
  }
  wait_until 120 whole_and_new
  [[ ! -e torn ]]
  [[ $(stat -c %A "$TEXTFILE") == -rw-r--r-- ]]
  grep -qF 'siplaunch_statistics_up{router="kamailio",cgroup="/sip.slice/sip-kamailio.scope"} 1' "$TEXTFILE"
  # a label of that value; as a part of some number it may be there
  fails grep -F "\"$(pgrep -o -x kamailio)\"" "$TEXTFILE"
}

@test "the numbers that come back from Prometheus are those of inspect" {
  for _ in 1 2 3; do sip_options 127.0.0.1 5060; done
  agrees() { inspect_json now && promql agree now; }
  wait_until 150 agrees || agrees
  is siplaunch_routers 1
  [[ $(promql labels siplaunch_router_info) == *'"profile": "kamailio-512m"'*'"unit": "sip-kamailio.scope"'*'"version": "kamailio '* ]]
}

@test "a limit that somebody changes is drift, and the alert fires until it is put back" {
  local planned
  planned=$(cg "$SCOPE" pids.max)
  echo $((planned + 1)) >"$CGROUP_ROOT/$SCOPE/pids.max"
  wait_until 150 fires SiplaunchDrift 'setting="pids.max"'
  inspect_json now || true
  promql agree now
  echo "$planned" >"$CGROUP_ROOT/$SCOPE/pids.max"
  wait_while 150 fires SiplaunchDrift
}

@test "a program that fills the group reaches the limit and is OOM-killed, and both alerts fire" {
  fails fires SiplaunchOOMKill
  fails fires SiplaunchMemoryLimitHit
  local scores pid
  # Until a killed program's memory is free, the kernel may choose the next victim: never the router.
  for pid in $(pgrep -x kamailio); do
    scores+="$pid $(<"/proc/$pid/oom_score_adj")"$'\n'
    echo -1000 >"/proc/$pid/oom_score_adj"
  done
  run ! cg_exec "$SCOPE" "$PYTHON" -c 'held = b"x" * (600 << 20)'
  wait_until 150 fires SiplaunchOOMKill
  wait_until 150 fires SiplaunchMemoryLimitHit
  (($(promql value siplaunch_oom_kills_total) >= 1))
  while read -r pid score; do
    [[ ! $pid ]] || echo "$score" >"/proc/$pid/oom_score_adj"
  done <<<"$scores"
  sip_options 127.0.0.1 5060
}

@test "where siplaunch fails, the old file stays, and its age fires an alert" {
  local before
  cp /etc/default/siplaunch-metrics kept
  echo 'OPTIONS=--profile /nonexistent.json kamailio' >/etc/default/siplaunch-metrics
  has_failed() { [[ $(systemctl is-failed siplaunch-metrics.service) == failed ]]; }
  wait_until 90 has_failed
  before=$(md5sum "$TEXTFILE")
  wait_until 150 fires SiplaunchMetricsStale
  [[ $(md5sum "$TEXTFILE") == "$before" ]]
  journalctl -u siplaunch-metrics.service | grep -F /nonexistent.json
  cp kept /etc/default/siplaunch-metrics
  wait_while 150 fires SiplaunchMetricsStale
}

@test "a router that ends is missed, and its return is a restart" {
  # longer than the new one will have run when it is looked at first
  wait_until 150 promql value 'siplaunch_uptime_seconds > 60'
  kill "$(pgrep -o -x kamailio)"
  wait_until 150 fires SiplaunchRouterDown 'select="kamailio"'
  is siplaunch_routers 0
  start_kamailio
  wait_until 150 fires SiplaunchRouterRestarted
  wait_while 150 fires SiplaunchRouterDown
}

@test "every expression of the dashboard has data, and every alert's and page's is valid" {
  dashboard() { "$PYTHON" "$REPO/tests/lib/dashboard.py" expressions "$REPO/deploy/prometheus/dashboard.json" 15m; }
  (($(dashboard | wc -l) > 20))
  data() { promql data < <(dashboard); }
  wait_until 90 data || data
  # shellcheck disable=SC2016 # code spans
  promql data empty < <(sed -n 's/^| `siplaunch_.* | `\(.*\)` |$/\1/p' "$REPO/docs/metrics.md")
  # Prometheus itself evaluates the rules
  [[ $(promql value 'sum(prometheus_rule_evaluation_failures_total)') == 0 ]]
  (($(promql value 'sum(prometheus_rule_group_rules)') >= 14))
}
