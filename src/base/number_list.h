/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_NUMBER_LIST_H
#define SIPLAUNCH_BASE_NUMBER_LIST_H
/*
 * Lists of CPUs and memory nodes as the kernel writes them: "0-3,8". Pure.
 */
#include <stdbool.h>
#include <stddef.h>

#define NUMBER_LIST_MAX 8192 /* NR_CPUS is at most that (arch/x86/Kconfig) */

struct number_list {
	unsigned char mask[NUMBER_LIST_MAX / 8]; /* number 0 is the lowest bit of the first byte */
};

/* Numbers and ranges with any of `separators` between them; none in "". False, with the list undefined, where
 * there is anything else, or a number from NUMBER_LIST_MAX on. */
bool number_list_parse(const char *text, const char *separators, struct number_list *list);

unsigned number_list_count(const struct number_list *list);

/* Removes from `list` the numbers that `other` does not have. */
void number_list_intersect(struct number_list *list, const struct number_list *other);

/* The length of the mask in bytes, up to the highest number; 0 for an empty list. */
size_t number_list_bytes(const struct number_list *list);

#endif
