/* SPDX-License-Identifier: MIT */
/* What routers print of themselves, word for word, and what is no such thing; and the kinds of files that
 * programs are. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "host/network.h"
#include "host/program.h"
#include "router/build.h"
#include "router/router.h"

static void assert_fact(struct router_build *build, enum build_fact fact, const char *expected)
{
	if (expected)
		assert_string_equal(build->facts[fact].text, expected);
	else
		assert_null(build->facts[fact].text);
}

static void kamailio_prints_its_constants(void **state)
{
	static const char printed[] =
		"Print out of kamailio internals\n"
		"  Version: kamailio 5.6.3 (x86_64/linux) \n"
		"  Default config: /etc/kamailio/kamailio.cfg\n"
		"  Default paths to modules: /usr/lib/x86_64-linux-gnu/kamailio/modules\n"
		"  Compile flags: USE_TCP, Q_MALLOC, F_MALLOC\n"
		"  BUF_SIZE=65535\n"
		"  DEFAULT PKG_SIZE=8MB\n"
		"  DEFAULT SHM_SIZE=64MB\n";
	const struct router *router = router_find("kamailio", NULL);
	struct router_build build = {0};
	(void)state;

	router_build_parse(router, &build, "-I", printed);
	assert_fact(&build, BUILD_VERSION, "5.6.3");
	assert_fact(&build, BUILD_CONFIG, "/etc/kamailio/kamailio.cfg");
	assert_fact(&build, BUILD_FLAGS, "USE_TCP, Q_MALLOC, F_MALLOC");
	assert_int_equal(router_build_mib(router, &build, BUILD_SHM_MIB, 1), 64);
	assert_int_equal(router_build_mib(router, &build, BUILD_PKG_MIB, 1), 8);
	router_build_clear(&build);
}

static void opensips_prints_its_constants(void **state)
{
	const struct router *router = router_find("opensips", NULL);
	struct router_build build = {0};
	(void)state;

	router_build_parse(
		router, &build, "-h",
		"version: opensips 3.6.8 (x86_64/linux)\n"
		"Usage: opensips -l address [-l address ...] [options]\n"
		"    -f file      Configuration file (default /usr/local/etc/opensips/opensips.cfg)\n");
	router_build_parse(router, &build, "-V",
			   "version: opensips 9.9.9 (x86_64/linux)\nflags: STATS: On, SHM_MMAP\n");
	assert_fact(&build, BUILD_VERSION, "3.6.8");
	assert_fact(&build, BUILD_CONFIG, "/usr/local/etc/opensips/opensips.cfg");
	assert_fact(&build, BUILD_FLAGS, "STATS: On, SHM_MMAP");
	assert_int_equal(router_build_mib(router, &build, BUILD_SHM_MIB, 32), 32);
	router_build_clear(&build);
}

static void what_is_none_is_passed_over(void **state)
{
	static const char *const printed[] = {
		"",
		"  Default config: relative.cfg\n  DEFAULT SHM_SIZE=0MB\n  Version: kamailio devel \n",
		"  Default config: /a\033[2J\n  DEFAULT SHM_SIZE=99999999999999999999MB\n  Version: kamailio 5\1 \n",
		"  Default config: /no/line/end",
		"  DEFAULT SHM_SIZE=-64MB\n  Default config: \n",
	};
	const struct router *router = router_find("kamailio", NULL);
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(printed); i++) {
		struct router_build build = {0};
		router_build_parse(router, &build, "-I", printed[i]);
		assert_fact(&build, BUILD_VERSION, NULL);
		assert_fact(&build, BUILD_CONFIG, NULL);
		assert_int_equal(router_build_mib(router, &build, BUILD_SHM_MIB, 64), 64);
		router_build_clear(&build);
	}
}

static void connections_are_in_the_heap_where_the_version_keeps_them_there(void **state)
{
	static const struct {
		const char *router, *version; /* NULL: not known */
		uint64_t connections;
		bool from_config;
		int in;
	} cases[] = {
		{"opensips", "3.4.18", 2048, true, CONNECTIONS_IN_POOL},
		{"opensips", "3.6.8", 2048, true, CONNECTIONS_IN_POOL},
		{"opensips", "4.0.1", 2048, true, CONNECTIONS_IN_HEAP},
		{"opensips", "4.0.1", 2048, false, CONNECTIONS_IN_HEAP},
		{"opensips", "10.1.0-dev", 2048, true, CONNECTIONS_IN_HEAP},
		{"opensips", "4.0.1", 0, true, CONNECTIONS_IN_POOL},
		{"opensips", NULL, 2048, true, CONNECTIONS_MAYBE_IN_HEAP},
		{"opensips", NULL, 2048, false, CONNECTIONS_IN_POOL},
		{"kamailio", "6.0.1", 2048, true, CONNECTIONS_IN_POOL},
		{"kamailio", NULL, 2048, true, CONNECTIONS_IN_POOL},
	};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const char *version = cases[i].version;
		struct router_build build = {.state = BUILD_KNOWN};
		const struct router_command command = {.build = &build};
		struct estimate estimate = {.tcp_connections = cases[i].connections,
					    .from_config = cases[i].from_config};
		build.facts[BUILD_VERSION].text = version ? xstrdup(version) : NULL;
		router_build_connections(router_find(cases[i].router, NULL), &command, &estimate);
		assert_int_equal(estimate.connections_in, cases[i].in);
		router_build_clear(&build);
	}
}

