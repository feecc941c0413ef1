/* SPDX-License-Identifier: MIT */
#include "router/wrapper.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/text.h"

#define WRAPPERS_MAX 16 /* a longer chain is not a real command */

/*
 * A wrapper's options as its own getopt has them, and how many operands precede the command. Source: the
 * manual pages of coreutils, util-linux, tini, dumb-init, catatonit, gosu and su-exec. An option that is not
 * here makes the command WRAPPED_UNREAD.
 */
static const struct wrapper {
	const char *name;
	const char *letters;      /* ":" behind one that takes a value */
	const char *const *longs; /* "name" or "name=" where it takes a value; ends with NULL */
	size_t operands;
} wrappers[] = {
	{"env", "0iu:C:v",
	 (const char *const[]){"ignore-environment", "unset=", "chdir=", "null", "debug", NULL}, 0},
	{"nice", "n:", (const char *const[]){"adjustment=", NULL}, 0},
	{"ionice", "c:n:t", (const char *const[]){"class=", "classdata=", "ignore", NULL}, 0},
	{"setpriv", "",
	 (const char *const[]){"clear-groups",
			       "groups=",
			       "inh-caps=",
			       "ambient-caps=",
			       "bounding-set=",
			       "keep-groups",
			       "init-groups",
			       "nnp",
			       "no-new-privs",
			       "rgid=",
			       "egid=",
			       "regid=",
			       "ruid=",
			       "euid=",
			       "reuid=",
			       "securebits=",
			       "pdeathsig=",
			       "selinux-label=",
			       "apparmor-profile=",
			       "reset-env",
			       NULL},
	 0},
	{"chrt", "bdfiorRavT:P:D:",
	 (const char *const[]){"batch", "deadline", "fifo", "idle", "other", "rr", "reset-on-fork",
			       "all-tasks", "verbose",
			       "sched-runtime=", "sched-period=", "sched-deadline=", NULL},
	 1},
	{"taskset", "ac", (const char *const[]){"all-tasks", "cpu-list", NULL}, 1},
	{"stdbuf", "i:o:e:", (const char *const[]){"input=", "output=", "error=", NULL}, 0},
	{"setsid", "cfw", (const char *const[]){"ctty", "fork", "wait", NULL}, 0},
	{"nohup", "", (const char *const[]){NULL}, 0},
	{"timeout", "k:s:v",
	 (const char *const[]){"foreground", "preserve-status", "kill-after=", "signal=", "verbose", NULL},
	 1},
	{"tini", "svwgp:e:", (const char *const[]){NULL}, 0},
	{"tini-static", "svwgp:e:", (const char *const[]){NULL}, 0},
	{"docker-init", "svwgp:e:", (const char *const[]){NULL}, 0},
	{"dumb-init", "cvr:", (const char *const[]){"single-child", "rewrite=", "verbose", NULL}, 0},
	{"catatonit", "gL", (const char *const[]){"wait-for-signal", NULL}, 0},
	{"gosu", "", (const char *const[]){NULL}, 1},
	{"su-exec", "", (const char *const[]){NULL}, 1},
};

static const char *const shells[] = {"sh", "bash", "dash", "ash", "ksh", "mksh", "zsh"};

static const struct wrapper *find_wrapper(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(wrappers); i++)
		if (strcmp(wrappers[i].name, path_base_name(word)) == 0)
			return &wrappers[i];
	return NULL;
}

static bool is_shell(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(shells); i++)
		if (strcmp(shells[i], path_base_name(word)) == 0)
			return true;
	return false;
}

/* ---- options ---- */

static void note_environment(struct wrapped *wrapped, char *word)
{
	*ARRAY_ADD(wrapped->environment, wrapped->environment_count) = word;
}

static void note_option(const struct wrapper *wrapper, const char *name, char *value, struct wrapped *wrapped)
{
	if (strcmp(wrapper->name, "env") != 0)
		return;
	if (strcmp(name, "i") == 0 || strcmp(name, "ignore-environment") == 0)
		wrapped->empty_environment = true;
	else if (strcmp(name, "u") == 0 || strcmp(name, "unset=") == 0)
		note_environment(wrapped, value);
}

/* How many words the option takes; 0: it is not known. */
static size_t read_long(const struct wrapper *wrapper, char *const *argv, struct wrapped *wrapped)
{
	const char *given = argv[0] + 2, *equals = strchrnul(given, '=');
	for (const char *const *name = wrapper->longs; *name; name++) {
		size_t length = strcspn(*name, "=");
		bool has_value = (*name)[length] == '=';
		if (length != (size_t)(equals - given) || strncmp(*name, given, length) != 0 ||
		    (*equals && !has_value))
			continue;
		char *value = *equals ? argv[0] + 2 + length + 1 : has_value ? argv[1] : NULL;
		if (has_value && !value)
			return 0;
		note_option(wrapper, *name, value, wrapped);
		return has_value && !*equals ? 2 : 1;
	}
	return 0;
}

static size_t read_letters(const struct wrapper *wrapper, char *const *argv, struct wrapped *wrapped)
{
	for (char *at = argv[0] + 1; *at; at++) {
		const char *known = *at == ':' ? NULL : strchr(wrapper->letters, *at);
		if (!known)
			return 0;
		bool has_value = known[1] == ':';
		char *value = !has_value ? NULL : at[1] ? at + 1 : argv[1];
		if (has_value && !value)
			return 0;
		note_option(wrapper, (const char[]){*at, '\0'}, value, wrapped);
		if (has_value)
			return at[1] ? 1 : 2;
	}
	return 1;
}

