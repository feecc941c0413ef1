/* SPDX-License-Identifier: MIT */
#ifdef SIPLAUNCH_HAVE_SYSTEMD
#define SD_BUS_LIBRARY_OWN_NAMES
#include "mechanism/sd_bus_library.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>

#define SD_BUS_SONAME "libsystemd.so.0"

struct sd_bus_library sd_bus_library;

static int failed(struct error *error)
{
	const char *said = dlerror();
	error_set(error, 0, "load %s: %s", SD_BUS_SONAME, said ? said : "no reason given");
	return error_hint(error,
			  "install libsystemd (Debian: libsystemd0), or start siplaunch from a unit with "
			  "Delegate=yes, which needs none");
}

/* A function's address into a pointer of its type: the two may not be converted, only copied. */
static bool find(const char *name, void *member)
{
	void *address = dlsym(sd_bus_library.handle, name);
	memcpy(member, &address, sizeof address);
	return address != NULL;
}

int sd_bus_library_load(struct error *error)
{
	if (sd_bus_library.handle)
		return 0;
	sd_bus_library.handle = dlopen(SD_BUS_SONAME, RTLD_NOW | RTLD_LOCAL);
	if (!sd_bus_library.handle)
		return failed(error);
#define SD_BUS_FIND(NAME)                                    \
	if (!find(#NAME, &sd_bus_library.NAME##_)) {         \
		int result = failed(error);                  \
		dlclose(sd_bus_library.handle);              \
		sd_bus_library = (struct sd_bus_library){0}; \
		return result;                               \
	}
	SD_BUS_FUNCTIONS(SD_BUS_FIND)
	return 0;
}
#endif
