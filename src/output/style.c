/* SPDX-License-Identifier: MIT */
#include "output/style.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "output/output.h"
#include "text/charset.h"

#define COLUMNS_DEFAULT 80
#define COLUMNS_MIN     40
#define COLUMNS_MAX     140

bool style_moves_cursor(int fd)
{
	const char *type = getenv("TERM");
	return isatty(fd) && type && *type && strcmp(type, "dumb") != 0;
}

struct winsize style_size(int fd)
{
	struct winsize size = {0};
	ioctl(fd, TIOCGWINSZ, &size);
	return size;
}

static unsigned columns_of(const struct output *output, int fd)
{
	unsigned columns = style_size(fd).ws_col;
	if (!columns)
		columns = output->columns ? output->columns : COLUMNS_DEFAULT;
	if (columns < COLUMNS_MIN)
		return COLUMNS_MIN;
	return columns > COLUMNS_MAX ? COLUMNS_MAX : columns;
}

bool style_is_journal(FILE *stream)
{
	const char *journal = getenv("JOURNAL_STREAM");
	struct stat info;
	if (!journal || fstat(fileno(stream), &info) < 0)
		return false;
	cleanup_free char *ours = xasprintf("%ju:%ju", (uintmax_t)info.st_dev, (uintmax_t)info.st_ino);
	return strcmp(journal, ours) == 0;
}

struct style style_for(const struct output *output, FILE *stream)
{
	bool automatic = output->color == COLOR_AUTO;
	return (struct style){
		.color = automatic ? !output->no_color && isatty(fileno(stream))
				   : output->color == COLOR_ALWAYS,
		.utf8 = charset_is_utf8(),
		.columns = columns_of(output, fileno(stream)),
	};
}

const char *style_paint(const struct style *style, enum paint paint)
{
	static const char *const sequences[] = {
		[PAINT_RESET] = "\033[0m", [PAINT_BOLD] = "\033[1m",     [PAINT_DIM] = "\033[2m",
		[PAINT_RED] = "\033[31m",  [PAINT_GREEN] = "\033[32m",   [PAINT_YELLOW] = "\033[33m",
		[PAINT_BLUE] = "\033[34m", [PAINT_MAGENTA] = "\033[35m", [PAINT_CYAN] = "\033[36m",
	};
	return style->color ? sequences[paint] : "";
}
