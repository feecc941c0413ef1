/* SPDX-License-Identifier: MIT */
#include "base/wide.h"

#include <stdbool.h>

struct wide wide_of(uint64_t number)
{
	return (struct wide){.low = number};
}

/* Long multiplication with digits of 32 bits. (2^32 - 1)^2 + 2^32 - 1 is less than 2^64. */
struct wide wide_product_by_halves(uint64_t a, uint64_t b)
{
	uint64_t a_high = a >> 32, a_low = (uint32_t)a, b_high = b >> 32, b_low = (uint32_t)b;
	uint64_t low = a_low * b_low;
	uint64_t middle = a_high * b_low + (low >> 32);
	uint64_t other = a_low * b_high + (uint32_t)middle;

	return (struct wide){
		.high = a_high * b_high + (middle >> 32) + (other >> 32),
		.low = other << 32 | (uint32_t)low,
	};
}

/* Long division with digits of one bit; the remainder has 65 bits before it is compared. */
struct wide_division wide_divide_by_bits(struct wide dividend, uint64_t divisor)
{
	struct wide quotient = {.high = dividend.high / divisor};
	uint64_t rest = dividend.high % divisor;

	if (!dividend.high) /* nearly always */
		return (struct wide_division){wide_of(dividend.low / divisor), dividend.low % divisor};
	for (int bit = 63; bit >= 0; bit--) {
		bool beyond = rest >> 63;
		rest = rest << 1 | (dividend.low >> bit & 1);
		if (beyond || rest >= divisor) {
			rest -= divisor;
			quotient.low |= UINT64_C(1) << bit;
		}
	}
	return (struct wide_division){quotient, rest};
}

#ifdef __SIZEOF_INT128__

static struct wide wide_from(unsigned __int128 number)
{
	return (struct wide){.high = (uint64_t)(number >> 64), .low = (uint64_t)number};
}

struct wide wide_product(uint64_t a, uint64_t b)
{
	return wide_from((unsigned __int128)a * b);
}

struct wide_division wide_divide(struct wide dividend, uint64_t divisor)
{
	unsigned __int128 number = (unsigned __int128)dividend.high << 64 | dividend.low;
	return (struct wide_division){wide_from(number / divisor), (uint64_t)(number % divisor)};
}

#else

struct wide wide_product(uint64_t a, uint64_t b)
{
	return wide_product_by_halves(a, b);
}

struct wide_division wide_divide(struct wide dividend, uint64_t divisor)
{
	return wide_divide_by_bits(dividend, divisor);
}

#endif

void wide_add(struct wide *sum, struct wide term)
{
	bool carry = __builtin_add_overflow(sum->low, term.low, &sum->low);
	bool beyond = __builtin_add_overflow(sum->high, term.high, &sum->high);

	beyond |= __builtin_add_overflow(sum->high, (uint64_t)carry, &sum->high);
	if (beyond)
		*sum = (struct wide){UINT64_MAX, UINT64_MAX};
}

uint64_t wide_excess(struct wide a, struct wide b)
{
	if (a.high < b.high || (a.high == b.high && a.low < b.low))
		return 0;
	uint64_t borrow = a.low < b.low;
	return wide_saturated((struct wide){a.high - b.high - borrow, a.low - b.low});
}

uint64_t wide_saturated(struct wide number)
{
	return number.high ? UINT64_MAX : number.low;
}

double wide_double(struct wide number)
{
	return (double)number.high * 0x1p64 + (double)number.low;
}
