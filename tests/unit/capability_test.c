/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/capability.h>
#include <sys/prctl.h>

#include "base/alloc.h"
#include "base/capability.h"

#define ROW(CAP)          \
	{                 \
		CAP, #CAP \
	}

/* The numbers are those of the kernel's header. */
static const struct {
	int number;
	const char *name;
} rows[] = {
	ROW(CAP_CHOWN),
	ROW(CAP_DAC_OVERRIDE),
	ROW(CAP_DAC_READ_SEARCH),
	ROW(CAP_FOWNER),
	ROW(CAP_FSETID),
	ROW(CAP_KILL),
	ROW(CAP_SETGID),
	ROW(CAP_SETUID),
	ROW(CAP_SETPCAP),
	ROW(CAP_LINUX_IMMUTABLE),
	ROW(CAP_NET_BIND_SERVICE),
	ROW(CAP_NET_BROADCAST),
	ROW(CAP_NET_ADMIN),
	ROW(CAP_NET_RAW),
	ROW(CAP_IPC_LOCK),
	ROW(CAP_IPC_OWNER),
	ROW(CAP_SYS_MODULE),
	ROW(CAP_SYS_RAWIO),
	ROW(CAP_SYS_CHROOT),
	ROW(CAP_SYS_PTRACE),
	ROW(CAP_SYS_PACCT),
	ROW(CAP_SYS_ADMIN),
	ROW(CAP_SYS_BOOT),
	ROW(CAP_SYS_NICE),
	ROW(CAP_SYS_RESOURCE),
	ROW(CAP_SYS_TIME),
	ROW(CAP_SYS_TTY_CONFIG),
	ROW(CAP_MKNOD),
	ROW(CAP_LEASE),
	ROW(CAP_AUDIT_WRITE),
	ROW(CAP_AUDIT_CONTROL),
	ROW(CAP_SETFCAP),
	ROW(CAP_MAC_OVERRIDE),
	ROW(CAP_MAC_ADMIN),
	ROW(CAP_SYSLOG),
	ROW(CAP_WAKE_ALARM),
	ROW(CAP_BLOCK_SUSPEND),
	ROW(CAP_AUDIT_READ),
	ROW(CAP_PERFMON),
	ROW(CAP_BPF),
	ROW(CAP_CHECKPOINT_RESTORE),
};

static void each_has_the_name_of_the_kernels_header(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		assert_string_equal(capability_name((unsigned)rows[i].number), rows[i].name);
		assert_int_equal(capability_number(rows[i].name), rows[i].number);
	}
	assert_null(capability_name(ARRAY_SIZE(rows)));
	assert_in_range(ARRAY_SIZE(rows), CAP_LAST_CAP + 1, CAPABILITY_BITS);
}

static void those_that_have_a_name_are_a_mask(void **state)
{
	(void)state;
	for (unsigned number = 0; number < CAPABILITY_BITS; number++)
		assert_int_equal(!!(capabilities_named() & CAPABILITY_BIT(number)),
				 capability_name(number) != NULL);
}

static void a_name_has_any_case_and_nothing_beside_it(void **state)
{
	(void)state;
	assert_int_equal(capability_number("cap_net_raw"), CAP_NET_RAW);
	for (const char *const *name =
		     (const char *const[]){"", "CAP_", "NET_RAW", "13", "CAP_NET_RAW ", "CAP_NET_RA", NULL};
	     *name; name++)
		assert_int_equal(capability_number(*name), -1);
}

static void the_kernel_says_how_many_it_has(void **state)
{
	unsigned count = capability_count();
	(void)state;
	assert_true(prctl(PR_CAPBSET_READ, count - 1) >= 0);
	assert_true(count == CAPABILITY_BITS || prctl(PR_CAPBSET_READ, count) < 0);
	assert_int_equal(capability_count(), count);
}

static void the_sets_of_the_thread_are_read_and_written(void **state)
{
	struct capability_triple before, fewer, after;
	(void)state;
	assert_int_equal(capabilities_get(&before), 0);
	assert_int_equal(before.effective & ~before.permitted, 0);
	fewer = (struct capability_triple){0, before.permitted, before.inheritable};
	assert_int_equal(capabilities_set(&fewer), 0);
	assert_int_equal(capabilities_get(&after), 0);
	assert_memory_equal(&after, &fewer, sizeof after);
	assert_int_equal(capabilities_set(&before), 0);
	assert_int_equal(capabilities_get(&after), 0);
	assert_memory_equal(&after, &before, sizeof after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_the_name_of_the_kernels_header),
		cmocka_unit_test(those_that_have_a_name_are_a_mask),
		cmocka_unit_test(a_name_has_any_case_and_nothing_beside_it),
		cmocka_unit_test(the_kernel_says_how_many_it_has),
		cmocka_unit_test(the_sets_of_the_thread_are_read_and_written),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
