/* SPDX-License-Identifier: MIT */
#include "commands.h"

#include <string.h>

#include "base/alloc.h"
#include "base/nearest.h"
#include "options.h"

static const char *const tools[] = {"docker", "podman", "compose", "kubernetes", "systemd", "sysctl", NULL};
static const char *const profiles_actions[] = {
	[PROFILES_LIST] = "list", [PROFILES_SHOW] = "show", [PROFILES_CHECK] = "check", NULL};
static const char *const seccomp_actions[] = {
	[SECCOMP_SHOW] = "show", [SECCOMP_CHECK] = "check", [SECCOMP_EXPORT] = "export", NULL};

const struct command commands[COMMAND_COUNT] = {
	[COMMAND_RUN] = {"run", "[run] [OPTIONS] [--] COMMAND [ARGUMENT]...",
			 "apply a profile and execute the router (the default)",
			 "siplaunch reads every value back from the kernel; then COMMAND replaces it. When a "
			 "required step fails, siplaunch undoes what it did and runs nothing.\n",
			 "--profile kamailio-512m -- kamailio -DD -E", command_run, NULL},
	[COMMAND_PLAN] = {"plan", "plan [OPTIONS] [--] COMMAND [ARGUMENT]...",
			  "show what run would do, and why; change nothing",
			  "Exit status: 0 it would run, 1 it would not, 2 bad usage or a bad profile.\n",
			  "plan --profile kamailio-4g -- kamailio -DD -E", command_plan, NULL},
	[COMMAND_DOCTOR] =
		{"doctor", "doctor [OPTIONS] [[--] COMMAND [ARGUMENT]...]",
		 "show what is permitted here, and what a profile is missing",
		 "Changes nothing. Without a profile and a command it shows only this machine.\n"
		 "Exit status: 0 all that is required is available, 1 something is not, 2 bad usage "
		 "or a bad profile.\n",
		 "doctor --profile kamailio-4g", command_doctor, NULL},
	[COMMAND_INIT] = {"init", "init [OPTIONS] --out DIR [[--] COMMAND [ARGUMENT]...]",
			  "prepare a pod for its router: IPC limits, and a plan in DIR",
			  "For an init container. The router's own container then runs\n"
			  "  DIR/siplaunch --plan DIR/plan.json -- COMMAND...\n"
			  "With --install and neither a profile nor a command, init only copies siplaunch\n"
			  "and its profiles, for DIR/bin/siplaunch --profile container -- COMMAND...\n"
			  "Exit status: 0 done, 2 bad usage, 125 refused or failed: nothing is written.\n",
			  "init --memory-limit 512Mi --out /siplaunch -- kamailio -DD -E", command_init,
			  NULL},
	[COMMAND_EXPORT] = {"export", "export [OPTIONS] TOOL [[--] COMMAND [ARGUMENT]...]",
			    "write a profile as another tool's configuration",
			    "TOOL is one of:\n"
			    "  docker, podman  the command that starts a container\n"
			    "  compose         a compose.yaml\n"
			    "  kubernetes      a Deployment or a pod, with an init container\n"
			    "  systemd         a service\n"
			    "  sysctl          a file for /etc/sysctl.d\n"
			    "A container gets the router's configuration and its ports as well. Comments say "
			    "what the tool cannot express. Nothing else of this machine is in the result.\n",
			    "export systemd --profile kamailio-4g -- kamailio -DD -E", command_export, tools},
	[COMMAND_INSPECT] =
		{"inspect", "inspect [OPTIONS] [ROUTER]",
		 "show what a running router has; with --profile, where it differs",
		 "ROUTER is a name (kamailio), a systemd unit (kamailio.service), a pid of any of "
		 "its processes, or a cgroup path (/sip.slice/kamailio). Without one: the only "
		 "router that runs. Several that match are listed, with exit status 2.\n"
		 "--format openmetrics shows all that match; its exit status is 0 also then, after drift and "
		 "without a router.\n"
		 "Exit status: 0 no drift, 1 drift from the profile, 2 bad usage or a bad profile.\n",
		 "inspect --profile kamailio-4g kamailio", command_inspect, NULL},
	[COMMAND_TOP] =
		{"top", "top [OPTIONS] [ROUTER]\ntop [OPTIONS] --replay FILE",
		 "watch a running router, or recorded samples, on the whole terminal",
		 "ROUTER is as for inspect: kamailio, kamailio.service, a pid, a cgroup path. Several that "
		 "match are listed to choose from. Press ? for the keys.\n"
		 "Exit status: 0 quit, 1 the router has exited, 2 bad usage, or a file with anything but "
		 "samples, 125 top cannot show it.\n",
		 "top kamailio", command_top, NULL},
	[COMMAND_ADVISE] =
		{"advise", "advise [OPTIONS] [ROUTER]\nadvise [OPTIONS] FILE...",
		 "say which sizes a running router should have, and why",
		 "ROUTER is as for inspect: kamailio, kamailio.service, a pid, a cgroup path.\n"
		 "A FILE has samples, as inspect --watch --format json prints them; \"-\" is standard "
		 "input.\n"
		 "Exit status: 0 advice was given, 2 bad usage, a bad profile, or a file that has no "
		 "samples.\n",
		 "advise --profile kamailio-4g kamailio", command_advise, NULL},
	[COMMAND_TUNE] = {"tune", "tune [OPTIONS] --load COMMAND [--] COMMAND [ARGUMENT]...",
			  "find the smallest sizes that a load passes with",
			  "Starts the router once for each size, in a slice of its own, and runs the load "
			  "against it. Removes the slice at the end.\n"
			  "Exit status: 0 sizes found and confirmed, 1 none pass or not enough time, "
			  "2 bad usage or a bad profile.\n",
			  "tune --load 'sipp -m 1000 127.0.0.1' -- kamailio -DD -E", command_tune, NULL},
	[COMMAND_REPORT] =
		{"report", "report [OPTIONS] [--output FILE.html] FILE...",
		 "make a page of samples, a plan, a result of tune, or a last record",
		 "Each FILE is one of these, and becomes a section; \"-\" is standard input:\n"
		 "  what inspect --watch --format json prints\n"
		 "  what plan --format json or tune --format json prints\n"
		 "  what run --report writes\n"
		 "The page is one file, which loads nothing else.\n"
		 "Exit status: 0 the page was written, 2 bad usage, or a file that is none of these.\n",
		 "report --output report.html samples.json", command_report, NULL},
	[COMMAND_PROFILES] = {"profiles",
			      "profiles [OPTIONS] [list]\nprofiles [OPTIONS] show NAME\n"
			      "profiles [OPTIONS] check FILE...",
			      "list profiles, print one resolved, or check files",
			      "list   every profile of the search path, with its description and file\n"
			      "show   one profile after extends, --set and --policy, as JSON\n"
			      "check  every error of every FILE; exit status 1 when there are any\n",
			      "profiles show kamailio-4g", command_profiles, profiles_actions},
	[COMMAND_SECCOMP] = {"seccomp",
			     "seccomp [OPTIONS] show NAME|FILE\nseccomp [OPTIONS] check FILE...\n"
			     "seccomp [OPTIONS] export NAME|FILE",
			     "explain a system call filter, check files, or write the program",
			     "show    what happens to each system call, here and with these capabilities\n"
			     "check   every error of every FILE; exit status 1 when there are any\n"
			     "export  the BPF program to standard output, an array of struct sock_filter\n",
			     "seccomp show sip-router", command_seccomp, seccomp_actions},
	[COMMAND_HELP] = {"help", "help [COMMAND]", "explain siplaunch or one of its commands", "",
			  "help plan", command_help, NULL},
};

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

const char *command_nearest(const char *word)
{
	const char *names[COMMAND_COUNT];
	for (size_t i = 0; i < COMMAND_COUNT; i++)
		names[i] = commands[i].name;
	return nearest_name(word, names, COMMAND_COUNT);
}

const char *command_meant(const char *word)
{
	/* what other programs call it */
	static const struct {
		const char *word, *instead;
	} others[] = {
		{"version", "--version"}, {"stats", "inspect"}, {"status", "inspect"}, {"show", "inspect"},
		{"ps", "inspect"},        {"list", "profiles"}, {"ls", "profiles"},    {"start", "run"},
		{"exec", "run"},          {"dry-run", "plan"},  {"check", "doctor"},   {"usage", "help"},
	};
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (strcmp(others[i].word, word) == 0)
			return others[i].instead;
	return command_nearest(word);
}

enum command_id command_id(const struct command *command)
{
	return (enum command_id)(command - commands);
}