/* "nice -5" and "nice --5": the old forms of -n. */
static bool is_old_nice(const struct wrapper *wrapper, const char *word)
{
	const char *digits = word + 1 + (word[1] == '-');
	return strcmp(wrapper->name, "nice") == 0 && ascii_is_digit(*digits);
}

/* The word behind the wrapper's options; NULL if an option is not known. */
static char *const *skip_options(const struct wrapper *wrapper, char *const *word, struct wrapped *wrapped)
{
	while (*word && (*word)[0] == '-') {
		if (strcmp(*word, "--") == 0)
			return word + 1;
		bool lone_dash = !(*word)[1]; /* "env -" is "env -i" */
		size_t taken = lone_dash || is_old_nice(wrapper, *word) ? 1
			       : (*word)[1] == '-'                      ? read_long(wrapper, word, wrapped)
						   : read_letters(wrapper, word, wrapped);
		if (!taken || (lone_dash && strcmp(wrapper->name, "env") != 0))
			return NULL;
		wrapped->empty_environment |= lone_dash;
		word += taken;
	}
	return word;
}

static char *const *skip_operands(const struct wrapper *wrapper, char *const *word, struct wrapped *wrapped)
{
	for (size_t i = 0; i < wrapper->operands && *word; i++)
		word++;
	while (strcmp(wrapper->name, "env") == 0 && *word && strchr(*word, '='))
		note_environment(wrapped, *word++);
	return word;
}

/* ---- shells ---- */

/* Options of a shell that take the next word: "-o pipefail", bash's "--rcfile FILE". */
static bool takes_next(const char *word)
{
	size_t length = strlen(word);
	return strcmp(word, "--rcfile") == 0 || strcmp(word, "--init-file") == 0 ||
	       (word[1] != '-' && length > 1 && word[length - 1] == 'o');
}

static bool is_text_option(const char *word)
{
	return word[0] == '-' && word[1] != '-' && strchr(word, 'c');
}

static bool passes_on(const char *text)
{
	return strstr(text, "$@") || strstr(text, "$*") || strstr(text, "${@");
}

/* What a shell runs: the words behind its name. */
static void read_shell(char *const *argv, size_t shell, struct wrapped *wrapped)
{
	size_t at = shell + 1;
	bool text = false;
	while (argv[at] && (argv[at][0] == '-' || argv[at][0] == '+') && argv[at][1]) {
		bool end = strcmp(argv[at], "--") == 0;
		text |= is_text_option(argv[at]);
		at += takes_next(argv[at]) && argv[at + 1] ? 2 : 1;
		if (end)
			break;
	}
	if (!argv[at])
		wrapped->kind = WRAPPED_SHELL;
	else if (!text)
		*wrapped = (struct wrapped){WRAPPED_SCRIPT, at, wrapped->environment,
					    wrapped->environment_count, wrapped->empty_environment};
	else if (!argv[at + 1] || !passes_on(argv[at]))
		wrapped->kind = WRAPPED_SHELL_TEXT;
	else
		*wrapped = (struct wrapped){WRAPPED_TEXT, at + 1, wrapped->environment,
					    wrapped->environment_count, wrapped->empty_environment};
}

/* ---- the whole ---- */

void wrapped_read(char *const *argv, struct wrapped *wrapped)
{
	*wrapped = (struct wrapped){.kind = WRAPPED_PROGRAM};
	for (size_t i = 0; i < WRAPPERS_MAX; i++) {
		const struct wrapper *wrapper = find_wrapper(argv[wrapped->start]);
		if (!wrapper)
			break;
		char *const *word = skip_options(wrapper, argv + wrapped->start + 1, wrapped);
		word = word ? skip_operands(wrapper, word, wrapped) : NULL;
		if (!word || !*word) {
			wrapped->kind = WRAPPED_UNREAD;
			return;
		}
		wrapped->start = (size_t)(word - argv);
	}
	if (is_shell(argv[wrapped->start]))
		read_shell(argv, wrapped->start, wrapped);
}

void wrapped_clear(struct wrapped *wrapped)
{
	free(wrapped->environment);
	*wrapped = (struct wrapped){0};
}

static bool names(const char *entry, const char *word)
{
	size_t length = strcspn(word, "=");
	return strncmp(entry, word, length) == 0 && entry[length] == '=';
}

char **wrapped_environment(const struct wrapped *wrapped, char *const *base)
{
	char **result = NULL;
	size_t count = 0;

	for (size_t i = 0; !wrapped->empty_environment && base && base[i]; i++)
		*ARRAY_ADD(result, count) = base[i];
	for (size_t i = 0; i < wrapped->environment_count; i++) {
		char *word = wrapped->environment[i];
		size_t kept = 0;
		for (size_t j = 0; j < count; j++)
			if (!names(result[j], word))
				result[kept++] = result[j];
		count = kept;
		if (strchr(word, '='))
			*ARRAY_ADD(result, count) = word;
	}
	*ARRAY_ADD(result, count) = NULL;
	return result;
}
