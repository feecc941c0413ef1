/* SPDX-License-Identifier: MIT */
/*
 * Every setting in every tool is expressed or explained; what a tool reads of a word is what was meant. Whole
 * exports are in tests/fixtures/exports/.
 */
#include "context.h"

#include <linux/capability.h>

#include "base/shell.h"
#include "export/export.h"
#include "router/router.h"

static const enum tool tools[] = {TOOL_DOCKER, TOOL_PODMAN, TOOL_COMPOSE, TOOL_POD, TOOL_UNIT, TOOL_SYSCTL};

/* A value that is no default of any tool. */
static struct value sample(const struct setting *setting)
{
	static const struct {
		const char *name, *text;
	} texts[] = {{"cpu.max", "150000 100000"},
		     {"io.weight", "default 50"},
		     {"io.max", "8:0 rbps=1048576"},
		     {"additionalGids", "44 45"},
		     {"capabilities", "CAP_NET_RAW"},
		     {"user", "sip"},
		     {"group", "sip"},
		     {"namespace", "private"},
		     {"group", "/sip.slice/sip"}};
	static const uint64_t numbers[] = {1234, 5678, 91, 23};
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (strcmp(texts[i].name, setting->name) == 0)
			return value_text(texts[i].text);
	if (setting->below) {
		cleanup_free char *text = xasprintf("%s/kamailio 102:105 0750", setting->below);
		return value_text(text);
	}
	if (setting->kind == VALUE_TEXT)
		return value_text("0-1");
	if (setting->kind == VALUE_FLAG)
		return value_number(VALUE_FLAG, 1);
	return value_numbers(setting->kind, setting->arity, numbers);
}

static void request_make(const struct world *world, enum tool tool, struct export_request *request)
{
	static char *const argv[] = {"kamailio", "-DD", NULL};
	*request = (struct export_request){.tool = tool,
					   .context = &world->context,
					   .plan = &world->plan,
					   .identity = &world->identity,
					   .argv = argv,
					   .name = "kamailio",
					   .profile = "kamailio.json"};
}

static void check_said(const struct export *export, const struct setting *setting)
{
	struct export_item item = {.setting = setting, .value = sample(setting)};
	export_decide(export, &item);
	bool expressed = item.text || item.field;
	if (!expressed && !item.note)
		fail_msg("%s/%s for %s: neither expressed nor explained", mechanism_name(setting->mechanism),
			 setting->name, tool_name(export->request->tool));
	/* a unit without User= makes a directory as root's, and siplaunch does the rest */
	bool both = setting->below && export->root_why;
	if (expressed && item.by != EXPORT_BY_TOOL && !both)
		fail_msg("%s/%s for %s: in the tool's words, but not by it",
			 mechanism_name(setting->mechanism), setting->name, tool_name(export->request->tool));
	if (item.field && !item.path)
		fail_msg("%s/%s: a field without a path", mechanism_name(setting->mechanism), setting->name);
	value_clear(&item.value);
	free(item.text);
	free(item.path);
	free(item.note);
	json_decref(item.field);
}

static void every_setting_in_every_tool_is_expressed_or_explained(void **state)
{
	struct export_request request;
	struct world world;

	(void)state;
	world_make(&world);
	world_user(&world);
	world.profile.group = (char *)(uintptr_t) "sip";
	for (size_t i = 0; i < ARRAY_SIZE(tools); i++)
		for (unsigned variant = 0; variant < 4; variant++) {
			request_make(&world, tools[i], &request);
			request.sysctls = variant & 1 ? EXPORT_SYSCTLS_POD : EXPORT_SYSCTLS_INIT;
			const struct export export = {.request = &request,
						      .root_why = variant & 2 ? (char *)(uintptr_t) "reasons"
									      : NULL,
						      .delegated = variant & 2};
			for (size_t j = 0; j < settings_count; j++)
				check_said(&export, &settings[j]);
		}
	world_clear(&world);
}

