/* SPDX-License-Identifier: MIT */
/*
 * Whatever a configuration holds, the estimate ends, soon, and with a number. Best run under a sanitizer,
 * which takes ten times as long: there it is at fewer places, and with less of everything. That nothing takes
 * long is for the program without one.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "tests/unit/router_fixture.h"

#ifdef __SANITIZE_ADDRESS__
#define STEP 31
#define LONG (1 << 18)
#else
#define STEP 17 /* bytes, from one place where a configuration is broken to the next */
#define LONG (1 << 21)
#endif

/* In memory where that is available: thousands of files are written. */
static char in_memory[] = "/dev/shm/siplaunch-hostile-XXXXXX", on_disk[] = "/tmp/siplaunch-hostile-XXXXXX";
static char *directory, *config_path;

static void write_config(const char *text, size_t length)
{
	int fd = open(config_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	while (length) {
		ssize_t n = write(fd, text, length);
		assert_true(n > 0);
		text += n;
		length -= (size_t)n;
	}
	close(fd);
}

static struct estimate estimate_config(const char *name)
{
	char *argv[] = {(char *)name, "-f", config_path, NULL};
	const struct router *router = router_find("auto", name);
	struct router_command command;
	struct estimate estimate;

	alarm(60); /* a hang is a failure with a name */
	assert_int_equal(router->read_command(router, argv, &command, NULL), 0);
	router->estimate(router, &command, NULL, &estimate);
	alarm(0);
	router_command_clear(&command);
	assert_true(estimate.processes > 0);
	assert_true(estimate.warning_count <= 21);
	for (size_t i = 0; i < estimate.warning_count; i++)
		assert_true(strlen(estimate.warnings[i]) < 1000);
	for (size_t i = 0; i < estimate.need_count; i++)
		for (size_t j = 0; j < estimate.needs[i].path_count; j++)
			assert_true(strlen(estimate.needs[i].paths[j]) <= 4096);
	return estimate;
}

static void survive(const char *text, size_t length)
{
	static const char *const names[] = {"kamailio", "opensips"};
	write_config(text, length);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct estimate estimate = estimate_config(names[i]);
		estimate_clear(&estimate);
	}
}

static void expect_default(const char *part)
{
	struct estimate estimate = estimate_config("kamailio");
	assert_false(estimate.from_config);
	assert_false(estimate.exact);
	assert_non_null(strstr(estimate.warnings[0], part));
	estimate_clear(&estimate);
}

static char *read_router_config(const struct fixture *fixture, size_t *length)
{
	cleanup_free char *path = fixture_file(fixture, "router.cfg");
	char *text = NULL;
	return file_read(AT_FDCWD, path, 1 << 20, &text, length, NULL) == 0 ? text : NULL;
}

static void cut_everywhere(const struct fixture *fixture, void *data)
{
	(void)data;
	size_t length;
	cleanup_free char *text = read_router_config(fixture, &length);
	for (size_t end = 0; text && end < length; end += STEP)
		survive(text, end);
}

static void a_configuration_may_end_anywhere(void **state)
{
	(void)state;
	fixtures_each(cut_everywhere, NULL);
}

static void break_everywhere(const struct fixture *fixture, void *data)
{
	(void)data;
	static const char characters[] = "\"'{}()#!/*\\$=\n\x80";
	size_t length;
	cleanup_free char *text = read_router_config(fixture, &length);
	for (size_t at = 0; text && at < length; at += STEP) {
		char kept = text[at];
		text[at] = characters[at % (sizeof characters - 1)];
		survive(text, length);
		text[at] = kept;
	}
}

static void any_character_may_be_wrong(void **state)
{
	(void)state;
	fixtures_each(break_everywhere, NULL);
}

static void what_is_shipped_may_end_anywhere(void **state)
{
	(void)state;
	char *text;
	size_t length;
	if (file_read(AT_FDCWD, "/etc/kamailio/kamailio.cfg", 1 << 20, &text, &length, NULL) < 0)
		skip();
	for (size_t end = 0; end < length; end += 97)
		survive(text, end);
	free(text);
}

