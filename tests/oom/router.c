/* SPDX-License-Identifier: MIT */
/*
 * A router's stand-in that runs out of memory: it takes -m and -M as a router does, starts processes, says
 * "ready", and then does what $OOM_ACT says. Built twice: as "kamailio", so that siplaunch takes it for one,
 * and as "hog", the program beside it:
 *
 *   hog FILE         joins the group whose cgroup.procs FILE is ("-": stays), and grows until it is killed
 *   hog race MS      says in which group it is, with which limits, and for MS milliseconds (0: until SIGTERM)
 * looks whether they stay; "SECONDS since the boot" when it begins and ends
 *
 * What it is asked for and cannot do ends it with EX_SOFTWARE, which no test expects.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#define MIB         ((size_t)1 << 20)
#define STEP        (256 * (size_t)1024)
#define STATUS_PIDS 7 /* of the act "pids": fork was refused */
#define CHILDREN    3 /* beside the main process */
#define SOCKETS_MIB 40

extern char **environ;

static int asked_pipe[2]; /* a byte for each request to stop */

static void fail(const char *what)
{
	err(EX_SOFTWARE, "%s", what);
}

static void on_term(int number)
{
	(void)number;
	ssize_t ignored = write(asked_pipe[1], "", 1);
	(void)ignored;
}

static void wait_for_stop(void)
{
	char byte;
	while (read(asked_pipe[0], &byte, 1) < 0 && errno == EINTR)
		;
}

static void say(const char *word)
{
	dprintf(STDOUT_FILENO, "%s\n", word);
}

static void touch(size_t bytes)
{
	char *start = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (start == MAP_FAILED)
		fail("mmap");
	memset(start, 'x', bytes);
}

/* In small steps, as a leak does: whoever watches has a chance to look. */
static void grow(void)
{
	for (;;)
		touch(STEP);
}

/* Ends with the main process, as the processes of a router do when it tells them. */
static pid_t child_of(pid_t main)
{
	pid_t pid = fork();
	if (pid != 0)
		return pid;
	signal(SIGTERM, SIG_DFL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != main)
		_exit(0);
	return 0;
}

static void start_children(void (*job)(void))
{
	pid_t main = getpid();
	for (int i = 0; i < CHILDREN; i++) {
		pid_t pid = child_of(main);
		if (pid < 0)
			fail("fork");
		if (pid == 0) {
			job();
			_exit(0);
		}
	}
}

static void sleep_on(void)
{
	for (;;)
		pause();
}

/* ---- what takes the memory ---- */

/* Every process its own: more than -M, as a leak in one pool of each. */
static void act_private(void)
{
	start_children(grow);
	grow();
}

static void act_heap(void)
{
	grow();
}

static void act_processes(void)
{
	for (pid_t main = getpid(), pid; (pid = child_of(main)) >= 0;) {
		if (pid == 0) {
			touch(MIB);
			sleep_on();
		}
	}
	fail("fork");
}

static void act_pids(void)
{
	for (pid_t main = getpid(), pid; (pid = child_of(main)) >= 0;)
		if (pid == 0)
			sleep_on();
	exit(errno == EAGAIN ? STATUS_PIDS : EX_SOFTWARE);
}

static void act_files(void)
{
	static char page[STEP];
	memset(page, 'x', sizeof page);
	int fd = open("/dev/shm", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	while (fd >= 0 && write(fd, page, sizeof page) > 0)
		;
	fail("write to /dev/shm");
}

/* Sends into it until it takes no more; how much that was. */
static size_t fill(int fd)
{
	static char data[64 * 1024];
	size_t sum = 0;
	memset(data, 'x', sizeof data);
	for (ssize_t n; (n = send(fd, data, sizeof data / 2, MSG_DONTWAIT | MSG_NOSIGNAL)) > 0;)
		sum += (size_t)n;
	return sum;
}

static void pair_by_inet(int type, int ends[2])
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof address;
	int size = 4 << 20, there = socket(AF_INET, type, 0);
	setsockopt(there, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
	ends[0] = socket(AF_INET, type, 0);
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);
	if (there < 0 || ends[0] < 0 || bind(there, (void *)&address, sizeof address) < 0 ||
	    (type == SOCK_STREAM && listen(there, 1) < 0) ||
	    getsockname(there, (void *)&address, &length) < 0 ||
	    connect(ends[0], (void *)&address, sizeof address) < 0)
		fail("connect to ourselves");
	ends[1] = type == SOCK_STREAM ? accept(there, NULL, NULL) : there;
}

