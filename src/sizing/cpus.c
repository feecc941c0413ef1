/* SPDX-License-Identifier: MIT */
#include "sizing/cpus.h"

#include <inttypes.h>

#include "base/alloc.h"
#include "base/value.h"

#define WORKERS_PER_CPU_MAX 32
#define THREADS_PER_CPU_MAX 4
#define CPUS_CHOSEN_MIN     4

uint64_t cpus_available(const struct cpu_request *request)
{
	uint64_t cpus = request->cpus > UINT64_MAX / 1000 ? UINT64_MAX : request->cpus * 1000;
	if (!request->cpus)
		return request->quota_thousandths == UNLIMITED ? 0 : request->quota_thousandths;
	return cpus < request->quota_thousandths ? cpus : request->quota_thousandths;
}

/* True for more than `most_per_cpu` on each CPU; a fraction of a CPU counts as that fraction. */
static bool crowded(uint64_t number, uint64_t available, uint64_t most_per_cpu)
{
	return number > mul_div_u64(available, most_per_cpu, 1000);
}

static bool is_quota(const struct cpu_request *request)
{
	return request->quota_thousandths != UNLIMITED &&
	       cpus_available(request) == request->quota_thousandths;
}

enum cpu_verdict cpus_judge(const struct cpu_request *request)
{
	uint64_t available = cpus_available(request);

	if (!available)
		return CPUS_FINE;
	/* the kernel runs threads side by side only on whole CPUs */
	if (crowded(request->threads, available < 1000 ? 1000 : available, THREADS_PER_CPU_MAX))
		return CPUS_FEW_FOR_THREADS;
	if (!request->workers)
		return CPUS_FINE;
	if (crowded(request->workers, available, WORKERS_PER_CPU_MAX))
		return CPUS_FEW_FOR_WORKERS;
	bool chosen = request->cpuset_given || is_quota(request);
	if (chosen && available >= CPUS_CHOSEN_MIN * 1000 && request->workers <= available / 2000)
		return CPUS_MANY_FOR_WORKERS;
	return CPUS_FINE;
}

const char *cpu_verdict_name(enum cpu_verdict verdict)
{
	static const char *const names[] = {
		[CPUS_FEW_FOR_WORKERS] = "workers",
		[CPUS_FEW_FOR_THREADS] = "threads",
		[CPUS_MANY_FOR_WORKERS] = "cpus",
	};
	return names[verdict];
}

/* "1.5 CPUs (/sip.slice cpu.max)". The caller frees it. */
static char *available_text(const struct cpu_request *request)
{
	uint64_t available = cpus_available(request), hundredths = available / 10;
	cleanup_free char *number = available % 1000 == 0 ? xasprintf("%" PRIu64, available / 1000)
							  : xasprintf("%" PRIu64 ".%02" PRIu64,
								      hundredths / 100, hundredths % 100);
	const char *why = is_quota(request) && request->quota_source ? request->quota_source
			  : request->cpuset_given                    ? "cpuset"
								     : "online";
	return xasprintf("%s CPU%s (%s)", number, available == 1000 ? "" : "s", why);
}

char *cpus_text(const struct cpu_request *request)
{
	cleanup_free char *available = available_text(request);

	switch (cpus_judge(request)) {
	case CPUS_FEW_FOR_WORKERS:
		return xasprintf("%" PRIu64
				 " workers share %s: each costs memory, and more than %d a CPU wait for each "
				 "other; configure fewer children a socket",
				 request->workers, available, WORKERS_PER_CPU_MAX);
	case CPUS_FEW_FOR_THREADS:
		return xasprintf("tcp_threads is %" PRIu64 " on %s: threads beyond the CPUs add nothing",
				 request->threads, available);
	case CPUS_MANY_FOR_WORKERS:
		return xasprintf("%" PRIu64
				 " worker%s cannot use %s: the router handles one message a worker at a "
				 "time",
				 request->workers, request->workers == 1 ? "" : "s", available);
	case CPUS_FINE:
		break;
	}
	return NULL;
}
