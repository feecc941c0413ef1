/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TESTS_CONTEXT_H
#define SIPLAUNCH_TESTS_CONTEXT_H
/*
 * A world to plan in: root with every capability on a bare host, a router of 256 + 8 MiB in 14 processes,
 * and an empty profile. A test changes what it is about. Also: how to do what cannot be undone in a child.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "host/host.h"
#include "mechanism/mechanism.h"
#include "plan/plan.h"
#include "router/router.h"

struct world {
	struct profile profile;
	struct host host;
	struct router router;
	struct router_command command;
	struct estimate estimate;
	struct identity identity;
	struct context context;
	struct plan plan;
	struct error error;
};

static inline void world_make(struct world *world)
{
	const uint64_t every = (UINT64_C(1) << 41) - 1;

	*world = (struct world){
		.host = {.cap_effective = every,
			 .cap_permitted = every,
			 .cap_bounding = every,
			 .initial_user_namespace = true,
			 .memory = {.visible_limit = UNLIMITED, .page_bytes = 4096},
			 .has_oom_score_adj = true,
			 .nr_open = 1048576},
		.router = {.name = "kamailio",
			   .costs = router_find("kamailio", NULL)->costs,
			   .sizes_by_arguments = true,
			   .shm_default_mib = 64,
			   .pkg_default_mib = 8},
		.context = {.decision.sized = true,
			    .decision.budget = {.limit_bytes = 512 * MIB,
						.limit_source = "sizing.memory",
						.processes = 14,
						.shared_mib = 256,
						.private_mib = 8}},
	};
	world->context.profile = &world->profile;
	world->context.host = &world->host;
	world->context.router = &world->router;
	world->context.command = &world->command;
	world->context.estimate = &world->estimate;
	world->context.identity = &world->identity;
}

/* The profile asks for a user that the machine has. */
static inline void world_user(struct world *world)
{
	world->profile.user = (char *)(uintptr_t) "sip";
	world->identity = (struct identity){.has_user = true,
					    .has_group = true,
					    .uid = 990,
					    .gid = 980,
					    .user_name = (char *)(uintptr_t) "sip",
					    .group_name = (char *)(uintptr_t) "sip"};
}

static inline void world_clear(struct world *world)
{
	plan_clear(&world->plan);
	error_clear(&world->error);
}

static inline bool contains(const char *text, const char *part)
{
	return text && strstr(text, part) != NULL;
}

/* True where one of the plan's warnings has that text in it. */
static inline bool warned(const struct plan *plan, const char *part)
{
	for (size_t i = 0; i < plan->warning_count; i++)
		if (contains(plan->warnings[i], part))
			return true;
	return false;
}

static inline struct target target_here(const struct context *context)
{
	return (struct target){.proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC),
			       .cgroup = -1,
			       .origin_procs = -1,
			       .pid = getpid(),
			       .role = ROLE_SELF,
			       .context = context};
}

/* cmocka's assertions jump; a child has to end instead. */
#define CHECK(condition)                                                                \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			_exit(1);                                                       \
		}                                                                       \
	} while (0)

/* Runs body in a process of its own, so that the test's limits and identity stay as they are. */
static inline void in_child(void (*body)(void))
{
	int status = 0;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		body();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

#endif
