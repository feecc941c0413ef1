/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_WRAPPER_H
#define SIPLAUNCH_ROUTER_WRAPPER_H
/*
 * Programs that change something and then execute the rest of their command line: "env X=1 nice -n 5 kamailio
 * -DD". Finds the router's own word in such a command, and the environment that the router gets. Pure: argv
 * is left as it is, no file is read.
 */
#include <stdbool.h>
#include <stddef.h>

/* What the wrappers execute. */
enum wrapped_kind {
	WRAPPED_PROGRAM,    /* a program, or a script that is executed as one */
	WRAPPED_SCRIPT,     /* the script that a shell runs: "sh entry.sh -DD" */
	WRAPPED_TEXT,       /* the $0 behind a shell's -c text that passes on the words behind it ("$@") */
	WRAPPED_SHELL_TEXT, /* a shell whose -c text passes no words on: "sh -c 'exec kamailio -DD'" */
	WRAPPED_SHELL,      /* an interactive shell */
	WRAPPED_UNREAD,     /* a wrapper with options that siplaunch does not know: "env -S 'kamailio -DD'" */
};

struct wrapped {
	enum wrapped_kind kind;
	size_t start;       /* index of that word in argv; arguments go behind it. UNREAD: the wrapper's */
	char **environment; /* "NAME=value" sets, "NAME" takes away: in order; the words are argv's */
	size_t environment_count;
	bool empty_environment; /* "env -i": nothing is inherited */
};

/* Parses a NULL-terminated command of at least one word. wrapped_clear() afterwards. */
void wrapped_read(char *const *argv, struct wrapped *wrapped);
void wrapped_clear(struct wrapped *wrapped);

/* The environment of the command behind the wrappers, made from `base`. A NULL-terminated array whose strings
 * are borrowed from `base` and `wrapped`: the caller frees the array only. */
char **wrapped_environment(const struct wrapped *wrapped, char *const *base);

#define cleanup_wrapped __attribute__((cleanup(wrapped_clear)))

#endif
