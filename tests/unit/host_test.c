/* SPDX-License-Identifier: MIT */
/*
 * Every folder of tests/fixtures/hosts is a machine or container, with what should be found there in its file
 * `expected`: "KEY = VALUE", or "KEY ~ TEXT" for a value that holds it ("note ~ TEXT": one of the notes
 * does). Only the keys listed are compared; one that does not exist is a failure. "group = PATH" asks for
 * that group's place; "pid = N" reads that process.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "host/host.h"
#include "host/mountinfo.h"
#include "host/read.h"

/* ---- values as text ---- */

static char *number_text(uint64_t number)
{
	return number == UNLIMITED ? xstrdup("max") : xasprintf("%" PRIu64, number);
}

static char *numbers_text(const uint64_t *numbers, size_t count)
{
	char *text = xstrdup("");
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *before = text;
		cleanup_free char *number = number_text(numbers[i]);
		text = xasprintf("%s%s%s", before, i ? " " : "", number);
	}
	return text;
}

static char *string_text(const char *text)
{
	return xstrdup(text ? text : "none");
}

static char *bool_text(bool value)
{
	return xstrdup(value ? "yes" : "no");
}

static char *id_text(uid_t id)
{
	return id == (uid_t)-1 ? xstrdup("unknown") : xasprintf("%u", id);
}

static char *controllers_text(unsigned controllers)
{
	char *text = xstrdup("");
	for (unsigned bit = 1; bit && bit <= controllers; bit <<= 1) {
		if (!(controllers & bit))
			continue;
		cleanup_free char *before = text;
		text = xasprintf("%s%s%s", before, *before ? " " : "", controller_name(bit));
	}
	return text;
}

static char *map_text(const struct id_map *map, size_t count)
{
	char *text = xstrdup("");
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *before = text;
		text = xasprintf("%s%s%" PRIu64 " %" PRIu64 " %" PRIu64, before, i ? ", " : "", map[i].inside,
				 map[i].outside, map[i].count);
	}
	return text;
}

static char *mode_text(enum cgroup_mode mode)
{
	static const char *const names[] = {"none", "v1", "hybrid", "v2"};
	return xstrdup(names[mode]);
}

/* ---- keys; each returns NULL for one that it does not know ---- */

#define KEY(name, text)               \
	if (strcmp(key, (name)) == 0) \
	return text

static char *cgroup_value(const struct host *host, const char *key)
{
	KEY("mode", mode_text(host->cgroup.mode));
	KEY("mount", string_text(host->cgroup.mount));
	KEY("mount_root", string_text(host->cgroup.mount_root));
	KEY("path", string_text(host->cgroup.path));
	KEY("directory", string_text(host->cgroup.directory));
	KEY("type", string_text(host->cgroup.type));
	KEY("controllers", controllers_text(host->cgroup.controllers));
	KEY("base_controllers", controllers_text(host->cgroup.base_controllers));
	KEY("writable", bool_text(host->cgroup.writable));
	KEY("namespace_root", bool_text(host->cgroup.namespace_root));
	KEY("frozen", string_text(host->cgroup.frozen));
	KEY("companions", string_text(host->cgroup.companions));
	KEY("base", string_text(host->cgroup.base));
	KEY("base_reason", string_text(host->cgroup.base_reason));
	KEY("systemd", bool_text(host->cgroup.systemd));
	KEY("unit", string_text(host->cgroup.unit));
	KEY("unit_delegated", bool_text(host->cgroup.unit_delegated));
	KEY("bus", string_text(host->cgroup.bus));
	KEY("user_manager", bool_text(host->cgroup.user_manager));
	KEY("user_group", string_text(host->cgroup.user_group));
	KEY("manager_group", string_text(host->cgroup.manager_group));
	KEY("manager_controllers", controllers_text(host->cgroup.manager_controllers));
	KEY("run_time_limits", bool_text(host->cgroup.run_time_limits));
	KEY("pids.max", string_text(host_group_value(host, "pids.max")));
	KEY("memory.oom.group", string_text(host_group_value(host, "memory.oom.group")));
	return NULL;
}

