/* SPDX-License-Identifier: MIT */
#include "commands.h"

#include <string.h>

#include "settings/settings.h"

const struct command commands[COMMAND_COUNT] = {
	[COMMAND_RUN] =
		{"run", "[run] [OPTIONS] [--] COMMAND [ARGUMENT]...",
		 "apply a profile and hand over to the router",
		 "Everything is applied, read back from the kernel, and COMMAND takes siplaunch's place.\n"
		 "When a required step fails, what was done is put back and nothing is run.\n",
		 command_run},
	[COMMAND_PLAN] = {"plan", "plan [OPTIONS] [--] COMMAND [ARGUMENT]...",
			  "show what run would do, and why; change nothing",
			  "Exit status: 0 it would run, 1 it would not, 2 bad usage or a bad profile.\n",
			  command_plan},
	[COMMAND_DOCTOR] =
		{"doctor", "doctor [OPTIONS] [[--] COMMAND [ARGUMENT]...]",
		 "show what this place permits, what a profile needs, and what is missing",
		 "Changes nothing. Without a profile and a command only the place is shown.\n"
		 "Exit status: 0 all that is required can be had, 1 it cannot, 2 bad usage or a bad "
		 "profile.\n",
		 command_doctor},
	[COMMAND_INIT] =
		{"init", "init [OPTIONS] --out DIR [[--] COMMAND [ARGUMENT]...]",
		 "prepare a pod for its router: IPC limits, and a plan in DIR",
		 "For an init container. The router's own container then runs\n"
		 "  DIR/siplaunch --plan DIR/plan.json -- COMMAND...\n"
		 "Exit status: 0 done, 2 bad usage, 125 refused or failed, and nothing was written.\n",
		 command_init},
	[COMMAND_EXPORT] =
		{"export",
		 "export [OPTIONS] docker|podman|compose|kubernetes|systemd|sysctl\n"
		 "       [[--] COMMAND [ARGUMENT]...]",
		 "write a profile in another tool's words",
		 "docker, podman  the command that starts a container\n"
		 "compose         a compose.yaml\n"
		 "kubernetes      a Deployment or a pod, with an init container\n"
		 "systemd         a service\n"
		 "sysctl          a file for /etc/sysctl.d\n"
		 "Containers get the router's configuration and its ports as well. What a tool cannot\n"
		 "say is in comments. Of this machine nothing else goes into it.\n",
		 command_export},
	[COMMAND_INSPECT] =
		{"inspect", "inspect [OPTIONS] PID\ninspect [OPTIONS] --cgroup PATH",
		 "show what a running router has; with --profile, where it differs",
		 "Exit status: 0 no drift, 1 drift from the profile, 2 bad usage or a bad profile.\n",
		 command_inspect},
	[COMMAND_ADVISE] =
		{"advise", "advise [OPTIONS] PID\nadvise [OPTIONS] FILE...",
		 "say which sizes a running router should have, and why",
		 "A FILE has samples, as inspect --watch --format json prints them; \"-\" is standard input.\n"
		 "Exit status: 0 advice was given, whatever it says, 2 bad usage, a bad profile, or a file\n"
		 "that is none of samples.\n",
		 command_advise},
	[COMMAND_TUNE] =
		{"tune", "tune [OPTIONS] --load COMMAND [--] COMMAND [ARGUMENT]...",
		 "find the smallest sizes that a load passes with",
		 "The router is started again and again, each time in a slice of its own, with other sizes;\n"
		 "the load runs against each. Nothing of it stays behind.\n"
		 "Exit status: 0 sizes were found and confirmed, 1 none pass or time was too short,\n"
		 "2 bad usage or a bad profile.\n",
		 command_tune},
	[COMMAND_PROFILES] = {"profiles",
			      "profiles [OPTIONS] [list]\nprofiles [OPTIONS] show NAME\n"
			      "profiles [OPTIONS] check FILE...",
			      "list profiles, print one resolved, or check files",
			      "list   every profile of the search path, with its description and file\n"
			      "show   one profile after extends, --set and --policy, as JSON\n"
			      "check  every error of every FILE; exit status 1 when there are any\n",
			      command_profiles},
	[COMMAND_SECCOMP] = {"seccomp",
			     "seccomp [OPTIONS] show NAME|FILE\nseccomp [OPTIONS] check FILE...\n"
			     "seccomp [OPTIONS] export NAME|FILE",
			     "explain a system call filter, check files, or write the program",
			     "show    what happens to each system call, here and with these capabilities\n"
			     "check   every error of every FILE; exit status 1 when there are any\n"
			     "export  the BPF program to standard output, an array of struct sock_filter\n",
			     command_seccomp},
	[COMMAND_HELP] = {"help", "help [COMMAND]", "explain siplaunch or one of its commands", "",
			  command_help},
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

enum command_id command_id(const struct command *command)
{
	return (enum command_id)(command - commands);
}
