/* SPDX-License-Identifier: MIT */
#include "stats/measure.h"

#include <stddef.h>

#include "base/alloc.h"
#include "base/error.h"

#define TABLE_ENTRY_BYTES 8

static uint64_t less(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static uint64_t round_up(uint64_t bytes, uint64_t unit)
{
	return bytes / unit * unit + (bytes % unit ? unit : 0);
}

static bool known(const struct group_stats *group, size_t id)
{
	return group->numbers[id].kind != VALUE_NONE;
}

static int check_group(const struct group_stats *group, struct error *error)
{
	static const size_t needed[] = {GROUP_STAT_ANON, GROUP_STAT_SHMEM, GROUP_STAT_KERNEL_STACK,
					GROUP_STAT_PAGETABLES, GROUP_STAT_SLAB};
	for (size_t i = 0; i < ARRAY_SIZE(needed); i++)
		if (!known(group, needed[i]))
			return error_set(error, 0, "the group's memory.stat does not contain \"%s\"",
					 group_numbers[needed[i]].key);
	return 0;
}

/* "kernel", since Linux 5.18, is the sum of all kernel memory; on older kernels, the sum of the known
 * parts. */
static uint64_t kernel_bytes(const struct group_stats *group)
{
	if (known(group, GROUP_STAT_KERNEL))
		return group->numbers[GROUP_STAT_KERNEL].number[0];
	uint64_t percpu = known(group, GROUP_STAT_PERCPU) ? group->numbers[GROUP_STAT_PERCPU].number[0] : 0;
	return percpu + group->numbers[GROUP_STAT_KERNEL_STACK].number[0] +
	       group->numbers[GROUP_STAT_PAGETABLES].number[0] + group->numbers[GROUP_STAT_SLAB].number[0];
}

/* Both routers fill a pool from its beginning, so that the touched pages lie together: whole table pages. */
static uint64_t table_bytes(const struct pool_use *pool, uint64_t page_bytes)
{
	return round_up(pool->rss_bytes / page_bytes * TABLE_ENTRY_BYTES, page_bytes);
}

static int add_process(const struct process_memory *memory, uint64_t page_bytes, bool has_shared,
		       bool has_private, struct measurement *sum, struct error *error)
{
	if (has_shared && !memory->shared_pool.found)
		return error_set(error, 0, "pid %d has no mapping that could be the shared pool",
				 (int)memory->pid);
	if (has_private && !memory->private_pool.found)
		return error_set(error, 0, "pid %d has no mapping that could be the private pool",
				 (int)memory->pid);
	sum->own_bytes += memory->own_bytes;
	sum->file_bytes += memory->file_bytes;
	sum->shared_used_bytes += memory->shared_pool.pss_bytes;
	sum->private_used_bytes += memory->private_pool.pss_bytes;
	sum->pool_table_bytes += table_bytes(&memory->shared_pool, page_bytes) +
				 table_bytes(&memory->private_pool, page_bytes);
	return 0;
}

int measure(const struct group_stats *group, const struct process_memory *memory, uint64_t processes,
	    uint64_t page_bytes, bool has_shared, bool has_private, struct measurement *measurement,
	    struct error *error)
{
	struct measurement sum = {.processes = processes};

	*measurement = (struct measurement){0};
	if (processes == 0 || page_bytes == 0)
		return error_set(error, 0, "there is no process to measure");
	if (check_group(group, error) < 0)
		return -1;
	for (uint64_t i = 0; i < processes; i++)
		if (add_process(&memory[i], page_bytes, has_shared, has_private, &sum, error) < 0)
			return -1;

	/* Charges and mappings are read one after the other, so either may be a little smaller than the
	 * other. */
	sum.kernel_bytes = less(kernel_bytes(group), sum.pool_table_bytes);
	sum.start_heap_bytes =
		less(group->numbers[GROUP_STAT_ANON].number[0], sum.private_used_bytes + sum.own_bytes);
	sum.other_shared_bytes = less(group->numbers[GROUP_STAT_SHMEM].number[0], sum.shared_used_bytes);
	sum.per_process_bytes = round_up((sum.own_bytes + sum.kernel_bytes + processes - 1) / processes, KIB);
	sum.base_bytes = round_up(sum.start_heap_bytes + sum.file_bytes + sum.other_shared_bytes, KIB);
	*measurement = sum;
	return 0;
}
