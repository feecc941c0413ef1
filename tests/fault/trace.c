/* SPDX-License-Identifier: MIT */
#include "fault.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __x86_64__
#error "the tracer knows the registers of x86-64 only"
#endif

#define PROCESSES_MAX 16
#define CALLS_MAX     512 /* system call numbers */
#define HANG_SECONDS \
	40 /* the longest that siplaunch waits by itself is 5 s for a lock, and 7.5 s for a router */
#define LEFT_SECONDS 2 /* from the end of the first process to that of the others */
#define OPTIONS                                                                                   \
	(PTRACE_O_TRACESECCOMP | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | \
	 PTRACE_O_TRACEEXEC | PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL)

struct process {
	pid_t pid;
	bool alive, executed, main_begun, is_router, finishing; /* finishing: its call's end is awaited */
	uint64_t address;                                       /* that brk(2) was asked for */
	unsigned counts[CALLS_MAX];
};

struct tracer {
	const struct launch *launch;
	const struct fault *fault;
	struct calls *calls;
	struct outcome *outcome;
	struct process processes[PROCESSES_MAX];
	unsigned count;
	bool stopping;
};

static volatile sig_atomic_t timed_out;

static void on_alarm(int number)
{
	(void)number;
	timed_out = 1;
}

static void set_alarm(unsigned seconds)
{
	const struct itimerval timer = {.it_value = {.tv_sec = seconds}, .it_interval = {.tv_usec = 100000}};
	setitimer(ITIMER_REAL, seconds ? &timer : &(struct itimerval){0}, NULL);
	timed_out = 0;
}

/* ---- the traced program ---- */

/* The kernel stops at the one call only, and where main() begins; for a list at each. */
static void install_stop(long number)
{
	const unsigned only = (unsigned)number, start = SYS_fcntl;
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, number < 0 ? 0 : UINT32_MAX, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, only, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, start, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
		_exit(98);
}

static void become(const struct launch *launch, long number, int out, int err)
{
	setsid();
	if (dup2(out, STDOUT_FILENO) < 0 || dup2(err, STDERR_FILENO) < 0 ||
	    ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
		_exit(98);
	raise(SIGSTOP);
	install_stop(number);
	execve(launch->argv[0], launch->argv, launch->envp);
	_exit(98);
}

static pid_t start(const struct launch *launch, const struct fault *fault, int out, int err)
{
	int status;
	pid_t pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0)
		become(launch, fault ? fault->call->number : -1, out, err);
	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, pid, 0, OPTIONS) < 0 || ptrace(PTRACE_CONT, pid, 0, 0) < 0)
		die("trace a process");
	return pid;
}

/* ---- one stop ---- */

static struct process *process_of(struct tracer *tracer, pid_t pid)
{
	for (unsigned i = 0; i < tracer->count; i++)
		if (tracer->processes[i].pid == pid)
			return &tracer->processes[i];
	if (tracer->count == PROCESSES_MAX)
		die("count the processes of a launch");
	tracer->processes[tracer->count] =
		(struct process){.pid = pid, .alive = true, .main_begun = tracer->count > 0};
	return &tracer->processes[tracer->count++];
}

static uint64_t argument(const struct user_regs_struct *regs, int index)
{
	const uint64_t arguments[] = {regs->rdi, regs->rsi, regs->rdx, regs->r10, regs->r8, regs->r9};
	return arguments[index];
}

static void read_string(pid_t pid, uint64_t address, char *text, size_t size)
{
	struct iovec local = {text, size - 1}, remote = {(void *)(uintptr_t)address, size - 1};
	/* the string may end just before a page that is not there */
	size_t page_rest = 4096 - address % 4096;
	if (remote.iov_len > page_rest)
		remote.iov_len = page_rest;
	ssize_t n = process_vm_readv(pid, &local, 1, &remote, 1, 0);
	text[n > 0 ? n : 0] = '\0';
}

static void read_link(pid_t pid, int fd, char *text, size_t size)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
	ssize_t n = readlink(path, text, size - 1);
	text[n > 0 ? n : 0] = '\0';
}

/* The path that it was given, below its directory; else what its descriptor is. */
static void describe(pid_t pid, const struct user_regs_struct *regs, char *file, size_t size)
{
	const struct call_rule *rule = rule_of((long)regs->orig_rax);
	char path[2048] = "", directory[2048] = "";
	*file = '\0';
	if (!rule)
		return;
	if (rule->path_argument >= 0)
		read_string(pid, argument(regs, rule->path_argument), path, sizeof path);
	if (*path != '/' && rule->fd_argument >= 0)
		read_link(pid, (int)argument(regs, rule->fd_argument), directory, sizeof directory);
	bool below = *path && strcmp(path, ".") != 0;
	snprintf(file, size, "%s%s%s", directory,
		 below && *directory && strcmp(directory, "/") != 0 ? "/" : "", below ? path : "");
}

static bool has_path(pid_t pid, const struct user_regs_struct *regs)
{
	const struct call_rule *rule = rule_of((long)regs->orig_rax);
	char start[2] = "";
	if (rule && rule->path_argument >= 0)
		read_string(pid, argument(regs, rule->path_argument), start, sizeof start);
	return *start;
}

