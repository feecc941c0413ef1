/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TOP_DISPLAY_H
#define SIPLAUNCH_TOP_DISPLAY_H
/*
 * The real terminal, through ncurses: the only file that knows it. Whatever happens, display_close() leaves
 * the terminal as it was. There is one terminal a process.
 */
#include <stdbool.h>

struct canvas;
struct error;

/* 0, or -1: standard output is no terminal, or this build has no ncurses. */
int display_check(struct error *error);

/* The version of ncurses in use: "6.4.20221231"; NULL without it. */
const char *display_library(void);

/*
 * Takes over the terminal of standard output; keys come from `keys`, a descriptor of a terminal. 0, or -1: it
 * is no terminal, its type is not known, or it cannot move its cursor.
 */
int display_open(int keys, bool color, struct error *error);
void display_close(void);

/* As it was for as long as the process is stopped. */
void display_leave(void);

/* Back; also after another program has written over it. The next display_draw() draws everything. */
void display_return(void);

/* Its size now, in columns and lines. */
void display_size(unsigned *width, unsigned *height);

/* The same after SIGWINCH. */
void display_resized(void);

/* It shows UTF-8, and has the glyphs of graphs. */
bool display_is_utf8(void);

/* Sends what differs from the screen before. */
void display_draw(const struct canvas *canvas);

/* The next key (enum key); KEY_NONE: there is none now. */
int display_key(void);

#endif
