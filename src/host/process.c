/* SPDX-License-Identifier: MIT */
/* A process's values in /proc/PID: identity, capabilities, limits, OOM score. */
#include "host/read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"

/* ---- status ---- */

/* The second number of "real effective saved file-system". */
static bool parse_effective_id(const char *text, void *field)
{
	uint64_t ids[4];
	if (!parse_numbers(text, ids, 4) || ids[1] > UINT32_MAX)
		return false;
	*(uint32_t *)field = (uint32_t)ids[1];
	return true;
}

static bool parse_hexadecimal(const char *text, void *field)
{
	char *end;
	if (strspn(text, "0123456789abcdef") != strlen(text) || !*text || strlen(text) > 16)
		return false;
	*(uint64_t *)field = strtoull(text, &end, 16);
	return true;
}

static bool parse_flag(const char *text, void *field)
{
	uint64_t number;
	if (!parse_numbers(text, &number, 1) || number > 1)
		return false;
	*(bool *)field = number;
	return true;
}

static bool parse_seccomp(const char *text, void *field)
{
	uint64_t number;
	if (!parse_numbers(text, &number, 1) || number > 2)
		return false;
	*(unsigned *)field = (unsigned)number;
	return true;
}

static bool parse_groups(const char *text, void *data)
{
	struct host *host = data;
	char digits[16];

	for (text += strspn(text, " \t"); *text; text += strspn(text, " \t")) {
		size_t length = strcspn(text, " \t");
		uint64_t id;
		if (length >= sizeof digits)
			return false;
		memcpy(digits, text, length);
		digits[length] = '\0';
		if (!parse_u64(digits, &id) || id > UINT32_MAX)
			return false;
		*ARRAY_ADD(host->groups, host->group_count) = (gid_t)id;
		text += length;
	}
	return true;
}

/* The innermost namespace's number comes last. */
static bool parse_is_pid1(const char *text, void *field)
{
	const char *last = strrchr(text, '\t');
	uint64_t number;
	if (!parse_u64(last ? last + 1 : text, &number))
		return false;
	*(bool *)field = number == 1;
	return true;
}

static void read_status(const struct reader *reader, const char *name, const char *text)
{
	struct host *host = reader->host;
	const struct {
		const char *key;
		bool (*parse)(const char *text, void *field);
		void *field;
		bool since_recently; /* missing on older kernels or without the feature */
	} fields[] = {
		{"Uid:", parse_effective_id, &host->euid, false},
		{"Gid:", parse_effective_id, &host->egid, false},
		{"Groups:", parse_groups, host, false},
		{"NSpid:", parse_is_pid1, &host->is_pid1, true},
		{"CapInh:", parse_hexadecimal, &host->cap_inheritable, false},
		{"CapPrm:", parse_hexadecimal, &host->cap_permitted, false},
		{"CapEff:", parse_hexadecimal, &host->cap_effective, false},
		{"CapBnd:", parse_hexadecimal, &host->cap_bounding, false},
		{"CapAmb:", parse_hexadecimal, &host->cap_ambient, true},
		{"NoNewPrivs:", parse_flag, &host->no_new_privs, true},
		{"Seccomp:", parse_seccomp, &host->seccomp_mode, true},
	};

	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		cleanup_free char *value = line_after(text, fields[i].key);
		if (value ? fields[i].parse(value, fields[i].field) : fields[i].since_recently)
			continue;
		cleanup_free char *found = quoted_bytes(value ? value : "");
		host_note(host, "/proc/%s has no usable %s line: %s", name, fields[i].key, found);
	}
	if (reader->questions->process_only)
		return;
	cleanup_free char *cpus = line_after(text, "Cpus_allowed_list:");
	read_cpus(reader, cpus);
}

/* ---- limits ---- */

/* lnames[] of fs/proc/base.c. */
static const struct {
	const char *name;
	int resource;
} limit_lines[] = {
	{"Max cpu time", RLIMIT_CPU},
	{"Max file size", RLIMIT_FSIZE},
	{"Max data size", RLIMIT_DATA},
	{"Max stack size", RLIMIT_STACK},
	{"Max core file size", RLIMIT_CORE},
	{"Max resident set", RLIMIT_RSS},
	{"Max processes", RLIMIT_NPROC},
	{"Max open files", RLIMIT_NOFILE},
	{"Max locked memory", RLIMIT_MEMLOCK},
	{"Max address space", RLIMIT_AS},
	{"Max file locks", RLIMIT_LOCKS},
	{"Max pending signals", RLIMIT_SIGPENDING},
	{"Max msgqueue size", RLIMIT_MSGQUEUE},
	{"Max nice priority", RLIMIT_NICE},
	{"Max realtime priority", RLIMIT_RTPRIO},
	{"Max realtime timeout", RLIMIT_RTTIME},
};
_Static_assert(ARRAY_SIZE(limit_lines) == RLIM_NLIMITS, "every limit of this kernel's headers has its line");

