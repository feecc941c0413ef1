/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HOST_PROGRAM_H
#define SIPLAUNCH_HOST_PROGRAM_H
/*
 * A program's file: its kind, texts in it, and its output when executed with one option. The router room
 * interprets the texts.
 */
#include <stdbool.h>
#include <stddef.h>

#include "host/access.h"

struct error;

enum program_kind {
	PROGRAM_UNSEEN, /* not looked at, or it cannot be read */
	PROGRAM_ELF,
	PROGRAM_SCRIPT, /* begins with "#!" */
	PROGRAM_OTHER,
};

/* The beginning of the file (elf(5)). */
struct program_header {
	enum program_kind kind;
	unsigned bits;    /* ELF: 32 or 64; 0: neither */
	unsigned machine; /* ELF: e_machine, EM_X86_64 … */
	bool big_endian;
	int errnum;           /* UNSEEN by program_header_read(): why the file cannot be read */
	unsigned kernel_bits; /* of the kernel that would execute it: 32 or 64; by program_header_read() */
};

#define PROGRAM_HEADER_BYTES 20 /* to the end of e_machine */

/* Pure. `length` bytes of the file's beginning; fewer than PROGRAM_HEADER_BYTES make no ELF file. */
struct program_header program_header_parse(const void *bytes, size_t length);

/* Three system calls. UNSEEN where the file cannot be read. */
struct program_header program_header_read(const char *path);

/* "x86-64", "32-bit Arm", "machine type 243". Caller frees. */
char *program_machine_text(const struct program_header *header);

/* True for an ELF file for the machine of this build, including its 32-bit predecessor, and for any other
 * kind of file. Pure. */
bool program_is_native(const struct program_header *header);

/* True for a file that gives privileges when it is executed: set-user-ID, set-group-ID, file capabilities,
 * and its file system is not mounted nosuid (mount(8)). A script's own bits give none. */
bool program_gains_privileges(const char *path);

/*
 * The file capabilities without which the file is not executed: the kernel refuses a file with the effective
 * flag (setcap cap_net_raw+ep) with EPERM if one of them is not in the bounding set of the process
 * (security/commoncap.c, bprm_caps_from_vfs_caps). 0: none, or they do not count, as on a file system that is
 * mounted nosuid. For the initial user namespace. One system call where there are none.
 */
uint64_t program_required_capabilities(const char *path);

enum program_start {
	PROGRAM_STARTS,       /* native, or an interpreter is registered for it */
	PROGRAM_MAY_START,    /* for another machine, and which interpreters there are is not known here */
	PROGRAM_CANNOT_START, /* execve(2) would fail with ENOEXEC */
};

/* binfmt.c: no system call for a native program. `proc` is a directory descriptor of /proc. */
enum program_start program_start(int proc, const char *path, const struct program_header *header);

/*
 * The first text between `before` and the character `end` in the program's file for which accepts(what, text)
 * is true: printable, 1 to 4095 bytes. Caller frees; NULL if there is none.
 */
char *program_text(int file, const char *before, char end, bool (*accepts)(int what, const char *text),
		   int what);

#define PROGRAM_ASK_SECONDS 3
#define PROGRAM_ASK_BYTES   65536

/*
 * Executes `file` (an ELF program, open for reading) as `user` with `name` and one option as its arguments,
 * and returns what it prints to standard output. The program gets a time limit of PROGRAM_ASK_SECONDS, a
 * session of its own, /dev/null as standard input and error, no other descriptor, PATH and LC_ALL as its
 * only environment, and no_new_privs; it can write no file, open no socket and start no process. It is dead
 * when this returns. 0 with *text, which the caller frees; -1 where it could not be executed, exceeded the
 * time limit or PROGRAM_ASK_BYTES, or did not exit with status 0.
 */
int program_ask(int file, const char *name, const char *option, const struct access_user *user, char **text,
		struct error *error);

#endif
