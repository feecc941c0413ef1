/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/error.h"
#include "host/network.h"

static void addresses_are_read_with_their_interfaces(void **state)
{
	struct network network;
	(void)state;

	assert_int_equal(network_parse("# all of it\nlo 127.0.0.1\n\n \teth0:1  192.0.2.1 \neth0 fe80::1\n",
				       &network, NULL),
			 0);
	assert_int_equal(network.state, NETWORK_KNOWN);
	assert_int_equal(network.count, 3);
	assert_string_equal(network.addresses[1].interface, "eth0:1");
	assert_int_equal(network.addresses[1].bytes[0], 192);
	assert_false(network.addresses[1].v6);
	assert_false(network.addresses[1].link_local);
	assert_true(network.addresses[2].v6);
	assert_true(network.addresses[2].link_local);
	assert_true(network_ask(&network)); /* what is known is not asked again */
	assert_int_equal(network.count, 3);
	network_clear(&network);
}

static void a_line_that_is_no_address_is_named(void **state)
{
	static const char *const broken[] = {"lo", "lo 127.0.0.1.2", "lo 127.0.0.1/8", "lo ::1 more",
					     "lo nowhere"};
	(void)state;

	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		struct network network;
		cleanup_error struct error error = {0};
		assert_int_equal(network_parse(broken[i], &network, &error), -1);
		assert_non_null(strstr(error.message, broken[i]));
		network_clear(&network);
	}
}

static void more_addresses_than_can_be_compared_are_not_known(void **state)
{
	cleanup_free char *text = xcalloc(5000, 20);
	struct network network;
	(void)state;

	for (unsigned i = 0; i < 5000; i++)
		sprintf(text + strlen(text), "d 10.0.%u.%u\n", i / 250, i % 250);
	assert_int_equal(network_parse(text, &network, NULL), 0);
	assert_false(network_ask(&network));
	network_clear(&network);
}

static void what_is_not_known_stays_so(void **state)
{
	struct network network = {0};
	(void)state;
	assert_false(network_ask(&network));
	assert_false(network_ask(NULL));
}

static void our_own_network_is_asked_once(void **state)
{
	struct network network = {.state = NETWORK_OURS};
	(void)state;
	bool known = network_ask(&network);
	size_t count = network.count;
	assert_int_equal(network_ask(&network), known);
	assert_int_equal(network.count, count);
	for (size_t i = 0; i < count; i++)
		assert_true(network.addresses[i].interface[0] != '\0');
	network_clear(&network);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read_with_their_interfaces),
		cmocka_unit_test(a_line_that_is_no_address_is_named),
		cmocka_unit_test(more_addresses_than_can_be_compared_are_not_known),
		cmocka_unit_test(what_is_not_known_stays_so),
		cmocka_unit_test(our_own_network_is_asked_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
