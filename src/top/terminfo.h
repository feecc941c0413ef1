/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TOP_TERMINFO_H
#define SIPLAUNCH_TOP_TERMINFO_H
/* A description of a terminal for places that have none, such as an image with nothing but siplaunch in it.
 */

/*
 * The name of the built-in entry for a terminal of this type, which ncurses finds from here on; NULL: the
 * type is not one of those that are known to be like it.
 */
const char *terminfo_builtin(const char *type);

#endif