/* ---- short reads and writes ---- */

static bool is_pseudo(const char *file)
{
	static const char *const tops[] = {"/proc/", "/sys/"};
	for (size_t i = 0; i < sizeof tops / sizeof *tops; i++)
		if (strncmp(file, tops[i], strlen(tops[i])) == 0)
			return true;
	return false;
}

/*
 * How many bytes of a read of a file of many records the kernel may return: those of the first record. It
 * returns a file of one record whole (seq_file.c, single_open), and any number of bytes of others.
 */
static uint64_t first_record(pid_t pid, int fd, const char *file)
{
	static const char *const records[] = {"mountinfo", "mounts",      "cgroup.procs",
					      "cgroups",   "filesystems", "maps"};
	const char *slash = strrchr(file, '/');
	char path[64], text[4096];
	bool many = false;
	for (size_t i = 0; slash && i < sizeof records / sizeof *records; i++)
		many |= strcmp(slash + 1, records[i]) == 0;
	if (!many)
		return 0;
	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
	int copy = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = copy < 0 ? -1 : read(copy, text, sizeof text);
	if (copy >= 0)
		close(copy);
	const char *end = n > 0 ? memchr(text, '\n', (size_t)n) : NULL;
	return end && end + 1 < text + n ? (uint64_t)(end + 1 - text) : 0;
}

/* The size of the short call; 0 where it cannot be short. */
static uint64_t short_size(pid_t pid, const struct user_regs_struct *regs)
{
	char file[PATH_MAX];
	uint64_t size = regs->rdx;
	struct stat info;
	char path[64];

	read_link(pid, (int)regs->rdi, file, sizeof file);
	snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, (int)regs->rdi);
	bool regular = stat(path, &info) == 0 && S_ISREG(info.st_mode);
	switch ((long)regs->orig_rax) {
	case SYS_getdents64:
		return size > 80 ? 80 : 0; /* room for a record or two */
	case SYS_read:
	case SYS_pread64:
		if (is_pseudo(file))
			return first_record(pid, (int)regs->rdi, file);
		return regular && info.st_size > 1 && size > 1 ? 1 : 0;
	case SYS_write:
	case SYS_pwrite64:
		if (is_pseudo(file)) /* a cgroup file takes a write whole or not at all */
			return strncmp(file, "/proc/sys/", 10) == 0 && size > 1 ? size / 2 : 0;
		return regular && size > 1 ? size / 2 : 0;
	default:
		return 0;
	}
}

/* ---- the fault ---- */

static void set_registers(pid_t pid, const struct user_regs_struct *regs)
{
	if (ptrace(PTRACE_SETREGS, pid, 0, regs) < 0 && errno != ESRCH)
		die("set registers");
}

/* True where the call's end is to be awaited. */
static bool inject(struct process *process, struct user_regs_struct *regs, const struct fault *fault)
{
	const struct call_rule *rule = rule_of((long)regs->orig_rax);
	switch (fault->action) {
	case ACTION_KILL:
		kill(process->pid, SIGKILL);
		return false;
	case ACTION_SHORT:
		regs->rdx = short_size(process->pid, regs);
		break;
	default:
		if (rule->done)
			return true;
		if (regs->orig_rax == SYS_brk) { /* it fails by staying where it is */
			process->address = regs->rdi;
			regs->rdi = 0;
			set_registers(process->pid, regs);
			return true;
		}
		if (regs->orig_rax == SYS_kill) /* whoever wants the router to stop asks again */
			kill(process->pid, SIGTERM);
		regs->orig_rax = (unsigned long long)-1;
		regs->rax = (unsigned long long)-fault->errnum;
	}
	set_registers(process->pid, regs);
	return false;
}

static void record(struct tracer *tracer, const struct process *process, const struct user_regs_struct *regs)
{
	struct calls *calls = tracer->calls;
	if (calls->count % 256 == 0 &&
	    !(calls->items = realloc(calls->items, (calls->count + 256) * sizeof *calls->items)))
		die("allocate");
	struct call *call = &calls->items[calls->count++];
	*call = (struct call){
		.process = (unsigned)(process - tracer->processes),
		.number = (long)regs->orig_rax,
		.occurrence = process->counts[regs->orig_rax],
		.ours = process->main_begun && !process->is_router,
		.stopping = tracer->stopping,
		.by_path = has_path(process->pid, regs),
		.can_be_short = short_size(process->pid, regs) > 0,
	};
	describe(process->pid, regs, call->file, sizeof call->file);
}

/* main() begins with a look at standard output, as neither the dynamic loader nor libc does
 * (launcher/main.c). */
static bool begins_main(const struct user_regs_struct *regs)
{
	return regs->orig_rax == SYS_fcntl && regs->rdi == STDOUT_FILENO && regs->rsi == F_GETFD;
}

