/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SIZING_FLEET_H
#define SIPLAUNCH_SIZING_FLEET_H
/*
 * How many pods of which size support a workload together, even while one of them is down. The budget
 * computes one pod's memory; this file divides the workload and compares numbers of pods. Pure, like the
 * whole room.
 */
#include "sizing/capacity.h"

#define FLEET_PODS_MAX 1000

/* At least one of the two. With both, fleet_compute() checks whether that number of pods with that memory is
 * enough. */
struct fleet_request {
	unsigned pods;         /* up to FLEET_PODS_MAX; 0: as many as memory_bytes needs */
	uint64_t memory_bytes; /* of each pod, whole MiB; 0: as little as the number of pods needs */
};

/* A number of pods, and the smallest memory of each with which the remaining pods support the workload. */
struct fleet_size {
	unsigned pods;
	uint64_t memory_bytes; /* of each, whole MiB; 0: no memory is enough */
	uint64_t total_bytes;  /* of all; UINT64_MAX: that much or more */
};

#define FLEET_SIZES 6

struct fleet {
	unsigned pods;      /* 0: no fleet */
	unsigned remaining; /* while one is down; 1 for a single pod: it has no spare */
	struct {
		bool given;
		uint64_t whole;               /* the workload's number */
		uint64_t share;               /* a remaining pod's, rounded up */
	} of[WORKLOAD_KEYS];                  /* without WORKLOAD_SECONDS, which does not divide */
	uint64_t memory_bytes;                /* of each pod */
	bool memory_given;                    /* the request gives it: it may be more than smallest_bytes */
	uint64_t smallest_bytes;              /* the memory with which a pod supports a share */
	uint64_t idle_bytes;                  /* the memory that a pod needs without a workload */
	uint64_t total_bytes;                 /* pods * memory_bytes */
	struct fleet_size cheapest;           /* min total with two pods or more; if equal, the fewest */
	struct fleet_size sizes[FLEET_SIZES]; /* numbers of pods near `pods`, and the cheapest; ascending */
	size_t size_count;
};

/*
 * Computes the pods' memory for their number, the number for a memory, or checks both. `base` is the budget
 * request of one pod; its limit is ignored. 0, or -1 with the reason: no workload, an object that is not
 * measured, a memory too small for an idle router, or no number of pods supports the workload. The hint has
 * sizes that are enough.
 */
int fleet_compute(const struct budget_request *base, const struct workload *workload,
		  const struct fleet_request *request, struct fleet *fleet, struct error *error);

#endif
