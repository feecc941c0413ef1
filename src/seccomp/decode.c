/* SPDX-License-Identifier: MIT */
/* The keys of a seccomp profile, in all three forms in use (see seccomp.h). */
#include <inttypes.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "seccomp/decode.h"

#define ERRNO_MAX 4094 /* libseccomp accepts numbers below MAX_ERRNO (include/linux/err.h) */

#define ALLOWED_ACTION "an action such as \"SCMP_ACT_ALLOW\" or \"SCMP_ACT_ERRNO\""

/* An action, and the two keys that say with which errno a call fails. */
struct action_keys {
	const char *action, *number, *name;
};

/* False if neither key exists; else sets *number, or reports the problem. */
static bool read_errno(const struct reader *reader, const struct item *number_item,
		       const struct item *name_item, uint32_t *number)
{
	const char *name = item_string(reader, name_item,
				       "the name of an error such as \"EPERM\", or its number as errnoRet");
	uint64_t value = 0;
	uint32_t named = 0;

	if (name && !*name) /* containers-common writes "" for none */
		name = NULL;
	if (number_item->value && (!item_number(reader, number_item, &value) || value > ERRNO_MAX)) {
		item_must_be(reader, number_item, "the number of an error, 0 to 4094", NULL);
		return true;
	}
	if (name && !errno_find(name, &named))
		item_must_be(reader, name_item, "the name of an error such as \"EPERM\" or \"ENOSYS\"", NULL);
	else if (name && number_item->value && named != value)
		problem_at(reader->problems, reader->document, name_item->pointer, "keep one of them",
			   "%s is %u, and %s is %" PRIu64, name, named, number_item->pointer, value);
	*number = name ? named : (uint32_t)value;
	return number_item->value || name;
}

static void read_action(const struct reader *reader, const struct item *object,
			const struct action_keys *keys, uint32_t *action)
{
	cleanup_item struct item item = item_member(object, keys->action);
	cleanup_item struct item number_item = item_member(object, keys->number);
	cleanup_item struct item name_item = item_member(object, keys->name);
	const char *name = json_string_value(item.value), *refused = NULL;
	uint32_t number = 0;

	bool has_errno = read_errno(reader, &number_item, &name_item, &number);
	if (!name || !seccomp_action_find(name, action, &refused)) {
		cleanup_free char *hint = name ? seccomp_action_hint(name) : NULL;
		item_must_be(reader, &item, ALLOWED_ACTION, hint);
	} else if (refused) {
		problem_at(reader->problems, reader->document, item.pointer,
			   "SCMP_ACT_LOG allows it and logs it, SCMP_ACT_ERRNO refuses it",
			   "%s is not available: %s", name, refused);
	} else if (*action == SECCOMP_RET_ERRNO) {
		/* runtime-spec: "If not specified its default is to return EPERM" */
		*action |= has_errno ? number : 1;
	} else if (has_errno) {
		problem_at(reader->problems, reader->document,
			   number_item.value ? number_item.pointer : name_item.pointer,
			   "remove it, or make the action SCMP_ACT_ERRNO", "%s gives no error number", name);
	}
}

static void read_operator(const struct reader *reader, const struct item *object,
			  struct seccomp_condition *condition)
{
	cleanup_item struct item item = item_member(object, "op");
	const char *name = json_string_value(item.value);

	if (name && seccomp_operator_find(name, &condition->compare))
		return;
	cleanup_free char *hint = name ? seccomp_operator_hint(name) : NULL;
	item_must_be(reader, &item, "a comparison such as \"SCMP_CMP_EQ\"", hint);
}

/* A filter sees a negative argument as the register's content, which differs between calls. */
static void read_value(const struct reader *reader, const struct item *item, uint64_t *value)
{
	if (item_number(reader, item, value))
		return;
	bool negative = json_is_integer(item->value) && json_integer_value(item->value) < 0;
	item_must_be(reader, item, "a number from 0 to 18446744073709551615",
		     negative
			     ? "arguments have no sign here: -1 is 4294967295 where the kernel takes an int, "
			       "18446744073709551615 where it takes a long"
			     : NULL);
}

/* OCI's valueTwo counts for MASKED_EQ only, whose mask is in value. */
static void read_second_value(const struct reader *reader, const struct item *object,
			      struct seccomp_condition *condition)
{
	cleanup_item struct item item = item_member(object, "valueTwo");
	uint64_t second = 0;

	if (item.value)
		read_value(reader, &item, &second);
	if (condition->compare == SECCOMP_MASKED_EQ) {
		condition->mask = condition->value;
		condition->value = second;
		if (second & ~condition->mask)
			problem_at(reader->problems, reader->document, item.pointer,
				   "\"value\" is the mask, \"valueTwo\" the masked argument's required value",
				   "has bits outside of the mask 0x%" PRIx64 ": nothing can match",
				   condition->mask);
	} else if (second) {
		seccomp_warn(reader->profile, "%s: only SCMP_CMP_MASKED_EQ has a valueTwo; it is ignored",
			     item.pointer);
	}
}

