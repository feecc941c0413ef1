/* SPDX-License-Identifier: MIT */
/* The small texts: sizes, settings as kernel files say them, a group's files, the passwd files, the addresses
 * of routers and machines, what a program is and prints. Each file of the input is named after what it is. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/shell.h"
#include "fuzz.h"
#include "host/cpus.h"
#include "host/host.h"
#include "host/network.h"
#include "host/program.h"
#include "mechanism/capabilities.h"
#include "mechanism/passwd.h"
#include "profile/profile.h"
#include "router/build.h"
#include "router/entrypoint.h"
#include "router/router.h"
#include "settings/cgroup_file.h"
#include "stats/group.h"
#include "stats/management.h"
#include "stats/sample.h"
#include "stats/smaps.h"
#include "text/charset.h"
#include "virtual.h"

static void read_size(char *text, size_t length)
{
	struct size size;
	uint64_t number;

	(void)length;
	if (!size_parse(text, &size))
		free(size_text(size_bytes(&size, UINT64_C(1) << 40, 0)));
	parse_u64_or_max(text, &number);
	cpu_quota_parse(text);
	cpu_list_count(text);
}

/* "memory.max", and below it what the file says. */
static void read_setting(char *text, size_t length)
{
	char *rest = text;
	const char *name = strsep(&rest, "\n");

	(void)length;
	for (size_t i = 0; i < settings_count; i++) {
		struct value value;
		if (strcmp(settings[i].name, name) != 0)
			continue;
		if (setting_value_parse(&settings[i], rest ? rest : "", &value))
			free(value_kernel_text(&value, "max"));
		value_clear(&value);
	}
	setting_nearest(MECHANISM_CGROUP, name);
}

/* A file's name, what was written to it, and what it says. */
static void read_group_file(char *text, size_t length)
{
	char *rest = text;
	const char *name = strsep(&rest, "\n");
	struct cgroup_file_fault fault;

	(void)length;
	if (cgroup_file_settable(name, &fault))
		setting_free(setting_of_file(name));
	char *actual = rest ? strstr(rest, "\n--\n") : NULL;
	if (!actual)
		return;
	*actual = '\0';
	struct setting *own = setting_of_file(name);
	const struct setting *row = setting_find(MECHANISM_CGROUP, name), *setting = row ? row : own;
	const struct value asked = {.kind = VALUE_TEXT, .text = rest},
			   found = {.kind = VALUE_TEXT, .text = actual + 4};
	setting_adoptable(setting, &asked, &found);
	cgroup_text_holds(setting, rest, actual + 4);
	if (!cgroup_text_holds(setting, rest, rest) && !*rest)
		abort(); /* nothing holds in nothing */
	setting_free(own);
}

static void read_group_numbers(char *text, size_t length)
{
	struct pressure pressure;

	(void)length;
	for (unsigned i = 0; i < GROUP_NUMBER_COUNT; i++) {
		struct value value = group_number_in(i, text);
		value_clear(&value);
	}
	pressure_read(text, &pressure);
}

static void read_limits(char *text, size_t length)
{
	struct rlimit_pair pair;
	struct capability_sets sets;

	(void)length;
	for (int i = 0; i < RLIM_NLIMITS; i++)
		rlimit_parse(text, i, &pair);
	capability_sets_read(text, &sets);
}

static void read_smaps(char *text, size_t length)
{
	struct mappings mappings = {0};
	struct process_memory memory;

	(void)length;
	mappings_parse(text, &mappings);
	process_memory_add_up(&mappings, UINT64_C(64) << 20, UINT64_C(8) << 20, &memory);
	mappings_clear(&mappings);
}

static void read_address(char *text, size_t length)
{
	cleanup_error struct error error = {0};
	cleanup_management struct management management = {0};

	(void)length;
	if (management_parse(text, &management, &error) == 0) {
		cleanup_management struct management again = {0};
		cleanup_free char *written = management_text(&management);
		if (management_parse(written, &again, NULL) < 0 || again.kind != management.kind)
			abort(); /* what is written can be given back */
	}
}

static void read_network(char *text, size_t length)
{
	struct network network = {0};
	(void)length;
	network_parse(text, &network, NULL);
	network_clear(&network);
}

static void read_shell(char *text, size_t length)
{
	static char *const options[] = {(char *)"-DD", NULL};

	(void)length;
	cleanup_free char *quoted = shell_quote(text);
	char **words = shell_words(quoted);
	if (!words || !words[0] || strcmp(words[0], text) != 0 || words[1])
		abort();
	argv_free(words);
	argv_free(shell_words(text));
	argv_free(entrypoint_command(text, options));
}

static void read_characters(char *text, size_t length)
{
	size_t at = 0, step;
	int columns;
	while (at < length && (step = charset_next(text + at, &columns)))
		at += step;
}

/* "etc/passwd" and "etc/group" are files beside it. */
static void read_identity(char *text, size_t length)
{
	cleanup_error struct error error = {0};
	struct identity identity = {0};
	char *rest = text;
	struct profile profile = {.user = strsep(&rest, "\n"), .group = rest && *rest ? rest : NULL};

	(void)length;
	if (rest)
		rest[strcspn(rest, "\n")] = '\0';
	int root = open("/", O_RDONLY | O_DIRECTORY);
	if (root < 0)
		return;
	identity_resolve(&profile, root, &identity, &error);
	identity_clear(&identity);
	close(root);
}

static void read_program(char *text, size_t length)
{
	struct program_header header = program_header_parse(text, length);
	free(program_machine_text(&header));
}

/* An option's name, and what the program prints for it. */
static void read_printed(char *text, size_t length)
{
	char *rest = text;
	const char *option = strsep(&rest, "\n");

	(void)length;
	for (size_t i = 0; routers[i]; i++) {
		struct router_build build = {.state = BUILD_KNOWN};
		router_build_parse(routers[i], &build, option, rest ? rest : "");
		for (int fact = 0; fact < BUILD_FACTS; fact++)
			router_build_mib(routers[i], &build, (enum build_fact)fact, 64);
		router_build_clear(&build);
	}
}

static const struct {
	const char *name;
	void (*read)(char *text, size_t length);
} kinds[] = {
	{"size", read_size},         {"setting", read_setting},
	{"file", read_group_file},   {"numbers", read_group_numbers},
	{"limits", read_limits},     {"smaps", read_smaps},
	{"address", read_address},   {"network", read_network},
	{"shell", read_shell},       {"characters", read_characters},
	{"identity", read_identity}, {"program", read_program},
	{"printed", read_printed},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	virtual_begin(data, size);
	for (size_t i = 0; i < virtual_file_count; i++)
		for (size_t j = 0; j < ARRAY_SIZE(kinds); j++)
			if (strcmp(virtual_files[i].name, kinds[j].name) == 0)
				kinds[j].read(virtual_files[i].text, virtual_files[i].length);
	virtual_end();
	return 0;
}