static char *memory_value(const struct host *host, const char *key)
{
	KEY("visible_limit", number_text(host->memory.visible_limit));
	KEY("visible_limit_source", string_text(host->memory.visible_limit_source));
	KEY("placed_limit", number_text(host->memory.placed_limit));
	KEY("placed_limit_source", string_text(host->memory.placed_limit_source));
	KEY("total", number_text(host->memory.total_bytes));
	KEY("available", number_text(host->memory.available_bytes));
	KEY("swap_total", number_text(host->memory.swap_total_bytes));
	KEY("page", number_text(host->memory.page_bytes));
	KEY("shmem_thp", string_text(host->memory.shmem_thp));
	return NULL;
}

/* "0.memory_max" */
static char *row_value(const struct ancestor *rows, size_t count, const char *key)
{
	char *end;
	size_t index = strtoul(key, &end, 10);
	if (*end != '.')
		return NULL;
	if (index >= count)
		return xstrdup("there is none");
	const struct ancestor *row = &rows[index];
	key = end + 1;
	KEY("path", string_text(row->path));
	KEY("memory_max", number_text(row->memory_max));
	KEY("memory_high", number_text(row->memory_high));
	KEY("swap_max", number_text(row->swap_max));
	KEY("pids_max", number_text(row->pids_max));
	KEY("pids_current", number_text(row->pids_current));
	KEY("v1", bool_text(row->v1));
	KEY("children_max_bytes", number_text(row->children_max_bytes));
	KEY("children_limited", number_text(row->children_limited));
	return NULL;
}

static char *ipc_value(const struct ipc_limits *ipc, const char *key)
{
	const uint64_t mqueue[] = {ipc->mqueue_queues_max, ipc->mqueue_msg_max, ipc->mqueue_msgsize_max,
				   ipc->mqueue_msg_default, ipc->mqueue_msgsize_default};
	KEY("known", bool_text(ipc->known));
	KEY("shmmax", number_text(ipc->shmmax_bytes));
	KEY("shmall", number_text(ipc->shmall_pages));
	KEY("shmmni", number_text(ipc->shmmni));
	KEY("msgmax", number_text(ipc->msgmax_bytes));
	KEY("msgmnb", number_text(ipc->msgmnb_bytes));
	KEY("msgmni", number_text(ipc->msgmni));
	KEY("sem", numbers_text(ipc->sem, 4));
	KEY("shm_rmid_forced", number_text(ipc->shm_rmid_forced));
	KEY("mqueue", numbers_text(mqueue, 5));
	return NULL;
}

static char *rlimit_value(const struct host *host, const char *key)
{
	static const struct {
		const char *name;
		int resource;
	} limits[] = {
		{"NOFILE", RLIMIT_NOFILE}, {"STACK", RLIMIT_STACK},   {"MEMLOCK", RLIMIT_MEMLOCK},
		{"NPROC", RLIMIT_NPROC},   {"RTTIME", RLIMIT_RTTIME}, {"NICE", RLIMIT_NICE},
	};
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		if (strcmp(key, limits[i].name) != 0)
			continue;
		int resource = limits[i].resource;
		const uint64_t both[] = {host->rlimits[resource].soft, host->rlimits[resource].hard};
		return host->rlimits[resource].known ? numbers_text(both, 2) : xstrdup("unknown");
	}
	return NULL;
}

static char *process_value(const struct host *host, const char *key)
{
	KEY("cap_effective", xasprintf("%" PRIx64, host->cap_effective));
	KEY("cap_permitted", xasprintf("%" PRIx64, host->cap_permitted));
	KEY("cap_inheritable", xasprintf("%" PRIx64, host->cap_inheritable));
	KEY("cap_bounding", xasprintf("%" PRIx64, host->cap_bounding));
	KEY("cap_ambient", xasprintf("%" PRIx64, host->cap_ambient));
	KEY("euid", id_text(host->euid));
	KEY("egid", id_text(host->egid));
	KEY("no_new_privs", bool_text(host->no_new_privs));
	KEY("seccomp_mode", number_text(host->seccomp_mode));
	KEY("initial_user_namespace", bool_text(host->initial_user_namespace));
	KEY("setgroups_denied", bool_text(host->setgroups_denied));
	KEY("uid_map", map_text(host->uid_map, host->uid_map_count));
	KEY("gid_map", map_text(host->gid_map, host->gid_map_count));
	KEY("has_oom_score_adj", bool_text(host->has_oom_score_adj));
	KEY("oom_score_adj", xasprintf("%d", host->oom_score_adj));
	KEY("oom_score_adj_min", xasprintf("%d", host->oom_score_adj_min));
	KEY("is_pid1", bool_text(host->is_pid1));
	if (strcmp(key, "groups") != 0)
		return NULL;
	cleanup_free uint64_t *groups = xcalloc(host->group_count, sizeof *groups);
	for (size_t i = 0; i < host->group_count; i++)
		groups[i] = host->groups[i];
	return numbers_text(groups, host->group_count);
}

