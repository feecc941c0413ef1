/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_PROFILE_SELECTION_H
#define SIPLAUNCH_PROFILE_SELECTION_H
/* Which profile a command line asks for, where profiles are looked for, and what overrides its values. */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "profile/profile.h"

struct texts {
	const char **items;
	size_t count;
};

/* Adds a pointer; the text is not copied. The caller frees `items`. */
void texts_add(struct texts *texts, const char *text);

struct profile_selection {
	const char *name;    /* --profile, or $SIPLAUNCH_PROFILE; NULL: not given */
	bool by_environment; /* it is $SIPLAUNCH_PROFILE */
	struct texts directories, sets, policies, workloads;
	const char *environment;        /* $SIPLAUNCH_PROFILE_PATH */
	const char *(*installed)(void); /* as in struct profile_search */
	bool insecure;                  /* accept a profile that other users can change */
	bool by_sudo;                   /* $SUDO_UID names the calling user: */
	uid_t sudo_uid;
};

/* A copy of the selection with one more --set. Its texts are borrowed; the caller frees `sets.items` only. */
struct profile_selection selection_with(const struct profile_selection *selection, const char *set);

/* The search path of the selection; points into it. */
struct profile_search selection_search(const struct profile_selection *selection);

/* The profile `name` with the selection's overrides. `search` must outlive the result. */
struct profile_request selection_request(const struct profile_selection *selection, const char *name,
					 const struct profile_search *search);

#endif
