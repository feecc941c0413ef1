/* SPDX-License-Identifier: MIT */
/* The kernel's own verdict: a child puts itself under a filter and makes the call. */
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "seccomp/seccomp.h"

#define VALID      FIXTURES "/seccomp/valid/"
#define CONTAINERS "/usr/share/containers/seccomp.json"

#define NOT_INSTALLED 200 /* the child's exit status then; else what the call said */
#define WITHOUT_ERROR 0

static void compile(const char *file, struct seccomp_filter *filter)
{
	cleanup_seccomp_profile struct seccomp_profile profile = {0};
	cleanup_error struct error error = {0};
	struct problems problems = {0};
	cleanup_free char *path = *file == '/' ? xstrdup(file) : xasprintf(VALID "%s.json", file);
	const struct seccomp_request request = {.name = path, .kernel = "6.1.0"};

	if (seccomp_profile_load(&request, &profile, &problems) < 0)
		fail_msg("%s: %s", file, problems.items[0].message);
	if (seccomp_filter_compile(&profile, filter, &error) < 0)
		fail_msg("%s: %s", file, error.message);
}

struct call {
	long number, args[6];
};

/* The wait status of a child that installs the filter, makes the call and exits with its errno. Not by way of
 * glibc: its wrappers make other calls. */
static int run(const struct seccomp_filter *filter, const struct call *call)
{
	int status;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		cleanup_error struct error error = {0};
		signal(SIGSYS, SIG_DFL); /* cmocka has a handler */
		if (seccomp_filter_install(filter, &error) < 0) {
			fprintf(stderr, "%s: %s\n", error.message, strerror(error.errnum));
			_exit(NOT_INSTALLED);
		}
		const long *a = call->args;
		long result = syscall(call->number, a[0], a[1], a[2], a[3], a[4], a[5]);
		syscall(SYS_exit_group, result < 0 ? errno : WITHOUT_ERROR);
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

/* Calls that exist everywhere and do nothing here. BAD is no descriptor: what passes fails with EBADF. */
#define BAD (-1L)
static const struct kernel_case {
	const char *file;
	struct call call;
	int error;  /* the call's errno */
	int signal; /* or what the process dies of */
} kernel_cases[] = {
	{"action-allow", {SYS_write, {BAD}}, EBADF, 0},
	{"action-allow", {SYS_close, {BAD}}, ENOSYS, 0},
	{"action-errno", {SYS_getpid, {0}}, EPERM, 0},
	{"action-errno", {SYS_close, {BAD}}, EBADF, 0},
	{"action-errno-number", {SYS_getpid, {0}}, 95, 0},
	{"action-errno-name", {SYS_getpid, {0}}, ENOTSUP, 0},
	{"action-errno-zero", {SYS_getpid, {0}}, 0, 0},
	{"action-kill-process", {SYS_getpid, {0}}, 0, SIGSYS},
	{"action-kill-thread", {SYS_getpid, {0}}, 0, SIGSYS},
	{"action-kill", {SYS_getpid, {0}}, 0, SIGSYS},
	{"action-trap", {SYS_getpid, {0}}, 0, SIGSYS},
	{"action-log", {SYS_getpid, {0}}, 0, 0},
	{"action-log", {SYS_close, {BAD}}, ENOSYS, 0},
	{"default-errno-by-name", {SYS_close, {BAD}}, EACCES, 0},
	{"default-kill-process", {SYS_close, {BAD}}, 0, SIGSYS},
	{"default-trap", {SYS_close, {BAD}}, 0, SIGSYS},
	{"default-without-rules", {SYS_close, {BAD}}, EBADF, 0},
	{"flags", {SYS_getpid, {0}}, EPERM, 0},
	{"kernel-arguments", {SYS_lseek, {BAD, 7, 0}}, EBADF, 0},
	{"kernel-arguments", {SYS_dup3, {BAD, 3, 0}}, EBADF, 0},
	{"kernel-arguments", {SYS_dup3, {BAD, 9, O_CLOEXEC}}, EACCES, 0},
	{"kernel-arguments", {SYS_fchdir, {0x7fffffff}}, EBADF, 0},
	{"kernel-arguments", {SYS_fdatasync, {0x7fffffff}}, EBADF, 0},
#if __SIZEOF_LONG__ == 8
	{"kernel-arguments", {SYS_lseek, {BAD, 0x500000007, 0}}, ENOTSUP, 0},
	{"kernel-arguments", {SYS_lseek, {BAD, 0x500000008, 0}}, EBADF, 0},
	{"kernel-arguments", {SYS_lseek, {BAD, 0x400000007, 0}}, EBADF, 0},
	{"kernel-arguments", {SYS_fchdir, {BAD}}, ENOTSUP, 0}, /* -1 is the greatest number there is */
	{"kernel-arguments", {SYS_fchdir, {0x1ffffffff}}, ENOTSUP, 0},
	{"kernel-arguments", {SYS_fdatasync, {BAD}}, 0, SIGSYS},
#else /* the kernel puts zeros in front of 32 bits */
	{"kernel-arguments", {SYS_lseek, {BAD, 7, 0}}, EBADF, 0},
	{"kernel-arguments", {SYS_fchdir, {BAD}}, EBADF, 0},
#endif
	{CONTAINERS, {SYS_mount, {0}}, EFAULT, 0},
	{CONTAINERS, {SYS_kexec_load, {0}}, EPERM, 0},
	{CONTAINERS, {SYS_bpf, {BAD}}, EPERM, 0},
	{CONTAINERS, {SYS_personality, {0x10000}}, ENOSYS, 0},
	{CONTAINERS, {SYS_personality, {(long)0xffffffff}}, 0, 0},
	{CONTAINERS, {SYS_socket, {16, 0, 9}}, EINVAL, 0},
};

static void the_kernel_does_what_the_profile_says(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kernel_cases); i++) {
		const struct kernel_case *c = &kernel_cases[i];
		cleanup_seccomp_filter struct seccomp_filter filter = {0};
		compile(c->file, &filter);
		int status = run(&filter, &c->call);
		bool right = c->signal ? WIFSIGNALED(status) && WTERMSIG(status) == c->signal
				       : WIFEXITED(status) && WEXITSTATUS(status) == c->error;
		if (right)
			continue;
		print_error("%s, call %ld of case %zu: wait status %#x\n", c->file, c->call.number, i,
			    status);
		failed++;
	}
	print_message("# %zu calls made under a filter, %d wrong\n", ARRAY_SIZE(kernel_cases), failed);
	assert_int_equal(failed, 0);
}