static char *other_value(const struct host *host, const char *key)
{
	KEY("ancestors", number_text(host->ancestor_count));
	KEY("placed", number_text(host->placed_count));
	KEY("cpus", number_text(host->cpus));
	KEY("proc_sys_writable", bool_text(host->proc_sys_writable));
	KEY("proc_subset", bool_text(host->proc_subset));
	KEY("ipc_namespace", number_text(host->ipc_namespace));
	KEY("initial_ipc_namespace", bool_text(host->initial_ipc_namespace));
	KEY("can_write_fresh_ipc", bool_text(host->can_write_fresh_ipc));
	KEY("unshare_ipc_errno", xasprintf("%d", host->unshare_ipc_errno));
	KEY("nr_open", xasprintf("%" PRIu64, host->nr_open));
	KEY("runtime", string_text(runtime_name(host->runtime)));
	KEY("runtime_evidence", string_text(host->runtime_evidence));
	KEY("kernel", string_text(host->kernel));
	KEY("notes", number_text(host->note_count));
	return NULL;
}

static char *host_value(const struct host *host, const char *key)
{
	if (strncmp(key, "cgroup.", 7) == 0)
		return cgroup_value(host, key + 7);
	if (strncmp(key, "memory.", 7) == 0)
		return memory_value(host, key + 7);
	if (strncmp(key, "ancestor.", 9) == 0)
		return row_value(host->ancestors, host->ancestor_count, key + 9);
	if (strncmp(key, "placed.", 7) == 0)
		return row_value(host->placed, host->placed_count, key + 7);
	if (strncmp(key, "ipc.", 4) == 0)
		return ipc_value(&host->ipc, key + 4);
	if (strncmp(key, "fresh_ipc.", 10) == 0)
		return ipc_value(&host->fresh_ipc, key + 10);
	if (strncmp(key, "rlimit.", 7) == 0)
		return rlimit_value(host, key + 7);
	char *value = process_value(host, key);
	return value ? value : other_value(host, key);
}

static bool any_note_has(const struct host *host, const char *text)
{
	for (size_t i = 0; i < host->note_count; i++)
		if (strstr(host->notes[i], text))
			return true;
	return false;
}

/* ---- one fixture ---- */

struct check {
	const char *name;
	const struct host *host;
	unsigned compared, failures;
};

static bool holds(const struct check *check, const char *key, bool contains, const char *wanted)
{
	if (strcmp(key, "note") == 0)
		return contains && any_note_has(check->host, wanted);
	cleanup_free char *value = host_value(check->host, key);
	if (!value) {
		print_error("%s: there is no key \"%s\"\n", check->name, key);
		return false;
	}
	if (contains ? strstr(value, wanted) != NULL : strcmp(value, wanted) == 0)
		return true;
	print_error("%s: %s is \"%s\"\n", check->name, key, value);
	return false;
}

static int check_line(char *line, void *data)
{
	struct check *check = data;
	if (!*line || *line == '#' || strncmp(line, "pid = ", 6) == 0 || strncmp(line, "group = ", 8) == 0 ||
	    strncmp(line, "scope = ", 8) == 0)
		return 0;
	char *separator = line + strcspn(line, " ");
	bool contains = strncmp(separator, " ~ ", 3) == 0;
	if (!contains && strncmp(separator, " =", 2) != 0) {
		print_error("%s: \"%s\" is neither KEY = VALUE nor KEY ~ TEXT\n", check->name, line);
		check->failures++;
		return 0;
	}
	*separator = '\0';
	const char *wanted = separator[2] ? separator + 3 : "";
	check->compared++;
	if (!holds(check, line, contains, wanted)) {
		print_error("%s: expected %s %s \"%s\"\n", check->name, line, contains ? "~" : "=", wanted);
		check->failures++;
	}
	return 0;
}

