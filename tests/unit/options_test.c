/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/error.h"
#include "options.h"

#define WORDS_MAX 32

/* Splits at spaces; "''" is an empty word. */
static int split(char *line, char **words)
{
	int count = 0;
	for (char *word = strtok(line, " "); word && count < WORDS_MAX - 1; word = strtok(NULL, " "))
		words[count++] = strcmp(word, "''") == 0 ? word + 2 : word;
	words[count] = NULL;
	return count;
}

static void show_text(FILE *out, const char *name, const char *text)
{
	if (text)
		fprintf(out, " %s=%s", name, text);
}

static void show_texts(FILE *out, const char *name, const struct texts *texts)
{
	for (size_t i = 0; i < texts->count; i++)
		show_text(out, name, texts->items[i]);
}

/* Everything that differs from the default, in one line; the router's command behind a bar. */
static char *show(const struct options *options)
{
	static const char *const actions[] = {"list", "show", "check"};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	assert_non_null(out);
	fprintf(out, "%s", options->command == COMMAND_COUNT ? "none" : commands[options->command].name);
	if (options->help)
		fprintf(out, " help");
	if (options->version)
		fprintf(out, " version");
	show_text(out, "profile", options->selection.name);
	show_texts(out, "dir", &options->selection.directories);
	show_texts(out, "set", &options->selection.sets);
	show_texts(out, "policy", &options->selection.policies);
	show_texts(out, "workload", &options->selection.workloads);
	show_text(out, "plan", options->launch.plan);
	show_text(out, "out", options->init.out);
	show_text(out, "limit", options->init.memory_limit);
	show_text(out, "config", options->init.router_config);
	if (options->init.install)
		fprintf(out, " install");
	if (options->command == COMMAND_EXPORT && !options->help)
		fprintf(out, " %s", tool_name(options->export.tool));
	show_text(out, "image", options->export.image);
	show_text(out, "init-image", options->export.init_image);
	show_text(out, "name", options->export.name);
	if (options->export.kind == EXPORT_POD)
		fprintf(out, " kind=pod");
	if (options->export.sysctls == EXPORT_SYSCTLS_POD)
		fprintf(out, " sysctls=pod");
	show_text(out, "host", options->launch.host);
	show_text(out, "cgroup", options->running.cgroup);
	show_text(out, "running", options->running.name);
	show_text(out, "write", options->inspect.write_profile);
	show_text(out, "mi", options->running.management);
	if (options->launch.parent_signal)
		fprintf(out, " parent-signal=%d", options->launch.parent_signal);
	show_text(out, "replay", options->top.replay);
	if (options->command == COMMAND_TOP)
		fprintf(out, " interval=%u", options->top.interval);
	if (options->inspect.watch)
		fprintf(out, " watch=%u", options->inspect.watch);
	if (options->running.pid)
		fprintf(out, " pid=%d", options->running.pid);
	if (options->output.format == OUTPUT_JSON)
		fprintf(out, " json");
	if (options->output.log_format == OUTPUT_JSON)
		fprintf(out, " log-json");
	if (options->output.quiet)
		fprintf(out, " quiet");
	if (options->output.verbose)
		fprintf(out, " verbose");
	if (options->output.color != COLOR_AUTO)
		fprintf(out, " color=%s", options->output.color == COLOR_ALWAYS ? "always" : "never");
	if (options->command == COMMAND_PROFILES)
		fprintf(out, " %s", actions[options->profiles]);
	show_texts(out, "operand", &options->operands);
	for (size_t i = 0; options->argv && options->argv[i]; i++)
		fprintf(out, "%s %s", i ? "" : " |", options->argv[i]);
	fclose(out);
	return text;
}

static int parse(const char *line, char *copy, struct options *options, struct error *error)
{
	static char *words[WORDS_MAX];
	sprintf(copy, "siplaunch %s", line);
	int count = split(copy, words);
	return options_parse(count, words, options, error);
}

