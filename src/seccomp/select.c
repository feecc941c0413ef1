/* SPDX-License-Identifier: MIT */
/*
 * Which rules count here: Docker's "includes" and "excludes" (setupSeccomp in moby's
 * profiles/seccomp/seccomp_linux.go). A rule counts when it is excluded by nothing and included by
 * everything: one of the architectures, all of the capabilities, the kernel.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/capability.h"
#include "seccomp/decode.h"

enum meaning { INCLUDES, EXCLUDES };

/* Keeps the first reason. Takes over `reason`. */
static void leave_out(struct seccomp_rule *rule, char *reason)
{
	if (rule->left_out)
		free(reason);
	else
		rule->left_out = reason;
}

static bool read_capability(const struct reader *reader, const struct item *item, uint64_t *bit)
{
	const char *name = json_string_value(item->value);
	bool known = name && strncmp(name, "CAP_", 4) == 0;
	int number = known ? capability_number(name) : -1;

	*bit = number >= 0 ? CAPABILITY_BIT(number) : 0;
	if (!known)
		item_must_be(reader, item, "the name of a capability such as \"CAP_SYS_ADMIN\"", NULL);
	else if (number < 0) /* newer than siplaunch: the router is not given it */
		seccomp_warn(reader->profile, "%s: there is no capability %s here", item->pointer, name);
	return known;
}

static void by_capabilities(const struct reader *reader, const struct item *object, enum meaning meaning,
			    struct seccomp_rule *rule)
{
	cleanup_item struct item array = item_member(object, "caps");
	if (!item_is_array(reader, &array, "an array of capabilities"))
		return;
	for (size_t i = 0; i < json_array_size(array.value); i++) {
		cleanup_item struct item element = item_element(&array, i);
		uint64_t bit;
		if (!read_capability(reader, &element, &bit))
			continue;
		bool kept = reader->request->capabilities & bit;
		const char *name = json_string_value(element.value);
		if (meaning == INCLUDES && !kept)
			leave_out(rule, xasprintf("it applies only with %s", name));
		else if (meaning == EXCLUDES && kept)
			leave_out(rule, xasprintf("it does not apply with %s", name));
	}
}

static void by_architecture(const struct reader *reader, const struct item *object, enum meaning meaning,
			    struct seccomp_rule *rule)
{
	cleanup_item struct item array = item_member(object, "arches");
	const char *native = architecture_docker_name(&reader->native);
	bool named = false;

	if (!item_is_array(reader, &array, "an array of architectures") || !json_array_size(array.value))
		return;
	for (size_t i = 0; i < json_array_size(array.value); i++) {
		cleanup_item struct item element = item_element(&array, i);
		const char *name = json_string_value(element.value);
		if (!name)
			item_must_be(reader, &element, "an architecture such as \"amd64\"", NULL);
		named |= name && strcmp(name, native) == 0;
	}
	if (named == (meaning == EXCLUDES))
		leave_out(rule, meaning == EXCLUDES ? xasprintf("it does not apply to %s", native)
						    : xstrdup("it applies to other architectures"));
}

/* Reads "4.8" at the beginning of a text; false without it. Docker compares two numbers, and so does
 * siplaunch: the third one of "4.8.0" does not count. */
static bool parse_kernel(const char *text, unsigned *major, unsigned *minor, int *length)
{
	*length = 0;
	return text && sscanf(text, "%4u.%4u%n", major, minor, length) == 2 && *length > 0;
}

static bool kernel_reached(const struct reader *reader, unsigned major, unsigned minor)
{
	unsigned own_major, own_minor;
	int length;
	if (!parse_kernel(reader->request->kernel, &own_major, &own_minor, &length))
		return false;
	return own_major > major || (own_major == major && own_minor >= minor);
}

/* "", or "." and a number. */
static bool is_third_number(const char *text)
{
	if (!*text)
		return true;
	size_t digits = *text == '.' ? strspn(text + 1, "0123456789") : 0;
	return digits && !text[1 + digits];
}

static void by_kernel(const struct reader *reader, const struct item *object, enum meaning meaning,
		      struct seccomp_rule *rule)
{
	cleanup_item struct item item = item_member(object, "minKernel");
	const char *text = json_string_value(item.value);
	unsigned major, minor;
	int length;

	if (!item.value || (text && !*text)) /* "" counts as absent, as with Docker */
		return;
	if (!text || !parse_kernel(text, &major, &minor, &length) || !is_third_number(text + length)) {
		item_must_be(reader, &item, "a version such as \"4.8\"", NULL);
		return;
	}
	if (kernel_reached(reader, major, minor) == (meaning == EXCLUDES))
		leave_out(rule, xasprintf("it applies to kernels %s %u.%u",
					  meaning == EXCLUDES ? "before" : "from", major, minor));
}

static void judge(const struct reader *reader, const struct item *object, enum meaning meaning,
		  struct seccomp_rule *rule)
{
	static const char *const known[] = {"caps", "arches", "minKernel", NULL};
	if (!object->value ||
	    !item_check_keys(reader, object, known, "an object with caps, arches or minKernel"))
		return;
	reader->profile->depends_on_machine = true;
	by_architecture(reader, object, meaning, rule);
	by_capabilities(reader, object, meaning, rule);
	by_kernel(reader, object, meaning, rule);
}

void seccomp_select(const struct reader *reader, const struct item *object, struct seccomp_rule *rule)
{
	cleanup_item struct item excludes = item_member(object, "excludes");
	cleanup_item struct item includes = item_member(object, "includes");
	judge(reader, &excludes, EXCLUDES, rule);
	judge(reader, &includes, INCLUDES, rule);
}
