/* SPDX-License-Identifier: MIT */
/*
 * OCI's resources in their cgroup v1 form (config-linux.md: memory, pids, cpu, hugepageLimits, rdma),
 * converted to cgroup v2 files as runc and crun do. -1 is "no limit"; 0 is "not given".
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/libm.h"
#include "profile/decode.h"
#include "settings/cgroup_file.h"

/* A member of an OCI object. */
struct member {
	char *pointer;
	struct node node; /* its value is NULL if it is absent, null, or of a wrong type (already reported) */
};

static void member_clear(struct member *member)
{
	free(member->pointer);
}
#define cleanup_member __attribute__((cleanup(member_clear)))

static struct member member_of(const struct node *object, const char *name, bool text)
{
	json_t *value = json_object_get(object->value, name);
	bool fits = text ? json_is_string(value) : json_is_integer(value);
	char *pointer = json_pointer(object->pointer, name);
	return (struct member){pointer, {fits ? value : NULL, pointer}};
}

/* A number: SIZE_UNSET for 0 and none. `unlimited`: -1 and 2^64 - 1 are SIZE_UNLIMITED; else they are
 * refused. */
static struct size number_of(const struct decoder *decoder, const struct member *member, bool unlimited,
			     const char *allowed)
{
	struct size size = {.kind = SIZE_UNSET};
	uint64_t number = 0;

	if (!member->node.value)
		return size;
	if (unlimited && json_integer_value(member->node.value) == -1)
		return (struct size){.kind = SIZE_UNLIMITED};
	if (!node_number(decoder, &member->node, &number) || (number == UNLIMITED && !unlimited)) {
		must_be(decoder, &member->node, allowed, NULL);
		return size;
	}
	if (number == UNLIMITED)
		return (struct size){.kind = SIZE_UNLIMITED};
	if (number)
		size = (struct size){.kind = SIZE_BYTES, .bytes = number};
	return size;
}

static struct size limit_of(const struct decoder *decoder, const struct member *member)
{
	return number_of(decoder, member, true, "a number, -1 for no limit, or 0 to set nothing");
}

/* True if resources.unified sets the same file: reports the conflict. */
static bool is_in_unified(const struct decoder *decoder, const struct node *node, const char *file)
{
	const json_t *resources = json_object_get(decoder->document->root, "resources");
	if (!is_given(json_object_get(resources, "unified"), file))
		return false;
	cleanup_free char *hint =
		xasprintf("keep one of them: \"unified\": {\"%s\": null} removes the other", file);
	problem_here(decoder, node, hint, "resources.unified has %s too, which is the same limit", file);
	return true;
}

static struct requested *add_requested(struct decoder *decoder, const struct node *node, const char *file)
{
	struct profile *profile = decoder_profile(decoder);
	const struct setting *setting = setting_find(MECHANISM_CGROUP, file);

	if (is_in_unified(decoder, node, file))
		return NULL;
	if (!setting) {
		struct setting *own = setting_of_file(file);
		*ARRAY_ADD(profile->files, profile->file_count) = own;
		setting = own;
	}
	struct requested *requested = ARRAY_ADD(profile->unified, profile->unified_count);
	*requested = (struct requested){.setting = setting, .source = decoder_source(decoder, node)};
	return requested;
}

static void add_text(struct decoder *decoder, const struct node *node, const char *file, const char *text)
{
	struct requested *requested = add_requested(decoder, node, file);
	if (requested)
		requested->value = value_text(text);
}

static void add_number(struct decoder *decoder, const struct node *node, const char *file, struct size size)
{
	uint64_t number = size_bytes(&size, 0, 0);
	const struct setting *setting = setting_find(MECHANISM_CGROUP, file);

	if (number != UNLIMITED && (number < setting->minimum || number > setting->maximum)) {
		must_be_setting(decoder, node, setting);
		return;
	}
	struct requested *requested = add_requested(decoder, node, file);
	if (!requested)
		return;
	requested->size = setting->kind == VALUE_BYTES ? size : (struct size){0};
	requested->value = value_number(setting->kind, number);
}

