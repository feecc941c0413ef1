/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_HOST_STORAGE_H
#define SIPLAUNCH_HOST_STORAGE_H
/* Whether a file's pages stay in memory. */
struct error;

/*
 * Whether the pages of a file at `path` stay in memory (tmpfs, ramfs, hugetlbfs): the kernel cannot write
 * them back to make room. The file need not exist: the nearest directory that does decides. 1; 0; or -1 with
 * the errno of statfs(2).
 */
int storage_in_memory(const char *path, struct error *error);

#endif
