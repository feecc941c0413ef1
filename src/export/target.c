/* SPDX-License-Identifier: MIT */
#include "export/export.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/capability.h"
#include "host/host.h"

/* The target does not exist yet, so its limits are not known: values are computed from the router's needs. */
void export_target(enum tool tool, struct host *host)
{
	bool on_a_machine = tool == TOOL_UNIT;
	uint64_t every_capability = capabilities_named();
	unsigned all =
		CONTROLLER_MEMORY | CONTROLLER_PIDS | CONTROLLER_CPU | CONTROLLER_CPUSET | CONTROLLER_IO;
	if (!on_a_machine) /* systemd enables no others */
		all |= CONTROLLER_HUGETLB | CONTROLLER_MISC | CONTROLLER_RDMA | CONTROLLER_DMEM;

	*host = (struct host){
		.cgroup = {.mode = HOST_CGROUP_V2,
			   .mount = xstrdup("/sys/fs/cgroup"),
			   .mount_root = xstrdup("/"),
			   .path = xstrdup("/"),
			   .directory = xstrdup(""),
			   .controllers = all,
			   .base_controllers = all,
			   .writable = true,
			   .to_be_made = true,
			   .systemd = on_a_machine,
			   .base = xstrdup("/"),
			   .base_reason = xstrdup("it is only described")},
		.memory = {.visible_limit = UNLIMITED, .placed_limit = UNLIMITED, .page_bytes = 4096},
		.cap_effective = every_capability,
		.cap_permitted = every_capability,
		.cap_bounding = every_capability,
		.initial_user_namespace = true,
		.proc_sys_writable = true,
		/* a container has its own IPC namespace; a unit and sysctl.d use the machine's */
		.ipc_namespace = 1,
		.initial_ipc_namespace = on_a_machine,
		.can_write_fresh_ipc = true,
		.has_oom_score_adj = true,
		.oom_score_adj_min = -1000,
	};
}

/* Only the target can look up a user's name, or complete half a limit. */
static bool is_for_the_place(const struct context *context, const struct step *step)
{
	const struct setting *setting = step->setting;
	bool named = setting->id == SETTING_UID || setting->id == SETTING_GID;
	return (named && step->wanted.kind == VALUE_TEXT) || export_half(context->profile, setting);
}

/* A computed IPC limit is a minimum: plan and run write nothing where the kernel's default is no less. */
static bool default_is_enough(const struct step *step)
{
	const char *text = step->setting->fresh;
	struct value fresh = {0};
	bool enough = step->setting->mechanism == MECHANISM_SYSCTL && step->source == SOURCE_COMPUTED &&
		      text && setting_value_parse(step->setting, text, &fresh) &&
		      fresh.count == step->wanted.count;
	for (unsigned i = 0; enough && i < fresh.count; i++)
		enough = fresh.number[i] >= step->wanted.number[i];
	value_clear(&fresh);
	return enough;
}

/* The user package of moby and podman, and IsValidUserID() of Kubernetes: ids of containers are an int32_t.
 */
static int check_ids(enum tool tool, const struct step *step, struct error *error)
{
	bool of_user = step->setting->id == SETTING_UID || step->setting->id == SETTING_GID ||
		       step->setting->id == SETTING_ADDITIONAL_GIDS;
	cleanup_free char *text = of_user ? value_kernel_text(&step->wanted, NULL) : xstrdup("");
	char *rest = NULL;
	for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		uint64_t id;
		if (!parse_u64(word, &id) || id <= INT32_MAX)
			continue;
		error_set(error, 0, "identity/%s: ids in %s are at most %d, not %s", step->setting->name,
			  tool_name(tool), INT32_MAX, word);
		return error_hint(error, "give the router another id");
	}
	return 0;
}

int export_check(enum tool tool, const struct context *context, const struct plan *plan, struct error *error)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct step *step = &plan->steps[i];
		if ((tool_is_engine(tool) || tool == TOOL_POD) && step->policy != POLICY_SKIP &&
		    check_ids(tool, step, error) < 0)
			return -1;
		bool refused = step->status == STATUS_DENIED || step->status == STATUS_FAILED;
		if (!refused || step->policy != POLICY_REQUIRE || is_for_the_place(context, step) ||
		    default_is_enough(step))
			continue;
		error_set(error, step->why.errnum, "%s", step->why.message);
		error_context(error, "%s/%s", mechanism_name(step->setting->mechanism), step->setting->name);
		return step->why.hint ? error_hint(error, "%s", step->why.hint) : -1;
	}
	return 0;
}
