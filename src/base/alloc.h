/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_ALLOC_H
#define SIPLAUNCH_BASE_ALLOC_H
/*
 * Memory and the cleanup attributes that keep every return path short.
 *
 * The x functions never return NULL: when memory runs out they call alloc_failed, which must not return. The
 * launcher points it at a function that says so and exits; by default it is abort(). It is the one way in
 * which code under src/ may end the process, and the price of error paths that never need memory of their
 * own.
 */
#include <dirent.h>
#include <stddef.h>
#include <stdio.h>

extern void (*alloc_failed)(void);

void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *old, size_t count, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *text) __attribute__((malloc, returns_nonnull));
char *xstrndup(const char *text, size_t length) __attribute__((malloc, returns_nonnull));
char *xasprintf(const char *format, ...) __attribute__((malloc, returns_nonnull, format(printf, 1, 2)));

/* Makes room for one more element in a growing array and returns its index's address, zeroed. */
#define ARRAY_ADD(items, count)                                     \
	((items) = xrealloc((items), (count) + 1, sizeof *(items)), \
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
