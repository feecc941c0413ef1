/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "base/alloc.h"

#define RUN      (1u << COMMAND_RUN)
#define PLAN     (1u << COMMAND_PLAN)
#define INSPECT  (1u << COMMAND_INSPECT)
#define DOCTOR   (1u << COMMAND_DOCTOR)
#define INIT     (1u << COMMAND_INIT)
#define EXPORT   (1u << COMMAND_EXPORT)
#define TOP      (1u << COMMAND_TOP)
#define ADVISE   (1u << COMMAND_ADVISE)
#define TUNE     (1u << COMMAND_TUNE)
#define REPORT   (1u << COMMAND_REPORT)
#define PROFILES (1u << COMMAND_PROFILES)
#define SECCOMP  (1u << COMMAND_SECCOMP)
#define ALL      ((1u << COMMAND_COUNT) - 1)

#define FIELD(NAME) offsetof(struct options, NAME)

static const char *const outputs[] = {
	[OUTPUT_TEXT] = "text", [OUTPUT_JSON] = "json", [OUTPUT_OPENMETRICS] = "openmetrics", NULL};
static const char *const log_outputs[] = {[OUTPUT_TEXT] = "text", [OUTPUT_JSON] = "json", NULL};
static const char *const colors[] = {
	[COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never", NULL};
static const char *const kinds[] = {[EXPORT_DEPLOYMENT] = "deployment", [EXPORT_POD] = "pod", NULL};
static const char *const sysctl_ways[] = {[EXPORT_SYSCTLS_INIT] = "init", [EXPORT_SYSCTLS_POD] = "pod", NULL};

/* By enum parent_signal; the first: what the profile's parentDeathSignal says. */
static const char *const signals[] = {"profile", "SIGTERM", "SIGKILL", "SIGINT", "SIGQUIT", NULL};

/* In the order in which help shows them. */
const struct option_row option_rows[] = {
	{"profile", 'p', "NAME|PATH", RUN | PLAN | DOCTOR | INIT | EXPORT | INSPECT | ADVISE | TUNE,
	 FORM_TEXT, FIELD(selection.name), NULL,
	 "the profile; without it $SIPLAUNCH_PROFILE, else the one named like the router", GROUP_PROFILE,
	 .completion = COMPLETE_PROFILE,
	 .manual = "The profile. A word with a slash, or one that ends in `.json`, is a path first; any "
		   "other is looked up in the search path (see [FILES]). Without this option siplaunch uses "
		   "`$SIPLAUNCH_PROFILE`, and without that the profile named like the router that it "
		   "recognises in *command*: `opensips`, `kamailio`, `rtpengine` or `generic`. `inspect` and "
		   "`advise` take only a profile that this option gives."},
	{"profile-dir", 0, "DIR",
	 RUN | PLAN | DOCTOR | INIT | EXPORT | INSPECT | ADVISE | TUNE | PROFILES | SECCOMP, FORM_LIST,
	 FIELD(selection.directories), NULL, "look for profiles here first; repeatable", GROUP_PROFILE,
	 .completion = COMPLETE_DIRECTORY,
	 .manual = "Look for profiles in *dir* before the rest of the search path. May be given more than "
		   "once; the first has precedence."},
	{"set", 0, "KEY=VALUE", RUN | PLAN | DOCTOR | INIT | EXPORT | INSPECT | TUNE | PROFILES, FORM_PAIRS,
	 FIELD(selection.sets), NULL, "override one value of the profile: sizing.memory=2GiB", GROUP_PROFILE,
	 .completion = COMPLETE_KEY,
	 .manual = "Override one value of the profile, named by its dotted path: `--set sizing.memory=2GiB`. "
		   "siplaunch reads the value as JSON where it is JSON, else as a string; `null` removes a "
		   "key. May be given more than once."},
	{"policy", 0, "KEY=VALUE", RUN | PLAN | DOCTOR | INIT | EXPORT | INSPECT | TUNE | PROFILES,
	 FORM_PAIRS, FIELD(selection.policies), NULL,
	 "what a refusal means: sysctl=prefer, cgroup/pids.max=skip, default=require", GROUP_PROFILE,
	 .completion = COMPLETE_POLICY,
	 .manual =
		 "What a refusal means: `require` stops (the default), `prefer` warns and continues, `skip` "
		 "does not try. *key* is `default`, a mechanism (`sysctl`) or one of its settings "
		 "(`cgroup/pids.max`); the most specific wins. May be given more than once."},
	{"workload", 0, "KEY=NUMBER", RUN | PLAN | DOCTOR | EXPORT, FORM_PAIRS, FIELD(selection.workloads),
	 NULL, "the workload that the router must support, for sizing.workload: registrations=100000",
	 GROUP_PROFILE, .completion = COMPLETE_WORKLOAD,
	 .manual = "The workload that the router must support, for the profile's `sizing.workload`: see "
		   "siplaunch-profile(5) for its keys. `plan` shows what that needs of the pools and the "
		   "maximum that the limit supports. siplaunch refuses what does not fit, unless `--policy "
		   "workload=prefer` is given. May be given more than once."},
	{"allow-insecure-profile", 0, NULL, RUN | PLAN | DOCTOR | INIT | TUNE, FORM_SWITCH,
	 FIELD(selection.insecure), NULL, "as root: accept a profile that others can change", GROUP_PROFILE,
	 .manual = "As root, accept a profile that somebody else can change. Without this option siplaunch "
		   "refuses it: see [Who may write a profile]."},
	{"plan", 0, "FILE", RUN | PLAN | DOCTOR, FORM_TEXT, FIELD(launch.plan), NULL,
	 "the plan that init has made in this pod: its profile, and its sizes where they still fit",
	 GROUP_PROFILE, .completion = COMPLETE_FILE, .excludes = "profile",
	 .manual = "Use the profile, and the sizes where they still fit, of the plan that `init` wrote: "
		   "see [Pods]. siplaunch refuses `--profile` together with it, and does not look at "
		   "`$SIPLAUNCH_PROFILE`."},
	{"out", 0, "DIR", INIT, FORM_TEXT, FIELD(init.out), NULL,
	 "where plan.json, siplaunch.env and the profile are written: a volume that the router's container "
	 "has too",
	 GROUP_COMMAND, .completion = COMPLETE_DIRECTORY,
	 .manual = "Where siplaunch writes the files: a volume that the router's container has as well. It "
		   "must exist."},
	{"memory-limit", 0, "BYTES", INIT, FORM_TEXT, FIELD(init.memory_limit), NULL,
	 "the memory limit of the router's container, which init cannot see", GROUP_COMMAND,
	 .manual = "The memory limit of the router's container: a number of bytes, or a size that means the "
		   "same to everybody, such as `512Mi` or `512MiB`. siplaunch refuses `512M`, which is "
		   "decimal to Kubernetes."},
	{"router-config", 0, "FILE", INIT, FORM_TEXT, FIELD(init.router_config), NULL,
	 "the router's configuration as it is mounted here: for the number of its processes", GROUP_COMMAND,
	 .completion = COMPLETE_FILE,
	 .manual = "The router's configuration where it is mounted here, for the number of processes. "
		   "Without this option it is that of *command*."},
	{"install", 0, NULL, INIT, FORM_SWITCH, FIELD(init.install), NULL,
	 "copy this siplaunch into DIR as well; it must be a static build", GROUP_COMMAND,
	 .manual = "Copy the running siplaunch into *dir* as well, so that an image without it can start it. "
		   "Only a static build (`make static`) can be copied. With neither a profile nor a command "
		   "siplaunch plans nothing: *dir* gets `bin/siplaunch` and all profiles, for any router."},
	{"image", 0, "IMAGE", EXPORT, FORM_TEXT, FIELD(export.image), NULL,
	 "the image of the router's container", GROUP_COMMAND,
	 .manual = "The image of the router's container. Without this option you fill it in."},
	{"init-image", 0, "IMAGE", EXPORT, FORM_TEXT, FIELD(export.init_image), NULL,
	 "kubernetes: the image that siplaunch comes from, for the init container", GROUP_COMMAND,
	 .manual =
		 "Kubernetes: the image that siplaunch comes from, for the init container; a static build."},
	{"name", 0, "NAME", EXPORT, FORM_TEXT, FIELD(export.name), NULL,
	 "the name of the container, the pod or the service; default: the router's", GROUP_COMMAND,
	 .manual = "The name of the container, the pod or the service. Without this option it is the "
		   "router's name, for a service with `siplaunch-` in front."},
	{"kind", 0, "deployment|pod", EXPORT, FORM_CHOICE, FIELD(export.kind), kinds,
	 "kubernetes: the object to write", GROUP_COMMAND,
	 .manual = "Kubernetes: the object that siplaunch writes. The default is `deployment`."},
	{"sysctls", 0, "init|pod", EXPORT, FORM_CHOICE, FIELD(export.sysctls), sysctl_ways,
	 "kubernetes: who sets IPC limits, a privileged init container or the kubelet, which has to allow "
	 "them",
	 GROUP_COMMAND,
	 .manual = "Kubernetes: who sets IPC limits that a new namespace does not have. `init` is siplaunch "
		   "in the init container, which is privileged for that; `pod` is the kubelet, whose option "
		   "`--allowed-unsafe-sysctls` has to name them."},
	{"host", 0, "DIR", PLAN | DOCTOR, FORM_TEXT, FIELD(launch.host), NULL,
	 "plan for the host whose proc and sys were copied into DIR", GROUP_COMMAND,
	 .completion = COMPLETE_DIRECTORY,
	 .manual = "Plan for another machine: the one whose `/proc` and `/sys` were copied to `DIR/proc` and "
		   "`DIR/sys`. siplaunch reads user and group names from `DIR/etc`; it still reads the "
		   "profile and the router's configuration from here."},
	{"pods", 0, "COUNT", PLAN, FORM_COUNT, FIELD(fleet.asked.pods), NULL,
	 "the memory that each of COUNT pods needs to carry the workload, also while one of them is down",
	 GROUP_COMMAND,
	 .manual =
		 "Plan for 1 to 1000 pods that carry the workload (`--workload`) together, in place of this "
		 "machine: siplaunch shows the memory and the pools of each, and what other numbers of "
		 "pods need. While one pod is down the others carry the whole workload; a single pod has "
		 "no spare. The profile's own `sizing.memory` does not count."},
	{"pod-memory", 0, "SIZE", PLAN, FORM_TEXT, FIELD(fleet.pod_memory), NULL,
	 "how many pods with this memory limit carry the workload", GROUP_COMMAND,
	 .manual =
		 "Plan for pods with this memory limit, such as `512MiB`: siplaunch shows how many carry the "
		 "workload while one of them is down. Together with `--pods` it checks whether that number "
		 "is enough."},
	{"replicas", 0, "COUNT|auto", EXPORT, FORM_TEXT, FIELD(export.replicas), NULL,
	 "kubernetes: how many pods; with --workload each gets its share of it", GROUP_COMMAND,
	 .completion = COMPLETE_WORDS, .words = "auto",
	 .manual =
		 "Kubernetes: the number of the Deployment's pods, 1 to 1000; the default is 2. With a "
		 "workload (`--workload`) siplaunch exports a pod that carries its share while one is down, "
		 "as `plan --pods` shows it: with the memory that it needs, or with `--set "
		 "sizing.memory`. `auto` is the number of pods that the workload needs with the profile's "
		 "`sizing.memory`."},
	{"cgroup", 0, "PATH", INSPECT | TOP | ADVISE, FORM_TEXT, FIELD(running.cgroup), NULL,
	 "the router in this group, as in /proc/PID/cgroup", GROUP_COMMAND, .completion = COMPLETE_CGROUP,
	 .manual = "The router that runs in this group, or below it, as `/proc/PID/cgroup` names it."},
	{"write-profile", 0, "FILE", INSPECT, FORM_TEXT, FIELD(inspect.write_profile), NULL,
	 "write what the router has as a profile", GROUP_COMMAND, .completion = COMPLETE_FILE,
	 .manual =
		 "Write what the running router has as a profile that starts it like this again, with the "
		 "number of its processes. With `--watch` siplaunch writes it when the watch is "
		 "interrupted or the router ends, and adds what one registration, dialog and transaction of this router takes "
		 "(`sizing.measured`), where the samples show that with an error of 10 % at most."},
	{"mi", 0, "ADDRESS", INSPECT | TOP | ADVISE | TUNE, FORM_TEXT, FIELD(running.management), NULL,
	 "ask the router there: unix:PATH, fifo:PATH, ctl:PATH, udp:HOST:PORT, http://HOST:PORT/mi",
	 GROUP_COMMAND, .completion = COMPLETE_FILE,
	 .manual = "Where siplaunch asks the router for its statistics, if not where the router's "
		   "configuration says: `unix:PATH` (mi_datagram, jsonrpcs), `fifo:PATH` or "
		   "`fifo:PATH,reply=DIR` (mi_fifo, jsonrpcs), `udp:HOST:PORT`, `http://HOST:PORT/PATH` "
		   "(mi_http), `ctl:PATH` or `ctl:tcp:HOST:PORT` (ctl), or a path alone: siplaunch looks "
		   "whether it is a FIFO or a socket. siplaunch asks only this machine: a host is a loopback "
		   "address, or one of this machine's own."},
	{"watch", 0, "[=SECONDS]", INSPECT, FORM_SECONDS, FIELD(inspect.watch), NULL,
	 "look again every SECONDS (2) until interrupted; with --format json a line each", GROUP_COMMAND,
	 .completion = COMPLETE_WORDS, .words = "1 2 10",
	 .manual =
		 "Look again every so many seconds, 2 without a number, until interrupted: memory "
		 "promised, touched and used, the pools, what SIP came in. On a terminal siplaunch fits "
		 "the page to its size, and says in the last line what it leaves out; with `--format json` "
		 "each look is a line with an object, as `advise` reads them. The interval stays the same: "
		 "siplaunch skips samples that a slow router delays. If the router ends, siplaunch waits until "
		 "it runs again, and continues with the new one. If you chose the router by its pid, the "
		 "watch ends with the router, with exit status 125."},
	{"interval", 0, "SECONDS", TOP, FORM_SECONDS, FIELD(top.interval), NULL,
	 "take a sample every SECONDS (2); + and - change it", GROUP_COMMAND, .completion = COMPLETE_WORDS,
	 .words = "1 2 10",
	 .manual =
		 "Take a sample every so many seconds: 1 to 86400; 2 by default. The keys `+` and `-` change "
		 "it."},
	{"replay", 0, "FILE", TOP, FORM_TEXT, FIELD(top.replay), NULL,
	 "show recorded samples in place of a router; - is standard input", GROUP_COMMAND,
	 .completion = COMPLETE_FILE,
	 .manual =
		 "Show the samples in *file* in place of a running router: those that the key `w` wrote, or "
		 "`inspect --watch --format json`. With `-` they come from standard input, and the keys "
		 "from `/dev/tty`."},
	{"modules", 0, NULL, INSPECT | TOP, FORM_SWITCH, FIELD(inspect.modules), NULL,
	 "query memory by module each time, however large the pool is", GROUP_COMMAND,
	 .manual = "Query the router for its memory by module with each sample. Without this option "
		   "siplaunch queries at most once a minute, and not at all if more than 256 MiB of the "
		   "shared pool are in use: Kamailio counts each allocation, and no process of it allocates "
		   "meanwhile (30 ms for a million allocations). OpenSIPS keeps these numbers, and reports "
		   "them if it was built with `SHM_EXTRA_STATS`."},
	{"supervise", 's', NULL, RUN | PLAN | DOCTOR, FORM_SWITCH, FIELD(launch.supervise), NULL,
	 "stay as the parent process: forward signals, reap, report OOM kills", GROUP_SUPERVISION,
	 .manual = "Stay as the parent process and watch the router, regardless of the profile's `handoff`: "
		   "see [Supervision]."},
	{"die-with-parent", 0, "[=SIGNAL]", RUN | PLAN | DOCTOR, FORM_CHOICE, FIELD(launch.parent_signal),
	 signals, "the router gets SIGNAL (SIGTERM) when its parent process, supervised siplaunch, ends",
	 GROUP_SUPERVISION,
	 .manual = "The kernel sends *signal* to the router's main process when its parent process ends: "
		   "supervised, that is siplaunch, else the process that started siplaunch. One of `SIGTERM` "
		   "(default), `SIGKILL`, `SIGINT` and `SIGQUIT`, regardless of the profile's "
		   "`parentDeathSignal`, or `profile`: see [When the parent process ends]."},
	{"stop-timeout", 0, "SECONDS", RUN, FORM_SECONDS, FIELD(launch.stop_timeout), NULL,
	 "supervised: a second request to stop, this long after the first, kills the router (10)",
	 GROUP_SUPERVISION, .completion = COMPLETE_WORDS, .words = "10 30 60",
	 .manual = "Supervised: a second request to stop that comes this long after the first or later kills "
		   "the router. 1 to 86400; 10 by default."},
	{"report", 0, "FILE", RUN, FORM_TEXT, FIELD(launch.report), NULL,
	 "supervised: write how the router ended, as JSON; /dev/termination-log in Kubernetes",
	 GROUP_SUPERVISION, .completion = COMPLETE_FILE,
	 .manual =
		 "Supervised: write how the router ended to *file* as JSON, in one piece; with `-` to "
		 "standard output. In Kubernetes `/dev/termination-log` is a good file. A file that cannot be written is an error before "
		 "siplaunch launches anything; see [Files that are written]."},
	{"entrypoint", 0, "COMMAND", RUN | PLAN | DOCTOR, FORM_TEXT, FIELD(launch.entrypoint), NULL,
	 "for images: put before a command that begins with an option; without it $SIPLAUNCH_ENTRYPOINT",
	 GROUP_COMMAND, .completion = COMPLETE_COMMAND,
	 .manual =
		 "For the `ENTRYPOINT` of an image: when the router's command is empty or begins with an "
		 "option, the words of *command* go in front of it; any other command runs as it is. "
		 "siplaunch splits the words at blanks; there is no quoting. It leaves out an option that "
		 "the router's command has too: `-DD` before `-DD -f FILE` would be four `D`, which Kamailio "
		 "treats as none. Without this option siplaunch uses `$SIPLAUNCH_ENTRYPOINT`."},
	{"load", 0, "COMMAND", TUNE, FORM_TEXT, FIELD(tune.load), NULL,
	 "load command, for /bin/sh; exit status 0 = pass", GROUP_COMMAND, .completion = COMPLETE_COMMAND,
	 .manual =
		 "The load that each size must pass: a shell command that exits 0 if it passed, such as "
		 "sipp(1) with a scenario. Its environment has `$SIPLAUNCH_ROUND`, `$SIPLAUNCH_SHM_MB` and "
		 "`$SIPLAUNCH_PKG_MB`, the number of the round and its sizes, and `$SIPLAUNCH_ROUTER_PID`."},
	{"check", 0, "COMMAND", TUNE, FORM_TEXT, FIELD(tune.check), NULL,
	 "check command, after the load while the router still runs; exit status 0 = pass", GROUP_COMMAND,
	 .completion = COMPLETE_COMMAND,
	 .manual = "Run after a load that passed, while the router still runs, in the same environment: the "
		   "sizes pass only if it exits 0."},
	{"ready", 0, "COMMAND", TUNE, FORM_TEXT, FIELD(tune.ready), NULL,
	 "ready command, run until it exits 0; without it the load waits for the router's statistics",
	 GROUP_COMMAND, .completion = COMPLETE_COMMAND,
	 .manual = "Checks whether the router answers: siplaunch runs it before the load, until it exits 0. "
		   "Without it the load begins when the router answers with its statistics, "
		   "or, if its configuration has no management interface, as soon as the router runs."},
	{"budget", 0, "TIME", TUNE, FORM_TIME, FIELD(tune.budget), NULL,
	 "the maximum time for all rounds: 90s, 20m, 2h", GROUP_COMMAND, .completion = COMPLETE_WORDS,
	 .words = "10m 20m 1h",
	 .manual =
		 "The maximum time for all rounds: `90s`, `20m`, `2h`, up to a week. Before that time ends, "
		 "siplaunch confirms the smallest sizes that it has found."},
	{"rounds", 0, "COUNT", TUNE, FORM_COUNT, FIELD(tune.rounds), NULL,
	 "the maximum number of sizes to try (30)", GROUP_COMMAND, .completion = COMPLETE_WORDS,
	 .words = "10 20 30",
	 .manual = "How many sizes siplaunch tries at most, the last one to confirm: 1 to 1000; 30 by "
		   "default."},
	{"output", 'o', "FILE", REPORT, FORM_TEXT, FIELD(page.output), NULL,
	 "the page's file; without it, or with -, standard output", GROUP_COMMAND,
	 .completion = COMPLETE_FILE,
	 .manual =
		 "The file that the page is written to. siplaunch writes a temporary file in the same "
		 "directory, and renames it. It replaces only a regular file that is not one of its inputs. "
		 "Without this option, or with `-`, the page goes to standard output, unless that is a "
		 "terminal."},
	{"margin", 0, "PERCENT", ADVISE | TUNE | REPORT, FORM_PERCENT, FIELD(sizes.margin), NULL,
	 "how much larger than the maximum use the pools become (20)", GROUP_COMMAND,
	 .completion = COMPLETE_WORDS, .words = "10 20 25 50",
	 .manual =
		 "How much larger than the maximum use the pools become, in percent: 0 to 400; 20 by default."},
	{"write", 0, "FILE", ADVISE | TUNE, FORM_TEXT, FIELD(sizes.write), NULL,
	 "write the sizes as a profile that extends the given one", GROUP_COMMAND,
	 .completion = COMPLETE_FILE,
	 .manual = "Write the sizes as a profile that extends the given one. Nothing else changes, except "
		   "what `--set` and `--policy` say. siplaunch loads and checks the profile before it puts "
		   "it in place, and never replaces an existing file."},
	{"keep", 0, "DIR", TUNE, FORM_TEXT, FIELD(tune.keep), NULL,
	 "keep what router, load and check printed, a file each for every round", GROUP_COMMAND,
	 .completion = COMPLETE_DIRECTORY,
	 .manual = "Keep what router, load and check printed in each round: `01-router.log`, "
		   "`01-load.log`, `01-check.log`, and its `01-report.json`. siplaunch creates *dir* if it "
		   "does not exist. It removes files of these names from an earlier run before the first "
		   "round."},
	{"capability", 0, "CAP", SECCOMP, FORM_LIST, FIELD(seccomp.capabilities), NULL,
	 "for rules that ask for it: one that the router has; may be given more than once", GROUP_COMMAND,
	 .completion = COMPLETE_WORDS,
	 .words = "CAP_NET_ADMIN CAP_NET_BIND_SERVICE CAP_NET_RAW CAP_SYS_ADMIN CAP_SYS_NICE",
	 .manual = "A capability that the router has, such as `CAP_SYS_NICE`, for rules that ask for it. May "
		   "be given more than once."},
	{"all-architectures", 0, NULL, SECCOMP, FORM_SWITCH, FIELD(seccomp.all_architectures), NULL,
	 "those of the profile's archMap as well, such as x86 on x86_64", GROUP_COMMAND,
	 .manual =
		 "Make the program for the architectures of the profile's `archMap` as well, such as 32-bit "
		 "x86 in addition to x86_64."},
	{"newer-enosys", 0, NULL, SECCOMP, FORM_SWITCH, FIELD(seccomp.newer_enosys), NULL,
	 "calls newer than any that the filter names fail with ENOSYS, as with runc", GROUP_COMMAND,
	 .manual = "System calls newer than any that the filter names fail with `ENOSYS`, as with runc and "
		   "the profile's `seccompNewer`."},
	{"format", 0, "text|json|openmetrics",
	 PLAN | DOCTOR | INIT | EXPORT | INSPECT | ADVISE | TUNE | PROFILES | SECCOMP, FORM_CHOICE,
	 FIELD(output.format), outputs, "how the result is printed; openmetrics: by inspect only",
	 GROUP_OUTPUT,
	 .manual =
		 "How siplaunch prints the result. The JSON of a plan, of the doctor, of an export, of an "
		 "inspection and of advice is stable; `plan-json.md`, `doctor-json.md`, `export-json.md`, "
		 "`inspect-json.md`, `sample-json.md` and `advise-json.md` in `/usr/share/doc/siplaunch` "
		 "document it. `inspect` prints `openmetrics` as well, for Prometheus: of every router that "
		 "matches, or runs if no *router* is given. siplaunch then exits 0 also after drift and "
		 "without a router, because the metrics say so: see `metrics.md` there."},
	{"log-format", 0, "text|json",
	 RUN | PLAN | DOCTOR | INIT | EXPORT | INSPECT | TOP | ADVISE | TUNE | REPORT | PROFILES | SECCOMP,
	 FORM_CHOICE, FIELD(output.log_format), log_outputs, "format of messages on standard error",
	 GROUP_OUTPUT,
	 .manual = "How siplaunch prints errors, warnings and the line before it executes the router on "
		   "standard error. `json` is one object a line, with a `level` of `error`, `warning`, "
		   "`info` or `debug`."},
	{"quiet", 'q', NULL, RUN | TUNE, FORM_SWITCH, FIELD(output.quiet), NULL,
	 "print nothing on standard error unless it fails", GROUP_OUTPUT, .excludes = "verbose",
	 .manual = "Print nothing on standard error unless it fails."},
	{"verbose", 'v', NULL, RUN | PLAN | DOCTOR | INIT | INSPECT, FORM_SWITCH, FIELD(output.verbose), NULL,
	 "every step, with its file and policy", GROUP_OUTPUT, .excludes = "quiet",
	 .manual = "Print every step with its file, the origin of its value and its policy, also those that "
		   "are skipped; with `plan` also the lines of the configuration that the number of "
		   "processes comes from, and what siplaunch could not read of the host."},
	{"color", 0, "auto|always|never",
	 RUN | PLAN | DOCTOR | INIT | EXPORT | INSPECT | TOP | ADVISE | TUNE | REPORT | PROFILES | SECCOMP,
	 FORM_CHOICE, FIELD(output.color), colors, "colours; auto: on a terminal, without $NO_COLOR",
	 GROUP_OUTPUT,
	 .manual = "Colours. `auto` is for a terminal, unless `$NO_COLOR` is set or the terminal is `dumb`."},
	{"help", 'h', NULL, ALL, FORM_SWITCH, FIELD(help), NULL,
	 "this help, or that of the subcommand before it", GROUP_GENERAL, .manual = "Print help and exit."},
	{"version", 'V', NULL, ALL, FORM_SWITCH, FIELD(version), NULL,
	 "the version, with that of the libraries", GROUP_GENERAL,
	 .manual = "Print the version of siplaunch, those of the libraries that it was built with, and those "
		   "of the libseccomp, jansson, libyaml and ncurses in use (in a static build, the linked "
		   "ones). Versions of libseccomp before 2.6.1 weaken filters that compare one argument in "
		   "several rules (GHSA-4q85-33p6-j5g6); siplaunch leaves no comparison of arguments to "
		   "libseccomp, so that its filters are the same with each version."},
};
const size_t option_row_count = ARRAY_SIZE(option_rows);
