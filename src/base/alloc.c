/* SPDX-License-Identifier: MIT */
#include "base/alloc.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void (*alloc_failed)(void) = abort;

static void *checked(void *pointer)
{
	if (!pointer) {
		alloc_failed();
		abort(); /* a handler that returns would hand out NULL */
	}
	return pointer;
}

#define RESERVE_BYTES ((size_t)1 << 20)

static void *reserve;

/* mmap() and not malloc(), which writes into the memory: a supervisor would keep that page for months. */
bool alloc_reserve(void)
{
	if (!reserve)
		reserve =
			mmap(NULL, RESERVE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (reserve == MAP_FAILED)
		reserve = NULL;
	return reserve != NULL;
}

/* True if there was a reserve: the caller repeats the allocation that failed. */
static bool spend_reserve(void)
{
	bool spent = reserve != NULL;
	if (spent)
		munmap(reserve, RESERVE_BYTES);
	reserve = NULL;
	return spent;
}

/* The value of an allocating expression. If it fails and there is a reserve, it is evaluated a second
 * time. */
#define ALLOCATED(expression) ((expression) ?: spend_reserve() ? (expression) : NULL)

void *alloc_try(size_t size)
{
	return ALLOCATED(malloc(size));
}

void *xcalloc(size_t count, size_t size)
{
	return checked(ALLOCATED(calloc(count ? count : 1, size ? size : 1)));
}

void *xrealloc(void *old, size_t count, size_t size)
{
	size_t bytes;
	if (__builtin_mul_overflow(count, size, &bytes))
		return checked(NULL);
	return checked(ALLOCATED(realloc(old, bytes ? bytes : 1)));
}

char *xstrdup(const char *text)
{
	return checked(ALLOCATED(strdup(text)));
}

char *xstrndup(const char *text, size_t length)
{
	return checked(ALLOCATED(strndup(text, length)));
}

__attribute__((format(printf, 1, 0))) static char *print(const char *format, va_list args)
{
	char *text = NULL;
	va_list copy;
	va_copy(copy, args);
	int length = vasprintf(&text, format, copy);
	va_end(copy);
	return length < 0 ? NULL : text;
}

char *xvasprintf(const char *format, va_list args)
{
	return checked(ALLOCATED(print(format, args)));
}

char *xasprintf(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *text = xvasprintf(format, args);
	va_end(args);
	return text;
}

void text_append(char **text, const char *separator, const char *format, ...)
{
	cleanup_free char *before = *text;
	va_list args;

	va_start(args, format);
	char *more = xvasprintf(format, args);
	va_end(args);
	if (!before || !*before) {
		*text = more;
		return;
	}
	*text = xasprintf("%s%s%s", before, separator, more);
	free(more);
}

void cleanup_free_(void *pointer)
{
	free(*(void **)pointer);
}

void cleanup_close_(const int *fd)
{
	if (*fd >= 0) {
		int saved = errno;
		close(*fd);
		errno = saved;
	}
}

void cleanup_fclose_(FILE **file)
{
	if (*file)
		fclose(*file);
}

void cleanup_closedir_(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}
