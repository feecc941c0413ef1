/* SPDX-License-Identifier: MIT */
#include "commands.h"

int command_tune(const struct options *options)
{
	(void)options;
	return EXIT_SIPLAUNCH;
}
