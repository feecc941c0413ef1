/* SPDX-License-Identifier: MIT */
#include "profile/selection.h"

#include "base/alloc.h"

void texts_add(struct texts *texts, const char *text)
{
	texts->items = xrealloc(texts->items, texts->count + 1, sizeof *texts->items);
	texts->items[texts->count++] = text;
}

struct profile_selection selection_with(const struct profile_selection *selection, const char *set)
{
	struct profile_selection more = *selection;
	more.sets = (struct texts){0};
	for (size_t i = 0; i < selection->sets.count; i++)
		texts_add(&more.sets, selection->sets.items[i]);
	texts_add(&more.sets, set);
	return more;
}

struct profile_search selection_search(const struct profile_selection *selection)
{
	return (struct profile_search){
		.directories = selection->directories.items,
		.directory_count = selection->directories.count,
		.environment = selection->environment,
		.installed = selection->installed,
	};
}

struct profile_request selection_request(const struct profile_selection *selection, const char *name,
					 const struct profile_search *search)
{
	return (struct profile_request){
		.name = name,
		.search = search,
		.sets = selection->sets.items,
		.set_count = selection->sets.count,
		.policies = selection->policies.items,
		.policy_count = selection->policies.count,
		.workloads = selection->workloads.items,
		.workload_count = selection->workloads.count,
	};
}
