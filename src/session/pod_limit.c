/* SPDX-License-Identifier: MIT */
#include "session/pod_limit.h"

#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/error.h"
#include "base/value.h"

const char pod_limit_manifest[] =
	"in the manifest of this init container, ROUTER being the router's container:\n"
	"env:\n"
	"- name: LIMIT\n"
	"  valueFrom:\n"
	"    resourceFieldRef:\n"
	"      containerName: ROUTER\n"
	"      resource: limits.memory\n"
	"args: [init, --memory-limit, $(LIMIT), ...]";

static int refuse(const char *text, const char *why, struct error *error)
{
	return error_set(error, 0, "--memory-limit %s: %s", text, why);
}

/* Kubernetes leaves a reference to a variable that it does not know as it is. */
static int refuse_reference(const char *text, struct error *error)
{
	refuse(text, "the reference is not expanded", error);
	return error_hint(error,
			  "write $(NAME), in parentheses, and define NAME in the same container's env: %s",
			  pod_limit_manifest);
}

/* Of Kubernetes's suffixes (k8s.io/apimachinery, pkg/api/resource) those that other tools read otherwise. */
static int refuse_ambiguous(const char *text, struct error *error)
{
	int digits = (int)strlen(text) - 1;
	char unit = ascii_to_upper(text[digits]);
	refuse(text,
	       text[digits] == 'm'
		       ? "that is thousandths to Kubernetes, and mebibytes to docker and to siplaunch"
		       : "that is decimal to Kubernetes, and binary to the kernel and to siplaunch",
	       error);
	return error_hint(error, "write %.*s%ciB or %.*s%ci, or a number of bytes", digits, text, unit,
			  digits, text, unit);
}

static bool ends_with(const char *text, const char *letters)
{
	size_t length = strlen(text);
	return length > 1 && strchr(letters, text[length - 1]);
}

/* A number and a single letter. */
static bool is_ambiguous(const char *text)
{
	return ends_with(text, "KMGTkmgt") && ascii_is_digit(text[strlen(text) - 2]);
}

/* "5e8", "128E6" */
static bool parse_exponent(const char *text, uint64_t *bytes)
{
	size_t length = strcspn(text, "eE");
	cleanup_free char *mantissa = xstrndup(text, length);
	uint64_t exponent;
	if (!text[length] || !parse_u64(mantissa, bytes) || !parse_u64(text + length + 1, &exponent) ||
	    exponent > 19)
		return false;
	while (exponent-- > 0)
		if (__builtin_mul_overflow(*bytes, 10u, bytes))
			return false;
	return true;
}

/* "512Mi" is Kubernetes's way to write 512MiB. */
static char *with_whole_unit(const char *text)
{
	size_t length = strlen(text);
	bool short_unit = length > 2 && text[length - 1] == 'i' && strchr("KMGT", text[length - 2]);
	return short_unit ? xasprintf("%sB", text) : xstrdup(text);
}

static int check_size(const char *text, uint64_t bytes, struct error *error)
{
	if (bytes >= MIB)
		return 0;
	cleanup_free char *why = xasprintf("%" PRIu64 " bytes are too few for any router", bytes);
	refuse(text, why, error);
	return error_hint(
		error, "leave out a divisor of 1Mi in the resourceFieldRef, which gives mebibytes, or write "
		       "--memory-limit $(LIMIT)MiB");
}

int pod_limit_parse(const char *text, uint64_t *bytes, struct error *error)
{
	struct size size;

	if (*text == '$')
		return refuse_reference(text, error);
	if (is_ambiguous(text))
		return refuse_ambiguous(text, error);
	if (parse_exponent(text, bytes))
		return check_size(text, *bytes, error);
	cleanup_free char *spelled = with_whole_unit(text);
	const char *why = size_parse(spelled, &size);
	if (why)
		return refuse(
			text,
			ends_with(text, "Bb")
				? why
				: "that is not a size: give a number of bytes, as resourceFieldRef does, or "
				  "a size such as 512Mi or 512MiB",
			error);
	if (size.kind != SIZE_BYTES) {
		refuse(text, "it must be the limit of the router's container, which init cannot see", error);
		return error_hint(error, "%s", pod_limit_manifest);
	}
	*bytes = size.bytes;
	return check_size(text, *bytes, error);
}

bool pod_limit_is_the_nodes(uint64_t limit_bytes, uint64_t total_bytes)
{
	return total_bytes && limit_bytes >= mul_div_u64(total_bytes, 3, 4);
}
