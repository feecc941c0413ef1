/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TOP_LIBNCURSES_H
#define SIPLAUNCH_TOP_LIBNCURSES_H
/* ncurses, loaded at run time for the live view only: linked, it and libtinfo would be loaded at every
 * launch. Only display.c includes this. */
#include <curses.h>

#include "base/library.h"

/* Loads it once. 0, or -1 with the reason. */
int libncurses_load(struct error *error);

#ifndef SIPLAUNCH_STATIC
#define LIBNCURSES_FUNCTIONS(EACH) \
	EACH(cbreak)               \
	EACH(clearok)              \
	EACH(curs_set)             \
	EACH(curscr)               \
	EACH(curses_version)       \
	EACH(delscreen)            \
	EACH(endwin)               \
	EACH(getmaxx)              \
	EACH(getmaxy)              \
	EACH(has_colors)           \
	EACH(init_pair)            \
	EACH(keypad)               \
	EACH(leaveok)              \
	EACH(newterm)              \
	EACH(nodelay)              \
	EACH(noecho)               \
	EACH(nonl)                 \
	EACH(resizeterm)           \
	EACH(set_escdelay)         \
	EACH(setcchar)             \
	EACH(start_color)          \
	EACH(stdscr)               \
	EACH(tigetstr)             \
	EACH(use_default_colors)   \
	EACH(wadd_wch)             \
	EACH(wgetch)               \
	EACH(wmove)                \
	EACH(wrefresh)

/* The addresses of the loaded symbols; curscr and stdscr are variables. */
extern struct libncurses {
	LIBNCURSES_FUNCTIONS(LIBRARY_MEMBER)
} libncurses;

/* Macros or functions, by the release. */
#undef getmaxx
#undef getmaxy

#define cbreak             (*libncurses.cbreak_)
#define clearok            (*libncurses.clearok_)
#define curs_set           (*libncurses.curs_set_)
#define curscr             (*libncurses.curscr_)
#define curses_version     (*libncurses.curses_version_)
#define delscreen          (*libncurses.delscreen_)
#define endwin             (*libncurses.endwin_)
#define getmaxx            (*libncurses.getmaxx_)
#define getmaxy            (*libncurses.getmaxy_)
#define has_colors         (*libncurses.has_colors_)
#define init_pair          (*libncurses.init_pair_)
#define keypad             (*libncurses.keypad_)
#define leaveok            (*libncurses.leaveok_)
#define newterm            (*libncurses.newterm_)
#define nodelay            (*libncurses.nodelay_)
#define noecho             (*libncurses.noecho_)
#define nonl               (*libncurses.nonl_)
#define resizeterm         (*libncurses.resizeterm_)
#define set_escdelay       (*libncurses.set_escdelay_)
#define setcchar           (*libncurses.setcchar_)
#define start_color        (*libncurses.start_color_)
#define stdscr             (*libncurses.stdscr_)
#define tigetstr           (*libncurses.tigetstr_)
#define use_default_colors (*libncurses.use_default_colors_)
#define wadd_wch           (*libncurses.wadd_wch_)
#define wgetch             (*libncurses.wgetch_)
#define wmove              (*libncurses.wmove_)
#define wrefresh           (*libncurses.wrefresh_)
#endif

#endif
