/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SIZING_FLEET_H
#define SIPLAUNCH_SIZING_FLEET_H
/*
 * A workload that several pods carry together, also while one of them is down: how many pods of which size.
 * One pod's memory is the budget's; this file divides the workload and compares numbers of pods. Pure, like
 * the whole room.
 */
#include "sizing/capacity.h"

#define FLEET_PODS_MAX 1000

/* One of the two, or both: then the number is checked with that memory. */
struct fleet_request {
	unsigned pods;         /* up to FLEET_PODS_MAX; 0: as many as memory_bytes needs */
	uint64_t memory_bytes; /* of each pod, whole MiB; 0: as little as the number of pods needs */
};

/* So many pods, each with the smallest memory with which those that remain carry the workload. */
struct fleet_size {
	unsigned pods;
	uint64_t memory_bytes; /* of each, whole MiB; 0: no memory is enough */
	uint64_t total_bytes;  /* of all; UINT64_MAX: that much or more */
};

#define FLEET_SIZES 6

struct fleet {
	unsigned pods;      /* 0: there is no fleet */
	unsigned remaining; /* while one is down; 1 of 1 pod, which has no spare */
	struct {
		bool given;
		uint64_t whole;     /* the workload's number */
		uint64_t share;     /* a remaining pod's, rounded up */
	} of[WORKLOAD_KEYS];        /* without WORKLOAD_SECONDS, which does not divide */
	uint64_t memory_bytes;      /* of each pod */
	bool memory_given;          /* it may be more than smallest_bytes */
	uint64_t smallest_bytes;    /* that carries a share */
	uint64_t idle_bytes;        /* that a pod needs without any of the workload */
	uint64_t total_bytes;       /* pods * memory_bytes */
	struct fleet_size cheapest; /* the least total of two pods or more; the fewest pods of several */
	struct fleet_size sizes[FLEET_SIZES]; /* numbers of pods near `pods`, and the cheapest; ascending */
	size_t size_count;
};

/*
 * Sizes the pods for a number, for a memory, or checks both. `base` is the request of one pod, of any limit.
 * 0, or -1 with the reason: no workload, an object that is not measured, a memory in which not even an idle
 * router fits, or no number of pods that carries it. The hint says what does.
 */
int fleet_compute(const struct budget_request *base, const struct workload *workload,
		  const struct fleet_request *request, struct fleet *fleet, struct error *error);

#endif
