/* SPDX-License-Identifier: MIT */
/* Kamailio's configuration. */
#include "router_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return router_config_run("kamailio", "-f", data, size);
}
