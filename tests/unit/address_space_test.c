/* SPDX-License-Identifier: MIT */
/* Both pools of a 32-bit router, against the 2,432 MiB (1,920 on a 32-bit kernel) that its address space has
 * for them. */
#include <elf.h>

#include "context.h"
#include "host/program.h"
#include "plan/address_space.h"
#include "sizing/sizing.h"

static const struct space_case {
	const char *name;
	unsigned bits, kernel_bits;
	uint64_t shared, private; /* MiB that are given; 0: automatic */
	uint64_t shared_max;      /* 0: refused */
	const char *message, *hint;
} cases[] = {
	{.name = "64 bits have no bound",
	 .bits = 64,
	 .kernel_bits = 64,
	 .shared = 5000,
	 .shared_max = 16777216},
	{.name = "an automatic -m leaves room for the largest automatic -M",
	 .bits = 32,
	 .kernel_bits = 64,
	 .shared_max = 2432 - 64},
	{.name = "a given -M takes its part",
	 .bits = 32,
	 .kernel_bits = 64,
	 .private = 400,
	 .shared_max = 2032},
	{.name = "the largest given -m that fits beside a given -M",
	 .bits = 32,
	 .kernel_bits = 64,
	 .shared = 2424,
	 .private = 8,
	 .shared_max = 2424},
	{.name = "one more is refused",
	 .bits = 32,
	 .kernel_bits = 64,
	 .shared = 2425,
	 .private = 8,
	 .message = "32-bit i386 program: -m 2425 and -M 8 are 2433 MiB in its address space, and both pools "
		    "together may be 2432 MiB",
	 .hint = "lower -m (sizing.shared) to 2424 MiB"},
	{.name = "a -m that is too large alone",
	 .bits = 32,
	 .kernel_bits = 64,
	 .shared = 4000,
	 .message = "are 4002 MiB",
	 .hint = "lower -m (sizing.shared) to 2430 MiB"},
	{.name = "a -M that is too large",
	 .bits = 32,
	 .kernel_bits = 64,
	 .shared = 64,
	 .private = 2500,
	 .message = "-m 64 and -M 2500",
	 .hint = "lower -M (sizing.private) to 2368 MiB"},
	{.name = "both are too large",
	 .bits = 32,
	 .kernel_bits = 64,
	 .shared = 3000,
	 .private = 3000,
	 .message = "are 6000 MiB",
	 .hint = "to 8 MiB and -m (sizing.shared) to 2424 MiB"},
	{.name = "a 32-bit kernel has less",
	 .bits = 32,
	 .kernel_bits = 32,
	 .shared = 1920,
	 .private = 8,
	 .message = "may be 1920 MiB",
	 .hint = "to 1912 MiB"},
};

static struct budget_request request_of(const struct space_case *c)
{
	return (struct budget_request){
		.shared_fixed = c->shared,
		.shared_bytes = c->shared * MIB,
		.private_fixed = c->private,
		.private_bytes = c->private * MIB,
		.shared_min_mib = 1,
		.private_min_mib = 1,
		.shared_max_mib = 16777216,
		.private_max_mib = 16777216,
	};
}

static void every_pool_is_held_against_the_address_space(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct space_case *c = &cases[i];
		const struct program_header program = {.kind = PROGRAM_ELF,
						       .bits = c->bits,
						       .machine = EM_386,
						       .kernel_bits = c->kernel_bits};
		struct budget_request request = request_of(c);
		struct world world;
		print_message("  %s\n", c->name);
		world_make(&world);
		world.context.program = &program;
		int result = address_space_limit(&world.context, &request, &world.error);
		assert_int_equal(result, c->shared_max ? 0 : -1);
		if (c->shared_max)
			assert_int_equal(request.shared_max_mib, c->shared_max);
		assert_true(!c->message || contains(world.error.message, c->message));
		assert_true(!c->hint || contains(world.error.hint, c->hint));
		world_clear(&world);
	}
}

static void what_the_hint_says_is_accepted(void **state)
{
	const struct space_case hinted[] = {
		{.shared = 2424, .private = 8}, {.shared = 2430}, {.shared = 64, .private = 2368}};
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hinted); i++) {
		const struct program_header program = {
			.kind = PROGRAM_ELF, .bits = 32, .machine = EM_386, .kernel_bits = 64};
		struct budget_request request = request_of(&hinted[i]);
		struct world world;
		world_make(&world);
		world.context.program = &program;
		assert_int_equal(address_space_limit(&world.context, &request, &world.error), 0);
		world_clear(&world);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_pool_is_held_against_the_address_space),
		cmocka_unit_test(what_the_hint_says_is_accepted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
