/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SECCOMP_SHIPPED_H
#define SIPLAUNCH_SECCOMP_SHIPPED_H
/*
 * Private to the seccomp room and to build-aux/compile-filters.c: the programs of the filters in
 * profiles/seccomp/, compiled when siplaunch was built. Making one from its JSON is nine tenths of a launch.
 */
#include "seccomp/seccomp.h"

struct seccomp_shipped {
	const char *text; /* the whole file: a program is used only for the same text, byte for byte */
	size_t length;
	const struct sock_filter *instructions;
	unsigned short count;
	unsigned flags;
	bool permits_read, permits_exec;
};

/* Made by the build; empty where the build could not execute what it built. */
extern const struct seccomp_shipped seccomp_shipped[];
extern const size_t seccomp_shipped_count;

/* Whether the file's text alone decides the program: no rule depends on the machine, libseccomp knows every
 * name, and there is nothing to warn of. */
bool seccomp_shipped_is_possible(const struct seccomp_profile *profile);

/* The program for that text and request; NULL: it must be compiled. */
const struct seccomp_shipped *seccomp_shipped_find(const struct seccomp_request *request, const char *text,
						   size_t length);

#endif
