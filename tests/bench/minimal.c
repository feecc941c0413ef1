/* SPDX-License-Identifier: MIT */
/*
 * The least that a launch can cost: the settings of tests/bench/launch's profile, made without looking at
 * anything and without reading anything back. The filter is ready in a file, as `siplaunch seccomp export`
 * writes it.
 *
 * minimal [FILTER] COMMAND...: without a filter where FILTER is empty.
 */
#include <err.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NOBODY      65534
#define DESCRIPTORS 4096

static void check(const char *what, long result)
{
	if (result < 0)
		err(125, "%s", what);
}

static void write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	check(path, fd);
	check(path, write(fd, text, strlen(text)));
	close(fd);
}

static void drop_privileges(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {{0}};

	for (int capability = 0; prctl(PR_CAPBSET_READ, capability) >= 0; capability++)
		check("PR_CAPBSET_DROP", prctl(PR_CAPBSET_DROP, capability));
	check("setgroups", setgroups(0, NULL));
	check("setresgid", setresgid(NOBODY, NOBODY, NOBODY));
	check("setresuid", setresuid(NOBODY, NOBODY, NOBODY));
	check("capset", syscall(SYS_capset, &header, none));
	check("PR_SET_NO_NEW_PRIVS", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

static void install_filter(const char *path)
{
	static struct sock_filter instructions[BPF_MAXINSNS];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = read(fd, instructions, sizeof instructions);
	check(path, size);
	close(fd);
	struct sock_fprog program = {(unsigned short)((size_t)size / sizeof *instructions), instructions};
	check("seccomp",
	      syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program));
}

int main(int argc, char **argv)
{
	const struct rlimit descriptors = {DESCRIPTORS, DESCRIPTORS}, none = {0, 0};

	if (argc < 3)
		errx(125, "usage: minimal FILTER COMMAND...");
	write_file("/proc/self/oom_score_adj", "300");
	check("RLIMIT_CORE", setrlimit(RLIMIT_CORE, &none));
	check("RLIMIT_NOFILE", setrlimit(RLIMIT_NOFILE, &descriptors));
	check("unshare", unshare(CLONE_NEWIPC));
	write_file("/proc/sys/kernel/sem", "250 32000 100 128");
	drop_privileges();
	if (*argv[1])
		install_filter(argv[1]);
	execv(argv[2], argv + 2);
	err(125, "%s", argv[2]);
}
