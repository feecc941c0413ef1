/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_EXPORT_EXPORT_H
#define SIPLAUNCH_EXPORT_EXPORT_H
/*
 * A profile as another tool's configuration: docker, podman, Kubernetes, systemd or sysctl.d set the values,
 * and siplaunch, which stays the entry point, finds them set. An export is for another host: no fact of this
 * machine goes into it. Pure: a plan for a described target in, a document as data out. report/export.h
 * formats it.
 */
#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

#include "plan/plan.h"
#include "settings/tool.h"

struct fleet;
struct host;

/* A file of the router's configuration. */
struct export_file {
	char *source;         /* here: absolute, or from the working directory on */
	char *target;         /* in the place, absolute */
	char *text;           /* its contents; NULL: no text, or too much of it */
	unsigned secret_line; /* the first line that seems to have a password in it; 0: none */
};

enum export_kind { EXPORT_DEPLOYMENT, EXPORT_POD };

/* How a pod's IPC limits are set: by siplaunch in a privileged init container, or by the kubelet. */
enum export_sysctls { EXPORT_SYSCTLS_INIT, EXPORT_SYSCTLS_POD };

struct export_request {
	enum tool tool;
	const struct context *context; /* planned for export_target() */
	const struct plan *plan;
	const struct identity *identity; /* POD: whom the profile's names are here; nothing where not known */
	char *const *argv;               /* the router's command */
	const char *name;                /* of the container, pod or unit */
	const char *image, *init_image;  /* NULL: to be filled in */
	const char *profile;             /* the profile's file name in the place: "kamailio-4g.json" */
	const struct export_file *files; /* the configuration and what it includes, the configuration first */
	size_t file_count;               /* 0: it could not be read */
	const char *config;   /* where the configuration is in the place, absolute; NULL: it has none */
	const json_t *filter; /* what a filter is that the profile names by its path; NULL */
	enum export_kind kind;
	enum export_sysctls sysctls;
	unsigned replicas;         /* DEPLOYMENT; 0: EXPORT_REPLICAS */
	const struct fleet *fleet; /* of which the pod is one; NULL: it carries the workload alone */
};

#define EXPORT_REPLICAS 2

/* Who sets a setting to the profile's value. */
enum export_by {
	EXPORT_BY_TOOL,     /* what is exported says so */
	EXPORT_BY_LAUNCHER, /* siplaunch, in the place */
	EXPORT_BY_DEFAULT,  /* nobody has to: every new place is like that */
	EXPORT_BY_NOBODY,   /* the tool cannot say it, and siplaunch may not set it there */
};
const char *export_by_name(enum export_by by); /* "tool", "siplaunch", "default"; NULL for nobody */

/* One setting that the profile wants. */
struct export_item {
	const struct setting *setting;
	struct value value;
	enum export_by by;
	char *text;    /* what says so: "--memory 4g", "MemoryMax=4G", "spec.hostIPC: false"; NULL */
	char *path;    /* POD: of the field; NULL */
	json_t *field; /* POD: its value; NULL */
	char *note;    /* what else is needed, or who sets it instead; may be NULL */
};

/* A line of a document that is made of lines. */
struct export_line {
	char *text;    /* "" is an empty line */
	char *comment; /* what it is for; NULL */
};

struct export
{
	const struct export_request *request;
	char *root_why; /* why siplaunch starts as root there and changes to the profile's user itself; NULL:
			   it starts as that user */
	bool delegated; /* UNIT: siplaunch makes a group below the unit's own */
	struct export_item *items;
	size_t count;
	struct export_line *lines; /* all but POD; of an engine each is a part of the command */
	size_t line_count;
	json_t *manifests; /* POD, COMPOSE: an array of objects, with comments as in text/yaml.h */
	char **unmet;      /* POD: what of the Pod Security Standards' level restricted it does not meet */
	size_t unmet_count;
};

/*
 * The target of such an export, as a host that permits everything and has nothing set: a container of that
 * engine, a pod, a service. host_clear() when done.
 */
void export_target(enum tool tool, struct host *host);

/*
 * Checks that no required step of the plan is impossible in every environment. 0, or -1 with the first such
 * step.
 */
int export_check(const struct context *context, const struct plan *plan, struct error *error);

/* Decides about every setting, and makes the document. The request must outlive it. */
void export_make(const struct export_request *request, struct export *export);
void export_clear(struct export *export);

#define cleanup_export __attribute__((cleanup(export_clear)))

/* ---- shared by the files of this room ---- */

/* The file in the place that has the profile. Caller frees. */
char *export_profile_path(const struct export_request *request);

void export_line(struct export *export, char *text, char *comment); /* takes over both */

/* The item of a setting, or NULL. */
const struct export_item *export_item(const struct export *export, enum setting_id id);

/* "cgroup/memory.max: memory that the group may use; NOTE" of item `index` and of those behind it that the
 * same text says. Caller frees. */
char *export_comment(const struct export *export, size_t index);

/* True where an item before has the same text. */
bool export_said(const struct export *export, size_t index);

/* The profile's limit of which it gives only the soft or the hard half; NULL: both, or none. */
const struct rlimit_request *export_half(const struct profile *profile, const struct setting *setting);

/* One setting: who sets it, and the tool's option. Fills by, text, path, field and note. */
void export_decide(const struct export *export, struct export_item *item);

/* True for a router with known sockets and directories. */
bool export_knows_router(const struct export *export);

/* The ports to publish, or that none can be. */
struct export_ports {
	struct export_port {
		const char *transport; /* "udp", "tcp", "sctp" */
		unsigned port;
	} * items;
	size_t count;
	bool assumed;  /* the configuration names none */
	char *own;     /* the address that only the machine's network has; NULL: none of them needs one */
	char *comment; /* where they come from */
};
void export_ports(const struct export *export, struct export_ports *ports);
/* What `own` means: "it listens on 192.0.2.1, which …". Fresh; NULL: there is none. */
char *export_ports_own(const struct export_ports *ports);
void export_ports_clear(struct export_ports *ports);

/* Where the router writes beside /tmp and the profile's own directories. Fresh; NULL: nowhere, or not known.
 */
char *export_run_directory(const struct export *export);

void export_engine(struct export *export);
void export_pod(struct export *export);
void export_unit(struct export *export);
void export_sysctl(struct export *export);

#endif
