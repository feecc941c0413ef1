/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "base/alloc.h"

#define RUN      (1u << COMMAND_RUN)
#define PLAN     (1u << COMMAND_PLAN)
#define INSPECT  (1u << COMMAND_INSPECT)
#define PROFILES (1u << COMMAND_PROFILES)
#define ALL      ((1u << COMMAND_COUNT) - 1)

#define FIELD(NAME) offsetof(struct options, NAME)

static const char *const outputs[] = {[OUTPUT_TEXT] = "text", [OUTPUT_JSON] = "json", NULL};
static const char *const colors[] = {
	[COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never", NULL};

/* In the order in which help shows them. */
const struct option_row option_rows[] = {
	{"profile", 'p', "NAME|PATH", RUN | PLAN | INSPECT, FORM_TEXT, FIELD(profile), NULL,
	 "the profile; without it $SIPLAUNCH_PROFILE, else the one named like the router"},
	{"profile-dir", 0, "DIR", RUN | PLAN | INSPECT | PROFILES, FORM_LIST, FIELD(profile_dirs), NULL,
	 "look for profiles here first; may be given more than once"},
	{"set", 0, "KEY=VALUE", RUN | PLAN | INSPECT | PROFILES, FORM_PAIRS, FIELD(sets), NULL,
	 "override one value of the profile: sizing.memory=2GiB"},
	{"policy", 0, "KEY=VALUE", RUN | PLAN | INSPECT | PROFILES, FORM_PAIRS, FIELD(policies), NULL,
	 "what a refusal means: sysctl=prefer, cgroup/pids.max=skip, default=require"},
	{"host", 0, "DIR", PLAN, FORM_TEXT, FIELD(host), NULL,
	 "plan for the host whose proc and sys were copied into DIR"},
	{"cgroup", 0, "PATH", INSPECT, FORM_TEXT, FIELD(cgroup), NULL,
	 "the group to look into, as in /proc/PID/cgroup"},
	{"write-profile", 0, "FILE", INSPECT, FORM_TEXT, FIELD(write_profile), NULL,
	 "write what the router has as a profile"},
	{"format", 0, "text|json", PLAN | INSPECT | PROFILES, FORM_CHOICE, FIELD(format), outputs,
	 "how the result is printed"},
	{"log-format", 0, "text|json", RUN | PLAN | INSPECT | PROFILES, FORM_CHOICE, FIELD(log_format),
	 outputs, "how errors and notices are printed on standard error"},
	{"quiet", 'q', NULL, RUN, FORM_SWITCH, FIELD(quiet), NULL, "say nothing unless it fails"},
	{"verbose", 'v', NULL, RUN | PLAN | INSPECT, FORM_SWITCH, FIELD(verbose), NULL,
	 "every step, with its file and policy"},
	{"color", 0, "auto|always|never", RUN | PLAN | INSPECT | PROFILES, FORM_CHOICE, FIELD(color), colors,
	 "colours; auto is for a terminal, unless $NO_COLOR is set"},
	{"help", 'h', NULL, ALL, FORM_SWITCH, FIELD(help), NULL,
	 "this help, or that of the command before it"},
	{"version", 'V', NULL, ALL, FORM_SWITCH, FIELD(version), NULL,
	 "the version, with that of the libraries"},
};
const size_t option_row_count = ARRAY_SIZE(option_rows);
