/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_LIBRARY_H
#define SIPLAUNCH_BASE_LIBRARY_H
/*
 * Libraries that are loaded when they are first needed. Most launches need none of them, and each one that is
 * linked in costs every launch its mapping and the resolution of its symbols. Such a library has a header: a
 * list FUNCTIONS(EACH) of its functions, a struct with LIBRARY_MEMBER of each, and behind it macros that give
 * the members the functions' names. One source file has its LIBRARY_DEFINE. A static build links the library,
 * and has neither struct nor macros.
 */
#include <stddef.h>

struct error;

struct library {
	const char *soname, *hint; /* the hint: what to do where it is not installed */
	const char *const *names;
	size_t count;
	void *functions; /* their addresses, in the order of the names */
	void *handle;    /* NULL: not loaded */
};

/* Loads a library and resolves its functions; does nothing if it is loaded. 0, or -1 with the dynamic
 * loader's message. Not in a static build. */
int library_load(struct library *library, struct error *error);

#define LIBRARY_MEMBER(NAME) __typeof__(NAME) *NAME##_;
#define LIBRARY_NAME(NAME)   #NAME,

#ifdef SIPLAUNCH_STATIC
#define LIBRARY_DEFINE(LIBRARY, FUNCTIONS, SONAME, HINT) \
	int LIBRARY##_load(struct error *error)          \
	{                                                \
		(void)error;                             \
		return 0;                                \
	}
#else
#define LIBRARY_DEFINE(LIBRARY, FUNCTIONS, SONAME, HINT)                                                \
	struct LIBRARY LIBRARY;                                                                         \
	int LIBRARY##_load(struct error *error)                                                         \
	{                                                                                               \
		static const char *const names[] = {FUNCTIONS(LIBRARY_NAME)};                           \
		static struct library library = {SONAME,   HINT, names, sizeof names / sizeof *names,   \
						 &LIBRARY, NULL};                                       \
		_Static_assert(sizeof LIBRARY == sizeof names, "a pointer to each function, no other"); \
		return library_load(&library, error);                                                   \
	}
#endif

#endif