static unsigned check_fixture(const char *directory, const char *name)
{
	struct host_roots roots;
	struct host host;
	cleanup_error struct error error = {0};
	cleanup_free char *expected = NULL;
	size_t length;
	uint64_t pid = 0;

	cleanup_free char *path = path_join(directory, name);
	assert_int_equal(host_roots_open(path, &roots, &error), 0);
	assert_false(roots.live);
	if (file_read(roots.root, "expected", PSEUDO_LIMIT, &expected, &length, &error) < 0)
		fail_msg("%s: %s", name, error.message);
	cleanup_free char *pid_text = line_after(expected, "pid = ");
	assert_true(!pid_text || parse_u64(pid_text, &pid));
	cleanup_free char *group = line_after(expected, "group = ");
	cleanup_free char *scope = line_after(expected, "scope = ");
	static const char *const files[] = {"memory.oom.group", "pids.max", NULL};
	const struct host_questions questions = {
		.pid = (pid_t)pid, .group = group, .scope = scope, .group_files = files};
	if (host_read(&roots, &questions, &host, &error) < 0)
		fail_msg("%s: %s", name, error.message);

	struct check check = {.name = name, .host = &host};
	each_line(expected, check_line, &check);
	if (check.failures || !check.compared)
		for (size_t i = 0; i < host.note_count; i++)
			print_error("%s: note: %s\n", name, host.notes[i]);
	host_clear(&host);
	host_roots_close(&roots);
	return check.failures + !check.compared;
}

static void every_fixture_host_is_read_as_its_expected_file_says(void **state)
{
	(void)state;
	unsigned failures = 0, fixtures = 0;
	cleanup_closedir DIR *directory = opendir(FIXTURES "/hosts");
	assert_non_null(directory);
	for (struct dirent *entry; (entry = readdir(directory));) {
		if (entry->d_name[0] == '.')
			continue;
		failures += check_fixture(FIXTURES "/hosts", entry->d_name);
		fixtures++;
	}
	assert_true(fixtures >= 18);
	assert_int_equal(failures, 0);
}

/* ---- the pure parts ---- */

static void a_group_is_found_below_a_mount_by_whole_names_only(void **state)
{
	static const struct {
		const char *root, *path, *below;
	} cases[] = {
		{"/", "/", ""},
		{"/", "/a/b", "a/b"},
		{"/docker/abc", "/docker/abc", ""},
		{"/docker/abc", "/docker/abc/x", "x"},
		{"/docker/abc", "/docker/abcd", NULL},
		{"/docker/abc", "/docker", NULL},
		{"/", "/../x", NULL},
		{"/", "/a/../../x", NULL},
		{"/", "/a/./b", NULL},
		{"/", "//a", NULL},
		{"/", "/a/", NULL},
		{"/", "a", NULL},
		{"/..", "/..", NULL},
		{"/../..", "/x", NULL},
		{"/", "/..a/b..", "..a/b.."},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *below = path_below(cases[i].root, cases[i].path);
		if (!cases[i].below)
			assert_null(below);
		else
			assert_string_equal(below, cases[i].below);
	}
}

static void mountinfo_fields_are_found_behind_any_number_of_optional_ones(void **state)
{
	static const struct {
		const char *line, *root, *point, *type, *options;
		bool read_only;
	} cases[] = {
		{"36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue", "/mnt1",
		 "/mnt2", "ext3", "rw,errors=continue", false},
		{"1 2 0:1 / / rw - cgroup2 - ro", "/", "/", "cgroup2", "ro", true},
		{"1 2 0:1 / /a\\040b\\011c\\012d\\134e\\043f ro shared:1 master:2 - x y rw,ro_not", "/",
		 "/a b\tc\nd\\e#f", "x", "rw,ro_not", true},
		{"1 2 0:1 / /\\9\\400\\04 rw - x  rw", "/", "/\\9\\400\\04", "x", "rw", false},
		{"1 2 0:1 / / rw shared:1", NULL, NULL, NULL, NULL, false},
		{"1 2 0:1 / / rw - x y", NULL, NULL, NULL, NULL, false},
		{"1 2 0:1 / relative rw - x y rw", NULL, NULL, NULL, NULL, false},
		{"", NULL, NULL, NULL, NULL, false},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct mount mount;
		cleanup_free char *line = xstrdup(cases[i].line);
		assert_int_equal(mount_parse(line, &mount), cases[i].root != NULL);
		if (!cases[i].root)
			continue;
		assert_string_equal(mount.root, cases[i].root);
		assert_string_equal(mount.point, cases[i].point);
		assert_string_equal(mount.type, cases[i].type);
		assert_string_equal(mount.options, cases[i].options);
		assert_int_equal(mount.read_only, cases[i].read_only);
	}
}

