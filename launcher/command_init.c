/* SPDX-License-Identifier: MIT */
#include "commands.h"

int command_init(const struct options *options)
{
	(void)options;
	return EXIT_SIPLAUNCH;
}