static struct program_header header_of(unsigned char bits, unsigned char order, uint16_t machine)
{
	unsigned char bytes[PROGRAM_HEADER_BYTES] = {0x7f, 'E', 'L', 'F', bits, order, 1};
	bytes[18] = (unsigned char)(order == 2 ? machine >> 8 : machine & 0xff);
	bytes[19] = (unsigned char)(order == 2 ? machine & 0xff : machine >> 8);
	return program_header_parse(bytes, sizeof bytes);
}

static void assert_machine(struct program_header header, const char *expected)
{
	cleanup_free char *text = program_machine_text(&header);
	assert_int_equal(header.kind, PROGRAM_ELF);
	assert_string_equal(text, expected);
}

static void a_program_says_its_machine(void **state)
{
	(void)state;
	assert_machine(header_of(1, 1, 3), "32-bit i386");
	assert_machine(header_of(2, 1, 62), "64-bit x86-64");
	assert_machine(header_of(1, 1, 40), "32-bit arm");
	assert_machine(header_of(2, 2, 22), "64-bit s390");
	assert_machine(header_of(2, 1, 4711), "64-bit machine type 4711");
	assert_int_equal(program_header_parse("#!/bin/sh\n", 10).kind, PROGRAM_SCRIPT);
	assert_int_equal(program_header_parse("\177ELF", 4).kind, PROGRAM_OTHER);
	assert_int_equal(program_header_parse("", 0).kind, PROGRAM_OTHER);
}

static void our_own_program_is_native_and_another_machines_is_not(void **state)
{
	struct program_header own = program_header_read("/proc/self/exe"), other = header_of(2, 2, 22);
	(void)state;
	assert_true(program_is_native(&own));
	assert_false(program_is_native(&other));
	own.big_endian = !own.big_endian;
	assert_false(program_is_native(&own));
}

/* A proc directory with what binfmt_misc says of itself; entries as the kernel prints them. */
static int make_proc(const char *folder, const char *status, const char *entry)
{
	cleanup_free char *directory = path_join(folder, "sys/fs/binfmt_misc");
	cleanup_free char *command = xasprintf("mkdir -p %s", directory);
	const char *const texts[][2] = {{"status", status}, {"qemu", entry}};
	assert_int_equal(system(command), 0);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		cleanup_free char *path = path_join(directory, texts[i][0]);
		unlink(path);
		FILE *file = texts[i][1] ? fopen(path, "we") : NULL;
		assert_true(!texts[i][1] || (file && fputs(texts[i][1], file) >= 0 && fclose(file) == 0));
	}
	return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static char *make_foreign_program(const char *folder)
{
	static const unsigned char bytes[64] = {0x7f, 'E', 'L', 'F', 2, 2, 1, [16] = 0, 2, 0, 22};
	char *path = path_join(folder, "program");
	FILE *file = fopen(path, "we");
	assert_true(file && fwrite(bytes, sizeof bytes, 1, file) == 1 && fclose(file) == 0);
	return path;
}