/* A UDP socket drops what it has no room for, and says nothing. */
static size_t fill_udp(int fd)
{
	static char data[1024];
	size_t sum = 0;
	for (int i = 0; i < 512; i++)
		sum += send(fd, data, sizeof data, MSG_DONTWAIT) > 0 ? sizeof data : 0;
	return sum;
}

/* Unread data never makes the kernel kill: it is what is left for others that gets less. */
static void act_sockets(void)
{
	const char *family = getenv("OOM_SOCKETS");
	size_t sum = 0;
	while (sum < SOCKETS_MIB * MIB) {
		int ends[2];
		if (strcmp(family, "unix") != 0)
			pair_by_inet(strcmp(family, "udp") == 0 ? SOCK_DGRAM : SOCK_STREAM, ends);
		else if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
			fail("socketpair");
		size_t taken = strcmp(family, "udp") == 0 ? fill_udp(ends[0]) : fill(ends[0]);
		if (!taken)
			break;
		sum += taken;
	}
	grow();
}

/* ---- programs that the router executes ---- */

static pid_t execute_hog(const char *procs)
{
	pid_t pid = fork();
	if (pid == 0) {
		execle(getenv("OOM_HOG"), "hog", procs, (char *)NULL, environ);
		_exit(EX_SOFTWARE);
	}
	return pid;
}

static void outlive_hog(const char *procs)
{
	int status;
	pid_t pid = execute_hog(procs);
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		fail("the hog was not killed");
}

/* It lives, and stops when it is asked to. */
static void act_survive(void)
{
	outlive_hog("-");
	say("survived");
	wait_for_stop();
	exit(0);
}

/* As routers do that notice: with 0, and unasked. */
static void act_give_up(void)
{
	outlive_hog("-");
	exit(0);
}

static void act_program(void)
{
	execute_hog("-");
	sleep_on();
}

static void act_grow_at_stop(void)
{
	wait_for_stop();
	grow();
}

static void act_lose_at_stop(void)
{
	wait_for_stop();
	outlive_hog("-");
	exit(0);
}

/* ---- groups of its own ---- */

static void write_to(const char *directory, const char *file, const char *text)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", directory, file);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err(EX_SOFTWARE, "%s", path);
	close(fd);
}

/* The router in one leaf, the hog in another with a limit of its own. */
static void act_own_group(void)
{
	char group[2048], leaf[4096], procs[8192], line[16];
	snprintf(group, sizeof group, "%s", getenv("OOM_GROUP"));
	snprintf(leaf, sizeof leaf, "%s/main", group);
	if (mkdir(leaf, 0755) < 0)
		fail(leaf);
	snprintf(procs, sizeof procs, "%s/cgroup.procs", group);
	for (FILE *all = fopen(procs, "re"); all && fgets(line, sizeof line, all);
	     fclose(all), all = fopen(procs, "re"))
		write_to(leaf, "cgroup.procs", line);
	write_to(group, "cgroup.subtree_control", "+memory");
	snprintf(leaf, sizeof leaf, "%s/box", group);
	if (mkdir(leaf, 0755) < 0)
		fail(leaf);
	write_to(leaf, "memory.swap.max", "0");
	write_to(leaf, "memory.max", "8M");
	snprintf(procs, sizeof procs, "%s/cgroup.procs", leaf);
	outlive_hog(procs);
	say("survived");
	wait_for_stop();
	exit(0);
}

static void act_wait(void)
{
	wait_for_stop();
	exit(0);
}

