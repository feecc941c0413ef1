/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_CDP_FILE_H
#define SIPLAUNCH_ROUTER_CDP_FILE_H
/*
 * The parts of the cdp module's file (Kamailio) that decide the number of processes: the root element's
 * attribute Workers, and its elements Peer (modules/cdp/configparser.c). Private to this room.
 */
#include <stdint.h>

#include "router/router.h"

struct error;

struct cdp_file {
	uint64_t workers, peers;
};

/* 0, or -1 with the reason: the file cannot be read, is not a DiameterPeer file, or has its own document
 * type, whose entities may contain more of it. */
int cdp_file_read(const struct router_paths *paths, const char *path, struct cdp_file *file,
		  struct error *error);

#endif
