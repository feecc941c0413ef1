/* SPDX-License-Identifier: MIT */
#include "commands.h"

int command_export(const struct options *options)
{
	(void)options;
	return EXIT_SIPLAUNCH;
}