static void what_is_typed_is_understood(void **state)
{
	static const struct {
		const char *line, *expected;
	} cases[] = {
		{"-- kamailio -f x", "run | kamailio -f x"},
		{"kamailio -f x", "run | kamailio -f x"},
		{"run kamailio -DD -E", "run | kamailio -DD -E"},
		{"run -- kamailio", "run | kamailio"},
		{"-- plan --profile x", "run | plan --profile x"},
		{"run plan", "run | plan"},
		{"plan kamailio --help --version", "plan | kamailio --help --version"},
		{"plan -- -odd", "plan | -odd"},
		{"kamailio -- -x", "run | kamailio -- -x"},
		{"--plan d/plan.json kamailio", "run plan=d/plan.json | kamailio"},
		{"init --out d", "init out=d"},
		{"init --out d -p x --memory-limit 512Mi --router-config c --install",
		 "init profile=x out=d limit=512Mi config=c install"},
		{"init --out d -- kamailio --install", "init out=d | kamailio --install"},
		{"export docker -p x", "export profile=x docker"},
		{"export docker kamailio --image i", "export docker | kamailio --image i"},
		{"export --image i podman -- kamailio", "export podman image=i | kamailio"},
		{"export kubernetes --kind pod --sysctls pod --init-image i --name n -- k",
		 "export kubernetes init-image=i name=n kind=pod sysctls=pod | k"},
		{"export systemd sysctl", "export systemd | sysctl"},
		{"--entrypoint kamailio -- -f x", "run | kamailio -f x"},
		{"--entrypoint kamailio -- bash -c x", "run | bash -c x"},
		{"plan --entrypoint kamailio", "plan | kamailio"},
		{"-p a kamailio -p b", "run profile=a | kamailio -p b"},
		{"-pa -q kamailio", "run profile=a quiet | kamailio"},
		{"-vp a kamailio", "run profile=a verbose | kamailio"},
		{"--profile=a --profile b kamailio", "run profile=b | kamailio"},
		{"-p a plan -v kamailio", "plan profile=a verbose | kamailio"},
		{"--set a=b=c --set d= --policy e=f --profile-dir g --profile-dir h --log-format json k",
		 "run dir=g dir=h set=a=b=c set=d= policy=e=f log-json | k"},
		{"--workload dialogs=1 plan --workload a=b k", "plan workload=dialogs=1 workload=a=b | k"},
		{"plan --host /tmp/h --format json --color never k", "plan host=/tmp/h json color=never | k"},
		{"plan --format json --format text k", "plan | k"},
		{"--color always --log-f json k", "run log-json color=always | k"},
		{"inspect 4194304", "inspect pid=4194304"},
		{"inspect 12 --format json -v", "inspect pid=12 json verbose"},
		{"inspect --profile p -- 12", "inspect profile=p pid=12"},
		{"inspect --watch 12", "inspect watch=2 pid=12"},
		{"run --die-with-parent a", "run parent-signal=1 | a"},
		{"run --die-with-parent=SIGKILL a", "run parent-signal=2 | a"},
		{"run --die-with-parent=profile a", "run | a"},
		{"run --die-with-parent kill 1", "run parent-signal=1 | kill 1"},
		{"run --die-with-parent -- SIGKILL", "run parent-signal=1 | SIGKILL"},
		{"inspect --watch=5 --mi unix:/run/a.sock 12", "inspect mi=unix:/run/a.sock watch=5 pid=12"},
		{"inspect", "inspect"},
		{"inspect kamailio", "inspect running=kamailio"},
		{"inspect 12x", "inspect running=12x"},
		{"inspect kamailio.service", "inspect running=kamailio.service"},
		{"inspect /sip.slice/k", "inspect cgroup=/sip.slice/k"},
		{"inspect sip.slice/k", "inspect cgroup=sip.slice/k"},
		{"advise", "advise"},
		{"advise 12", "advise pid=12"},
		{"advise kamailio", "advise running=kamailio"},
		{"advise k.service", "advise running=k.service"},
		{"advise sip-k.scope", "advise running=sip-k.scope"},
		{"advise /sip.slice/k", "advise cgroup=/sip.slice/k"},
		{"advise /sys/fs/cgroup/sip.slice/k", "advise cgroup=/sys/fs/cgroup/sip.slice/k"},
		{"advise /sys/fs/cgroup/k", "advise cgroup=/sys/fs/cgroup/k"},
		{"advise --cgroup /k", "advise cgroup=/k"},
		{"advise ./kamailio", "advise operand=./kamailio"},
		{"advise kamailio.day", "advise operand=kamailio.day"},
		{"advise samples/kamailio /tmp/day -",
		 "advise operand=samples/kamailio operand=/tmp/day operand=-"},
		{"inspect --cgroup /sip.slice/k --write-profile out.json",
		 "inspect cgroup=/sip.slice/k write=out.json"},
		{"profiles", "profiles list"},
		{"profiles list --format json", "profiles json list"},
		{"profiles show kamailio --set a=b", "profiles set=a=b show operand=kamailio"},
		{"profiles check a b -- -c", "profiles check operand=a operand=b operand=-c"},
		{"help", "help"},
		{"help plan", "help operand=plan"},
		{"--help", "none help"},
		{"-h plan", "none help"},
		{"help --help", "help help"},
		{"plan --help", "plan help"},
		{"plan --set a=b -h --nonsense", "plan help set=a=b"},
		{"--version --nonsense", "none version"},
		{"inspect -V", "inspect version"},
		{"top", "top interval=2"},
		{"top --interval 10 kamailio", "top running=kamailio interval=10"},
		{"top --cgroup /sip.slice/k --mi ctl:/run/k",
		 "top cgroup=/sip.slice/k mi=ctl:/run/k interval=2"},
		{"top --replay -", "top replay=- interval=2"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char copy[256];
		cleanup_options struct options options = {0};
		cleanup_error struct error error = {0};
		if (parse(cases[i].line, copy, &options, &error) < 0)
			fail_msg("\"%s\": %s", cases[i].line, error.message);
		cleanup_free char *shown = show(&options);
		if (strcmp(shown, cases[i].expected) != 0)
			fail_msg("\"%s\": %s\ninstead of: %s", cases[i].line, shown, cases[i].expected);
	}
}

static void what_is_wrong_is_said_in_one_line(void **state)
{
	static const struct {
		const char *line, *message, *hint;
	} cases[] = {
		{"", "no command to run: siplaunch run [OPTIONS] -- COMMAND...",
		 "Try 'siplaunch run --help'."},
		{"--", "no command to run: siplaunch run [OPTIONS] -- COMMAND...",
		 "Try 'siplaunch run --help'."},
		{"run ''", "no command to run: siplaunch run [OPTIONS] -- COMMAND...",
		 "Try 'siplaunch run --help'."},
		{"plan", "no command to plan: siplaunch plan [OPTIONS] -- COMMAND...",
		 "Try 'siplaunch plan --help'."},
		{"--entrypoint kamailio ''", "no command to run: siplaunch run [OPTIONS] -- COMMAND...",
		 "Try 'siplaunch run --help'."},
		{"--entrypoint \t k", "--entrypoint: COMMAND is empty", "Try 'siplaunch run --help'."},
		{"--plan f -p x k", "--plan and --profile exclude each other: a plan has its own profile",
		 "Try 'siplaunch run --help'."},
		{"init --plan f --out d", "--plan is an option of run, plan and doctor, not of init",
		 "Try 'siplaunch init --help'."},
		{"export", "export needs docker, podman, compose, kubernetes, systemd or sysctl",
		 "Try 'siplaunch export --help'."},
		{"export dokcer k",
		 "export needs docker, podman, compose, kubernetes, systemd or sysctl, not \"dokcer\"",
		 "Try 'siplaunch export --help'."},
		{"init", "init needs --out DIR", "Try 'siplaunch init --help'."},
		{"init --out d --memory-limit ''", "--memory-limit: BYTES is empty",
		 "Try 'siplaunch init --help'."},
		{"top --replay day kamailio", "--replay shows a file: it cannot be combined with a router",
		 "Try 'siplaunch top --help'."},
		{"top --interval 0", "--interval must be a number of seconds from 1 to 86400, not \"0\"",
		 "Try 'siplaunch top --help'."},
		{"top one two", "top takes one router", "Try 'siplaunch top --help'."},
		{"inspect --entrypoint k 1",
		 "--entrypoint is an option of run, plan and doctor, not of inspect",
		 "Try 'siplaunch inspect --help'."},
		{"--profle x k", "unknown option --profle: did you mean --profile?",
		 "Try 'siplaunch --help'."},
		{"--profle=x k", "unknown option --profle: did you mean --profile?",
		 "Try 'siplaunch --help'."},
		{"plan --frmat json k", "unknown option --frmat: did you mean --format?",
		 "Try 'siplaunch plan --help'."},
		{"plan --zzzzzzzz k", "unknown option --zzzzzzzz", "Try 'siplaunch plan --help'."},
		{"--=x k", "unknown option --", "Try 'siplaunch --help'."},
		{"--pro x k", "--pro could mean --profile or --profile-dir", "Try 'siplaunch --help'."},
		{"-x k", "unknown option -x", "Try 'siplaunch --help'."},
		{"-qx k", "unknown option -x", "Try 'siplaunch --help'."},
		{"--quiet=yes k", "--quiet takes no argument", "Try 'siplaunch --help'."},
		{"--profile", "--profile needs an argument: NAME|PATH", "Try 'siplaunch --help'."},
		{"-p", "--profile needs an argument: NAME|PATH", "Try 'siplaunch --help'."},
		{"--profile= k", "--profile: NAME|PATH is empty", "Try 'siplaunch --help'."},
		{"--set sizing k", "--set takes KEY=VALUE, not \"sizing\"", "Try 'siplaunch --help'."},
		{"--set =3 k", "--set takes KEY=VALUE, not \"=3\"", "Try 'siplaunch --help'."},
		{"plan --format xml k", "--format must be text|json|openmetrics, not \"xml\"",
		 "Try 'siplaunch plan --help'."},
		{"plan --color yes k", "--color must be auto|always|never, not \"yes\"",
		 "Try 'siplaunch plan --help'."},
		{"--host d k", "--host is an option of plan and doctor, not of run",
		 "Try 'siplaunch run --help'."},
		{"plan -q k", "--quiet is an option of run and tune, not of plan",
		 "Try 'siplaunch plan --help'."},
		{"--format json k",
		 "--format is an option of plan, doctor, init, export, inspect, advise, tune, profiles and seccomp, not of run",
		 "Try 'siplaunch run --help'."},
		{"-q -v k", "--quiet and --verbose contradict each other", "Try 'siplaunch run --help'."},
		{"inspect --watch=0 1", "--watch must be a number of seconds from 1 to 86400, not \"0\"",
		 "Try 'siplaunch inspect --help'."},
		{"run --die-with-parent=HUP k",
		 "--die-with-parent must be profile|SIGTERM|SIGKILL|SIGINT|SIGQUIT, not \"HUP\"",
		 "Try 'siplaunch run --help'."},
		{"inspect --watch= 1", "--watch: [=SECONDS] is empty", "Try 'siplaunch inspect --help'."},
		{"tune --load true --keep - k",
		 "--keep must be a directory, not \"-\"; if its name is \"-\": --keep ./-",
		 "Try 'siplaunch tune --help'."},
		{"init --out - k", "--out must be a directory, not \"-\"; if its name is \"-\": --out ./-",
		 "Try 'siplaunch init --help'."},
		{"plan --format openmetrics k", "--format openmetrics is for inspect, not for plan",
		 "Try 'siplaunch plan --help'."},
		{"inspect --watch --format openmetrics",
		 "--format openmetrics cannot be combined with --watch", "Try 'siplaunch inspect --help'."},
		{"inspect --write-profile a --format openmetrics 1",
		 "--format openmetrics cannot be combined with --write-profile",
		 "Try 'siplaunch inspect --help'."},
		{"inspect --log-format openmetrics 1", "--log-format must be text|json, not \"openmetrics\"",
		 "Try 'siplaunch inspect --help'."},
		{"inspect --watch --profile a 1",
		 "--watch compares nothing: it cannot be combined with --profile",
		 "Try 'siplaunch inspect --help'."},
		{"inspect --mi", "--mi needs an argument: ADDRESS", "Try 'siplaunch inspect --help'."},
		{"run --die-with-parent SIGKILL k",
		 "--die-with-parent takes its argument behind \"=\": --die-with-parent=SIGKILL",
		 "Try 'siplaunch run --help'."},
		{"--supervise --die-with INT -- k",
		 "--die-with-parent takes its argument behind \"=\": --die-with-parent=SIGINT",
		 "Try 'siplaunch --help'."},
		{"inspect kamailio --watch 5", "inspect takes one router; an interval is --watch=5",
		 "Try 'siplaunch inspect --help'."},
		{"inspect --watch 5 kamailio", "inspect takes one router; an interval is --watch=5",
		 "Try 'siplaunch inspect --help'."},
		{"inspect --watch kamailio opensips", "inspect takes one router",
		 "Try 'siplaunch inspect --help'."},
		{"inspect 1 2", "inspect takes one router", "Try 'siplaunch inspect --help'."},
		{"inspect 1 --cgroup /a", "inspect takes a router or --cgroup, not both",
		 "Try 'siplaunch inspect --help'."},
		{"inspect 0", "\"0\" is not a process id: those are 1 to 4194304",
		 "Try 'siplaunch inspect --help'."},
		{"inspect 4194305", "\"4194305\" is not a process id: those are 1 to 4194304",
		 "Try 'siplaunch inspect --help'."},
		{"inspect 99999999999999999999",
		 "\"99999999999999999999\" is not a process id: those are 1 to 4194304",
		 "Try 'siplaunch inspect --help'."},
		{"advise 1 a", "advise takes one router, or files of samples",
		 "Try 'siplaunch advise --help'."},
		{"advise kamailio a", "advise takes one router, or files of samples",
		 "Try 'siplaunch advise --help'."},
		{"advise --cgroup /a kamailio", "advise takes a router or --cgroup, not both",
		 "Try 'siplaunch advise --help'."},
		{"advise 0", "\"0\" is not a process id: those are 1 to 4194304",
		 "Try 'siplaunch advise --help'."},
		{"advise --write a b", "--write needs --profile, which the new profile extends",
		 "Try 'siplaunch advise --help'."},
		{"advise --mi a b", "--mi needs a running router: siplaunch does not query files",
		 "Try 'siplaunch advise --help'."},
		{"advise --cgroup /a b", "advise takes --cgroup, or files of samples",
		 "Try 'siplaunch advise --help'."},
		{"profiles remove", "profiles needs list, show or check, not \"remove\"",
		 "Try 'siplaunch profiles --help'."},
		{"profiles list x", "profiles list takes no argument: \"x\"",
		 "Try 'siplaunch profiles --help'."},
		{"profiles show", "profiles show needs one NAME", "Try 'siplaunch profiles --help'."},
		{"profiles show a b", "profiles show needs one NAME", "Try 'siplaunch profiles --help'."},
		{"profiles check", "profiles check needs a FILE", "Try 'siplaunch profiles --help'."},
		{"seccomp", "seccomp needs show, check or export", "Try 'siplaunch seccomp --help'."},
		{"seccomp list", "seccomp needs show, check or export, not \"list\"",
		 "Try 'siplaunch seccomp --help'."},
		{"seccomp show", "seccomp show needs one NAME", "Try 'siplaunch seccomp --help'."},
		{"seccomp export a b", "seccomp export needs one NAME", "Try 'siplaunch seccomp --help'."},
		{"seccomp export --format json a",
		 "--format json is for seccomp show and seccomp check: export writes a program",
		 "Try 'siplaunch seccomp --help'."},
		{"seccomp check", "seccomp check needs a FILE", "Try 'siplaunch seccomp --help'."},
		{"profiles --capability CAP_NET_RAW", "--capability is an option of seccomp, not of profiles",
		 "Try 'siplaunch profiles --help'."},
		{"help plann", "there is no command \"plann\": did you mean plan?",
		 "Try 'siplaunch help --help'."},
		{"help xyzzy", "there is no command \"xyzzy\"", "Try 'siplaunch help --help'."},
		{"help plan run", "help takes one command", "Try 'siplaunch help --help'."},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char copy[256];
		cleanup_options struct options options = {0};
		cleanup_error struct error error = {0};
		if (parse(cases[i].line, copy, &options, &error) == 0)
			fail_msg("\"%s\" was taken", cases[i].line);
		if (strcmp(error.message, cases[i].message) != 0)
			fail_msg("\"%s\": %s", cases[i].line, error.message);
		assert_string_equal(error.hint, cases[i].hint);
	}
}

static void an_empty_argument_list_is_refused(void **state)
{
	char *none[] = {NULL};
	cleanup_options struct options options = {0};
	cleanup_error struct error error = {0};
	(void)state;
	assert_int_equal(options_parse(0, none, &options, &error), -1);
}

static char *environment_of_test(const char *name)
{
	if (strcmp(name, "SIPLAUNCH_PROFILE") == 0)
		return "of-environment";
	if (strcmp(name, "SIPLAUNCH_PROFILE_PATH") == 0)
		return "/a:/b";
	return strcmp(name, "NO_COLOR") == 0 ? "1" : NULL;
}

static char *empty_environment(const char *name)
{
	return strcmp(name, "TERM") == 0 ? "xterm" : "";
}

static char *unknown_terminal(const char *name)
{
	return strcmp(name, "TERM") == 0 ? NULL : "";
}

static char *dumb_terminal(const char *name)
{
	return strcmp(name, "TERM") == 0 ? "dumb" : NULL;
}

static void the_environment_fills_what_the_command_line_leaves_open(void **state)
{
	static const struct {
		const char *line;
		char *(*get)(const char *name);
		const char *profile;
		bool no_color;
	} cases[] = {
		{"k", environment_of_test, "of-environment", true},
		{"plan k", environment_of_test, "of-environment", true},
		{"-p own k", environment_of_test, "own", true},
		{"inspect 1", environment_of_test, NULL, true},
		{"inspect -p own 1", environment_of_test, "own", true},
		{"k", empty_environment, NULL, false},
		{"k", dumb_terminal, NULL, true},
		{"k", unknown_terminal, NULL, true},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		char copy[256];
		cleanup_options struct options options = {0};
		assert_int_equal(parse(cases[i].line, copy, &options, NULL), 0);
		options_environment(&options, cases[i].get);
		if (cases[i].profile)
			assert_string_equal(options.selection.name, cases[i].profile);
		else
			assert_null(options.selection.name);
		assert_int_equal(options.output.no_color, cases[i].no_color);
	}
}

static void profiles_are_looked_for_in_the_order_that_is_documented(void **state)
{
	char copy[256];
	cleanup_options struct options options = {0};
	(void)state;
	assert_int_equal(parse("--profile-dir x --profile-dir y --set a=b --policy c=skip --workload d=1 k",
			       copy, &options, NULL),
			 0);
	options_environment(&options, environment_of_test);
	struct profile_search search = selection_search(&options.selection);
	assert_int_equal(search.directory_count, 2);
	assert_string_equal(search.directories[0], "x");
	assert_string_equal(search.directories[1], "y");
	assert_string_equal(search.environment, "/a:/b");
	assert_non_null(search.installed);
	assert_non_null(strstr(search.installed(), SIPLAUNCH_PROFILE_DIRS));
	struct profile_request request = selection_request(&options.selection, "n", &search);
	assert_string_equal(request.name, "n");
	assert_int_equal(request.set_count, 1);
	assert_string_equal(request.sets[0], "a=b");
	assert_int_equal(request.policy_count, 1);
	assert_string_equal(request.policies[0], "c=skip");
	assert_int_equal(request.workload_count, 1);
	assert_string_equal(request.workloads[0], "d=1");
}

/* The letters and names are getopt's: two rows with the same one would hide each other. */
static void no_two_options_share_a_name_or_a_letter(void **state)
{
	(void)state;
	assert_true(option_row_count <= 64); /* ROWS_MAX in options.c */
	for (size_t i = 0; i < option_row_count; i++)
		for (size_t j = i + 1; j < option_row_count; j++) {
			assert_string_not_equal(option_rows[i].name, option_rows[j].name);
			if (option_rows[i].letter)
				assert_int_not_equal(option_rows[i].letter, option_rows[j].letter);
		}
}

static void every_command_has_all_that_help_shows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COMMAND_COUNT; i++) {
		assert_non_null(commands[i].run);
		assert_non_null(commands[i].details);
		assert_true(strlen(commands[i].synopsis) > 0 && strlen(commands[i].help) > 0);
		assert_ptr_equal(command_find(commands[i].name), &commands[i]);
		assert_int_equal(command_id(&commands[i]), i);
	}
	assert_null(command_find("nothing"));
	assert_string_equal(command_nearest("inspct"), "inspect");
	assert_string_equal(command_nearest("paln"), "plan");
	assert_string_equal(command_nearest("seccopm"), "seccomp");
	assert_null(command_nearest("nalp"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_typed_is_understood),
		cmocka_unit_test(what_is_wrong_is_said_in_one_line),
		cmocka_unit_test(an_empty_argument_list_is_refused),
		cmocka_unit_test(the_environment_fills_what_the_command_line_leaves_open),
		cmocka_unit_test(profiles_are_looked_for_in_the_order_that_is_documented),
		cmocka_unit_test(no_two_options_share_a_name_or_a_letter),
		cmocka_unit_test(every_command_has_all_that_help_shows),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