/* `count` times the same text. */
static void survive_repeated(const char *text, size_t count)
{
	size_t each = strlen(text);
	cleanup_free char *all = xcalloc(each, count);
	for (size_t i = 0; i < count; i++)
		memcpy(all + i * each, text, each);
	survive(all, each * count);
}

static void repetition_does_not_take_long(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"a ",
		"\"",
		"'",
		"\"a\" ",
		"{",
		"}",
		"(",
		"/*",
		"$(",
		"#!ifdef X\n",
		"#!ifndef X\n",
		"#!else\n",
		"#!endif\n",
		"#!def \\\n",
		"listen=udp:127.0.0.1:5060\n",
		"listen=udp:a:1 b:2 c:3\n",
		"socket=udp:127.0.0.1:5060 use_workers 3\n",
		"socket={bind=udp:1.2.3.4:5;",
		"loadmodule \"a.so\"\n",
		"modparam(\"dialog\", \"ka_timer\", 1)\n",
		"modparam(\"a|b|c\", \"d\", \"e\")\n",
		"async_workers_group=\"name=a;workers=1\"\n",
		"include_file \"hostile.cfg\"\n",
		"include_file \"/dev/null\"\n",
		"import_file \"nothing\"\n",
		"children=\n",
		"children=x\n",
		":",
		"=",
		"#!ifexp A\n",
		"#!ifexp 1\n#!endif\n",
		"#!defexp A A + \"a\"\n",
		"#!substdef \"!A!$env(A)$def(A)!g\"\n",
		"modparamx(\"a\", \"b\", $env(A))\n",
		"auto_scaling_profile = A scale up to 3 on 1% scale down to\n",
		"socket={receivers=",
	};
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		survive_repeated(texts[i], LONG / strlen(texts[i]));
}

/* All of it on one line, behind a directive or a setting. */
static void a_line_may_be_endless(void **state)
{
	(void)state;
	static const char *const starts[] = {"#!ifexp ",
					     "#!defexp A ",
					     "#!define A ",
					     "include_file \"",
					     "listen=",
					     "socket={bind=",
					     "modparam(\"a\", \"b\", \"",
					     "children="};
	static const char *const parts[] = {"(",       ")", "!", "-",  "1+", "a&&", "\"a\"+",
					    "$env(A)", "a", "1", "\0", "[",  ","};
	static char line[LONG / 2];

	for (size_t i = 0; i < ARRAY_SIZE(starts); i++)
		for (size_t j = 0; j < ARRAY_SIZE(parts); j++) {
			size_t length = strlen(starts[i]), each = parts[j][0] ? strlen(parts[j]) : 1;
			memcpy(line, starts[i], length);
			for (; length + each <= sizeof line; length += each)
				memcpy(line + length, parts[j], each);
			survive(line, length);
		}
}

/* Different each time, so that what is searched for duplicates grows. */
static void many_different_things_do_not_take_long(void **state)
{
	(void)state;
	char *text = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&text, &length);
	for (unsigned i = 0; i < 20000; i++) {
		fprintf(stream, "#!define N%u N%u N%u\n", i, i + 1, i + 1);
		fprintf(stream, "#!subst \"/N%u/N%uN%u/g\"\n", i, i, i);
		fprintf(stream, "listen=udp:10.%u.%u.1:5060\nsocket=udp:10.%u.%u.2:5060\n", i / 256, i % 256,
			i / 256, i % 256);
		fprintf(stream, "loadmodule \"m%u.so\"\nmodparam(\"m%u\", \"timer_procs\", 1)\n", i, i);
		fprintf(stream, "auto_scaling_profile = P%u scale up to 3 on 70%% for 4 cycles\n", i);
	}
	fprintf(stream, "N0 \"N0\"\nloadmodule \"usrloc.so\"\n");
	fclose(stream);
	survive(text, length);
	free(text);
}

