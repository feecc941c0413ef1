/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_LIBM_H
#define SIPLAUNCH_BASE_LIBM_H
/* The mathematics library, loaded for what only a few profiles need. Callers of its functions call
 * libm_load() first. */
#include <math.h>

#include "base/library.h"

/* Loads it, once. 0, or -1. */
int libm_load(struct error *error);

#ifndef SIPLAUNCH_STATIC
#define LIBM_FUNCTIONS(EACH) \
	EACH(log2)           \
	EACH(pow)

/* The addresses of the loaded functions: one set for the process, like linked symbols. */
extern struct libm {
	LIBM_FUNCTIONS(LIBRARY_MEMBER)
} libm;

#define log2 libm.log2_
#define pow  libm.pow_
#endif

#endif
