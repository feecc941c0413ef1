/* SPDX-License-Identifier: MIT */
#include "stats/group.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"

#define DEPTH_MAX 64

const struct group_number group_numbers[GROUP_NUMBER_COUNT] = {
	[GROUP_MEMORY_CURRENT] = {"memory.current", NULL, VALUE_BYTES},
	[GROUP_MEMORY_PEAK] = {"memory.peak", NULL, VALUE_BYTES},
	[GROUP_SWAP_CURRENT] = {"memory.swap.current", NULL, VALUE_BYTES},
	[GROUP_PIDS_CURRENT] = {"pids.current", NULL, VALUE_COUNT},
	[GROUP_EVENT_LOW] = {"memory.events", "low", VALUE_COUNT},
	[GROUP_EVENT_HIGH] = {"memory.events", "high", VALUE_COUNT},
	[GROUP_EVENT_MAX] = {"memory.events", "max", VALUE_COUNT},
	[GROUP_EVENT_OOM] = {"memory.events", "oom", VALUE_COUNT},
	[GROUP_EVENT_OOM_KILL] = {"memory.events", "oom_kill", VALUE_COUNT},
	[GROUP_EVENT_OOM_GROUP_KILL] = {"memory.events", "oom_group_kill", VALUE_COUNT},
	[GROUP_STAT_ANON] = {"memory.stat", "anon", VALUE_BYTES},
	[GROUP_STAT_FILE] = {"memory.stat", "file", VALUE_BYTES},
	[GROUP_STAT_SHMEM] = {"memory.stat", "shmem", VALUE_BYTES},
	[GROUP_STAT_KERNEL] = {"memory.stat", "kernel", VALUE_BYTES},
	[GROUP_STAT_KERNEL_STACK] = {"memory.stat", "kernel_stack", VALUE_BYTES},
	[GROUP_STAT_PAGETABLES] = {"memory.stat", "pagetables", VALUE_BYTES},
	[GROUP_STAT_SLAB] = {"memory.stat", "slab", VALUE_BYTES},
	[GROUP_STAT_PERCPU] = {"memory.stat", "percpu", VALUE_BYTES},
	[GROUP_STAT_SOCK] = {"memory.stat", "sock", VALUE_BYTES},
};

/* The text after "KEY ", up to the end of its line. Caller frees; NULL: there is none. */
static char *keyed(const char *text, const char *key)
{
	size_t length = strlen(key);
	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, length) == 0 && line[length] == ' ')
			return xstrndup(line + length + 1, strcspn(line + length + 1, "\n"));
	}
	return NULL;
}

struct value group_number_in(unsigned id, const char *text)
{
	const struct group_number *row = &group_numbers[id];
	uint64_t number;
	if (!text)
		return (struct value){0};
	cleanup_free char *word = row->key ? keyed(text, row->key) : xstrdup(text);
	/* UNLIMITED would be printed as "max", which no counter can be */
	if (!word || !parse_u64(word, &number) || number == UNLIMITED)
		return (struct value){0};
	return value_number(row->kind, number);
}

void group_stats_read(int directory, struct group_stats *stats)
{
	cleanup_free char *text = NULL;
	const char *file = "";

	*stats = (struct group_stats){0};
	for (size_t i = 0; i < GROUP_NUMBER_COUNT; i++) {
		const struct group_number *row = &group_numbers[i];
		if (strcmp(file, row->file) != 0) {
			file = row->file;
			free(text);
			pseudo_read_record(directory, file, &text);
		}
		stats->numbers[i] = group_number_in((unsigned)i, text);
	}
}

void group_stats_clear(struct group_stats *stats)
{
	for (size_t i = 0; i < GROUP_NUMBER_COUNT; i++)
		value_clear(&stats->numbers[i]);
}

uint64_t group_stats_number(const struct group_stats *stats, unsigned id)
{
	return value_or_zero(&stats->numbers[id]);
}

static int add_pid(char *line, void *data)
{
	struct pids *pids = data;
	uint64_t pid;
	if (!parse_u64(line, &pid) || pid > INT_MAX)
		return 0;
	if (pid == 0)
		pids->outside++;
	else
		*ARRAY_ADD(pids->items, pids->count) = (pid_t)pid;
	return 0;
}

static int collect(int directory, unsigned depth, struct pids *pids, struct error *error);

static int collect_below(int directory, unsigned depth, struct pids *pids, struct error *error)
{
	int copy = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_closedir DIR *entries = copy < 0 ? NULL : fdopendir(copy);
	if (!entries) {
		int errnum = errno;
		if (copy >= 0)
			close(copy);
		return error_set(error, errnum, "list the groups below");
	}
	/* cppcheck-suppress readdirCalled ; the stream is ours alone, and readdir_r is deprecated */
	for (const struct dirent *entry; (entry = readdir(entries));) {
		if (entry->d_name[0] == '.' || (entry->d_type != DT_DIR && entry->d_type != DT_UNKNOWN))
			continue;
		cleanup_close int child =
			openat(directory, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child < 0)
			continue; /* a file, or a group that was removed meanwhile */
		if (collect(child, depth + 1, pids, error) < 0)
			return error_context(error, "%s", entry->d_name);
	}
	return 0;
}

static int collect(int directory, unsigned depth, struct pids *pids, struct error *error)
{
	cleanup_free char *text = NULL;
	if (depth > DEPTH_MAX)
		return error_set(error, 0, "groups are nested deeper than %d levels", DEPTH_MAX);
	/* Threaded groups have no list of processes (EOPNOTSUPP): theirs are in the list of the domain above.
	 */
	if (pseudo_read(directory, "cgroup.procs", PSEUDO_LIMIT, &text) >= 0)
		each_line(text, add_pid, pids);
	else if (errno != EOPNOTSUPP && errno != ENODEV && depth == 0)
		return error_set(error, errno, "read cgroup.procs");
	return collect_below(directory, depth, pids, error);
}

static int compare(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;
	return (x > y) - (x < y);
}

/* A process that is moved while we read can be in two lists. */
static void sort_unique(struct pids *pids)
{
	size_t kept = 0;
	if (pids->count == 0)
		return;
	qsort(pids->items, pids->count, sizeof *pids->items, compare);
	for (size_t i = 0; i < pids->count; i++)
		if (i == 0 || pids->items[i] != pids->items[kept - 1])
			pids->items[kept++] = pids->items[i];
	pids->count = kept;
}

int group_processes(int directory, struct pids *pids, struct error *error)
{
	*pids = (struct pids){0};
	if (collect(directory, 0, pids, error) < 0) {
		pids_clear(pids);
		return -1;
	}
	sort_unique(pids);
	return 0;
}

bool pids_have(const struct pids *pids, pid_t pid)
{
	for (size_t i = 0; i < pids->count; i++)
		if (pids->items[i] == pid)
			return true;
	return false;
}

void pids_clear(struct pids *pids)
{
	free(pids->items);
	*pids = (struct pids){0};
}

int group_directory_open(int mount, const char *path, struct error *error)
{
	const char *below = path + strspn(path, "/");
	int fd = open_beneath(mount, below, O_RDONLY | O_DIRECTORY);
	if (fd < 0 && errno == EXDEV)
		return error_set(error, 0, "%s is outside of what is mounted here", path);
	if (fd < 0)
		return error_set(error, errno, "open the group %s", path);
	return fd;
}
