/* SPDX-License-Identifier: MIT */
#include "base/libseccomp.h"

#include "base/library.h"

LIBRARY_DEFINE(libseccomp, LIBSECCOMP_FUNCTIONS, "libseccomp.so.2",
	       "install libseccomp (Debian: libseccomp2)")
