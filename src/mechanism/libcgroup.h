/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_MECHANISM_LIBCGROUP_H
#define SIPLAUNCH_MECHANISM_LIBCGROUP_H
/* libcgroup, loaded when siplaunch makes a group itself. Only cgroup_fs.c includes this. */
#include <libcgroup.h>

#include "base/library.h"

/* Loads it, once. 0, or -1. */
int libcgroup_load(struct error *error);

#ifndef SIPLAUNCH_STATIC
#define LIBCGROUP_FUNCTIONS(EACH)     \
	EACH(cgroup_add_controller)   \
	EACH(cgroup_add_value_string) \
	EACH(cgroup_attach_task_pid)  \
	EACH(cgroup_free)             \
	EACH(cgroup_get_last_errno)   \
	EACH(cgroup_init)             \
	EACH(cgroup_modify_cgroup)    \
	EACH(cgroup_new_cgroup)       \
	EACH(cgroup_set_logger)

/* The addresses of the loaded functions: one set for the process, like linked symbols. */
extern struct libcgroup {
	LIBCGROUP_FUNCTIONS(LIBRARY_MEMBER)
} libcgroup;

#define cgroup_add_controller   libcgroup.cgroup_add_controller_
#define cgroup_add_value_string libcgroup.cgroup_add_value_string_
#define cgroup_attach_task_pid  libcgroup.cgroup_attach_task_pid_
#define cgroup_free             libcgroup.cgroup_free_
#define cgroup_get_last_errno   libcgroup.cgroup_get_last_errno_
#define cgroup_init             libcgroup.cgroup_init_
#define cgroup_modify_cgroup    libcgroup.cgroup_modify_cgroup_
#define cgroup_new_cgroup       libcgroup.cgroup_new_cgroup_
#define cgroup_set_logger       libcgroup.cgroup_set_logger_
#endif

#endif
