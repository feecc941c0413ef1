/* SPDX-License-Identifier: MIT */
#include "base/value.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/wide.h"

struct value value_numbers(enum value_kind kind, unsigned count, const uint64_t *numbers)
{
	struct value value = {.kind = kind, .count = count > VALUE_NUMBERS_MAX ? VALUE_NUMBERS_MAX : count};
	memcpy(value.number, numbers, value.count * sizeof *numbers);
	return value;
}

struct value value_number(enum value_kind kind, uint64_t number)
{
	return value_numbers(kind, 1, &number);
}

struct value value_score(int64_t score)
{
	return value_number(VALUE_SCORE, (uint64_t)score);
}

struct value value_text(const char *text)
{
	if (!text)
		return (struct value){0};
	return (struct value){.kind = VALUE_TEXT, .text = xstrdup(text)};
}

struct value value_copy(const struct value *value)
{
	struct value copy = *value;
	copy.text = value->text ? xstrdup(value->text) : NULL;
	return copy;
}

void value_set(struct value *to, struct value from)
{
	value_clear(to);
	*to = from;
}

void value_clear(struct value *value)
{
	free(value->text);
	*value = (struct value){0};
}

bool value_equal(const struct value *a, const struct value *b)
{
	if (a->kind != b->kind)
		return false;
	if (a->kind == VALUE_TEXT)
		return strcmp(a->text, b->text) == 0;
	return a->count == b->count && memcmp(a->number, b->number, a->count * sizeof a->number[0]) == 0;
}

uint64_t value_or_zero(const struct value *value)
{
	return value->kind == VALUE_NONE ? 0 : value->number[0];
}

double value_or_nan(const struct value *value)
{
	return value->kind == VALUE_NONE || value->number[0] == UNLIMITED ? NAN : (double)value->number[0];
}

static char *number_text(enum value_kind kind, uint64_t number, const char *unlimited)
{
	if (kind == VALUE_SCORE)
		return xasprintf("%" PRId64, (int64_t)number);
	if (kind == VALUE_MODE)
		return xasprintf("%04" PRIo64, number);
	if (number == UNLIMITED && unlimited)
		return xstrdup(unlimited);
	return xasprintf("%" PRIu64, number);
}

char *value_kernel_text(const struct value *value, const char *unlimited)
{
	if (value->kind == VALUE_TEXT)
		return xstrdup(value->text);
	char *text = xstrdup("");
	for (unsigned i = 0; i < value->count; i++) {
		cleanup_free char *before = text;
		cleanup_free char *number = number_text(value->kind, value->number[i], unlimited);
		text = xasprintf("%s%s%s", before, i ? " " : "", number);
	}
	return text;
}

const char *source_name(enum source source)
{
	static const char *const names[] = {
		[SOURCE_DEFAULT] = "default",
		[SOURCE_PROFILE] = "profile",
		[SOURCE_COMMAND_LINE] = "command line",
		[SOURCE_COMPUTED] = "computed",
		[SOURCE_MEASURED] = "measured",
		[SOURCE_KERNEL] = "kernel",
		[SOURCE_PLAN] = "plan",
	};
	return names[source];
}

bool parse_u64(const char *text, uint64_t *number)
{
	uint64_t sum = 0;
	if (!*text)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || __builtin_mul_overflow(sum, 10u, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)(*text - '0'), &sum))
			return false;
	}
	*number = sum;
	return true;
}

bool parse_u64_or_max(const char *text, uint64_t *bytes)
{
	if (strcmp(text, "max") != 0)
		return parse_u64(text, bytes);
	*bytes = UNLIMITED;
	return true;
}

uint64_t mul_div_u64(uint64_t a, uint64_t b, uint64_t c)
{
	return wide_saturated(wide_divide(wide_product(a, b), c).quotient);
}

/* Reads a decimal number with an optional fraction: its digits into *mantissa, the power of ten to divide by
 * into *scale. */
static const char *decimal_parse(const char *text, uint64_t *mantissa, uint64_t *scale)
{
	*mantissa = 0;
	*scale = 1;
	const char *start = text;
	bool fraction = false;
	for (; ascii_is_digit(*text) || (*text == '.' && !fraction && text > start); text++) {
		if (*text == '.') {
			fraction = true;
			continue;
		}
		if (__builtin_mul_overflow(*mantissa, 10u, mantissa) ||
		    __builtin_add_overflow(*mantissa, (uint64_t)(*text - '0'), mantissa) ||
		    (fraction && __builtin_mul_overflow(*scale, 10u, scale)))
			return NULL;
	}
	return text == start || text[-1] == '.' ? NULL : text;
}

