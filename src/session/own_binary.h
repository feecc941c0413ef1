/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SESSION_OWN_BINARY_H
#define SIPLAUNCH_SESSION_OWN_BINARY_H
/*
 * The file that we are executed from, to be copied into another image: there it has to run without libraries
 * and without a loader.
 */
#include <stdbool.h>
#include <stddef.h>

struct error;

/* Opens it when it is static. A descriptor, or -1. */
int own_binary_open(struct error *error);

/* True if the first bytes are those of an ELF file for this machine with an interpreter (PT_INTERP), or of no
 * ELF file at all. Pure. */
bool own_binary_needs_loader(const void *bytes, size_t length);

#endif