static const char *limit_name(int resource)
{
	size_t i = 0;
	while (i + 1 < ARRAY_SIZE(limit_lines) && limit_lines[i].resource != resource)
		i++;
	return limit_lines[i].name;
}

/* Moves *text behind the word that it reads. */
static bool next_limit(const char **text, uint64_t *limit)
{
	char word[24];
	*text += strspn(*text, " ");
	size_t length = strcspn(*text, " \n");

	if (length >= sizeof word)
		return false;
	memcpy(word, *text, length);
	word[length] = '\0';
	*text += length;
	if (strcmp(word, "unlimited") != 0)
		return parse_u64(word, limit);
	*limit = UNLIMITED;
	return true;
}

/* "1024                 524288               files" */
static bool parse_limits(const char *line, struct rlimit_pair *pair)
{
	uint64_t soft, hard;

	if (!next_limit(&line, &soft) || !next_limit(&line, &hard))
		return false;
	*pair = (struct rlimit_pair){.known = true, .soft = soft, .hard = hard};
	return true;
}

bool rlimit_parse(const char *limits, int resource, struct rlimit_pair *pair)
{
	const char *line = text_line_after(limits, limit_name(resource));
	return line && parse_limits(line, pair);
}

/* A call for each limit costs a third of the file. False where a filter in force refuses them (one that
 * killed would have killed the C library, which asks for the stack's): then the file has them. */
static bool ask_rlimits(struct rlimit_pair *pairs)
{
	struct rlimit limit;
	for (int resource = 0; resource < RLIM_NLIMITS; resource++) {
		if (getrlimit((resource_t)resource, &limit) < 0)
			return false;
		pairs[resource] = (struct rlimit_pair){true, limit.rlim_cur, limit.rlim_max};
	}
	return true;
}

static void read_rlimits(const struct reader *reader)
{
	struct host *host = reader->host;
	if (reader->roots->live && !reader->pid && ask_rlimits(host->rlimits))
		return;
	const struct tree proc = {reader->roots->proc, "/proc"};
	const char *first = NULL;
	unsigned malformed = 0;
	char text[SMALL_TEXT];

	cleanup_free char *name = process_path(reader->pid, "limits");
	if (!tree_text(host, &proc, name, REQUIRED, text))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(limit_lines); i++) {
		int resource = limit_lines[i].resource;
		if (!rlimit_parse(text, resource, &host->rlimits[resource]) && !malformed++)
			first = limit_lines[i].name;
	}
	if (malformed)
		host_note(host, "/proc/%s has no usable \"%s\" line%s", name, first,
			  malformed > 1 ? ", nor others" : "");
}

/* ---- the rest ---- */

static void read_oom_score_adj(const struct reader *reader)
{
	struct host *host = reader->host;
	const struct tree proc = {reader->roots->proc, "/proc"};
	char text[SMALL_TEXT];

	cleanup_free char *name = process_path(reader->pid, "oom_score_adj");
	if (!tree_text(host, &proc, name, REQUIRED, text)) {
		host->oom_score_adj_errno = errno;
		return;
	}
	if (parse_int(text, &host->oom_score_adj) && host->oom_score_adj >= -1000 &&
	    host->oom_score_adj <= 1000) {
		host->has_oom_score_adj = true;
		host->oom_score_adj_min = host->oom_score_adj;
		return;
	}
	cleanup_free char *found = quoted_bytes(text);
	host_note(host, "/proc/%s is not a number from -1000 to 1000: %s", name, found);
	host->oom_score_adj = 0;
}

int read_process(const struct reader *reader, struct error *error)
{
	struct host *host = reader->host;

	host->euid = (uid_t)-1;
	host->egid = (gid_t)-1;
	cleanup_free char *name = process_path(reader->pid, "status");
	char *raw = NULL;
	if (pseudo_read_record(reader->roots->proc, name, &raw) < 0 && errno != EFBIG && errno != EINVAL)
		return error_set(error, errno, "read /proc/%s", name);
	cleanup_free char *text = raw ? raw : xstrdup("");
	read_status(reader, name, text);
	read_rlimits(reader);
	read_oom_score_adj(reader);
	return 0;
}
