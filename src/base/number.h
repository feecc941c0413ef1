/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_NUMBER_H
#define SIPLAUNCH_BASE_NUMBER_H
/* The larger and the smaller of two numbers, passing over NAN, which stands for "not known". As fmax(3) and
 * fmin(3), which are in a library of their own: each launch would load it. */
#include <math.h>

static inline double number_max(double a, double b)
{
	return isnan(a) || a < b ? b : a;
}

static inline double number_min(double a, double b)
{
	return isnan(a) || b < a ? b : a;
}

#endif
