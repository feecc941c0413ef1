/* SPDX-License-Identifier: MIT */
#include "stats/memory_shares.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

#define TABLE_ENTRY_BYTES 8
#define GROUPS_MAX        64 /* more kinds of processes than any router has: the rest is one group */

static struct value bytes(uint64_t number)
{
	return value_number(VALUE_BYTES, number);
}

static bool known(const struct value *value)
{
	return value->kind != VALUE_NONE;
}

/* NONE if one of them is. */
static struct value difference(const struct value *whole, const struct value *part)
{
	if (!known(whole) || !known(part))
		return (struct value){0};
	return bytes(whole->number[0] > part->number[0] ? whole->number[0] - part->number[0] : 0);
}

static void add(struct value *sum, const struct value *part)
{
	if (!known(part))
		return;
	uint64_t total = known(sum) ? sum->number[0] : 0;
	*sum = bytes(part->number[0] > INT64_MAX - total ? INT64_MAX : total + part->number[0]);
}

/* The sum over all private pools; NONE unless all are known. */
static struct value total_of(const struct sample *sample,
			     const struct value *(*of)(const struct pool_stats *))
{
	struct value total = {0};
	for (size_t i = 0; i < sample->private_count; i++) {
		const struct value *one = of(&sample->privates[i].pool);
		if (!known(one))
			return (struct value){0};
		add(&total, one);
	}
	return total;
}

static const struct value *max_used(const struct pool_stats *pool)
{
	return &pool->max_used;
}

static void fill_promised(const struct sample *sample, uint64_t page_bytes, struct memory_share *rows)
{
	uint64_t shared = known(&sample->shm_mib) ? sample->shm_mib.number[0] : 0;
	uint64_t private = known(&sample->pkg_mib) ? sample->pkg_mib.number[0] : 0;

	if (shared && shared < INT64_MAX / MIB)
		rows[SHARE_SHARED].promised = bytes(shared * MIB);
	uint64_t all = mul_div_u64(sample->processes, private, 1);
	if (private && all < INT64_MAX / MIB)
		rows[SHARE_PRIVATE].promised = bytes(all * MIB);
	if (!known(&rows[SHARE_SHARED].promised) || !known(&rows[SHARE_PRIVATE].promised))
		return;
	uint64_t pools = mul_div_u64(sample->processes, (shared + private) * MIB, page_bytes);
	rows[SHARE_PAGE_TABLES].promised = bytes(mul_div_u64(pools, TABLE_ENTRY_BYTES, 1));
}

static void fill_touched(const struct group_stats *stats, struct memory_share *rows)
{
	const struct value *numbers = stats->numbers;

	rows[SHARE_SHARED].touched = numbers[GROUP_STAT_SHMEM];
	rows[SHARE_PRIVATE].touched = numbers[GROUP_STAT_ANON];
	rows[SHARE_PAGE_TABLES].touched = numbers[GROUP_STAT_PAGETABLES];
	rows[SHARE_KERNEL].touched = difference(&numbers[GROUP_STAT_KERNEL], &numbers[GROUP_STAT_PAGETABLES]);
	rows[SHARE_SOCKETS].touched = numbers[GROUP_STAT_SOCK];
	rows[SHARE_FILES].touched = difference(&numbers[GROUP_STAT_FILE], &numbers[GROUP_STAT_SHMEM]);
}

void memory_shares_of(const struct sample *sample, uint64_t page_bytes, struct memory_shares *shares)
{
	*shares = (struct memory_shares){
		.limit = sample->memory_max,
		.touched = sample->stats.numbers[GROUP_MEMORY_CURRENT],
		.rows = {
			[SHARE_SHARED] = {.id = "shared", .label = "shared pool"},
			[SHARE_PRIVATE] = {.id = "private", .label = "private pools, heaps"},
			[SHARE_PAGE_TABLES] = {.id = "pageTables", .label = "page tables"},
			[SHARE_KERNEL] = {.id = "kernel", .label = "other kernel memory"},
			[SHARE_SOCKETS] = {.id = "sockets", .label = "sockets"},
			[SHARE_FILES] = {.id = "files", .label = "files"},
		}};
	fill_promised(sample, page_bytes ? page_bytes : 4096, shares->rows);
	fill_touched(&sample->stats, shares->rows);
	shares->rows[SHARE_SHARED].used = *pool_in_use(&sample->shared);
	shares->rows[SHARE_SHARED].max = sample->shared.max_used;
	shares->rows[SHARE_PRIVATE].used = total_of(sample, pool_in_use);
	shares->rows[SHARE_PRIVATE].max = total_of(sample, max_used);
	for (size_t i = 0; i < SHARE_COUNT; i++) {
		add(&shares->promised, &shares->rows[i].promised);
		add(&shares->used, &shares->rows[i].used);
	}
}

/* ---- private pools by what their processes do ---- */

/* "udp receiver child=3 sock=…" and "SIP receiver udp:…" end where a number or an address begins. */
static char *kind_of(const char *name)
{
	if (!name)
		return xstrdup("(no name)");
	size_t length = strcspn(name, "0123456789=:[(");
	if (name[length] == '=') /* "child=": the word before "=" goes too */
		while (length > 0 && name[length - 1] != ' ')
			length--;
	while (length > 0 && (name[length - 1] == ' ' || name[length - 1] == '-'))
		length--;
	return length ? xstrndup(name, length) : xstrdup(name);
}

static struct private_group *group_for(char *name, struct private_group **groups, size_t *count)
{
	for (size_t i = 0; i < *count; i++)
		if (strcmp((*groups)[i].name, name) == 0 || i == GROUPS_MAX) {
			free(name);
			return &(*groups)[i];
		}
	struct private_group *group = ARRAY_ADD(*groups, *count);
	group->name = name;
	if (*count > GROUPS_MAX) {
		free(group->name);
		group->name = xstrdup("(others)");
	}
	return group;
}

static void keep_extreme(struct value *extreme, const struct value *value, bool greatest)
{
	if (!known(value))
		return;
	if (!known(extreme) || (value->number[0] > extreme->number[0]) == greatest)
		*extreme = *value;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

void private_groups_of(const struct sample *sample, struct private_group **groups, size_t *count)
{
	*groups = NULL;
	*count = 0;
	for (size_t i = 0; i < sample->private_count; i++) {
		const struct private_pool *private = &sample->privates[i];
		const struct value *used = pool_in_use(&private->pool);
		struct private_group *group = group_for(kind_of(private->name), groups, count);
		group->count++;
		if (known(used))
			*ARRAY_ADD(group->used, group->used_count) = used->number[0];
		keep_extreme(&group->used_max, used, true);
		keep_extreme(&group->max_used, &private->pool.max_used, true);
		keep_extreme(&group->free_min, &private->pool.free, false);
		keep_extreme(&group->fragments_max, &private->pool.fragments, true);
	}
	for (size_t i = 0; i < *count; i++)
		if ((*groups)[i].used)
			qsort((*groups)[i].used, (*groups)[i].used_count, sizeof(uint64_t), compare);
}

void private_groups_clear(struct private_group *groups, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(groups[i].name);
		free(groups[i].used);
	}
	free(groups);
}
