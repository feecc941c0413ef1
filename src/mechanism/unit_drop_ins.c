/* SPDX-License-Identifier: MIT */
#include "mechanism/unit_drop_ins.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/text.h"

static char *directory_of(const char *where, const char *unit)
{
	return xasprintf("%s/%s.d", where, unit); /* systemd, src/core/unit.c, UNIT_RUNTIME */
}

void drop_ins_list(const char *where, const char *unit, struct drop_ins *drop_ins)
{
	cleanup_free char *path = directory_of(where, unit);
	cleanup_closedir DIR *stream = opendir(path);
	if (!stream)
		return;
	for (struct dirent *entry; (entry = readdir(stream));)
		if (entry->d_name[0] != '.')
			*ARRAY_ADD(drop_ins->names, drop_ins->count) = xstrdup(entry->d_name);
}

void drop_ins_subtract(struct drop_ins *drop_ins, const struct drop_ins *others)
{
	size_t kept = 0;
	for (size_t i = 0; i < drop_ins->count; i++) {
		if (texts_have((const char *const *)others->names, others->count, drop_ins->names[i]))
			free(drop_ins->names[i]);
		else
			drop_ins->names[kept++] = drop_ins->names[i];
	}
	drop_ins->count = kept;
}

int drop_ins_remove(const char *where, const char *unit, const struct drop_ins *drop_ins, struct error *error)
{
	cleanup_free char *directory = directory_of(where, unit), *left = xstrdup("");
	int errnum = 0;
	for (size_t i = 0; i < drop_ins->count; i++) {
		cleanup_free char *path = xasprintf("%s/%s", directory, drop_ins->names[i]);
		if (unlink(path) == 0 || errno == ENOENT)
			continue;
		cleanup_free char *before = left;
		errnum = errno;
		left = xasprintf("%s %s", before, path);
	}
	rmdir(directory); /* fails, as intended, while other drop-ins are in it */
	if (!*left)
		return 0;
	error_set(error, errnum, "remove the limits that systemd keeps for %s until the next boot", unit);
	return error_hint(error, "remove them by hand: rm%s && systemctl daemon-reload", left);
}

void drop_ins_clear(struct drop_ins *drop_ins)
{
	for (size_t i = 0; i < drop_ins->count; i++)
		free(drop_ins->names[i]);
	free(drop_ins->names);
	*drop_ins = (struct drop_ins){0};
}
