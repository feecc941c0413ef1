/* SPDX-License-Identifier: MIT */
#include "base/error.h"
#include "commands.h"
#include "inspect/inspection.h"
#include "log/log.h"
#include "options.h"
#include "output/style.h"
#include "top/top.h"

static int status_of(enum top_end end)
{
	switch (end) {
	case TOP_QUIT:
		return EXIT_OK;
	case TOP_ENDED:
		return EXIT_REFUSED;
	case TOP_BAD_FILE:
		return EXIT_USAGE;
	case TOP_REFUSED:
		break;
	}
	return EXIT_SIPLAUNCH;
}

int command_top(const struct options *options)
{
	cleanup_error struct error error = {0};
	struct inspect_request inspect = inspect_request_of(options);

	inspect.samples = true;
	const struct top_request request = {
		.inspect = &inspect,
		.replay = options->top.replay,
		.interval_s = options->top.interval,
		.color = style_for(&options->output, stdout).color,
	};
	enum top_end end = top_run(&request, &error);
	if (error.message)
		log_error(&options->output, &error);
	return status_of(end);
}
