/* SPDX-License-Identifier: MIT */
/*
 * A program that is asked what it was built with, as kamailio -I is, and does something else besides. What is
 * chosen by -DACT when it is compiled: nothing of the environment reaches it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

extern char **environ;

/* As the real ones have it among their texts. */
__attribute__((used)) static const char help[] =
	"    -f file      Configuration file (default: " CONFIG ".read)\n";

static void constants(const char *config)
{
	printf("Print out of kamailio internals\n  Version: kamailio 5.9.9 (x86_64/linux)\n");
	printf("  Default config: %s\n  Compile flags: USE_TCP, TLSF_MALLOC\n", config);
	printf("  DEFAULT PKG_SIZE=12MB\n  DEFAULT SHM_SIZE=96MB\n");
}

static void act_plain(void)
{
	constants(CONFIG);
}

static void act_hang(void)
{
	constants(CONFIG);
	fflush(stdout);
	signal(SIGTERM, SIG_IGN);
	for (;;)
		pause();
}

static void act_flood(void)
{
	for (int i = 0; i < 1 << 24; i++)
		fputs("0123456789012345678901234567890123456789012345678901234567890123", stdout);
}

/* Stays behind with the pipe, in a session of its own, if it is let. */
static void act_fork(void)
{
	if (fork() == 0) {
		setsid();
		pause();
	}
	constants(CONFIG);
}

static void act_control(void)
{
	constants("/\033[2J\007evil");
}

static void act_fail(void)
{
	constants(CONFIG);
	fflush(stdout);
	_exit(3);
}

static void act_crash(void)
{
	abort();
}

/* Says by its configuration what it could do. */
static void act_try(void)
{
	char found[256] = "/", text[32];
	int file = open(CONFIG ".written", O_WRONLY | O_CREAT, 0600);
	if (file >= 0)
		strcat(found, "file,");
	if (socket(AF_INET, SOCK_DGRAM, 0) >= 0)
		strcat(found, "socket,");
	for (int fd = 3; fd < 1024; fd++)
		if (fd != file && fcntl(fd, F_GETFD) >= 0)
			strcat(found, "descriptor,");
	if (read(0, text, 1) != 0)
		strcat(found, "input,");
	for (char **entry = environ; *entry; entry++)
		if (strncmp(*entry, "PATH=", 5) != 0 && strncmp(*entry, "LC_ALL=", 7) != 0)
			strcat(found, "environment,");
	if (getsid(0) != getpid())
		strcat(found, "session,");
	if (!prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0))
		strcat(found, "privileges,");
	snprintf(text, sizeof text, "uid%d.%d", (int)getuid(), (int)geteuid());
	strcat(found, text);
	constants(found);
}

/* A file that is there already, which has to stay as it is. */
static void act_write(void)
{
	FILE *file = fopen(CONFIG, "r+");
	signal(SIGXFSZ, SIG_IGN);
	if (file) {
		fputs("overwritten", file);
		fclose(file);
	}
	constants(CONFIG);
}

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "-I") == 0)
		ACT();
	else
		printf("started %s\n", argv[0]);
	return 0;
}
