/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_VALUE_H
#define SIPLAUNCH_BASE_VALUE_H
/*
 * Values with their unit, sizes as people write them, and where a value came from. Pure. Reports format
 * values for people; value_kernel_text() formats them for the kernel.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "no limit": "max" in cgroup files, RLIM_INFINITY, 18446744073709551615 in OCI documents. */
#define UNLIMITED UINT64_MAX

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

enum value_kind {
	VALUE_NONE,  /* not known, or not there                                             */
	VALUE_BYTES, /* UNLIMITED allowed                                                    */
	VALUE_PAGES, /* of the host's page size                                              */
	VALUE_COUNT, /* UNLIMITED allowed                                                    */
	VALUE_MIB,   /* a router's -m and -M                                                 */
	VALUE_SCORE, /* signed: read number[0] as int64_t                                    */
	VALUE_FLAG,  /* 0 or 1                                                               */
	VALUE_MODE,  /* permission bits: written in octal, with a leading 0                  */
	VALUE_TEXT,
};

#define VALUE_NUMBERS_MAX 4 /* kernel.sem has four; an rlimit has two: soft, hard */

struct value {
	enum value_kind kind;
	unsigned count; /* how many numbers are set; 0 for NONE and TEXT */
	uint64_t number[VALUE_NUMBERS_MAX];
	char *text; /* owned; TEXT only */
};

struct value value_number(enum value_kind kind, uint64_t number);
struct value value_numbers(enum value_kind kind, unsigned count, const uint64_t *numbers);
struct value value_score(int64_t score);
struct value value_text(const char *text); /* copies; NULL gives NONE */
struct value value_copy(const struct value *value);
void value_set(struct value *to, struct value from); /* frees what was there, takes over `from` */
void value_clear(struct value *value);
bool value_equal(const struct value *a, const struct value *b);

/* The first number of a value; 0 for NONE. For sums and bars, in which an unknown number counts as
 * nothing. */
uint64_t value_or_zero(const struct value *value);

/* The first number of a value; NAN for NONE and for UNLIMITED. */
double value_or_nan(const struct value *value);

/* The text for a kernel file: numbers in decimal (a MODE in octal), separated by a space; `unlimited` is the
 * word for UNLIMITED ("max" for cgroup files), NULL for the plain decimal number. Caller frees. */
char *value_kernel_text(const struct value *value, const char *unlimited);

/* Where a number comes from; printed beside it. */
enum source {
	SOURCE_DEFAULT,
	SOURCE_PROFILE,
	SOURCE_COMMAND_LINE,
	SOURCE_COMPUTED,
	SOURCE_MEASURED,
	SOURCE_KERNEL,
	SOURCE_PLAN, /* from the plan of siplaunch init */
};
const char *source_name(enum source source); /* "default", "profile", "command line", … */

/* A size as a profile writes it. */
enum size_kind {
	SIZE_UNSET,
	SIZE_AUTO,
	SIZE_BYTES,   /* bytes */
	SIZE_PERCENT, /* hundredths of a percent of the visible limit */
	SIZE_UNLIMITED,
};
struct size {
	enum size_kind kind;
	uint64_t bytes;      /* SIZE_BYTES */
	unsigned hundredths; /* SIZE_PERCENT: 7500 is 75 % */
};

/*
 * Reads "4GiB", "512M", "1048576", "75%", "12.5%", "auto", "max", "unlimited". Binary units, as the kernel
 * and systemd read them: K, M, G, T, with or without iB or i; the unit's case does not matter ("512m" is
 * docker's form). Decimal fractions only before a unit ("1.5GiB") and only when they give whole bytes.
 * Returns NULL for a valid size, else a static sentence that says what is allowed ("4GB" gets its own).
 */
const char *size_parse(const char *text, struct size *size);

/* A size in bytes, rounded down. A percentage is one of `limit` bytes, and UNLIMITED if that is; AUTO and
 * UNSET are `otherwise`. */
uint64_t size_bytes(const struct size *size, uint64_t limit, uint64_t otherwise);

/* "512 MiB", "21.9 MiB", "unlimited": for a sentence. Whole MiB stay whole; all else has one decimal. Caller
 * frees. */
char *size_text(uint64_t bytes);

/* A limit as cgroup files have it: "max" is UNLIMITED, else as parse_u64(). */
bool parse_u64_or_max(const char *text, uint64_t *bytes);

/* Reads a decimal integer without other characters. False for anything else, and for an overflow. */
bool parse_u64(const char *text, uint64_t *number);

static inline uint64_t larger_of(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static inline uint64_t smaller_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* a*b/c rounded down without overflow in between; UNLIMITED when the result does not fit. c must not be 0. */
uint64_t mul_div_u64(uint64_t a, uint64_t b, uint64_t c);

#endif
