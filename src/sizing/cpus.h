/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SIZING_CPUS_H
#define SIPLAUNCH_SIZING_CPUS_H
/*
 * Compares the router's workers with the CPUs that it may use. Pure: numbers in, a sentence out. It reports
 * extremes only: the right number of workers depends on how long they wait for databases and DNS, which is
 * not known before the router runs.
 */
#include <stdbool.h>
#include <stdint.h>

struct cpu_request {
	uint64_t cpus;              /* online and in the cpuset; 0: not known */
	uint64_t quota_thousandths; /* of a CPU, by cpu.max; UNLIMITED: none */
	const char *quota_source;   /* "/sip.slice cpu.max"; NULL */
	bool cpuset_given;          /* the cpuset was set for this router */
	uint64_t workers;           /* processes that receive SIP messages, of all sockets; 0: not known */
	uint64_t threads;           /* OpenSIPS' tcp_threads; 0: not set */
};

enum cpu_verdict {
	CPUS_FINE, /* or not known */
	CPUS_FEW_FOR_WORKERS,
	CPUS_FEW_FOR_THREADS,
	CPUS_MANY_FOR_WORKERS,
};

/* The smaller of `cpus` and the quota, in thousandths of a CPU; 0: not known. */
uint64_t cpus_available(const struct cpu_request *request);

/*
 * The extremes: more than 32 workers a CPU (the 16 of a stock configuration, 8 for UDP and 8 for TCP, are
 * accepted on half a CPU); more than 4 threads a CPU, since threads only read and write; at most half as many
 * workers as CPUs, from 4 CPUs on, if cpu.max or a cpuset gives the router these CPUs.
 */
enum cpu_verdict cpus_judge(const struct cpu_request *request);
const char *cpu_verdict_name(enum cpu_verdict verdict); /* "workers", "threads", "cpus"; NULL: fine */

/* One sentence without a full stop; NULL: fine. The caller frees it. */
char *cpus_text(const struct cpu_request *request);

#endif
