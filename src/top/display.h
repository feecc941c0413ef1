/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TOP_DISPLAY_H
#define SIPLAUNCH_TOP_DISPLAY_H
/*
 * The real terminal. Only display.c uses ncurses. display_close() restores the terminal in any case. A
 * process has one terminal.
 */
#include <stdbool.h>

struct canvas;
struct error;

/* 0, or -1: standard output is no terminal, or this build has no ncurses. */
int display_check(struct error *error);

/* The version of ncurses in use: "6.4.20221231"; NULL without it. */
const char *display_library(void);

/*
 * Takes over the terminal of standard output; keys come from `keys`, a descriptor of a terminal. 0, or -1:
 * standard output is not a terminal, the terminal's type is not known, or it cannot move its cursor.
 */
int display_open(int keys, bool color, struct error *error);
void display_close(void);

/* Restores the terminal while the process is stopped. */
void display_leave(void);

/* Takes the terminal over again, also after another program wrote to it. The next display_draw() draws
 * everything. */
void display_return(void);

/* The terminal's current size, in columns and lines. */
void display_size(unsigned *width, unsigned *height);

/* Reads the size again; call it after SIGWINCH. */
void display_resized(void);

/* True if the terminal shows UTF-8, and its fonts probably have the glyphs of graphs. */
bool display_is_utf8(void);

/* Sends the differences from the previous screen. */
void display_draw(const struct canvas *canvas);

/* The next key (enum key), without waiting; KEY_NONE: no key was pressed. */
int display_key(void);

#endif