static void no_new_privs_is_set_with_the_filter(void **state)
{
	cleanup_seccomp_filter struct seccomp_filter filter = {0};
	int status;

	(void)state;
	compile("default-without-rules", &filter);
	pid_t pid = fork();
	if (pid == 0) {
		int result = seccomp_filter_install(&filter, NULL);
		bool set = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
		_exit(result == 0 && set && prctl(PR_GET_SECCOMP) == SECCOMP_MODE_FILTER ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Flag 1 << 20 is none: seccomp(2) alone would say EINVAL. */
static void a_flag_that_the_kernel_does_not_know_is_left_out(void **state)
{
	cleanup_seccomp_filter struct seccomp_filter filter = {0};
	static const struct call call = {SYS_getpid, {0}};

	(void)state;
	compile("action-errno", &filter);
	filter.flags |= 1u << 20;
	int status = run(&filter, &call);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EPERM);
}

static void what_the_kernel_says_of_a_broken_program_is_told(void **state)
{
	struct sock_filter nonsense[] = {{.code = 0xFFFF}};
	const struct seccomp_filter filter = {.name = "broken", .instructions = nonsense, .count = 1};
	int status;

	(void)state;
	pid_t pid = fork();
	if (pid == 0) {
		struct error error = {0};
		int result = seccomp_filter_install(&filter, &error);
		bool told = result < 0 && error.errnum == EINVAL &&
			    strcmp(error.message, "install the seccomp filter broken, 1 instructions") == 0;
		_exit(told ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_kernel_does_what_the_profile_says),
		cmocka_unit_test(no_new_privs_is_set_with_the_filter),
		cmocka_unit_test(a_flag_that_the_kernel_does_not_know_is_left_out),
		cmocka_unit_test(what_the_kernel_says_of_a_broken_program_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