/* What the settings table has a word for is said in it, unless siplaunch has to do it as root. */
static void what_a_tool_has_a_word_for_it_says(void **state)
{
	struct export_request request;
	struct world world;

	(void)state;
	world_make(&world);
	world_user(&world);
	world.profile.group = (char *)(uintptr_t) "sip";
	for (size_t i = 0; i < ARRAY_SIZE(tools); i++) {
		request_make(&world, tools[i], &request);
		request.sysctls = EXPORT_SYSCTLS_POD;
		const struct export export = {.request = &request};
		for (size_t j = 0; j < settings_count; j++) {
			const struct setting *setting = &settings[j];
			const char *word =
				tools[i] == TOOL_POD    ? setting->pod
				: tools[i] == TOOL_UNIT ? setting->systemd
				: tools[i] == TOOL_SYSCTL
					? (setting->mechanism == MECHANISM_SYSCTL ? setting->name : NULL)
				: setting->docker         ? setting->docker
				: tools[i] == TOOL_PODMAN ? setting->podman
							  : NULL;
			struct export_item item = {.setting = setting, .value = sample(setting)};
			bool has_limit =
				setting->id != SETTING_GROUP && setting->id != SETTING_MEMORY_SWAP_MAX &&
				!(tools[i] == TOOL_COMPOSE &&
				  strcmp(setting->name, "cpuset.mems") == 0); /* the specification has none */
			export_decide(&export, &item);
			if (word && has_limit && !item.text && !item.field)
				fail_msg("%s/%s for %s: %s", mechanism_name(setting->mechanism),
					 setting->name, tool_name(tools[i]), item.note);
			value_clear(&item.value);
			free(item.text);
			free(item.path);
			free(item.note);
			json_decref(item.field);
		}
	}
	world_clear(&world);
}

static void words_of_a_unit_are_read_back_as_they_are(void **state)
{
	static const char *const cases[][2] = {
		{"kamailio", "kamailio"},
		{"/etc/a.cfg", "/etc/a.cfg"},
		{"", "\"\""},
		{"a b", "\"a b\""},
		{"100%", "100%%"},
		{"$HOME", "$$HOME"},
		{"${A} b", "\"$${A} b\""},
		{"say \"it\"", "\"say \\\"it\\\"\""},
		{"it's", "\"it's\""},
		{"back\\slash", "\"back\\\\slash\""},
		{"a\nb\tc", "\"a\\x0ab\\x09c\""},
		{"gr\xc3\xbcn", "\"gr\xc3\xbcn\""},
		{";", "\";\""},
		{"#x", "\"#x\""},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *word = tool_unit_word(cases[i][0]);
		assert_string_equal(word, cases[i][1]);
	}
}

static void options_of_docker_are_members_of_a_compose_service(void **state)
{
	static const struct {
		const char *options, *json;
	} cases[] = {
		{"--memory 512m --memory-swap -1", "{\"mem_limit\": \"512m\", \"memswap_limit\": \"-1\"}"},
		{"--ulimit nofile=1:2 --ulimit core=-1:-1",
		 "{\"ulimits\": {\"nofile\": {\"soft\": 1, \"hard\": 2}, \"core\": {\"soft\": -1, \"hard\": -1}}}"},
		{"--oom-score-adj -900 --read-only --pids-limit 5",
		 "{\"oom_score_adj\": -900, \"read_only\": true, \"pids_limit\": 5}"},
		{"--sysctl 'kernel.sem=1 2 3 4' --cap-drop ALL --cap-drop ALL",
		 "{\"sysctls\": [\"kernel.sem=1 2 3 4\"], \"cap_drop\": [\"ALL\"]}"},
		{"--user 'a$b'", "{\"user\": \"a$$b\"}"},
	};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		json_t *service = json_object(), *expected = json_loads(cases[i].json, 0, NULL);
		char **words = shell_words(cases[i].options);
		assert_true(tool_compose_put(service, words, NULL));
		cleanup_free char *text = json_dumps(service, 0);
		if (!json_equal(service, expected))
			fail_msg("%s: %s", cases[i].options, text);
		argv_free(words);
		json_decref(service);
		json_decref(expected);
	}
	char *const unknown[] = {(char *)(uintptr_t) "--cpuset-mems", (char *)(uintptr_t) "0", NULL};
	json_t *service = json_object();
	assert_false(tool_compose_put(service, unknown, NULL));
	assert_int_equal(json_object_size(service), 0);
	json_decref(service);
}

