/* SPDX-License-Identifier: MIT */
#include "mechanism/cgroup_protection.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "host/host.h"
#include "mechanism/cgroup_group.h"
#include "mechanism/cgroup_manager.h"
#include "mechanism/cgroup_tree.h"
#include "stats/group.h"

/* A group above the router's. */
struct above {
	struct place *place;
	const struct step *step;
	const char *below; /* the mount */
	int directory;
	bool ours;       /* made by this launch */
	bool child_ours; /* the one below it on the way to the router's group */
	uint64_t claimed;
};

bool cgroup_protects(const struct step *step)
{
	return (cgroup_step_is(step, "memory.low") || cgroup_step_is(step, "memory.min")) &&
	       step->wanted.number[0] > 0;
}

static uint64_t add_up(uint64_t a, uint64_t b)
{
	return a > UNLIMITED - b ? UNLIMITED : a + b;
}

/* 0, or -1 where there is no such file: at the hierarchy's root, which needs no protection. */
static int read_protection(int directory, const char *file, uint64_t *bytes)
{
	cleanup_free char *text = NULL;
	if (pseudo_read_record(directory, file, &text) < 0)
		return -1;
	*bytes = UNLIMITED;
	if (strcmp(text, "max") != 0 && !parse_u64(text, bytes))
		return -1;
	return 0;
}

static int add_child(int parent, const char *name, void *data)
{
	struct above *above = data;
	uint64_t bytes;
	cleanup_close int child = group_open(parent, name);
	if (child >= 0 && read_protection(child, above->step->setting->name, &bytes) == 0)
		above->claimed = add_up(above->claimed, bytes);
	return 0;
}

static int refuse(const struct above *above, uint64_t has, struct error *error)
{
	const struct host *host = above->place->context->host;
	const char *file = above->step->setting->name;
	cleanup_free char *group =
		*above->below ? path_join(host->cgroup.mount, above->below) : xstrdup(host->cgroup.mount);

	error_set(error, 0,
		  "%s would have no effect: %s/%s is %" PRIu64 " and the groups in it claim %" PRIu64
		  " bytes with it, so the kernel does not protect them",
		  above->step->path, group, file, has, above->claimed);
	if (*above->below)
		return error_hint(error,
				  "echo %" PRIu64 " >%s/%s, or for a slice of systemd's: systemctl "
				  "set-property %s Memory%s=%" PRIu64,
				  above->claimed, group, file, strrchr(group, '/') + 1,
				  cgroup_step_is(above->step, "memory.low") ? "Low" : "Min", above->claimed);
	return error_hint(error, "the container itself needs it, from outside: docker's --memory-reservation "
				 "sets memory.low");
}

static int check(struct above *above, struct error *error)
{
	uint64_t has;
	const char *file = above->step->setting->name;

	if (above->ours || read_protection(above->directory, file, &has) < 0)
		return 0;
	above->claimed = above->child_ours ? above->step->wanted.number[0] : 0;
	group_each_child(above->directory, add_child, above);
	return has >= above->claimed ? 0 : refuse(above, has, error);
}

static int raise_ours(struct above *above, struct error *error)
{
	const char *file = above->step->setting->name;
	if (!above->ours)
		return 0;
	cleanup_free char *text = value_kernel_text(&above->step->wanted, "max");
	if (pseudo_write(above->directory, file, text) < 0)
		return error_set(error, errno, "write %s to %s of the group /%s", text, file, above->below);
	return 0;
}

/* "a/b" becomes "a", "a" becomes ""; false where there was nothing left. */
static bool cut_last(char *path)
{
	bool more = *path != '\0';
	char *slash = strrchr(path, '/');
	*(slash ? slash : path) = '\0';
	return more;
}

static bool made_level(const struct group *made, size_t up)
{
	return up < made->level_count && made->levels[made->level_count - 1 - up].made;
}

static int each_above(struct place *place, const struct step *step,
		      int (*visit)(struct above *above, struct error *error), struct error *error)
{
	cleanup_free char *below = xstrdup(host_below_mount(place->context->host, place->group));

	for (size_t up = 1; cut_last(below); up++) {
		cleanup_close int directory = group_directory_open(place->cgroup, below, error);
		struct above above = {
			.place = place,
			.step = step,
			.below = below,
			.directory = directory,
			.ours = made_level(place->made, up),
			.child_ours = made_level(place->made, up - 1),
		};
		if (directory < 0 || visit(&above, error) < 0)
			return -1;
	}
	return 0;
}

int cgroup_protect_above(struct place *place, const struct step *step, struct error *error)
{
	if (each_above(place, step, check, error) < 0)
		return -1;
	return each_above(place, step, raise_ours, error);
}
