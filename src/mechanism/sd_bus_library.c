/* SPDX-License-Identifier: MIT */
#ifdef SIPLAUNCH_HAVE_SYSTEMD
#include "mechanism/sd_bus_library.h"

LIBRARY_DEFINE(sd_bus_library, SD_BUS_FUNCTIONS, "libsystemd.so.0",
	       "install libsystemd (Debian: libsystemd0), or start siplaunch from a unit with Delegate=yes, "
	       "which needs none")
#endif
