/* SPDX-License-Identifier: MIT */
/* RTPEngine's configuration. */
#include "router_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return router_config_run("rtpengine", "--config-file", data, size);
}
