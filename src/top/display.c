/* SPDX-License-Identifier: MIT */
#include "top/display.h"

#include <stddef.h>
#include <unistd.h>

#include "base/error.h"

#ifndef SIPLAUNCH_HAVE_NCURSES

int display_check(struct error *error)
{
	error_set(error, 0, "this siplaunch was built without ncurses, which draws the live view");
	return error_hint(error, "use: siplaunch inspect --watch");
}

const char *display_library(void)
{
	return NULL;
}

int display_open(int keys, bool color, struct error *error)
{
	(void)keys, (void)color;
	return display_check(error);
}

void display_close(void)
{
}

void display_leave(void)
{
}

void display_return(void)
{
}

void display_size(unsigned *width, unsigned *height)
{
	*width = *height = 0;
}

void display_resized(void)
{
}

bool display_is_utf8(void)
{
	return false;
}

void display_draw(const struct canvas *canvas)
{
	(void)canvas;
}

int display_key(void)
{
	return 0;
}

#else

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "base/alloc.h"
#include "output/style.h"
#include "text/charset.h"
#include "top/canvas.h"
#include "top/libncurses.h"
#include "top/terminfo.h"
#include "top/view.h"

LIBRARY_DEFINE(libncurses, LIBNCURSES_FUNCTIONS, "libncursesw.so.6",
	       "install ncurses (Debian: libncursesw6), or use: siplaunch inspect --watch")

#define ESCAPE_MS 50 /* after Esc: a later byte is not part of an escape sequence */

static struct {
	SCREEN *screen;
	FILE *keys;
	bool color;
} terminal;

int display_check(struct error *error)
{
	if (isatty(STDOUT_FILENO))
		return libncurses_load(error);
	error_set(error, 0, "standard output is not a terminal: the live view needs one");
	return error_hint(error, "use: siplaunch inspect --watch");
}

/* The part after "ncurses " in "ncurses 6.4.20221231". */
const char *display_library(void)
{
	if (libncurses_load(NULL) < 0)
		return NULL;
	const char *version = curses_version(), *space = strchr(version, ' ');
	return space ? space + 1 : version;
}

/* ---- opening and closing ---- */

static int refuse(const char *type, struct error *error)
{
	if (!type || !*type)
		error_set(error, 0, "TERM is not set: the type of this terminal is not known");
	else
		error_set(error, 0,
			  "TERM is %s: there is no terminfo entry of that name for a terminal whose "
			  "cursor can be moved",
			  type);
	return error_hint(error, "set TERM to the terminal's type, such as TERM=xterm, or use: siplaunch "
				 "inspect --watch");
}

/* Opens the screen with the terminal's entry; if there is none, with the built-in entry, if that is known to
 * fit. */
static SCREEN *open_screen(const char *type, FILE *keys)
{
	SCREEN *screen = newterm(type, stdout, keys);
	if (screen)
		return screen;
	const char *builtin = terminfo_builtin(type);
	return builtin ? newterm(builtin, stdout, keys) : NULL;
}

static void set_up(void)
{
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	leaveok(stdscr, TRUE);
	curs_set(0);
	set_escdelay(ESCAPE_MS);
	if (!terminal.color || !has_colors())
		return;
	start_color();
	use_default_colors();
	static const short colours[] = {COLOR_RED,  COLOR_GREEN,   COLOR_YELLOW,
					COLOR_BLUE, COLOR_MAGENTA, COLOR_CYAN};
	for (short i = 0; i < (short)ARRAY_SIZE(colours); i++)
		init_pair((short)(i + PAINT_RED), colours[i], -1);
}

int display_open(int keys, bool color, struct error *error)
{
	const char *type = getenv("TERM");
	int copy = dup(keys);

	terminal.keys = copy < 0 ? NULL : fdopen(copy, "r");
	if (!terminal.keys) {
		int errnum = errno;
		if (copy >= 0)
			close(copy);
		return error_set(error, errnum, "open the terminal's keys");
	}
	terminal.color = color;
	locale_t before = charset_enter();
	terminal.screen = type && *type ? open_screen(type, terminal.keys) : NULL;
	bool moves = terminal.screen && tigetstr("cup");
	if (terminal.screen && moves)
		set_up();
	charset_leave(before);
	if (moves)
		return 0;
	display_close();
	return refuse(type, error);
}