static void a_cgroup_file_belongs_to_the_controller_before_its_dot(void **state)
{
	(void)state;
	assert_int_equal(controller_of("memory.max"), CONTROLLER_MEMORY);
	assert_int_equal(controller_of("cpuset.cpus"), CONTROLLER_CPUSET);
	assert_int_equal(controller_of("cpu.max"), CONTROLLER_CPU);
	assert_int_equal(controller_of("cgroup.procs"), 0);
	assert_int_equal(controller_of("memo.max"), 0);
	assert_int_equal(controller_of(""), 0);
	assert_string_equal(controller_name(CONTROLLER_PIDS), "pids");
	assert_string_equal(controller_name(0), "unknown");
}

static void untrusted_bytes_are_quoted_escaped_and_cut(void **state)
{
	(void)state;
	cleanup_free char *plain = quoted_bytes("max");
	cleanup_free char *odd = quoted_bytes("a\"b\\c\033[31m\n\xc3\xa4");
	cleanup_free char *longest =
		quoted_bytes("\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1"
			     "\1\1\1\1\1\1\1");
	assert_string_equal(plain, "\"max\"");
	assert_string_equal(odd, "\"a\\x22b\\x5cc\\x1b[31m\\x0a\\xc3\\xa4\"");
	assert_int_equal(strlen(longest), 1 + 40 * 4 + 1 + 3);
}

static void notes_are_bounded_in_number(void **state)
{
	struct host host = {0};
	(void)state;
	for (unsigned i = 0; i < 3 * NOTES_MAX; i++)
		host_note(&host, "note %u", i);
	assert_int_equal(host.note_count, NOTES_MAX + 1);
	assert_string_equal(host.notes[NOTES_MAX - 1], "note 63");
	assert_non_null(strstr(host.notes[NOTES_MAX], "only the first 64"));
	host_clear(&host);
}

static void a_root_without_proc_is_refused_by_name(void **state)
{
	struct host_roots roots;
	cleanup_error struct error error = {0};
	(void)state;
	assert_int_equal(host_roots_open("/nonexistent", &roots, &error), -1);
	assert_non_null(strstr(error.message, "/nonexistent"));
	assert_int_equal(host_roots_open(FIXTURES "/hosts/bare-v2/run-none", &roots, &error), -1);
	assert_int_equal(host_roots_open(FIXTURES "/hosts/bare-v2/proc", &roots, &error), -1);
	assert_non_null(strstr(error.message, "bare-v2/proc/proc"));
}

static void a_process_that_does_not_exist_is_an_error_with_its_path(void **state)
{
	struct host_roots roots;
	struct host host;
	cleanup_error struct error error = {0};
	(void)state;
	assert_int_equal(host_roots_open(FIXTURES "/hosts/bare-v2", &roots, &error), 0);
	assert_int_equal(host_read(&roots, &(struct host_questions){.pid = 99}, &host, &error), -1);
	assert_non_null(strstr(error.message, "/proc/99/status"));
	host_roots_close(&roots);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_fixture_host_is_read_as_its_expected_file_says),
		cmocka_unit_test(a_group_is_found_below_a_mount_by_whole_names_only),
		cmocka_unit_test(mountinfo_fields_are_found_behind_any_number_of_optional_ones),
		cmocka_unit_test(a_cgroup_file_belongs_to_the_controller_before_its_dot),
		cmocka_unit_test(untrusted_bytes_are_quoted_escaped_and_cut),
		cmocka_unit_test(notes_are_bounded_in_number),
		cmocka_unit_test(a_root_without_proc_is_refused_by_name),
		cmocka_unit_test(a_process_that_does_not_exist_is_an_error_with_its_path),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
