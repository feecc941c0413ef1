/* SPDX-License-Identifier: MIT */
#include "base/libm.h"

#include "base/library.h"

/* It is a part of the C library; musl has it in its own file and takes this name for it. */
LIBRARY_DEFINE(libm, LIBM_FUNCTIONS, "libm.so.6", "")
