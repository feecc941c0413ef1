/* SPDX-License-Identifier: MIT */
#include "base/text_set.h"

#include "base/alloc.h"
#include "base/json.h"

bool text_set_has(const struct text_set *set, const char *text)
{
	return json_object_get(set->keys, text) != NULL;
}

bool text_set_add(struct text_set *set, const char *text)
{
	if (text_set_has(set, text))
		return false;
	if (!set->keys)
		set->keys = json_checked(json_object());
	if (json_object_set_new_nocheck(set->keys, text, json_true()) < 0) /* a text need not be UTF-8 */
		alloc_failed();
	return true;
}

void text_set_clear(struct text_set *set)
{
	json_decref(set->keys);
	*set = (struct text_set){0};
}
