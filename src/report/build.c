/* SPDX-License-Identifier: MIT */
#include "report/build.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/json_value.h"
#include "output/pieces.h"
#include "session/session.h"

/* Short enough for output_fact(). */
static const char *const labels[BUILD_FACTS] = {
	[BUILD_VERSION] = "version", [BUILD_CONFIG] = "config", [BUILD_SHM_MIB] = "-m",
	[BUILD_PKG_MIB] = "-M",      [BUILD_FLAGS] = "flags",
};

static bool is_mib(enum build_fact fact)
{
	return fact == BUILD_SHM_MIB || fact == BUILD_PKG_MIB;
}

/* The default that is assumed for an unknown fact. Caller frees; NULL: none. */
static char *assumed(const struct router *router, enum build_fact fact)
{
	if (fact == BUILD_CONFIG)
		return xstrdup(router->config_default);
	if (is_mib(fact))
		return xasprintf("%llu",
				 (unsigned long long)(fact == BUILD_SHM_MIB ? router->shm_default_mib
									    : router->pkg_default_mib));
	return NULL;
}

static char *value_of(const struct session *session, enum build_fact fact)
{
	const char *text = session->program.build.facts[fact].text;
	return text ? xstrdup(text) : assumed(session->router, fact);
}

static void print(FILE *out, const struct session *session, enum build_fact fact, const struct style *style)
{
	cleanup_free char *value = value_of(session, fact);
	cleanup_free char *origin = router_build_origin(&session->program.build, fact);
	cleanup_free char *text = xasprintf("%s%s (%s)", value ? value : "not known",
					    is_mib(fact) ? " MiB by default" : "", origin);
	output_fact(out, labels[fact], text, style);
}

static bool is_known(const struct session *session)
{
	const struct router_build *build = &session->program.build;
	return session->router && build->path && build->state == BUILD_KNOWN;
}

void report_config(FILE *out, const struct session *session, const struct style *style)
{
	if (is_known(session) && !session->command.config_given && !session->command.only_checks)
		print(out, session, BUILD_CONFIG, style);
}

void report_build(FILE *out, const struct session *session, const struct style *style)
{
	for (enum build_fact fact = 0; fact < BUILD_FACTS && is_known(session); fact++)
		print(out, session, fact, style);
}

static json_t *fact_json(const struct session *session, enum build_fact fact)
{
	cleanup_free char *value = value_of(session, fact);
	cleanup_free char *origin = router_build_origin(&session->program.build, fact);
	return json_checked(
		json_pack("{s:o, s:o}", "value", json_from_text(value), "source", json_from_text(origin)));
}

json_t *report_build_json(const struct session *session)
{
	const struct router_build *build = &session->program.build;

	if (!session->router || !build->path)
		return json_null();
	json_t *object = json_checked(json_object());
	json_put(object, "program", json_from_text(build->path));
	for (enum build_fact fact = 0; fact < BUILD_FACTS; fact++)
		json_put(object, build_fact_name(fact), fact_json(session, fact));
	return object;
}
