/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HOST_STORAGE_H
#define SIPLAUNCH_HOST_STORAGE_H
/* Where a file's pages are. */
#include <stdbool.h>

/*
 * Whether the pages of a file at `path` stay in memory (tmpfs, ramfs, hugetlbfs): the kernel cannot write
 * them back to make room. The file need not exist: the nearest directory that does decides. True also where
 * it cannot be told.
 */
bool storage_in_memory(const char *path);

#endif
