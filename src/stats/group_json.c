/* SPDX-License-Identifier: MIT */
#include "stats/group_json.h"

#include "base/error.h"
#include "base/json.h"
#include "base/json_value.h"
#include "stats/group.h"

void group_stats_json(json_t *object, const struct group_stats *stats)
{
	for (size_t i = 0; i < GROUP_NUMBER_COUNT; i++) {
		const struct group_number *row = &group_numbers[i];
		json_t *number = json_from_value(&stats->numbers[i]);
		if (!row->key) {
			json_put(object, row->file, number);
			continue;
		}
		if (!json_object_get(object, row->file))
			json_put(object, row->file, json_checked(json_object()));
		json_put(json_object_get(object, row->file), row->key, number);
	}
}

static int read_number(const json_t *object, const struct group_number *row, struct value *value,
		       struct error *error)
{
	const json_t *member = json_object_get(object, row->file);
	uint64_t number;

	if (row->key && member && !json_is_null(member)) {
		if (!json_is_object(member))
			return error_set(error, 0, "%s must be an object", row->file);
		member = json_object_get(member, row->key);
	}
	if (!member || json_is_null(member))
		return 0;
	if (!json_to_number(member, &number) || number == UNLIMITED)
		return error_set(error, 0, "%s%s%s must be a number, not below 0", row->file,
				 row->key ? " " : "", row->key ? row->key : "");
	*value = value_number(row->kind, number);
	return 0;
}

int group_stats_from_json(const json_t *object, struct group_stats *stats, struct error *error)
{
	*stats = (struct group_stats){0};
	for (size_t i = 0; i < GROUP_NUMBER_COUNT; i++)
		if (read_number(object, &group_numbers[i], &stats->numbers[i], error) < 0)
			return -1;
	return 0;
}