static void add_limit(struct decoder *decoder, const struct node *object, const char *name, const char *file)
{
	cleanup_member struct member member = member_of(object, name, false);
	const struct setting *setting = setting_find(MECHANISM_CGROUP, file);
	cleanup_free char *allowed = setting_allowed(setting);
	struct size size = setting_grammar(setting).unlimited ? limit_of(decoder, &member)
							      : number_of(decoder, &member, false, allowed);
	if (size.kind != SIZE_UNSET)
		add_number(decoder, &member.node, file, size);
}

/* ---- memory ---- */

/* OCI's swap is the sum of memory and swap (runc: ConvertMemorySwapToCgroupV2Value()). */
static void add_swap(struct decoder *decoder, const struct node *object)
{
	cleanup_member struct member limit_member = member_of(object, "limit", false);
	cleanup_member struct member swap_member = member_of(object, "swap", false);
	struct size both = limit_of(decoder, &swap_member);

	if (both.kind == SIZE_UNSET)
		return;
	if (both.kind == SIZE_BYTES) {
		struct size limit = limit_of(decoder, &limit_member);
		if (limit.kind != SIZE_BYTES || both.bytes < limit.bytes) {
			problem_here(
				decoder, &swap_member.node,
				"-1 allows all swap; \"swap\" equal to \"limit\" allows none",
				"counts memory and swap together: \"limit\" must be given, and not be above it");
			return;
		}
		both.bytes -= limit.bytes;
	}
	add_number(decoder, &swap_member.node, "memory.swap.max", both);
}

void decode_oci_memory(struct decoder *decoder, const struct node *node, const struct key *key)
{
	decode_object(decoder, node, key);
	add_limit(decoder, node, "limit", "memory.max");
	add_limit(decoder, node, "reservation", "memory.low");
	add_swap(decoder, node);
}

/* ---- pids ---- */

void decode_oci_pids(struct decoder *decoder, const struct node *node, const struct key *key)
{
	decode_object(decoder, node, key);
	add_limit(decoder, node, "limit", "pids.max");
}

/* ---- cpu ---- */

/* From 2..262144 to 1..10000, with 1024 at 100, as runc and crun do since 2025
 * (ConvertCPUSharesToCgroupV2Value(), convert_shares_to_weight()). libm is loaded. */
static uint64_t weight_of(uint64_t shares)
{
	if (shares <= 2)
		return 1;
	if (shares >= 262144)
		return 10000;
	double power = log2((double)shares);
	return (uint64_t)ceil(pow(10, (power * power + 125 * power) / 612.0 - 7.0 / 34.0));
}

static void add_shares(struct decoder *decoder, const struct node *object)
{
	cleanup_member struct member member = member_of(object, "shares", false);
	cleanup_error struct error error = {0};
	struct size shares =
		number_of(decoder, &member, false, "a number from 2 to 262144, or 0 to set nothing");
	if (shares.kind != SIZE_BYTES)
		return;
	if (libm_load(&error) < 0)
		problem_here(decoder, &member.node, NULL, "%s", error.message);
	else
		add_number(decoder, &member.node, "cpu.weight",
			   (struct size){.kind = SIZE_BYTES, .bytes = weight_of(shares.bytes)});
}

/* In microseconds. A quota that is not positive means no quota. False: a problem was reported. */
static bool read_quota(const struct decoder *decoder, const struct member *quota, json_int_t *quota_us)
{
	uint64_t number;
	*quota_us = json_integer_value(quota->node.value);
	/* In OCI it is an int64. jansson makes the largest one of a number above it. */
	if (*quota_us <= 0 || (node_number(decoder, &quota->node, &number) && number <= INT64_MAX))
		return true;
	must_be(decoder, &quota->node, "a number of microseconds, or -1 for no limit", NULL);
	return false;
}

