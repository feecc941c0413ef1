/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "base/alloc.h"

#define RUN      (1u << COMMAND_RUN)
#define PLAN     (1u << COMMAND_PLAN)
#define INSPECT  (1u << COMMAND_INSPECT)
#define DOCTOR   (1u << COMMAND_DOCTOR)
#define INIT     (1u << COMMAND_INIT)
#define EXPORT   (1u << COMMAND_EXPORT)
#define ADVISE   (1u << COMMAND_ADVISE)
#define TUNE     (1u << COMMAND_TUNE)
#define PROFILES (1u << COMMAND_PROFILES)
#define SECCOMP  (1u << COMMAND_SECCOMP)
#define ALL      ((1u << COMMAND_COUNT) - 1)

#define FIELD(NAME) offsetof(struct options, NAME)

static const char *const outputs[] = {[OUTPUT_TEXT] = "text", [OUTPUT_JSON] = "json", NULL};
static const char *const colors[] = {
	[COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never", NULL};
static const char *const kinds[] = {[EXPORT_DEPLOYMENT] = "deployment", [EXPORT_POD] = "pod", NULL};
static const char *const sysctl_ways[] = {[EXPORT_SYSCTLS_INIT] = "init", [EXPORT_SYSCTLS_POD] = "pod", NULL};

/* By enum parent_signal; the first: what the profile's parentDeathSignal says. */
static const char *const signals[] = {"profile", "SIGTERM", "SIGKILL", "SIGINT", "SIGQUIT", NULL};

/* In the order in which help shows them. */
const struct option_row option_rows[] = {
	{"profile", 'p', "NAME|PATH", RUN | PLAN | DOCTOR | INIT | EXPORT | INSPECT | ADVISE | TUNE,
	 FORM_TEXT, FIELD(profile), NULL,
	 "the profile; without it $SIPLAUNCH_PROFILE, else the one named like the router", GROUP_PROFILE},
	{"profile-dir", 0, "DIR",
	 RUN | PLAN | DOCTOR | INIT | EXPORT | INSPECT | ADVISE | TUNE | PROFILES | SECCOMP, FORM_LIST,
	 FIELD(profile_dirs), NULL, "look for profiles here first; repeatable", GROUP_PROFILE},
	{"set", 0, "KEY=VALUE", RUN | PLAN | DOCTOR | INIT | EXPORT | INSPECT | TUNE | PROFILES, FORM_PAIRS,
	 FIELD(sets), NULL, "override one value of the profile: sizing.memory=2GiB", GROUP_PROFILE},
	{"policy", 0, "KEY=VALUE", RUN | PLAN | DOCTOR | INIT | EXPORT | INSPECT | TUNE | PROFILES,
	 FORM_PAIRS, FIELD(policies), NULL,
	 "what a refusal means: sysctl=prefer, cgroup/pids.max=skip, default=require", GROUP_PROFILE},
	{"workload", 0, "KEY=NUMBER", RUN | PLAN | DOCTOR, FORM_PAIRS, FIELD(workloads), NULL,
	 "what the router is to carry, for sizing.workload: registrations=100000", GROUP_PROFILE},
	{"allow-insecure-profile", 0, NULL, RUN | PLAN | DOCTOR | INIT | TUNE, FORM_SWITCH,
	 FIELD(insecure_profile), NULL, "as root: take a profile that others can change", GROUP_PROFILE},
	{"plan", 0, "FILE", RUN | PLAN | DOCTOR, FORM_TEXT, FIELD(plan), NULL,
	 "the plan that init has made in this pod: its profile, and its sizes where they still fit",
	 GROUP_PROFILE},
	{"out", 0, "DIR", INIT, FORM_TEXT, FIELD(out), NULL,
	 "where plan.json, siplaunch.env and the profile are written: a volume that the router's container has too",
	 GROUP_COMMAND},
	{"memory-limit", 0, "BYTES", INIT, FORM_TEXT, FIELD(memory_limit), NULL,
	 "the memory limit of the router's container, which init cannot see", GROUP_COMMAND},
	{"router-config", 0, "FILE", INIT, FORM_TEXT, FIELD(router_config), NULL,
	 "the router's configuration as it is mounted here: for the number of its processes", GROUP_COMMAND},
	{"install", 0, NULL, INIT, FORM_SWITCH, FIELD(install), NULL,
	 "copy this siplaunch into DIR as well; it must be a static build", GROUP_COMMAND},
	{"image", 0, "IMAGE", EXPORT, FORM_TEXT, FIELD(image), NULL, "the image of the router's container",
	 GROUP_COMMAND},
	{"init-image", 0, "IMAGE", EXPORT, FORM_TEXT, FIELD(init_image), NULL,
	 "kubernetes: the image that siplaunch comes from, for the init container", GROUP_COMMAND},
	{"name", 0, "NAME", EXPORT, FORM_TEXT, FIELD(name), NULL,
	 "of the container, the pod or the service; the router's, if it is not given", GROUP_COMMAND},
	{"kind", 0, "deployment|pod", EXPORT, FORM_CHOICE, FIELD(kind), kinds, "kubernetes: what is made",
	 GROUP_COMMAND},
	{"sysctls", 0, "init|pod", EXPORT, FORM_CHOICE, FIELD(sysctls), sysctl_ways,
	 "kubernetes: who sets IPC limits, a privileged init container or the kubelet, which has to allow them",
	 GROUP_COMMAND},
	{"host", 0, "DIR", PLAN | DOCTOR, FORM_TEXT, FIELD(host), NULL,
	 "plan for the host whose proc and sys were copied into DIR", GROUP_COMMAND},
	{"cgroup", 0, "PATH", INSPECT | ADVISE, FORM_TEXT, FIELD(cgroup), NULL,
	 "the router in this group, as in /proc/PID/cgroup", GROUP_COMMAND},
	{"write-profile", 0, "FILE", INSPECT, FORM_TEXT, FIELD(write_profile), NULL,
	 "write what the router has as a profile", GROUP_COMMAND},
	{"mi", 0, "ADDRESS", INSPECT | ADVISE | TUNE, FORM_TEXT, FIELD(management), NULL,
	 "ask the router there: unix:PATH, fifo:PATH, ctl:PATH, udp:HOST:PORT, http://HOST:PORT/mi",
	 GROUP_COMMAND},
	{"watch", 0, "[=SECONDS]", INSPECT, FORM_SECONDS, FIELD(watch), NULL,
	 "look again every SECONDS (2) until interrupted; with --format json a line each", GROUP_COMMAND},
	{"supervise", 's', NULL, RUN | PLAN | DOCTOR, FORM_SWITCH, FIELD(supervise), NULL,
	 "stay as the parent process: forward signals, reap, report OOM kills", GROUP_SUPERVISION},
	{"die-with-parent", 0, "[=SIGNAL]", RUN | PLAN | DOCTOR, FORM_CHOICE, FIELD(parent_signal), signals,
	 "the router gets SIGNAL (SIGTERM) when its parent process, supervised siplaunch, ends",
	 GROUP_SUPERVISION},
	{"stop-timeout", 0, "SECONDS", RUN, FORM_SECONDS, FIELD(stop_timeout), NULL,
	 "supervised: a second request to stop after so long kills the router (10)", GROUP_SUPERVISION},
	{"report", 0, "FILE", RUN, FORM_TEXT, FIELD(report), NULL,
	 "supervised: how it ended, as JSON; /dev/termination-log in Kubernetes", GROUP_SUPERVISION},
	{"entrypoint", 0, "COMMAND", RUN | PLAN | DOCTOR, FORM_TEXT, FIELD(entrypoint), NULL,
	 "for images: goes before a command of options; without it $SIPLAUNCH_ENTRYPOINT", GROUP_COMMAND},
	{"load", 0, "COMMAND", TUNE, FORM_TEXT, FIELD(load), NULL,
	 "load command, for /bin/sh; exit status 0 = pass", GROUP_COMMAND},
	{"check", 0, "COMMAND", TUNE, FORM_TEXT, FIELD(check), NULL,
	 "after the load, while the router still runs: whether all is as it should be", GROUP_COMMAND},
	{"ready", 0, "COMMAND", TUNE, FORM_TEXT, FIELD(ready), NULL,
	 "whether the router answers, asked until it does; else its statistics are waited for",
	 GROUP_COMMAND},
	{"budget", 0, "TIME", TUNE, FORM_TIME, FIELD(budget), NULL,
	 "the time that there is for all of it: 90s, 20m, 2h", GROUP_COMMAND},
	{"rounds", 0, "COUNT", TUNE, FORM_COUNT, FIELD(rounds), NULL,
	 "how many sizes are tried at the most (30)", GROUP_COMMAND},
	{"margin", 0, "PERCENT", ADVISE | TUNE, FORM_PERCENT, FIELD(margin), NULL,
	 "what the pools are to have above what was needed (20)", GROUP_COMMAND},
	{"write", 0, "FILE", ADVISE | TUNE, FORM_TEXT, FIELD(write), NULL,
	 "write the sizes as a profile that extends the given one", GROUP_COMMAND},
	{"keep", 0, "DIR", TUNE, FORM_TEXT, FIELD(keep), NULL,
	 "keep what router, load and check printed, a file each for every round", GROUP_COMMAND},
	{"capability", 0, "CAP", SECCOMP, FORM_LIST, FIELD(capabilities), NULL,
	 "for rules that ask for it: one that the router has; may be given more than once", GROUP_COMMAND},
	{"all-architectures", 0, NULL, SECCOMP, FORM_SWITCH, FIELD(all_architectures), NULL,
	 "those of the profile's archMap as well, such as x86 beside x86_64", GROUP_COMMAND},
	{"newer-enosys", 0, NULL, SECCOMP, FORM_SWITCH, FIELD(newer_enosys), NULL,
	 "calls newer than any that the filter names fail with ENOSYS, as with runc", GROUP_COMMAND},
	{"format", 0, "text|json",
	 PLAN | DOCTOR | INIT | EXPORT | INSPECT | ADVISE | TUNE | PROFILES | SECCOMP, FORM_CHOICE,
	 FIELD(format), outputs, "how the result is printed", GROUP_OUTPUT},
	{"log-format", 0, "text|json",
	 RUN | PLAN | DOCTOR | INIT | EXPORT | INSPECT | ADVISE | TUNE | PROFILES | SECCOMP, FORM_CHOICE,
	 FIELD(log_format), outputs, "format of messages on standard error", GROUP_OUTPUT},
	{"quiet", 'q', NULL, RUN | TUNE, FORM_SWITCH, FIELD(quiet), NULL, "say nothing unless it fails",
	 GROUP_OUTPUT},
	{"verbose", 'v', NULL, RUN | PLAN | DOCTOR | INIT | INSPECT, FORM_SWITCH, FIELD(verbose), NULL,
	 "every step, with its file and policy", GROUP_OUTPUT},
	{"color", 0, "auto|always|never",
	 RUN | PLAN | DOCTOR | INIT | EXPORT | INSPECT | ADVISE | TUNE | PROFILES | SECCOMP, FORM_CHOICE,
	 FIELD(color), colors, "colours; auto: on a terminal, without $NO_COLOR", GROUP_OUTPUT},
	{"help", 'h', NULL, ALL, FORM_SWITCH, FIELD(help), NULL,
	 "this help, or that of the subcommand before it", GROUP_GENERAL},
	{"version", 'V', NULL, ALL, FORM_SWITCH, FIELD(version), NULL,
	 "the version, with that of the libraries", GROUP_GENERAL},
};
const size_t option_row_count = ARRAY_SIZE(option_rows);
