/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SESSION_EXPORT_CONTENT_H
#define SIPLAUNCH_SESSION_EXPORT_CONTENT_H
/*
 * What an export takes over from this machine: the files of the router's configuration, a filter that
 * siplaunch does not ship, and the ids of the profile's user and group. Nothing else of this machine is in an
 * export, and src/export/ itself reads none of it.
 */
#include <stddef.h>

#include <jansson.h>

#include "export/export.h"
#include "plan/plan.h"

struct session;

/* For the members of the same names of struct export_request. */
struct export_content {
	struct identity identity;  /* POD; zeroed for the other tools, and where a name is not known here */
	struct export_file *files; /* the configuration first, then what it includes */
	size_t file_count;
	char *named;    /* NULL: none */
	char *config;   /* NULL: the command has none, or siplaunch does not know its router */
	char **argv;    /* the command, with the configuration's path at the target */
	char *profile;  /* the file name of the exported profile: never one of the profile's own files here */
	json_t *filter; /* POD; NULL: none, or the target has it */
	struct export_file filter_file; /* the other tools; without a source: none, or the target has it */
};

/*
 * Reads it for a session that was opened for PURPOSE_DESCRIBE. A file that cannot be read has no text; all
 * texts together are at most 1000 KiB, so that they fit into a ConfigMap. export_content_clear() when done.
 */
void export_content_read(const struct session *session, struct export_content *content);
void export_content_clear(struct export_content *content);

#define cleanup_export_content __attribute__((cleanup(export_content_clear)))

#endif