static const struct {
	const char *name;
	void (*act)(void);
} acts[] = {
	{"wait", act_wait},
	{"heap", act_heap},
	{"private", act_private},
	{"processes", act_processes},
	{"pids", act_pids},
	{"files", act_files},
	{"sockets", act_sockets},
	{"program", act_program},
	{"survive", act_survive},
	{"give-up", act_give_up},
	{"grow-at-stop", act_grow_at_stop},
	{"lose-at-stop", act_lose_at_stop},
	{"own-group", act_own_group},
};

static size_t mib_after(char **argv, const char *option)
{
	for (; *argv; argv++)
		if (strcmp(*argv, option) == 0 && argv[1])
			return (size_t)strtoul(argv[1], NULL, 10) * MIB;
	return 0;
}

static void make_pools(char **argv)
{
	size_t shared = mib_after(argv, "-m"), private = mib_after(argv, "-M");
	char *pool = mmap(NULL, shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	char *own = malloc(private);
	if (!shared || !private || pool == MAP_FAILED || !own)
		fail("make the pools");
	memset(pool, 'x', shared);
	memset(own, 'x', private);
}

static int be_hog(const char *procs)
{
	char pid[16];
	if (strcmp(procs, "-") != 0) {
		int fd = open(procs, O_WRONLY | O_CLOEXEC);
		snprintf(pid, sizeof pid, "%d", (int)getpid());
		if (fd < 0 || write(fd, pid, strlen(pid)) < 0)
			fail(procs);
	}
	grow();
	return EX_SOFTWARE;
}

/* ---- one of many that race ---- */

struct standing {
	char group[1024], memory_max[32], pids_max[32];
};

static void read_line(const char *path, char *line, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, line, size - 1);
	line[n < 0 ? 0 : n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	if (fd >= 0)
		close(fd);
}

static void look(struct standing *standing)
{
	char line[1024], path[4096];
	*standing = (struct standing){0};
	read_line("/proc/self/cgroup", line, sizeof line);
	strcpy(standing->group, strncmp(line, "0::", 3) == 0 ? line + 3 : "?");
	snprintf(path, sizeof path, "/sys/fs/cgroup%s/memory.max", standing->group);
	read_line(path, standing->memory_max, sizeof standing->memory_max);
	snprintf(path, sizeof path, "/sys/fs/cgroup%s/pids.max", standing->group);
	read_line(path, standing->pids_max, sizeof standing->pids_max);
}

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int be_racer(long milliseconds)
{
	struct standing first, again;
	double start = now();
	struct pollfd stop = {.fd = asked_pipe[0], .events = POLLIN};

	look(&first);
	dprintf(STDOUT_FILENO, "%f %s %s %s\n", start, first.group, first.memory_max, first.pids_max);
	do {
		look(&again);
		if (memcmp(&first, &again, sizeof first) != 0)
			dprintf(STDOUT_FILENO, "%f changed %s %s %s\n", now(), again.group, again.memory_max,
				again.pids_max);
	} while (poll(&stop, 1, 20) <= 0 && (!milliseconds || now() - start < (double)milliseconds / 1e3));
	dprintf(STDOUT_FILENO, "%f end\n", now());
	return 0;
}

int main(int argc, char **argv)
{
	const char *act = getenv("OOM_ACT");

	if (argc == 2)
		return be_hog(argv[1]);
	if (pipe2(asked_pipe, O_CLOEXEC) < 0)
		fail("pipe");
	signal(SIGTERM, on_term);
	signal(SIGCHLD, SIG_DFL);
	if (argc == 3 && strcmp(argv[1], "race") == 0)
		return be_racer(strtol(argv[2], NULL, 10));
	make_pools(argv);
	start_children(sleep_on);
	say("ready");
	for (size_t i = 0; act && i < sizeof acts / sizeof *acts; i++)
		if (strcmp(acts[i].name, act) == 0)
			acts[i].act();
	errx(EX_USAGE, "no such act: %s", act ? act : "(none)");
}