static void add_quota(struct decoder *decoder, const struct node *object)
{
	cleanup_member struct member quota = member_of(object, "quota", false);
	cleanup_member struct member period = member_of(object, "period", false);
	struct size period_us =
		number_of(decoder, &period, false, "a number of microseconds, or 0 for the default");
	json_int_t quota_us;

	if (!read_quota(decoder, &quota, &quota_us) || (!quota_us && period_us.kind != SIZE_BYTES))
		return;
	cleanup_free char *limit = quota_us > 0 ? xasprintf("%" PRIi64, (int64_t)quota_us) : xstrdup("max");
	cleanup_free char *text =
		xasprintf("%s %" PRIu64, limit, size_bytes(&period_us, 0, CPU_PERIOD_DEFAULT_US));
	add_text(decoder, quota.node.value ? &quota.node : &period.node, "cpu.max", text);
}

static void add_list(struct decoder *decoder, const struct node *object, const char *name, const char *file)
{
	cleanup_member struct member member = member_of(object, name, true);
	const char *text = json_string_value(member.node.value);
	if (text && *text && !is_line(text))
		must_be_setting(decoder, &member.node, setting_find(MECHANISM_CGROUP, file));
	else if (text && *text)
		add_text(decoder, &member.node, file, text);
}

void decode_oci_cpu(struct decoder *decoder, const struct node *node, const struct key *key)
{
	decode_object(decoder, node, key);
	add_shares(decoder, node);
	add_quota(decoder, node);
	add_limit(decoder, node, "burst", "cpu.max.burst");
	add_limit(decoder, node, "idle", "cpu.idle");
	add_list(decoder, node, "cpus", "cpuset.cpus");
	add_list(decoder, node, "mems", "cpuset.mems");
}

/* ---- hugepageLimits ---- */

/* "max" for -1 and 2^64 - 1. NULL: no limit in bytes. Caller frees. */
static char *huge_page_limit(const struct decoder *decoder, const struct node *node)
{
	uint64_t bytes;
	if (!node->value)
		return NULL;
	if (json_integer_value(node->value) == -1)
		return xstrdup("max");
	if (!node_number(decoder, node, &bytes))
		return NULL;
	return bytes == UNLIMITED ? xstrdup("max") : xasprintf("%" PRIu64, bytes);
}

/* True if an element before it has the same page size. */
static bool is_repeated(const struct decoder *decoder, const struct node *entry)
{
	const json_t *resources = json_object_get(decoder->document->root, "resources");
	const json_t *size = json_object_get(entry->value, "pageSize");
	const json_t *before;
	size_t i;

	json_array_foreach(json_object_get(resources, "hugepageLimits"), i, before)
	{
		if (before == entry->value)
			break;
		if (json_equal(json_object_get(before, "pageSize"), size))
			return true;
	}
	return false;
}

static void add_huge_pages(struct decoder *decoder, const struct node *entry, const struct key *key)
{
	if (!node_check_type(decoder, entry, key))
		return;
	decode_object(decoder, entry, key);
	cleanup_member struct member page = member_of(entry, "pageSize", true);
	cleanup_member struct member limit = member_of(entry, "limit", false);
	const char *size = json_string_value(page.node.value);
	cleanup_free char *file = xasprintf("hugetlb.%s.max", size ? size : "");
	cleanup_free char *text = huge_page_limit(decoder, &limit.node);
	struct cgroup_file_fault fault;

	if (!size || strchr(size, '.') || !text || !cgroup_file_settable(file, &fault))
		problem_here(decoder, entry, NULL,
			     "must have a \"pageSize\" such as \"2MB\" and a \"limit\" in bytes");
	else if (is_repeated(decoder, entry))
		problem_here(decoder, entry, "keep one of them", "%s occurs twice", size);
	else
		add_text(decoder, &limit.node, file, text);
}

void decode_oci_huge_pages(struct decoder *decoder, const struct node *node, const struct key *key)
{
	each_element(decoder, node, key->entry, add_huge_pages);
}