static void an_interpreter_that_is_registered_starts_another_machines_program(void **state)
{
	static const char s390[] = "enabled\ninterpreter /usr/bin/qemu-s390x-static\nflags: F\noffset 0\n"
				   "magic 7f454c4602020100000000000000000000020016\n"
				   "mask ffffffffffffff00fffffffffffffffffffeffff\n";
	static const struct {
		const char *status, *entry;
		enum program_start start;
	} cases[] = {
		{"enabled\n", s390, PROGRAM_STARTS},
		{"disabled\n", s390, PROGRAM_CANNOT_START},
		{"enabled\n", NULL, PROGRAM_CANNOT_START},
		{"enabled\n", "disabled\noffset 0\nmagic 7f454c46\n", PROGRAM_CANNOT_START},
		{"enabled\n", "enabled\noffset 0\nmagic 7f454c4601\n", PROGRAM_CANNOT_START},
		{"enabled\n", "enabled\noffset 4\nmagic 0202\n", PROGRAM_STARTS},
		{"enabled\n", "enabled\noffset 9999999\nmagic 02\n", PROGRAM_CANNOT_START},
		{"enabled\n", "enabled\nextension .exe\n", PROGRAM_CANNOT_START},
		{"enabled\n", "enabled\nmagic zz\n", PROGRAM_CANNOT_START},
		{NULL, NULL, PROGRAM_MAY_START},
	};
	char folder[] = "/tmp/siplaunch-binfmt.XXXXXX";
	(void)state;

	assert_non_null(mkdtemp(folder));
	cleanup_free char *program = make_foreign_program(folder);
	struct program_header header = program_header_read(program),
			      own = program_header_read("/proc/self/exe");
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_close int proc = make_proc(folder, cases[i].status, cases[i].entry);
		assert_int_equal(program_start(proc, program, &header), cases[i].start);
		assert_int_equal(program_start(proc, "/proc/self/exe", &own), PROGRAM_STARTS);
	}
	cleanup_free char *command = xasprintf("rm -r %s", folder);
	assert_int_equal(system(command), 0);
}

static void a_protocol_without_a_socket_is_a_warning_where_the_version_refuses_it(void **state)
{
	static const struct {
		const char *file, *version;
		bool warns;
	} cases[] = {
		{"protocol-without-a-socket", "3.6.8", false},
		{"protocol-without-a-socket", "4.0.1", true},
		{"protocol-without-a-socket", NULL, false},
		{"protocol-without-a-socket", "10.0.0", true},
		{"every-protocol-has-a-socket", "4.0.1", false},
	};
	const struct router *router = router_find("opensips", NULL);
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *path =
			xasprintf(FIXTURES "/routers/opensips/%s/router.cfg", cases[i].file);
		cleanup_free char *expected =
			xasprintf("%s:3: proto_tls is loaded, and no socket has its protocol: opensips %s "
				  "refuses to start (\"No binding found\"); remove the line, or add a socket",
				  path, cases[i].version ? cases[i].version : "");
		const char *version = cases[i].version;
		struct router_build build = {.state = BUILD_KNOWN};
		struct router_command command = {.config = path, .build = &build};
		struct network network = {0};
		struct estimate estimate;
		build.facts[BUILD_VERSION].text = version ? xstrdup(version) : NULL;
		router->estimate(router, &command, &network, &estimate);
		size_t before = estimate.warning_count;
		router_build_protocols(router, &command, &estimate);
		assert_int_equal(estimate.warning_count - before, cases[i].warns);
		if (cases[i].warns)
			assert_string_equal(estimate.warnings[before], expected);
		estimate_clear(&estimate);
		router_build_clear(&build);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_interpreter_that_is_registered_starts_another_machines_program),
		cmocka_unit_test(kamailio_prints_its_constants),
		cmocka_unit_test(opensips_prints_its_constants),
		cmocka_unit_test(what_is_none_is_passed_over),
		cmocka_unit_test(connections_are_in_the_heap_where_the_version_keeps_them_there),
		cmocka_unit_test(a_protocol_without_a_socket_is_a_warning_where_the_version_refuses_it),
		cmocka_unit_test(a_program_says_its_machine),
		cmocka_unit_test(our_own_program_is_native_and_another_machines_is_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
