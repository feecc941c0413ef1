/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_CDP_FILE_H
#define SIPLAUNCH_ROUTER_CDP_FILE_H
/*
 * The file of Kamailio's cdp module, as far as it decides how many processes there are: the root element's
 * attribute Workers, and its elements Peer (modules/cdp/configparser.c). Private to this room.
 */
#include <stdint.h>

#include "router/router.h"

struct error;

struct cdp_file {
	uint64_t workers, peers;
};

/* -1 with the reason if it cannot be read, is another kind of file, or has its own document type, whose
 * entities may contain more. */
int cdp_file_read(const struct router_paths *paths, const char *path, struct cdp_file *file,
		  struct error *error);

#endif
