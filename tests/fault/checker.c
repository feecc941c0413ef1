/* SPDX-License-Identifier: MIT */
/*
 * The router of the fault matrix: prints what it finds itself to have, a line a fact, to standard output.
 * With a "wait" as its argument it then raises SIGURG, which its tracer takes for "ready", and exits 0 at
 * SIGTERM.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void die(const char *what)
{
	fprintf(stderr, "checker: %s: %s\n", what, strerror(errno));
	exit(99);
}

/* The file's whole text, without the last newline; "(errno)" where it cannot be read. */
static const char *text_of(const char *path)
{
	static char text[16384];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (n < 0)
		snprintf(text, sizeof text, "(%s)", strerrorname_np(errno));
	else
		text[n > 0 && text[n - 1] == '\n' ? n - 1 : n] = '\0';
	if (fd >= 0)
		close(fd);
	return text;
}

static void groups(void)
{
	static const char *const files[] = {"memory.max", "memory.swap.max", "memory.low", "memory.oom.group",
					    "pids.max"};
	char path[PATH_MAX], group[PATH_MAX];
	const char *line = text_of("/proc/self/cgroup");

	snprintf(group, sizeof group, "%s", strncmp(line, "0::", 3) == 0 ? line + 3 : line);
	printf("cgroup %s\n", group);
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		snprintf(path, sizeof path, "/sys/fs/cgroup%.3000s/%s", group, files[i]);
		printf("%s %s\n", files[i], text_of(path));
	}
	printf("slice memory.low %s\n", text_of("/sys/fs/cgroup/sip.slice/memory.low"));
}

static void limits(void)
{
	static const char *const names[] = {"CPU",      "FSIZE",  "DATA",    "STACK", "CORE",  "RSS",
					    "NPROC",    "NOFILE", "MEMLOCK", "AS",    "LOCKS", "SIGPENDING",
					    "MSGQUEUE", "NICE",   "RTPRIO",  "RTTIME"};
	for (int i = 0; i < (int)(sizeof names / sizeof *names); i++) {
		struct rlimit limit;
		if (getrlimit((__rlimit_resource_t)i, &limit) < 0)
			die("getrlimit");
		/* these two follow the machine's memory */
		if (i == RLIMIT_NPROC || i == RLIMIT_SIGPENDING)
			continue;
		printf("RLIMIT_%s %lld %lld\n", names[i], (long long)limit.rlim_cur,
		       (long long)limit.rlim_max);
	}
}

/* Identity, capabilities, filters, signals: as /proc/self/status has them. */
static void status(void)
{
	static const char *const fields[] = {
		"Umask",  "Uid",    "Gid",    "Groups",     "CapInh",  "CapPrm",
		"CapEff", "CapBnd", "CapAmb", "NoNewPrivs", "Seccomp", "Seccomp_filters",
		"SigPnd", "ShdPnd", "SigBlk", "SigIgn",     "SigCgt"};
	static char copy[16384];
	char *rest = copy;

	snprintf(copy, sizeof copy, "%s", text_of("/proc/self/status"));
	for (char *line; (line = strsep(&rest, "\n"));)
		for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
			size_t length = strlen(fields[i]);
			if (strncmp(line, fields[i], length) == 0 && line[length] == ':')
				printf("%s%s\n", fields[i], line + length + 1);
		}
	printf("securebits %d\n", prctl(PR_GET_SECUREBITS));
	int number = 0;
	prctl(PR_GET_PDEATHSIG, &number);
	printf("parent-death signal %d\n", number);
}

static void namespace(void)
{
	char link[64] = "";
	const char *outside = getenv("FAULT_IPC");

	if (readlink("/proc/self/ns/ipc", link, sizeof link - 1) < 0)
		die("readlink /proc/self/ns/ipc");
	printf("ipc namespace %s\n", outside && strcmp(outside, link) != 0 ? "of its own" : "the machine's");
	printf("kernel.sem %s\n", text_of("/proc/sys/kernel/sem"));
	printf("kernel.shmmax %s\n", text_of("/proc/sys/kernel/shmmax"));
	printf("kernel.shmall %s\n", text_of("/proc/sys/kernel/shmall"));
}

/* In the order of their numbers, with what they are. */
static void descriptors(void)
{
	for (int fd = 0; fd < 1024; fd++) {
		struct stat info;
		if (fstat(fd, &info) == 0)
			printf("descriptor %d %s\n", fd,
			       S_ISREG(info.st_mode)   ? "file"
			       : S_ISCHR(info.st_mode) ? "device"
						       : "other");
	}
}

static void directories(void)
{
	char cwd[PATH_MAX];
	struct stat info;

	if (!getcwd(cwd, sizeof cwd))
		die("getcwd");
	printf("directory %s\n", cwd);
	if (stat("/run/siplaunch-fault", &info) < 0)
		printf("/run/siplaunch-fault (%s)\n", strerrorname_np(errno));
	else
		printf("/run/siplaunch-fault %04o %u:%u\n", info.st_mode & 07777, info.st_uid, info.st_gid);
}

static void command(char **argv, char **envp)
{
	for (int i = 0; argv[i]; i++)
		printf("argument %s\n", i ? argv[i] : "0");
	for (; *envp; envp++)
		if (strncmp(*envp, "FAULT_IPC=", 10) != 0)
			printf("environment %s\n", *envp);
}

static void filter(void)
{
	long result = syscall(SYS_swapon, "/", 0);
	printf("swapon %s\n", result < 0 ? strerrorname_np(errno) : "works");
}

int main(int argc, char **argv, char **envp)
{
	static char buffer[65536];
	setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
	groups();
	printf("oom_score_adj %s\n", text_of("/proc/self/oom_score_adj"));
	limits();
	status();
	namespace();
	descriptors();
	directories();
	command(argv, envp);
	filter();
	puts("end");
	if (fflush(stdout) != 0)
		die("write the facts");
	if (argc > 1 && strcmp(argv[1], "wait") == 0) {
		sigset_t set;
		int number;
		sigemptyset(&set);
		sigaddset(&set, SIGTERM);
		sigprocmask(SIG_BLOCK, &set, NULL);
		raise(SIGURG);
		sigwait(&set, &number);
	}
	return 0;
}