static void read_condition(const struct reader *reader, const struct item *object,
			   struct seccomp_condition *condition)
{
	static const char *const known[] = {"index", "value", "valueTwo", "op", NULL};
	uint64_t index = 0;

	if (!item_check_keys(reader, object, known,
			     "an object such as {\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"}"))
		return;
	cleanup_item struct item index_item = item_member(object, "index");
	cleanup_item struct item value_item = item_member(object, "value");
	if (item_number(reader, &index_item, &index) && index < SECCOMP_ARGUMENTS)
		condition->argument = (unsigned)index;
	else
		item_must_be(reader, &index_item, "the number of an argument, 0 to 5", NULL);
	read_value(reader, &value_item, &condition->value);
	read_operator(reader, object, condition);
	read_second_value(reader, object, condition);
}

static void read_conditions(const struct reader *reader, const struct item *object, struct seccomp_rule *rule)
{
	cleanup_item struct item array = item_member(object, "args");
	unsigned seen = 0;

	if (!item_is_array(reader, &array, "an array of conditions"))
		return;
	for (size_t i = 0; i < json_array_size(array.value); i++) {
		cleanup_item struct item element = item_element(&array, i);
		struct seccomp_condition *condition = ARRAY_ADD(rule->conditions, rule->condition_count);
		read_condition(reader, &element, condition);
		rule->any |= (seen & 1u << condition->argument) != 0;
		seen |= 1u << condition->argument;
	}
	if (rule->any)
		seccomp_warn(
			reader->profile,
			"%s: an argument is compared more than once, and one match of all these is enough, "
			"as with runc and crun",
			array.pointer);
}

static void add_name(const struct reader *reader, const struct item *item, struct seccomp_rule *rule)
{
	const char *name = json_string_value(item->value);
	if (name && *name)
		*ARRAY_ADD(rule->names, rule->name_count) = xstrdup(name);
	else
		item_must_be(reader, item, "the name of a system call", NULL);
}

/* Docker once had a single "name" instead of "names". */
static void read_names(const struct reader *reader, const struct item *object, struct seccomp_rule *rule)
{
	cleanup_item struct item names = item_member(object, "names");
	cleanup_item struct item name = item_member(object, "name");

	/* Docker and containers-common refuse both forms together only if "name" is not empty */
	bool named = name.value && strcmp(json_string_value(name.value) ?: "?", "") != 0;

	if (named && names.value)
		problem_at(reader->problems, reader->document, name.pointer, "put it among the names",
			   "\"name\" and \"names\" are two forms of one key");
	else if (name.value && !names.value)
		add_name(reader, &name, rule);
	else if (!json_array_size(names.value))
		item_must_be(reader, &names, "an array with the names of system calls", NULL);
	for (size_t i = 0; i < json_array_size(names.value); i++) {
		cleanup_item struct item element = item_element(&names, i);
		add_name(reader, &element, rule);
	}
}

static void read_rule(struct reader *reader, const struct item *object)
{
	static const char *const known[] = {"names", "name",     "action",   "errnoRet", "errno",
					    "args",  "includes", "excludes", NULL};
	static const struct action_keys keys = {"action", "errnoRet", "errno"};

	if (!item_check_keys(reader, object, known,
			     "an object such as {\"names\": [\"read\"], \"action\": \"SCMP_ACT_ALLOW\"}"))
		return;
	struct seccomp_rule *rule = ARRAY_ADD(reader->profile->rules, reader->profile->rule_count);
	rule->pointer = xstrdup(object->pointer);
	read_names(reader, object, rule);
	read_action(reader, object, &keys, &rule->action);
	read_conditions(reader, object, rule);
	seccomp_select(reader, object, rule);
}

static void read_rules(struct reader *reader, const struct item *root)
{
	cleanup_item struct item array = item_member(root, "syscalls");
	if (!item_is_array(reader, &array, "an array of rules"))
		return;
	for (size_t i = 0; i < json_array_size(array.value); i++) {
		cleanup_item struct item element = item_element(&array, i);
		read_rule(reader, &element);
	}
}

static void read_flags(const struct reader *reader, const struct item *root)
{
	cleanup_item struct item array = item_member(root, "flags");

	/* The default, as in runc. Without this flag a filter turns on slow mitigations before Linux 5.16. */
	if (!array.value)
		reader->profile->flags = SECCOMP_FILTER_FLAG_SPEC_ALLOW;
	if (!item_is_array(reader, &array, "an array of flags"))
		return;
	for (size_t i = 0; i < json_array_size(array.value); i++) {
		cleanup_item struct item element = item_element(&array, i);
		const char *name = json_string_value(element.value), *refused = NULL;
		unsigned flag = 0;
		if (!name || !seccomp_flag_find(name, &flag, &refused)) {
			cleanup_free char *hint = name ? seccomp_flag_hint(name) : NULL;
			item_must_be(reader, &element, "a flag such as \"SECCOMP_FILTER_FLAG_LOG\"", hint);
		} else if (refused) {
			problem_at(reader->problems, reader->document, element.pointer, "remove it",
				   "%s is not available: %s", name, refused);
		}
		reader->profile->flags |= flag;
	}
}

static void add_architecture(const struct reader *reader, const struct item *item)
{
	struct seccomp_profile *profile = reader->profile;
	const char *name = json_string_value(item->value);
	struct seccomp_architecture found;

	if (!name || !architecture_find(name, &found)) {
		item_must_be(reader, item, "an architecture such as \"SCMP_ARCH_X86_64\"", NULL);
		return;
	}
	bool known = !found.token;
	for (size_t i = 0; i < profile->architecture_count; i++)
		known |= profile->architectures[i].token == found.token;
	if (!found.token)
		seccomp_warn(profile, "%s: libseccomp does not know %s; its programs will be killed",
			     item->pointer, name);
	if (known)
		free(found.name);
	else
		*ARRAY_ADD(profile->architectures, profile->architecture_count) = found;
}

static void add_architectures(const struct reader *reader, const struct item *array)
{
	if (!item_is_array(reader, array, "an array of architectures"))
		return;
	for (size_t i = 0; i < json_array_size(array->value); i++) {
		cleanup_item struct item element = item_element(array, i);
		add_architecture(reader, &element);
	}
}

/* Warns if the profile is for other architectures: its rules apply here too, by name. */
static void warn_foreign(const struct reader *reader, const struct item *array)
{
	bool native = !json_array_size(array->value);
	for (size_t i = 0; i < json_array_size(array->value); i++) {
		const char *name = json_string_value(json_array_get(array->value, i));
		struct seccomp_architecture found = {0};
		native |= name && architecture_find(name, &found) && found.token == reader->native.token;
		free(found.name);
	}
	if (!native)
		seccomp_warn(reader->profile, "%s: it is not written for %s, which runs here", array->pointer,
			     reader->native.name);
}

/* Of the map, only the native architecture's entry counts: its subArchitectures are added if the request has
 * all_architectures. */
static void read_arch_map(const struct reader *reader, const struct item *root)
{
	static const char *const known[] = {"architecture", "subArchitectures", NULL};
	cleanup_item struct item array = item_member(root, "archMap");

	if (!item_is_array(reader, &array, "an array of architectures with their subArchitectures"))
		return;
	for (size_t i = 0; i < json_array_size(array.value); i++) {
		cleanup_item struct item entry = item_element(&array, i);
		if (!item_check_keys(reader, &entry, known, "an object with an \"architecture\""))
			continue;
		cleanup_item struct item main = item_member(&entry, "architecture");
		cleanup_item struct item others = item_member(&entry, "subArchitectures");
		struct seccomp_architecture found = {0};
		const char *name = json_string_value(main.value);
		if (!name || !architecture_find(name, &found))
			item_must_be(reader, &main, "an architecture such as \"SCMP_ARCH_X86_64\"", NULL);
		else if (found.token == reader->native.token && reader->request->all_architectures)
			add_architectures(reader, &others);
		free(found.name);
	}
}

static void refuse_listener(const struct reader *reader, const struct item *root, const char *key)
{
	cleanup_item struct item item = item_member(root, key);
	if (item.value)
		problem_at(reader->problems, reader->document, item.pointer, "remove it",
			   "\"%s\" goes with SCMP_ACT_NOTIFY, which is not available: no process stays to "
			   "answer",
			   key);
}

void seccomp_decode(struct reader *reader, const struct item *root)
{
	static const char *const known[] = {
		"defaultAction", "defaultErrnoRet", "defaultErrno",     "architectures", "archMap", "flags",
		"syscalls",      "listenerPath",    "listenerMetadata", "description",   "$schema", NULL};
	static const struct action_keys keys = {"defaultAction", "defaultErrnoRet", "defaultErrno"};

	if (json_object_get(root->value, "linux")) {
		problem_at(reader->problems, reader->document, root->pointer,
			   "write the object in \"linux\": {\"seccomp\": …} to a file of its own",
			   "this is a whole container's configuration");
		return;
	}
	if (!item_check_keys(reader, root, known, "an object with a \"defaultAction\""))
		return;
	cleanup_item struct item description = item_member(root, "description");
	cleanup_item struct item architectures = item_member(root, "architectures");
	const char *text = item_string(reader, &description, "a sentence");
	reader->profile->description = text ? xstrdup(text) : NULL;
	read_action(reader, root, &keys, &reader->profile->default_action);
	add_architectures(reader, &architectures);
	warn_foreign(reader, &architectures);
	read_arch_map(reader, root);
	read_flags(reader, root);
	refuse_listener(reader, root, "listenerPath");
	refuse_listener(reader, root, "listenerMetadata");
	read_rules(reader, root);
}
