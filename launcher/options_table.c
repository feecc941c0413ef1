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

/* In the order in which help shows them. */
const struct option_row option_rows[] = {
	{"profile", 'p', "NAME|PATH", RUN | PLAN | DOCTOR | INIT | EXPORT | INSPECT | ADVISE | TUNE,
	 FORM_TEXT, FIELD(profile), NULL,
	 "the profile; without it $SIPLAUNCH_PROFILE, else the one named like the router"},
	{"profile-dir", 0, "DIR",
	 RUN | PLAN | DOCTOR | INIT | EXPORT | INSPECT | ADVISE | TUNE | PROFILES | SECCOMP, FORM_LIST,
	 FIELD(profile_dirs), NULL, "look for profiles here first; may be given more than once"},
	{"set", 0, "KEY=VALUE", RUN | PLAN | DOCTOR | INIT | EXPORT | INSPECT | TUNE | PROFILES, FORM_PAIRS,
	 FIELD(sets), NULL, "override one value of the profile: sizing.memory=2GiB"},
	{"policy", 0, "KEY=VALUE", RUN | PLAN | DOCTOR | INIT | EXPORT | INSPECT | TUNE | PROFILES,
	 FORM_PAIRS, FIELD(policies), NULL,
	 "what a refusal means: sysctl=prefer, cgroup/pids.max=skip, default=require"},
	{"workload", 0, "KEY=NUMBER", RUN | PLAN | DOCTOR, FORM_PAIRS, FIELD(workloads), NULL,
	 "what the router is to carry, for sizing.workload: registrations=100000"},
	{"allow-insecure-profile", 0, NULL, RUN | PLAN | DOCTOR | INIT | TUNE, FORM_SWITCH,
	 FIELD(insecure_profile), NULL, "as root: take a profile that others can change"},
	{"plan", 0, "FILE", RUN | PLAN | DOCTOR, FORM_TEXT, FIELD(plan), NULL,
	 "the plan that init has made in this pod: its profile, and its sizes where they still fit"},
	{"out", 0, "DIR", INIT, FORM_TEXT, FIELD(out), NULL,
	 "where plan.json, siplaunch.env and the profile are written: a volume that the router's container has too"},
	{"memory-limit", 0, "BYTES", INIT, FORM_TEXT, FIELD(memory_limit), NULL,
	 "the memory limit of the router's container, which init cannot see"},
	{"router-config", 0, "FILE", INIT, FORM_TEXT, FIELD(router_config), NULL,
	 "the router's configuration as it is mounted here: for the number of its processes"},
	{"install", 0, NULL, INIT, FORM_SWITCH, FIELD(install), NULL,
	 "copy this siplaunch into DIR as well; it must be a static build"},
	{"image", 0, "IMAGE", EXPORT, FORM_TEXT, FIELD(image), NULL, "the image of the router's container"},
	{"init-image", 0, "IMAGE", EXPORT, FORM_TEXT, FIELD(init_image), NULL,
	 "kubernetes: the image that siplaunch comes from, for the init container"},
	{"name", 0, "NAME", EXPORT, FORM_TEXT, FIELD(name), NULL,
	 "of the container, the pod or the service; the router's, if it is not given"},
	{"kind", 0, "deployment|pod", EXPORT, FORM_CHOICE, FIELD(kind), kinds, "kubernetes: what is made"},
	{"sysctls", 0, "init|pod", EXPORT, FORM_CHOICE, FIELD(sysctls), sysctl_ways,
	 "kubernetes: who sets IPC limits, a privileged init container or the kubelet, which has to allow them"},
	{"host", 0, "DIR", PLAN | DOCTOR, FORM_TEXT, FIELD(host), NULL,
	 "plan for the host whose proc and sys were copied into DIR"},
	{"cgroup", 0, "PATH", INSPECT | ADVISE, FORM_TEXT, FIELD(cgroup), NULL,
	 "the router in this group, as in /proc/PID/cgroup"},
	{"write-profile", 0, "FILE", INSPECT, FORM_TEXT, FIELD(write_profile), NULL,
	 "write what the router has as a profile"},
	{"mi", 0, "ADDRESS", INSPECT | ADVISE | TUNE, FORM_TEXT, FIELD(management), NULL,
	 "ask the router there: unix:PATH, fifo:PATH, ctl:PATH, udp:HOST:PORT, http://HOST:PORT/mi"},
	{"watch", 0, "[=SECONDS]", INSPECT, FORM_SECONDS, FIELD(watch), NULL,
	 "look again every SECONDS (2) until interrupted; with --format json a line each"},
	{"supervise", 's', NULL, RUN | PLAN | DOCTOR, FORM_SWITCH, FIELD(supervise), NULL,
	 "stay, outside the router's group: forward signals, reap, tell of OOM kills, end with a true status"},
	{"stop-timeout", 0, "SECONDS", RUN, FORM_SECONDS, FIELD(stop_timeout), NULL,
	 "supervised: a second request to stop after so long kills the router (10)"},
	{"report", 0, "FILE", RUN, FORM_TEXT, FIELD(report), NULL,
	 "supervised: how it ended, as JSON; /dev/termination-log in Kubernetes"},
	{"entrypoint", 0, "COMMAND", RUN | PLAN | DOCTOR, FORM_TEXT, FIELD(entrypoint), NULL,
	 "for images: goes before a command of options; without it $SIPLAUNCH_ENTRYPOINT"},
	{"load", 0, "COMMAND", TUNE, FORM_TEXT, FIELD(load), NULL,
	 "what each size must stand, by /bin/sh: exit status 0 means that it did"},
	{"check", 0, "COMMAND", TUNE, FORM_TEXT, FIELD(check), NULL,
	 "after the load, while the router still runs: whether all is as it should be"},
	{"ready", 0, "COMMAND", TUNE, FORM_TEXT, FIELD(ready), NULL,
	 "whether the router answers, asked until it does; else its statistics are waited for"},
	{"budget", 0, "TIME", TUNE, FORM_TIME, FIELD(budget), NULL,
	 "the time that there is for all of it: 90s, 20m, 2h"},
	{"rounds", 0, "COUNT", TUNE, FORM_COUNT, FIELD(rounds), NULL,
	 "how many sizes are tried at the most (30)"},
	{"margin", 0, "PERCENT", ADVISE | TUNE, FORM_PERCENT, FIELD(margin), NULL,
	 "what the pools are to have above what was needed (20)"},
	{"write", 0, "FILE", ADVISE | TUNE, FORM_TEXT, FIELD(write), NULL,
	 "write the sizes as a profile that extends the given one"},
	{"keep", 0, "DIR", TUNE, FORM_TEXT, FIELD(keep), NULL,
	 "keep what router, load and check printed, a file each for every round"},
	{"capability", 0, "CAP", SECCOMP, FORM_LIST, FIELD(capabilities), NULL,
	 "for rules that ask for it: one that the router has; may be given more than once"},
	{"all-architectures", 0, NULL, SECCOMP, FORM_SWITCH, FIELD(all_architectures), NULL,
	 "those of the profile's archMap as well, such as x86 beside x86_64"},
	{"format", 0, "text|json",
	 PLAN | DOCTOR | INIT | EXPORT | INSPECT | ADVISE | TUNE | PROFILES | SECCOMP, FORM_CHOICE,
	 FIELD(format), outputs, "how the result is printed"},
	{"log-format", 0, "text|json",
	 RUN | PLAN | DOCTOR | INIT | EXPORT | INSPECT | ADVISE | TUNE | PROFILES | SECCOMP, FORM_CHOICE,
	 FIELD(log_format), outputs, "how errors and notices are printed on standard error"},
	{"quiet", 'q', NULL, RUN | TUNE, FORM_SWITCH, FIELD(quiet), NULL, "say nothing unless it fails"},
	{"verbose", 'v', NULL, RUN | PLAN | DOCTOR | INIT | INSPECT, FORM_SWITCH, FIELD(verbose), NULL,
	 "every step, with its file and policy"},
	{"color", 0, "auto|always|never",
	 RUN | PLAN | DOCTOR | INIT | EXPORT | INSPECT | ADVISE | TUNE | PROFILES | SECCOMP, FORM_CHOICE,
	 FIELD(color), colors, "colours; auto is for a terminal, unless $NO_COLOR is set"},
	{"help", 'h', NULL, ALL, FORM_SWITCH, FIELD(help), NULL,
	 "this help, or that of the command before it"},
	{"version", 'V', NULL, ALL, FORM_SWITCH, FIELD(version), NULL,
	 "the version, with that of the libraries"},
};
const size_t option_row_count = ARRAY_SIZE(option_rows);
