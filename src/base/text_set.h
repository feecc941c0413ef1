/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_TEXT_SET_H
#define SIPLAUNCH_BASE_TEXT_SET_H
/*
 * A set of texts: a search takes the same time however many there are. {0} is the empty one.
 */
#include <jansson.h>
#include <stdbool.h>

struct text_set {
	json_t *keys;
};

/* Keeps a copy. False: the set has it already. */
bool text_set_add(struct text_set *set, const char *text);
bool text_set_has(const struct text_set *set, const char *text);
void text_set_clear(struct text_set *set);

#define cleanup_text_set __attribute__((cleanup(text_set_clear)))

#endif
