/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_EXPORT_EXPORT_H
#define SIPLAUNCH_EXPORT_EXPORT_H
/*
 * A profile as another tool's configuration: docker, podman, Kubernetes, systemd or sysctl.d sets the values,
 * and siplaunch, which is still the entry point, finds them set. An export is for another host: no fact of
 * this machine goes into it. Pure: a plan for a described target in, a document as data out. report/export.h
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
	char *source;         /* its path here: absolute, or relative to the working directory */
	char *target;         /* its path in the target, absolute */
	char *text;           /* its contents; NULL: not text, or too large */
	unsigned secret_line; /* the first line that seems to have a password; 0: none */
};

enum export_kind { EXPORT_DEPLOYMENT, EXPORT_POD };

/* How a pod's IPC limits are set: by siplaunch in a privileged init container, or by the kubelet. */
enum export_sysctls { EXPORT_SYSCTLS_INIT, EXPORT_SYSCTLS_POD };

struct export_request {
	enum tool tool;
	const struct context *context; /* planned for export_target() */
	const struct plan *plan;
	const struct identity *identity; /* POD: the ids of the profile's user and group on this machine, as
					    far as they are known */
	char *const *argv;               /* the router's command */
	const char *name;                /* of the container, pod or unit */
	const char *image, *init_image;  /* NULL: a placeholder */
	const char *profile;             /* the profile's file name in the target: "kamailio-4g.json" */
	const struct export_file *files; /* the configuration and what it includes, the configuration first */
	size_t file_count;               /* 0: it could not be read */
	const char *named;    /* what the configuration names beside them and the export lacks: "/etc/tls.cfg
				 (kamailio.cfg:12), …"; NULL: nothing */
	const char *config;   /* the configuration's path in the target, absolute; NULL: none */
	const json_t *filter; /* POD: the content of a filter that is not there otherwise; NULL */
	const struct export_file *filter_file; /* the other tools: its file; NULL */
	enum export_kind kind;
	enum export_sysctls sysctls;
	unsigned replicas;         /* DEPLOYMENT; 0: EXPORT_REPLICAS */
	const struct fleet *fleet; /* the pod is one of this fleet; NULL: no fleet */
};

#define EXPORT_REPLICAS 2

/* The folder of the profile in the target. */
#define EXPORT_PROFILES "/etc/siplaunch/profiles"

/* Who sets a setting to the profile's value. */
enum export_by {
	EXPORT_BY_TOOL,     /* the exported document sets it */
	EXPORT_BY_LAUNCHER, /* siplaunch sets it at the start */
	EXPORT_BY_DEFAULT,  /* every new target has this value by default */
	EXPORT_BY_NOBODY,   /* the tool has no option for it, and siplaunch may not set it there */
};
const char *export_by_name(enum export_by by); /* "tool", "siplaunch", "default"; NULL for nobody */

/* One setting that the profile requests. */
struct export_item {
	const struct setting *setting;
	struct value value;
	enum export_by by;
	char *text;    /* the text that sets it: "--memory 4g", "MemoryMax=4G", "spec.hostIPC: false"; NULL */
	char *path;    /* POD: of the field; NULL */
	json_t *field; /* POD: its value; NULL */
	char *note;    /* a further requirement, or what sets it instead; may be NULL */
};

/* A line of a line-based document. */
struct export_line {
	char *text;    /* "" is an empty line */
	char *comment; /* its purpose; NULL */
};

struct export
{
	const struct export_request *request;
	char *root_why; /* why siplaunch must start as root there and change to the profile's user itself;
			   NULL: it starts as that user */
	bool delegated; /* UNIT: siplaunch creates a child of the unit's group */
	bool users; /* UNIT: for a user's own systemd: the profile names no user, and nothing needs root */
	struct export_item *items;
	size_t count;
	struct export_line *lines; /* all tools except POD; of an engine each line is a part of the command */
	size_t line_count;
	json_t *manifests; /* POD, COMPOSE: an array of objects, with comments as in text/yaml.h */
	char **unmet; /* POD: the requirements of the Pod Security Standards' level "restricted" that it does
			 not meet */
	size_t unmet_count;
};

/*
 * The target of an export as a host that permits everything and has no values set: a container of that
 * engine, a pod, a service. host_clear() afterwards.
 */
void export_target(enum tool tool, struct host *host);

/*
 * Checks that the plan has no refused required step, except those that only the target can decide, and no id
 * that the tool does not accept. 0, or -1 with the first such step.
 */
int export_check(enum tool tool, const struct context *context, const struct plan *plan, struct error *error);

/* Decides for every setting what sets it, and makes the document. The request must outlive it. export_clear()
 * afterwards. */
void export_make(const struct export_request *request, struct export *export);
void export_clear(struct export *export);

#define cleanup_export __attribute__((cleanup(export_clear)))

/* ---- shared by the files of this room ---- */

/* UNIT: the path of its file: "/etc/systemd/system/NAME.service", or below "~/". Caller frees. */
char *export_unit_path(const struct export *export);

/* The path of the profile's file in the target. Caller frees. */
char *export_profile_path(const struct export_request *request);

void export_line(struct export *export, char *text, char *comment); /* takes ownership of both */

/* True for a cpu.max of "max", whatever its period: a new group has none either. */
bool export_is_no_quota(const struct export_item *item);

/* The item of a setting, or NULL. */
const struct export_item *export_item(const struct export *export, enum setting_id id);

/* "cgroup/memory.max: memory that the group may use; NOTE" for item `index` and all later items with the same
 * text. Caller frees. */
char *export_comment(const struct export *export, size_t index);

/* True if an earlier item has the same text. */
bool export_said(const struct export *export, size_t index);

/* The profile's rlimit for that setting if it has only the soft or only the hard half; NULL: it has both, or
 * none. */
const struct rlimit_request *export_half(const struct profile *profile, const struct setting *setting);

/* Decides what sets one setting, with the tool's option. Fills by, text, path, field and note. */
void export_decide(const struct export *export, struct export_item *item);

/* A sentence on `named`. Caller frees; NULL: nothing is named. */
char *export_named(const struct export_request *request);

/* True if the profile has a user other than root. */
bool export_leaves_root(const struct export *export);

/* True for a router with known sockets and directories. */
bool export_knows_router(const struct export *export);

/* The ports to publish; may be none. */
struct export_ports {
	struct export_port {
		const char *transport; /* "udp", "tcp", "sctp" */
		unsigned port;
	} * items;
	size_t count;
	bool assumed;  /* the configuration has none, so defaults are assumed */
	char *own;     /* an address that only the machine's network has; NULL: none */
	char *comment; /* their origin */
};
void export_ports(const struct export *export, struct export_ports *ports);
/* A sentence on `own`: "it listens on 192.0.2.1, which …". Caller frees; NULL: there is none. */
char *export_ports_own(const struct export_ports *ports);
void export_ports_clear(struct export_ports *ports);

/*
 * The first socket on a port below 1024 that the router may not open in the target's network: the machine's
 * own, and the profile leaves the router neither root's rights nor CAP_NET_BIND_SERVICE. NULL: none.
 */
const struct estimate_socket *export_closed_port(const struct export *export);

/* The router's run directory, if it is neither /tmp nor one of the profile's directories. Caller frees; NULL:
 * none, or not known. */
char *export_run_directory(const struct export *export);

void export_engine(struct export *export);
void export_pod(struct export *export);
void export_unit(struct export *export);
void export_sysctl(struct export *export);

#endif