static void quoted_words_are_read_back_as_they_were(void **state)
{
	static const char *const words[] = {"a",  "",          "a b",       "it's",    "$HOME \"x\"",
					    "\\", "tab\there", "\x01'\\\n", "\xc3\xbc"};
	char *text = xstrdup("");
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		cleanup_free char *word = shell_quote(words[i]);
		text = shell_join(text, word);
	}
	cleanup_free char *whole = text;
	char **read = shell_words(whole);
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		assert_string_equal(read[i], words[i]);
	assert_null(read[ARRAY_SIZE(words)]);
	argv_free(read);
}

/* Without a limit of its own the router is sized for one, so that there has to be one. */
static void a_router_that_is_sized_has_a_limit_in_every_place(void **state)
{
	static const char *const limits[] = {[TOOL_DOCKER] = "--memory 512m",
					     [TOOL_PODMAN] = "--memory 512m",
					     [TOOL_COMPOSE] = "--memory 512m",
					     [TOOL_UNIT] = "MemoryMax=512M"};
	struct export_request request;
	struct world world;

	(void)state;
	world_make(&world);
	world.profile.resolved = json_object();
	for (enum tool tool = TOOL_DOCKER; tool <= TOOL_UNIT; tool++) {
		request_make(&world, tool, &request);
		cleanup_export struct export export = {0};
		export_make(&request, &export);
		const struct export_item *item = export_item(&export, SETTING_MEMORY_MAX);
		assert_non_null(item);
		if (tool == TOOL_POD)
			assert_string_equal(json_string_value(item->field), "512Mi");
		else
			assert_string_equal(item->text, limits[tool]);
	}
	json_decref(world.profile.resolved);
	world_clear(&world);
}

/* docker and Kubernetes give capabilities to root only, and systemd's own are the user's. */
static void capabilities_reach_the_router_in_every_place(void **state)
{
	struct export_request request;
	struct world world;

	(void)state;
	world_make(&world);
	world_user(&world);
	world.profile.resolved = json_object();
	world.profile.has_capabilities = true;
	world.profile.capabilities = UINT64_C(1) << CAP_NET_RAW;
	assert_int_equal(plan_build(&world.context, &world.plan, &world.error), 0);
	for (size_t i = 0; i < 5; i++) {
		request_make(&world, tools[i], &request);
		cleanup_export struct export export = {0};
		export_make(&request, &export);
		const struct export_item *item = export_item(&export, SETTING_CAPABILITIES);
		const struct export_item *user = export_item(&export, SETTING_UID);
		assert_non_null(item);
		if (tools[i] == TOOL_UNIT) {
			assert_null(export.root_why);
			assert_string_equal(
				item->text,
				"CapabilityBoundingSet=CAP_NET_RAW\nAmbientCapabilities=CAP_NET_RAW");
			continue;
		}
		assert_non_null(export.root_why);
		assert_int_equal(user->by, EXPORT_BY_LAUNCHER);
		if (tools[i] != TOOL_POD)
			assert_string_equal(item->text, "--cap-drop ALL --cap-add SETUID --cap-add SETGID "
							"--cap-add SETPCAP --cap-add NET_RAW");
	}
	json_decref(world.profile.resolved);
	world_clear(&world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_setting_in_every_tool_is_expressed_or_explained),
		cmocka_unit_test(what_a_tool_has_a_word_for_it_says),
		cmocka_unit_test(words_of_a_unit_are_read_back_as_they_are),
		cmocka_unit_test(options_of_docker_are_members_of_a_compose_service),
		cmocka_unit_test(quoted_words_are_read_back_as_they_were),
		cmocka_unit_test(a_router_that_is_sized_has_a_limit_in_every_place),
		cmocka_unit_test(capabilities_reach_the_router_in_every_place),
	};
	return cmocka_run_group_tests_name("export", tests, NULL, NULL);
}
