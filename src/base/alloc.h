/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_ALLOC_H
#define SIPLAUNCH_BASE_ALLOC_H
/*
 * Memory and the cleanup attributes that keep every return path short.
 *
 * The x functions never return NULL: when memory runs out they call alloc_failed, which must not return. The
 * launcher points it at a function that says so and exits; by default it is abort(). It is the one way in
 * which code under src/ may end the process. Code that changes the machine keeps a reserve (alloc_reserve()),
 * so that there is memory to undo the change.
 */
#include <dirent.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

extern void (*alloc_failed)(void);

/*
 * Maps a reserve of 1 MiB, unless there is one. The first allocation that fails releases it, for itself and
 * for those after it. False if no new reserve can be mapped: then the caller undoes its changes now.
 */
bool alloc_reserve(void);

/* malloc() with the reserve; NULL when that is used up too. For libraries whose allocator can be replaced. */
void *alloc_try(size_t size);

void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *old, size_t count, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *text) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *text, size_t length) __attribute__((malloc, returns_nonnull));
char *xvasprintf(const char *format, va_list args)
	__attribute__((malloc, returns_nonnull, format(printf, 1, 0)));
char *xasprintf(const char *format, ...) __attribute__((malloc, returns_nonnull, format(printf, 1, 2)));

/* Adds to a text that the caller owns: behind the separator, unless *text is NULL or empty. */
void text_append(char **text, const char *separator, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Grows an array by one zeroed element, and evaluates to its address. */
#define ARRAY_ADD(items, count)                                     \
	((items) = xrealloc((items), (count) + 1, sizeof *(items)), \
	 memset(&(items)[(count)], 0, sizeof *(items)), &(items)[(count)++])

/* The same for an array that may become long: its capacity doubles. Only this macro may allocate such an
 * array. */
#define ARRAY_ADD_LONG(items, count)                                                                      \
	((items) = (count) & ((count)-1) ? (items)                                                        \
					 : xrealloc((items), (count) ? 2 * (count) : 1, sizeof *(items)), \
	 memset(&(items)[(count)], 0, sizeof *(items)), &(items)[(count)++])

#define ARRAY_SIZE(array) (sizeof(array) / sizeof *(array))

void cleanup_free_(void *pointer);
void cleanup_close_(const int *fd);
void cleanup_fclose_(FILE **file);
void cleanup_closedir_(DIR **dir);

#define cleanup_free     __attribute__((cleanup(cleanup_free_)))
#define cleanup_close    __attribute__((cleanup(cleanup_close_)))
#define cleanup_fclose   __attribute__((cleanup(cleanup_fclose_)))
#define cleanup_closedir __attribute__((cleanup(cleanup_closedir_)))

#endif
