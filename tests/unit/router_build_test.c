/* SPDX-License-Identifier: MIT */
/* What routers print of themselves, word for word, and what is no such thing; and the kinds of files that
 * programs are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kamailio_prints_its_constants),
		cmocka_unit_test(opensips_prints_its_constants),
		cmocka_unit_test(what_is_none_is_passed_over),
		cmocka_unit_test(a_program_says_its_machine),
		cmocka_unit_test(our_own_program_is_native_and_another_machines_is_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