void display_close(void)
{
	if (terminal.screen) {
		endwin();
		delscreen(terminal.screen);
	}
	if (terminal.keys)
		fclose(terminal.keys);
	memset(&terminal, 0, sizeof terminal);
}

void display_leave(void)
{
	endwin();
}

void display_return(void)
{
	display_resized();
}

void display_size(unsigned *width, unsigned *height)
{
	int rows, across;
	getmaxyx(stdscr, rows, across);
	*width = across > 0 ? (unsigned)across : 0;
	*height = rows > 0 ? (unsigned)rows : 0;
}

void display_resized(void)
{
	const struct winsize size = style_size(STDOUT_FILENO);
	if (size.ws_col && size.ws_row)
		resizeterm(size.ws_row, size.ws_col);
	/* the contents after a change of size depend on the terminal, so everything is drawn again */
	clearok(curscr, TRUE);
}

/* Linux's console is UTF-8, but its fonts have no braille. */
bool display_is_utf8(void)
{
	const char *type = getenv("TERM");
	return charset_is_utf8() && !(type && strcmp(type, "linux") == 0);
}

/* ---- drawing ---- */

static attr_t attributes_of(unsigned ink)
{
	unsigned paint = ink & INK_PAINT;
	attr_t attributes = A_NORMAL;

	if (ink & INK_STRONG || paint == PAINT_BOLD)
		attributes |= A_BOLD;
	if (paint == PAINT_DIM)
		attributes |= A_DIM;
	if (ink & INK_REVERSE)
		attributes |= A_REVERSE;
	return attributes;
}

static short pair_of(unsigned ink)
{
	unsigned paint = ink & INK_PAINT;
	return terminal.color && paint >= PAINT_RED ? (short)paint : 0;
}

static void draw_cell(unsigned x, unsigned y, const struct cell *cell)
{
	wchar_t wide[CCHARW_MAX] = {0};
	mbstate_t state = {0};
	cchar_t shown;

	if (!*cell->text) /* the right half of the character before */
		return;
	if (mbrtowc(wide, cell->text, strlen(cell->text), &state) > sizeof cell->text)
		wide[0] = L'?';
	if (setcchar(&shown, wide, attributes_of(cell->ink), pair_of(cell->ink), NULL) == OK)
		mvadd_wch((int)y, (int)x, &shown);
}

void display_draw(const struct canvas *canvas)
{
	locale_t before = charset_enter();

	for (unsigned y = 0; y < canvas->height; y++)
		for (unsigned x = 0; x < canvas->width; x++)
			draw_cell(x, y, canvas_cell(canvas, x, y));
	refresh();
	charset_leave(before);
}

/* ---- keys ---- */

int display_key(void)
{
	static const struct {
		int curses, key;
	} keys[] = {
		{KEY_UP, KEY_ARROW_UP},
		{KEY_DOWN, KEY_ARROW_DOWN},
		{KEY_LEFT, KEY_ARROW_LEFT},
		{KEY_RIGHT, KEY_ARROW_RIGHT},
		{KEY_PPAGE, KEY_PAGE_UP},
		{KEY_NPAGE, KEY_PAGE_DOWN},
		{KEY_HOME, KEY_FIRST},
		{KEY_END, KEY_LAST},
		{KEY_ENTER, KEY_RETURN},
		{'\n', KEY_RETURN},
		{KEY_BACKSPACE, KEY_DELETE_BACK},
		{'\b', KEY_DELETE_BACK},
		{KEY_F(1), '?'},
		{KEY_F(10), 'q'},
	};
	/* getch() also refreshes the screen if something changed, so it needs the character set */
	locale_t before = charset_enter();
	int typed = getch();
	charset_leave(before);

	if (typed == ERR)
		return KEY_NONE;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		if (keys[i].curses == typed)
			return keys[i].key;
	return typed < 0x80 ? typed : KEY_NONE;
}

#endif