/* At the entry of a call. Returns the request to go on with. */
static int at_call(struct tracer *tracer, struct process *process)
{
	struct user_regs_struct regs;
	const struct fault *fault = tracer->fault;
	if (ptrace(PTRACE_GETREGS, process->pid, 0, &regs) < 0 || regs.orig_rax >= CALLS_MAX)
		return PTRACE_CONT;
	process->main_begun |= begins_main(&regs);
	unsigned occurrence = ++process->counts[regs.orig_rax];
	if (tracer->calls && !process->is_router)
		record(tracer, process, &regs);
	if (!fault || tracer->outcome->hit || !process->main_begun || process->is_router ||
	    (unsigned)(process - tracer->processes) != fault->call->process ||
	    tracer->stopping != fault->call->stopping || (long)regs.orig_rax != fault->call->number ||
	    occurrence != fault->call->occurrence)
		return PTRACE_CONT;
	tracer->outcome->hit = true;
	describe(process->pid, &regs, tracer->outcome->file, sizeof tracer->outcome->file);
	process->finishing = inject(process, &regs, fault);
	return process->finishing ? PTRACE_SYSCALL : PTRACE_CONT;
}

/* The call was made, and says that it was not. Of brk(2) libc compares what it had asked for. */
static void at_end_of_call(struct tracer *tracer, struct process *process)
{
	struct user_regs_struct regs;
	process->finishing = false;
	if (ptrace(PTRACE_GETREGS, process->pid, 0, &regs) < 0)
		return;
	if (tracer->fault->call->number == SYS_brk)
		regs.rdi = process->address;
	else
		regs.rax = (unsigned long long)-tracer->fault->errnum;
	set_registers(process->pid, &regs);
}

/* The first exec of the first process is siplaunch's own. */
static void at_exec(struct tracer *tracer, struct process *process)
{
	process->is_router = process != tracer->processes || process->executed;
	process->executed = true;
	memset(process->counts, 0, sizeof process->counts);
}

/* Returns the signal to deliver. */
static int at_signal(struct tracer *tracer, struct process *process, int number)
{
	if (number == SIGSTOP && !process->is_router) /* of a new process: ptrace's own */
		return 0;
	if (number != SIGURG || !process->is_router)
		return number;
	/* counted anew: a launch looks at every process of the machine, and how many there are changes */
	tracer->stopping = true;
	for (unsigned i = 0; i < tracer->count; i++)
		memset(tracer->processes[i].counts, 0, sizeof tracer->processes[i].counts);
	kill(tracer->processes[0].pid, SIGTERM);
	return 0;
}

static void at_stop(struct tracer *tracer, struct process *process, int status)
{
	int request = PTRACE_CONT, deliver = 0, event = status >> 16;
	unsigned long child;

	switch (event) {
	case PTRACE_EVENT_SECCOMP:
		request = at_call(tracer, process);
		break;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		if (ptrace(PTRACE_GETEVENTMSG, process->pid, 0, &child) == 0)
			process_of(tracer, (pid_t)child);
		break;
	case PTRACE_EVENT_EXEC:
		at_exec(tracer, process);
		break;
	case 0:
		if (WSTOPSIG(status) == (SIGTRAP | 0x80) && process->finishing)
			at_end_of_call(tracer, process);
		else if (WSTOPSIG(status) != (SIGTRAP | 0x80))
			deliver = at_signal(tracer, process, WSTOPSIG(status));
		break;
	default:
		break;
	}
	ptrace((enum __ptrace_request)request, process->pid, 0, deliver);
}

/* ---- a launch ---- */

static unsigned alive(const struct tracer *tracer)
{
	unsigned count = 0;
	for (unsigned i = 0; i < tracer->count; i++)
		count += tracer->processes[i].alive;
	return count;
}

static void kill_all(struct tracer *tracer)
{
	for (unsigned i = 0; i < tracer->count; i++)
		if (tracer->processes[i].alive)
			kill(tracer->processes[i].pid, SIGKILL);
}

static void ended(struct tracer *tracer, struct process *process, int status)
{
	process->alive = false;
	if (process != tracer->processes)
		return;
	tracer->outcome->wait_status = status;
	set_alarm(LEFT_SECONDS);
}

static void on_time_out(struct tracer *tracer)
{
	if (tracer->processes[0].alive)
		tracer->outcome->hung = true;
	else
		tracer->outcome->left = alive(tracer);
	kill_all(tracer);
	set_alarm(HANG_SECONDS);
}

void trace(const struct launch *launch, const struct fault *fault, int out, int err, struct calls *calls,
	   struct outcome *outcome)
{
	static struct tracer tracer;
	int status;

	*outcome = (struct outcome){0};
	tracer = (struct tracer){.launch = launch, .fault = fault, .calls = calls, .outcome = outcome};
	const struct sigaction on = {.sa_handler = on_alarm};
	sigaction(SIGALRM, &on, NULL);
	process_of(&tracer, start(launch, fault, out, err));
	set_alarm(HANG_SECONDS);
	while (alive(&tracer)) {
		pid_t pid = waitpid(-1, &status, __WALL);
		if (timed_out)
			on_time_out(&tracer);
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			break;
		if (WIFSTOPPED(status))
			at_stop(&tracer, process_of(&tracer, pid), status);
		else
			ended(&tracer, process_of(&tracer, pid), status);
	}
	set_alarm(0);
}
