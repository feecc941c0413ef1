/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_WIDE_H
#define SIPLAUNCH_BASE_WIDE_H
/*
 * Sums and products of 64-bit numbers in 128 bits, without loss. Pure. A struct on every machine, because
 * compilers for 32-bit processors have no 128-bit integer: so code that uses operators on it fails to compile
 * everywhere, and not only there.
 */
#include <stdint.h>

struct wide {
	uint64_t high, low; /* high * 2^64 + low */
};

struct wide_division {
	struct wide quotient;
	uint64_t remainder;
};

struct wide wide_of(uint64_t number);
struct wide wide_product(uint64_t a, uint64_t b);

/* The divisor must not be 0. */
struct wide_division wide_divide(struct wide dividend, uint64_t divisor);

/* Adds `term` to *sum, which saturates at 2^128 - 1. */
void wide_add(struct wide *sum, struct wide term);

/* a - b, but 0 if b is larger, and at most 2^64 - 1. */
uint64_t wide_excess(struct wide a, struct wide b);

/* The number, at most 2^64 - 1. */
uint64_t wide_saturated(struct wide number);

double wide_double(struct wide number);

/* wide_product() and wide_divide() as they work without a 128-bit integer. */
struct wide wide_product_by_halves(uint64_t a, uint64_t b);
struct wide_division wide_divide_by_bits(struct wide dividend, uint64_t divisor);

#endif