static const char size_allowed[] =
	"a number of bytes, or one with K, M, G or T (KiB, MiB, GiB, TiB), a percentage such as \"75%\", "
	"\"auto\", or \"max\"";

static const char *percent_parse(uint64_t mantissa, uint64_t scale, struct size *size)
{
	struct wide_division hundredths = wide_divide(wide_product(mantissa, 100), scale);
	if (hundredths.remainder != 0)
		return "a percentage has at most two decimals";
	uint64_t whole = wide_saturated(hundredths.quotient);
	if (whole > 10000)
		return "a percentage is at most 100%";
	*size = (struct size){.kind = SIZE_PERCENT, .hundredths = (unsigned)whole};
	return NULL;
}

const char *size_parse(const char *text, struct size *size)
{
	static const char units[] = "KMGT";

	*size = (struct size){0};
	if (strcmp(text, "auto") == 0) {
		size->kind = SIZE_AUTO;
		return NULL;
	}
	if (strcmp(text, "max") == 0 || strcmp(text, "unlimited") == 0) {
		size->kind = SIZE_UNLIMITED;
		return NULL;
	}
	uint64_t mantissa, scale;
	const char *rest = decimal_parse(text, &mantissa, &scale);
	if (!rest)
		return size_allowed;
	if (strcmp(rest, "%") == 0)
		return percent_parse(mantissa, scale, size);

	unsigned shift = 0;
	if (*rest) {
		const char *unit = strchr(units, ascii_to_upper(*rest));
		if (!unit)
			return size_allowed;
		shift = 10 * (unsigned)(unit - units + 1);
		if (strcasecmp(rest + 1, "b") == 0)
			return "KB, MB, GB are ambiguous (1000 or 1024?): write KiB, MiB, GiB, or a number "
			       "of bytes";
		/* "512Mi" is how Kubernetes writes it */
		if (rest[1] && strcasecmp(rest + 1, "ib") != 0 && strcmp(rest + 1, "i") != 0)
			return size_allowed;
	} else if (scale != 1) {
		return "a number of bytes has no fraction";
	}
	struct wide_division bytes = wide_divide(wide_product(mantissa, UINT64_C(1) << shift), scale);
	uint64_t whole = wide_saturated(bytes.quotient);
	if (bytes.remainder != 0)
		return "the fraction does not give whole bytes";
	if (whole == UNLIMITED) {
		if (!*rest && mantissa == UNLIMITED) { /* OCI's way to write it */
			size->kind = SIZE_UNLIMITED;
			return NULL;
		}
		return "larger than 2^64 - 1 bytes";
	}
	*size = (struct size){.kind = SIZE_BYTES, .bytes = whole};
	return NULL;
}

uint64_t size_bytes(const struct size *size, uint64_t limit, uint64_t otherwise)
{
	switch (size->kind) {
	case SIZE_BYTES:
		return size->bytes;
	case SIZE_UNLIMITED:
		return UNLIMITED;
	case SIZE_PERCENT:
		return limit == UNLIMITED ? UNLIMITED : mul_div_u64(limit, size->hundredths, 10000);
	case SIZE_UNSET:
	case SIZE_AUTO:
		break;
	}
	return otherwise;
}

static const char *const units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};

/* Tenths of the unit, rounded to the nearest. */
static char *tenths_text(uint64_t bytes, unsigned unit)
{
	uint64_t tenths = mul_div_u64(bytes, 10, UINT64_C(1) << (10 * unit));
	uint64_t below = mul_div_u64(tenths, UINT64_C(1) << (10 * unit), 10);
	if (bytes - below > (UINT64_C(1) << (10 * unit)) / 20)
		tenths++;
	return xasprintf("%" PRIu64 ".%" PRIu64 " %s", tenths / 10, tenths % 10, units[unit]);
}

char *size_text(uint64_t bytes)
{
	unsigned unit = 0;

	if (bytes == UNLIMITED)
		return xstrdup("unlimited");
	while (unit + 1 < ARRAY_SIZE(units) && bytes >> (10 * (unit + 1)))
		unit++;
	if (unit == 0)
		return xasprintf("%" PRIu64 " bytes", bytes);
	/* 1025 MiB is not "1.0 GiB": whole MiB stay exact */
	unsigned min = unit < 2 ? 1 : 2;
	for (unsigned exact = unit; exact >= min; exact--)
		if (bytes % (UINT64_C(1) << (10 * exact)) == 0)
			return xasprintf("%" PRIu64 " %s", bytes >> (10 * exact), units[exact]);
	return tenths_text(bytes, unit);
}
