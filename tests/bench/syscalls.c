/* SPDX-License-Identifier: MIT */
/*
 * What a filter costs per system call, side by side. For each program named (raw struct sock_filter, as
 * `siplaunch seccomp export` writes it) and for none, a child installs it and runs the router's hot path:
 * sendmsg and recvmsg on a datagram socket, and epoll_wait. Rounds alternate, and CPU time is measured, so
 * that a busy machine is busy for all; the smallest time of each counts.
 *
 * usage: syscalls ROUNDS CALLS [FILE]...
 */
#include <err.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "rounds.h"

enum call { SENDMSG, RECVMSG, EPOLL_WAIT, CALLS };
static const char *const names[CALLS] = {"sendmsg", "recvmsg", "epoll_wait"};

struct place {
	int sockets[2], epoll;
	struct msghdr message;
};

static void install(const char *file)
{
	static struct sock_filter program[BPF_MAXINSNS];
	int fd = open(file, O_RDONLY);
	ssize_t length = fd < 0 ? -1 : read(fd, program, sizeof program);
	if (length <= 0)
		err(1, "%s", file);
	struct sock_fprog filter = {(unsigned short)((size_t)length / sizeof *program), program};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &filter) < 0)
		err(1, "install %s", file);
}

/* Of this thread alone: other work on the machine does not count. */
static double cpu_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void make_call(const struct place *place, enum call call)
{
	struct epoll_event event;
	ssize_t done = call == SENDMSG   ? sendmsg(place->sockets[0], &place->message, 0)
		       : call == RECVMSG ? recvmsg(place->sockets[1], (struct msghdr *)&place->message, 0)
					 : epoll_wait(place->epoll, &event, 1, 0);
	if (done < 0)
		err(1, "%s", names[call]);
}

/* Nanoseconds of one call: what is sent is received at once, so that no buffer fills. */
static void measure(const struct place *place, long calls, double *times)
{
	for (int call = 0; call < CALLS; call++)
		times[call] = 0;
	for (long i = 0; i < calls; i += 16)
		for (enum call call = 0; call < CALLS; call++) {
			double start = cpu_ns();
			for (int j = 0; j < 16; j++)
				make_call(place, call);
			times[call] += cpu_ns() - start;
		}
	for (int call = 0; call < CALLS; call++)
		times[call] /= (double)calls;
}

static void open_place(struct place *place, char *buffer)
{
	static struct iovec vector;
	struct epoll_event event = {.events = EPOLLIN};
	vector = (struct iovec){buffer, 64};
	place->message = (struct msghdr){.msg_iov = &vector, .msg_iovlen = 1};
	place->epoll = epoll_create1(0);
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, place->sockets) < 0 || place->epoll < 0 ||
	    epoll_ctl(place->epoll, EPOLL_CTL_ADD, place->sockets[1], &event) < 0)
		err(1, "make sockets");
}

/* A filter stays: each round is a process of its own. `file` is NULL for none. */
static void run_round(const char *file, long calls, double *times)
{
	pid_t pid = fork();
	int status;
	if (pid < 0)
		err(1, "fork");
	if (pid == 0) {
		static char buffer[64];
		struct place place;
		open_place(&place, buffer);
		if (file)
			install(file);
		measure(&place, calls, times);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) < 0 || status != 0)
		errx(1, "%s: the child ended with %#x", file ? file : "no filter", (unsigned)status);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		errx(2, "usage: syscalls ROUNDS CALLS [FILE]...");
	long rounds = strtol(argv[1], NULL, 10), calls = strtol(argv[2], NULL, 10) / 16 * 16;
	int kinds = argc - 2; /* the first is without a filter */
	double(*best)[CALLS] = calloc((size_t)kinds, sizeof *best);
	double *times =
		mmap(NULL, sizeof(double[CALLS]), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (!best || times == MAP_FAILED || rounds < 1 || calls < 1)
		errx(2, "ROUNDS and CALLS are numbers from 1 and 16 on");
	for (long round = 0; round < rounds; round++) {
		show_round((size_t)round, (size_t)rounds);
		for (int kind = 0; kind < kinds; kind++) {
			run_round(kind ? argv[kind + 2] : NULL, calls, times);
			for (int call = 0; call < CALLS; call++)
				if (round == 0 || times[call] < best[kind][call])
					best[kind][call] = times[call];
		}
	}
	show_round((size_t)rounds, (size_t)rounds);
	printf("%-40s %12s %12s %12s   ns a call\n", "", names[0], names[1], names[2]);
	for (int kind = 0; kind < kinds; kind++) {
		printf("%-40s", kind ? argv[kind + 2] : "no filter");
		for (int call = 0; call < CALLS; call++)
			printf(kind ? " %6.0f %+5.0f" : " %12.0f", best[kind][call],
			       best[kind][call] - best[0][call]);
		putchar('\n');
	}
	return 0;
}
