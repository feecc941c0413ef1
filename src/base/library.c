/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_STATIC
#include "base/library.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "base/error.h"

/* The loader has no error number, only a message. The hint is to install the library: of no use if the file
 * exists but is damaged or cannot be mapped. */
static int failed(const struct library *library, struct error *error)
{
	const char *said = dlerror();
	error_set(error, 0, "load %s: %s", library->soname, said ? said : "no reason given");
	return said && strstr(said, strerror(ENOENT)) ? error_hint(error, "%s", library->hint) : -1;
}

/* Addresses of functions are copied: C has no conversion from void *. */
int library_load(struct library *library, struct error *error)
{
	if (library->handle)
		return 0;
	void *handle = dlopen(library->soname, RTLD_NOW | RTLD_LOCAL);
	if (!handle)
		return failed(library, error);
	for (size_t i = 0; i < library->count; i++) {
		void *address = dlsym(handle, library->names[i]);
		if (!address) {
			failed(library, error);
			dlclose(handle);
			return -1;
		}
		memcpy((char *)library->functions + i * sizeof address, &address, sizeof address);
	}
	library->handle = handle;
	return 0;
}
#endif
