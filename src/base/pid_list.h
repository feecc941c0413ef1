/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_PID_LIST_H
#define SIPLAUNCH_BASE_PID_LIST_H
/* The processes of a group in a message: the first few by their pids, the others by their number. */

struct pid_list {
	unsigned count;
	char *shown; /* the first pids; NULL: none yet */
};

/* Adds a pid as the kernel writes it. */
void pid_list_add(struct pid_list *list, const char *pid);

/* "pids 12 13 and 3 more", or "" of an empty list. Caller frees. */
char *pid_list_text(const struct pid_list *list);

void pid_list_clear(struct pid_list *list);

#endif
