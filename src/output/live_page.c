/* SPDX-License-Identifier: MIT */
#include "output/live_page.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "output/style.h"
#include "text/charset.h"

/* xterm's control sequences, which all terminals of today know (console_codes(4)). */
#define ENTER      "\033[?1049h\033[?25l\033[H\033[2J"
#define LEAVE      "\033[?25h\033[?1049l"
#define HOME       "\033[H"
#define CLEAR_LINE "\033[K"
#define CLEAR_REST "\033[J"
#define RESET      "\033[0m"

#define ROWS_DEFAULT    24
#define COLUMNS_DEFAULT 80

static int write_text(int fd, const char *text)
{
	return write_whole(fd, text, strlen(text));
}

static void measure(struct live_page *live)
{
	const struct winsize size = style_size(live->terminal);

	live->rows = size.ws_row ? size.ws_row : ROWS_DEFAULT;
	live->columns = size.ws_col ? size.ws_col : COLUMNS_DEFAULT;
}

int live_page_open(struct live_page *live, struct error *error)
{
	static const int taken[] = {SIGWINCH, SIGTSTP, SIGQUIT, 0};

	*live = (struct live_page){.terminal = STDOUT_FILENO};
	if (signals_hold(taken, &live->held, error) < 0)
		return -1;
	measure(live);
	return write_text(live->terminal, ENTER) < 0 ? error_set(error, errno, "write to the terminal") : 0;
}

void live_page_close(struct live_page *live)
{
	if (live->held.fd < 0)
		return;
	write_text(live->terminal, LEAVE);
	signals_release(&live->held);
}

/* The bytes of an escape sequence of style_paint() at the start of the text; 0: none. */
static size_t escape_length(const char *text)
{
	if (text[0] != '\033' || text[1] != '[')
		return 0;
	size_t length = 2 + strspn(text + 2, "0123456789;");
	return text[length] ? length + 1 : length;
}

/* Prints one line, cut to the columns. Clears the rest of the row only if there is one: after a full row,
 * clearing would erase its last character. */
static void print_line(FILE *out, const char *line, size_t length, size_t columns)
{
	size_t used = 0;

	for (const char *end = line + length; line < end;) {
		int width = 0;
		size_t bytes = escape_length(line);
		if (!bytes)
			bytes = charset_next(line, &width);
		if (width > 0 && used + (size_t)width > columns)
			break;
		used += width > 0 ? (size_t)width : 0;
		fwrite(line, 1, bytes, out);
		line += bytes;
	}
	fputs(RESET, out);
	fputs(used < columns ? CLEAR_LINE : "", out);
}

static void print_page(FILE *out, const struct live_page *live, const char *page)
{
	size_t row = 0;

	fputs(HOME, out);
	for (; *page && row < live->rows; row++) {
		size_t length = strcspn(page, "\n");
		fputs(row ? "\r\n" : "", out);
		print_line(out, page, length, live->columns);
		page += length + (page[length] == '\n');
	}
	if (row < live->rows)
		fputs("\r\n" CLEAR_REST, out);
}

int live_page_draw(const struct live_page *live, const char *page)
{
	cleanup_free char *frame = NULL;
	size_t length = 0;

	FILE *out = open_memstream(&frame, &length);
	if (!out)
		alloc_failed();
	print_page(out, live, page);
	if (fclose(out) != 0)
		alloc_failed();
	return write_whole(live->terminal, frame, length);
}

/* Lets the signal stop or end the process, with the terminal restored. */
static void obey(const struct live_page *live, int number)
{
	write_text(live->terminal, LEAVE);
	raise(number); /* pending until it is unblocked */
	signal_let_act(number);
	write_text(live->terminal, ENTER);
}

bool live_page_attend(struct live_page *live)
{
	struct signalfd_siginfo info;
	bool attended = false;

	while (read(live->held.fd, &info, sizeof info) == (ssize_t)sizeof info) {
		attended = true;
		if (info.ssi_signo != SIGWINCH)
			obey(live, (int)info.ssi_signo);
	}
	if (attended)
		measure(live);
	return attended;
}
