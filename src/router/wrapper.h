/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_WRAPPER_H
#define SIPLAUNCH_ROUTER_WRAPPER_H
/*
 * Programs that change something and then execute the rest of their command line: "env X=1 nice -n 5 kamailio
 * -DD". Which argument of a command is the router's own, and the router's resulting environment. Pure: argv
 * is left as it is, no file is read.
 */
#include <stdbool.h>
#include <stddef.h>

/* What is at the beginning of the wrappers' command. */
enum wrapped_kind {
	WRAPPED_PROGRAM,    /* a program, or a script that is executed as one */
	WRAPPED_SCRIPT,     /* the script that a shell runs: "sh entry.sh -DD" */
	WRAPPED_TEXT,       /* the $0 behind a shell's text, which passes the words behind it on ("$@") */
	WRAPPED_SHELL_TEXT, /* a shell with a text that passes nothing on: "sh -c 'exec kamailio -DD'" */
	WRAPPED_SHELL,      /* a shell that reads what is typed */
	WRAPPED_UNREAD,     /* a wrapper whose own words are not understood: "env -S 'kamailio -DD'" */
};

struct wrapped {
	enum wrapped_kind kind;
	size_t start;       /* index of that word in argv; arguments go behind it. UNREAD: the wrapper's */
	char **environment; /* "NAME=value" sets, "NAME" takes away: in order; the words are argv's */
	size_t environment_count;
	bool empty_environment; /* "env -i": nothing is inherited */
};

/* Looks at a NULL-terminated command of at least one word. wrapped_clear() afterwards. */
void wrapped_read(char *const *argv, struct wrapped *wrapped);
void wrapped_clear(struct wrapped *wrapped);

/* The environment that the command behind the wrappers gets, out of `base`: an array of the words of both,
 * which ends with NULL; free() it alone. */
char **wrapped_environment(const struct wrapped *wrapped, char *const *base);

#define cleanup_wrapped __attribute__((cleanup(wrapped_clear)))

#endif
