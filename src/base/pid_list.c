/* SPDX-License-Identifier: MIT */
#include "base/pid_list.h"

#include <stdlib.h>

#include "base/alloc.h"

#define PIDS_SHOWN 16

void pid_list_add(struct pid_list *list, const char *pid)
{
	if (list->count++ < PIDS_SHOWN)
		text_append(&list->shown, " ", "%s", pid);
}

char *pid_list_text(const struct pid_list *list)
{
	if (!list->count)
		return xstrdup("");
	if (list->count <= PIDS_SHOWN)
		return xasprintf("pids %s", list->shown);
	return xasprintf("pids %s and %u more", list->shown, list->count - PIDS_SHOWN);
}

void pid_list_clear(struct pid_list *list)
{
	free(list->shown);
	*list = (struct pid_list){0};
}
