/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "mechanism/mechanism.h"
#include "router/router.h"

static bool is_shared(const struct setting *setting)
{
	return strcmp(setting->name, "-m") == 0;
}

static uint64_t own_mib(const struct router_command *command, bool shared)
{
	return shared ? command->shm_mib : command->pkg_mib;
}

/* What holds without the option: the configuration's word, else the router's default. */
static uint64_t default_mib(const struct context *context, const struct router *router, bool shared)
{
	uint64_t configured = !context ? 0
			      : shared ? context->estimate->cfg_shm_mib
				       : context->estimate->cfg_pkg_mib;
	uint64_t built_in = shared ? router->shm_default_mib : router->pkg_default_mib;
	return configured ? configured : built_in;
}

static void plan_pool(const struct context *context, struct plan *plan, const char *option)
{
	const struct setting *setting = setting_find("arguments", option);
	bool shared = is_shared(setting);
	const struct budget *budget = &context->budget;
	uint64_t own = own_mib(context->command, shared);
	uint64_t computed = shared ? budget->shared_mib : budget->private_mib;
	uint64_t wanted = own ? own : computed;
	uint64_t current = own ? own : default_mib(context, context->router, shared);
	enum source source =
		own ? SOURCE_COMMAND_LINE : budget->terms[shared ? TERM_SHARED : TERM_PRIVATE].source;

	struct step *step =
		plan_add(plan, context, setting, xstrdup("argv"), value_number(VALUE_MIB, wanted), source);
	step->current = value_number(VALUE_MIB, current);
	if (!own) {
		step->reason = xasprintf("sized for the limit of %" PRIu64 " MiB (%s)",
					 budget->limit_bytes / MIB, budget->limit_source);
		return;
	}
	step->status = STATUS_SATISFIED;
	step->actual = value_number(VALUE_MIB, own);
	step->reason =
		own == computed
			? xasprintf("the command's own %s", option)
			: xasprintf("the command's own %s, which %s's configuration makes %" PRIu64 " MiB",
				    option, context->router->name, computed);
}

static int arguments_plan(const struct context *context, struct plan *plan, struct error *error)
{
	(void)error;
	if (!context->router->sizes_by_arguments || !context->sized)
		return 0;
	plan_pool(context, plan, "-m");
	plan_pool(context, plan, "-M");
	if (context->command->no_fork)
		plan_warn(
			plan,
			"the command says not to fork: %s runs without its workers, which is for tests only",
			context->router->name);
	return 0;
}

static int read_pool(const struct router *router, char *const *argv, bool shared, uint64_t *mib,
		     struct error *error)
{
	struct router_command command = {0};
	int result = router->read_command(router, argv, &command, error);
	*mib = own_mib(&command, shared);
	router_command_clear(&command);
	return result;
}

/*
 * Each step adds its own option to what the one before made, so that either can be skipped by policy. The
 * actual value is what the router's own rules find in the result.
 */
static int arguments_apply(struct place *place, struct step *step, struct error *error)
{
	const struct router *router = place->context->router;
	bool shared = is_shared(step->setting);
	uint64_t wanted = step->wanted.number[0], actual;
	struct router_command command = {0};

	if (router->read_command(router, place->argv, &command, error) < 0)
		return -1;
	char **argv =
		router_arguments(router, &command, place->argv, shared ? wanted : 0, shared ? 0 : wanted);
	router_command_clear(&command);
	argv_free(place->argv);
	place->argv = argv;

	if (read_pool(router, argv, shared, &actual, error) < 0)
		return -1;
	value_set(&step->actual, value_number(VALUE_MIB, actual));
	if (actual != wanted)
		return error_set(error, 0, "%s %" PRIu64 " is read back as %" PRIu64 " from the arguments",
				 step->setting->name, wanted, actual);
	step->status = STATUS_APPLIED;
	return 0;
}

static const struct router *router_of(const struct place *place)
{
	return place->context ? place->context->router : router_find(NULL, place->argv[0]);
}

static int arguments_read(const struct place *place, struct step *step, struct error *error)
{
	uint64_t mib;

	if (!place->argv || !place->argv[0])
		return error_set(error, 0, "the command line of process %d is empty", (int)place->pid);
	const struct router *router = router_of(place);
	bool shared = is_shared(step->setting);
	if (!router->sizes_by_arguments)
		return error_set(error, 0, "%s takes no %s that is known here", place->argv[0],
				 step->setting->name);
	if (read_pool(router, place->argv, shared, &mib, error) < 0)
		return -1;
	if (!mib && !place->context)
		return error_set(error, 0,
				 "no %s in the command line: %s takes its configuration's value, or %" PRIu64
				 " MiB",
				 step->setting->name, router->name, default_mib(NULL, router, shared));
	if (!mib)
		mib = default_mib(place->context, router, shared);
	value_set(&step->actual, value_number(VALUE_MIB, mib));
	return 0;
}

const struct mechanism mechanism_arguments = {
	.name = "arguments",
	.plan = arguments_plan,
	.apply = arguments_apply,
	.read = arguments_read,
};
