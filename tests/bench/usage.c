/* SPDX-License-Identifier: MIT */
/*
 * What a command took: writes its CPU time in milliseconds and its peak memory in KiB into a file, and exits
 * with its status. Small itself: the kernel counts the process that executes a program to the program's peak.
 *
 * usage: usage FILE COMMAND [ARGUMENT]...
 */
#include <err.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static double milliseconds(struct timeval time)
{
	return (double)time.tv_sec * 1e3 + (double)time.tv_usec / 1e3;
}

int main(int argc, char **argv)
{
	if (argc < 3)
		errx(2, "usage: usage FILE COMMAND [ARGUMENT]...");
	struct rusage usage;
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		execvp(argv[2], argv + 2);
		err(127, "%s", argv[2]);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
		err(1, "run %s", argv[2]);
	FILE *file = fopen(argv[1], "we");
	if (!file ||
	    fprintf(file, "%.1f %ld\n", milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime),
		    usage.ru_maxrss) < 0 ||
	    fclose(file) < 0)
		err(1, "write %s", argv[1]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
