/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "mechanism/mechanism.h"
#include "router/router.h"

static bool is_shared(const struct setting *setting)
{
	return setting->id == SETTING_SHARED_POOL;
}

static uint64_t own_mib(const struct router_command *command, bool shared)
{
	return shared ? command->shm_mib : command->pkg_mib;
}

/* The value without the option: the configuration's, otherwise the router's default. */
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
	const struct setting *setting = setting_find(MECHANISM_ARGUMENTS, option);
	bool shared = is_shared(setting);
	const struct budget *budget = &context->decision.budget;
	uint64_t own = own_mib(context->command, shared);
	uint64_t computed = shared ? budget->shared_mib : budget->private_mib;
	uint64_t wanted = own ? own : computed;
	uint64_t current = own ? own : default_mib(context, context->router, shared);
	enum source source =
		own ? SOURCE_COMMAND_LINE : budget->terms[shared ? TERM_SHARED : TERM_PRIVATE].source;

	bool lost = context->command->reach == REACH_ENVIRONMENT;
	struct step *step = plan_add(plan, context, setting, xstrdup(lost ? "environment" : "argv"),
				     value_number(VALUE_MIB, wanted), source);
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
	if (!context->router->sizes_by_arguments || !context->decision.sized)
		return 0;
	plan_pool(context, plan, "-m");
	plan_pool(context, plan, "-M");
	if (context->command->no_fork)
		plan_warn(
			plan,
			"the command has the option not to fork: %s then runs without its workers, which is "
			"for tests only",
			context->router->name);
	return 0;
}

static int read_pool(const struct router *router, char *const *argv, bool shared, uint64_t *mib,
		     struct error *error)
{
	struct router_command command = {0};
	int result = router_read_command(router, argv, &command, error);
	*mib = own_mib(&command, shared);
	router_command_clear(&command);
	return result;
}

static const char *variable_of(const struct step *step)
{
	return is_shared(step->setting) ? "SIPLAUNCH_SHM_MB" : "SIPLAUNCH_PKG_MB";
}

/* "-m 404 -M 8": the values that are set already, and this one. */
static char *words_with(const struct plan *plan, const struct step *step)
{
	char *words = xstrdup("");
	for (size_t i = 0; plan && i < plan->count && &plan->steps[i] != step; i++) {
		const struct step *other = &plan->steps[i];
		cleanup_free char *before = words;
		bool counts =
			other->setting->mechanism == MECHANISM_ARGUMENTS && other->status == STATUS_APPLIED;
		words = counts ? xasprintf("%s%s %" PRIu64 " ", before, other->setting->name,
					   other->wanted.number[0])
			       : xstrdup(before);
	}
	cleanup_free char *before = words;
	return xasprintf("%s%s %" PRIu64, before, step->setting->name, step->wanted.number[0]);
}

/* Sets a variable for scripts that start the router: the names are those of siplaunch.env, which init writes
 * (docs/plan-file.md). */
static int export_pool(const struct plan *plan, const struct step *step, struct error *error)
{
	cleanup_free char *number = xasprintf("%" PRIu64, step->wanted.number[0]);
	cleanup_free char *words = words_with(plan, step);
	if (setenv(variable_of(step), number, 1) < 0 || setenv("SIPLAUNCH_ARGS", words, 1) < 0)
		return error_set(error, errno, "set %s in the environment", variable_of(step));
	return 0;
}

static int exported_pool(struct step *step, struct error *error)
{
	const char *text = getenv(variable_of(step));
	uint64_t actual;
	if (!text || !parse_u64(text, &actual) || actual != step->wanted.number[0])
		return error_set(error, 0, "%s is %s in the environment", variable_of(step),
				 text ? text : "not there");
	value_set(&step->actual, value_number(VALUE_MIB, actual));
	step->status = STATUS_APPLIED;
	return 0;
}

/*
 * Each step adds its own option to the previous step's result, so that policy can skip either. `actual` is
 * the value that the router's own rules find in the resulting command.
 */
static int arguments_apply(struct target *target, struct step *step, struct error *error)
{
	const struct router *router = target->context->router;
	bool shared = is_shared(step->setting);
	uint64_t wanted = step->wanted.number[0], actual;
	struct router_command command = {0};

	if (router_read_command(router, target->argv, &command, error) < 0)
		return -1;
	char **argv =
		router_arguments(router, &command, target->argv, shared ? wanted : 0, shared ? 0 : wanted);
	enum router_reach reach = command.reach;
	router_command_clear(&command);
	argv_free(target->argv);
	target->argv = argv;

	if (reach != REACH_DIRECT && export_pool(target->plan, step, error) < 0)
		return -1;
	if (reach == REACH_ENVIRONMENT)
		return exported_pool(step, error);
	if (read_pool(router, argv, shared, &actual, error) < 0)
		return -1;
	value_set(&step->actual, value_number(VALUE_MIB, actual));
	if (actual != wanted)
		return error_set(error, 0, "%s %" PRIu64 " is read back as %" PRIu64 " from the arguments",
				 step->setting->name, wanted, actual);
	step->status = STATUS_APPLIED;
	return 0;
}

static const struct router *router_at(const struct target *target)
{
	return target->context ? target->context->router : router_of(NULL, target->argv);
}

static int arguments_read(const struct target *target, struct step *step, struct error *error)
{
	uint64_t mib;

	if (!target->argv || !target->argv[0])
		return error_set(error, 0, "the command line of process %d is empty", (int)target->pid);
	const struct router *router = router_at(target);
	bool shared = is_shared(step->setting);
	if (!router->sizes_by_arguments)
		return error_set(error, 0, "%s has no %s option that siplaunch knows", target->argv[0],
				 step->setting->name);
	if (read_pool(router, target->argv, shared, &mib, error) < 0)
		return -1;
	if (!mib && !target->context)
		return error_set(error, 0,
				 "no %s in the command line: %s uses its configuration's value, or %" PRIu64
				 " MiB",
				 step->setting->name, router->name, default_mib(NULL, router, shared));
	if (!mib)
		mib = default_mib(target->context, router, shared);
	value_set(&step->actual, value_number(VALUE_MIB, mib));
	return 0;
}

const struct mechanism mechanism_arguments = {
	.id = MECHANISM_ARGUMENTS,
	.plan = arguments_plan,
	.apply = arguments_apply,
	.read = arguments_read,
};