/* `head`, then `count` times `text`: the estimate says in a warning what it left out. */
static void expect_left_out(const char *head, const char *text, size_t count, const char *tail,
			    const char *warning)
{
	char *all = NULL;
	size_t length = 0;
	bool found = false;
	FILE *stream = open_memstream(&all, &length);

	fputs(head, stream);
	for (size_t i = 0; i < count; i++)
		fputs(text, stream);
	fputs(tail, stream);
	fclose(stream);
	write_config(all, length);
	free(all);
	struct estimate estimate = estimate_config("kamailio");
	assert_false(estimate.exact);
	for (size_t i = 0; i < estimate.warning_count; i++)
		found = found || strstr(estimate.warnings[i], warning);
	assert_true(found);
	estimate_clear(&estimate);
}

static void substitutions_that_make_each_string_long_do_not_take_long(void **state)
{
	(void)state;
	expect_left_out("#!subst \"/a/bbbbbbbbbbbbbbbb/g\"\n#!subst \"/b/cccccccccccccccc/g\"\n",
			"\"aaaaaaaaaaaaaaaa\";\n", LONG / 16, "",
			"the substitutions make more than 16 MiB of text");
}

static void a_parameter_of_very_many_modules_is_left_out(void **state)
{
	(void)state;
	expect_left_out("loadmodule \"dmq.so\"\nmodparam(\"", "a|", 1 << 19, "dmq\", \"num_workers\", 3)\n",
			"the names of modules in modparams are too long");
}

static void a_number_may_be_any_size(void **state)
{
	(void)state;
	static const char text[] = "children=99999999999999999999\nlisten=udp:127.0.0.1:5060\n"
				   "udp_workers=9223372036854775807\ntcp_workers=-5\n"
				   "socket=udp:127.0.0.1:5060\nsocket=tcp:127.0.0.1:99999\n"
				   "async_workers=-0x7fffffffffffffff\ntcp_max_connections=-1\n";
	survive(text, strlen(text));
}

static void a_fifo_is_refused_at_once(void **state)
{
	(void)state;
	unlink(config_path);
	assert_int_equal(mkfifo(config_path, 0600), 0);
	expect_default("not a regular file");
	unlink(config_path);
}

static void a_huge_file_is_refused(void **state)
{
	(void)state;
	write_config("", 0);
	assert_int_equal(truncate(config_path, (off_t)100 << 20), 0);
	expect_default("is larger than");
	unlink(config_path);
}

static void a_device_as_an_include_is_left_out(void **state)
{
	(void)state;
	static const char text[] = "children=2\nlisten=udp:127.0.0.1:5060\ninclude_file \"/dev/zero\"\n";
	write_config(text, strlen(text));
	struct estimate estimate = estimate_config("kamailio");
	assert_int_equal(estimate.processes, 7);
	assert_false(estimate.exact);
	assert_non_null(strstr(estimate.warnings[0], "/dev/zero is not a regular file"));
	estimate_clear(&estimate);
}

static int set_up(void **state)
{
	(void)state;
	directory = mkdtemp(in_memory);
	if (!directory)
		directory = mkdtemp(on_disk);
	if (!directory)
		return -1;
	config_path = xasprintf("%s/hostile.cfg", directory);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(config_path);
	rmdir(directory);
	free(config_path);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_configuration_may_end_anywhere),
		cmocka_unit_test(any_character_may_be_wrong),
		cmocka_unit_test(what_is_shipped_may_end_anywhere),
		cmocka_unit_test(repetition_does_not_take_long),
		cmocka_unit_test(a_line_may_be_endless),
		cmocka_unit_test(many_different_things_do_not_take_long),
		cmocka_unit_test(substitutions_that_make_each_string_long_do_not_take_long),
		cmocka_unit_test(a_parameter_of_very_many_modules_is_left_out),
		cmocka_unit_test(a_number_may_be_any_size),
		cmocka_unit_test(a_fifo_is_refused_at_once),
		cmocka_unit_test(a_huge_file_is_refused),
		cmocka_unit_test(a_device_as_an_include_is_left_out),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
