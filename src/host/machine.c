/* SPDX-License-Identifier: MIT */
/* Memory, CPUs and the sysctls of the machine as a whole. */
#include "host/cpus.h"
#include "host/read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/number_list.h"

/* ---- memory ---- */

/* "16330772 kB" in bytes; 0, with a note, when the line is missing or malformed. */
static uint64_t meminfo_bytes(struct host *host, const char *text, const char *key)
{
	uint64_t kib, bytes;
	cleanup_free char *value = line_after(text, key);
	char *unit = value ? strstr(value, " kB") : NULL;

	if (unit && unit[3] == '\0') {
		*unit = '\0';
		if (parse_u64(value, &kib) && !__builtin_mul_overflow(kib, KIB, &bytes))
			return bytes;
		*unit = ' ';
	}
	cleanup_free char *found = quoted_bytes(value ? value : "");
	host_note(host, "/proc/meminfo has no usable %s line: %s", key, found);
	return 0;
}

static void read_meminfo(const struct reader *reader)
{
	struct host *host = reader->host;
	const struct tree proc = {reader->roots->proc, "/proc"};
	char text[SMALL_TEXT];

	if (!tree_text(host, &proc, "meminfo", REQUIRED, text)) {
		host->memory.total_errno = errno;
		return;
	}
	host->memory.total_bytes = meminfo_bytes(host, text, "MemTotal:");
	host->memory.available_bytes = meminfo_bytes(host, text, "MemAvailable:");
	host->memory.swap_total_bytes = meminfo_bytes(host, text, "SwapTotal:");
}

/* The kernel reports the live page size; a fixture has it in a file. */
static void read_page_size(const struct reader *reader)
{
	enum { USUAL = 4096, LARGEST = 65536 };
	const struct tree root = {reader->roots->root, ""};
	uint64_t bytes = USUAL;

	if (reader->roots->live)
		bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	else
		tree_numbers(reader->host, &root, "page-size", OPTIONAL, &bytes, 1);
	if (bytes < USUAL || bytes > LARGEST || (bytes & (bytes - 1))) {
		host_note(reader->host, "a page size of %llu bytes is impossible: 4096 is assumed",
			  (unsigned long long)bytes);
		bytes = USUAL;
	}
	reader->host->memory.page_bytes = bytes;
}

/* "always within_size [never]": the word in brackets. */
static void read_shmem_thp(const struct reader *reader)
{
	static const char path[] = "sys/kernel/mm/transparent_hugepage/shmem_enabled";
	const struct tree root = {reader->roots->root, ""};
	char text[SMALL_TEXT];

	if (!tree_text(reader->host, &root, path, OPTIONAL, text))
		return;
	const char *open = strchr(text, '[');
	const char *close = open ? strchr(open, ']') : NULL;
	if (close) {
		reader->host->memory.shmem_thp = xstrndup(open + 1, (size_t)(close - open - 1));
		return;
	}
	cleanup_free char *found = quoted_bytes(text);
	host_note(reader->host, "/%s has no word selected: %s", path, found);
}

/* ---- CPUs ---- */

unsigned cpu_list_count(const char *text)
{
	struct number_list list;
	return number_list_parse(text, ",", &list) ? number_list_count(&list) : 0;
}

static bool cpu_list_usable(struct host *host, const char *name, const char *text, struct number_list *list)
{
	if (!text)
		return false;
	if (number_list_parse(text, ",", list) && number_list_count(list) > 0)
		return true;
	cleanup_free char *found = quoted_bytes(text);
	host_note(host, "%s is not a list of CPUs: %s", name, found);
	return false;
}

void read_cpus(const struct reader *reader, const char *allowed)
{
	struct host *host = reader->host;
	const struct tree root = {reader->roots->root, ""};
	struct number_list ours, online;
	char text[SMALL_TEXT];

	/* Cpus_allowed_list names CPUs that could be plugged in, too */
	const char *list =
		tree_text(host, &root, "sys/devices/system/cpu/online", REQUIRED, text) ? text : NULL;
	bool has_online = cpu_list_usable(host, "/sys/devices/system/cpu/online", list, &online);
	bool has_ours = cpu_list_usable(host, "Cpus_allowed_list", allowed, &ours);
	if (!has_ours && !has_online)
		return;
	host->cpus_online = has_online ? number_list_count(&online) : 0;
	if (has_ours && has_online)
		number_list_intersect(&ours, &online);
	host->cpus = number_list_count(has_ours ? &ours : &online);
}

/* ---- sysctls ---- */

static void read_kernel_release(const struct reader *reader)
{
	const struct tree proc = {reader->roots->proc, "/proc"};
	char text[SMALL_TEXT];
	struct utsname names;
	if (reader->roots->live && uname(&names) == 0)
		reader->host->kernel = xstrdup(names.release);
	else if (tree_text(reader->host, &proc, "sys/kernel/osrelease", REQUIRED, text) && *text)
		reader->host->kernel = xstrdup(text);
}

void read_machine(const struct reader *reader)
{
	struct host *host = reader->host;
	const struct tree proc = {reader->roots->proc, "/proc"};

	read_page_size(reader);
	if (!reader->questions->process_only) {
		read_meminfo(reader);
		read_shmem_thp(reader);
	}
	tree_numbers(host, &proc, "sys/fs/nr_open", REQUIRED, &host->nr_open, 1);
	read_kernel_release(reader);
}
