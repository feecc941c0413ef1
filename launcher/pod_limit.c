/* SPDX-License-Identifier: MIT */
#include "pod_limit.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "base/alloc.h"
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
	refuse(text, "nobody has put a value in its place", error);
	return error_hint(
		error,
		"Kubernetes expands $(NAME), in parentheses, where the same container's env has NAME: "
		"%s",
		pod_limit_manifest);
}

/* Decimal to Kubernetes (k8s.io/apimachinery, api/resource), binary to the kernel, systemd and siplaunch. In
 * lower case "m" is a thousandth to Kubernetes, and to docker a mebibyte. */
static int refuse_ambiguous(const char *text, struct error *error)
{
	static const char units[] = "KMGT";
	size_t length = strlen(text);
	const char *unit = strchr(units, toupper((unsigned char)text[length - 1]));
	refuse(text, "that is decimal to Kubernetes, and binary to the kernel and to siplaunch", error);
	return error_hint(error, "write %.*s%ciB or %.*s%ci, or a number of bytes", (int)length - 1, text,
			  *unit, (int)length - 1, text, *unit);
}

static bool ends_with_unit(const char *text, const char *units)
{
	size_t length = strlen(text);
	return length > 1 && isdigit((unsigned char)text[length - 2]) && strchr(units, text[length - 1]);
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
	return error_hint(error,
			  "a resourceFieldRef with a divisor of 1Mi gives mebibytes: leave the divisor "
			  "out, or write --memory-limit $(LIMIT)MiB");
}

int pod_limit_parse(const char *text, uint64_t *bytes, struct error *error)
{
	struct size size;

	if (*text == '$')
		return refuse_reference(text, error);
	if (ends_with_unit(text, "KMGTkmgt"))
		return refuse_ambiguous(text, error);
	if (parse_exponent(text, bytes))
		return check_size(text, *bytes, error);
	cleanup_free char *spelled = with_whole_unit(text);
	const char *why = size_parse(spelled, &size);
	if (why)
		return refuse(text, why, error);
	if (size.kind != SIZE_BYTES) {
		refuse(text,
		       "it is to be the limit of the router's container, which cannot be seen from this one",
		       error);
		return error_hint(error, "%s", pod_limit_manifest);
	}
	*bytes = size.bytes;
	return check_size(text, *bytes, error);
}

bool pod_limit_is_the_nodes(uint64_t limit_bytes, uint64_t total_bytes)
{
	return total_bytes && limit_bytes >= mul_div_u64(total_bytes, 3, 4);
}
