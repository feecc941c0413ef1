/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TOP_TERMINFO_H
#define SIPLAUNCH_TOP_TERMINFO_H
/* A built-in terminfo entry for systems without a terminfo database, such as a minimal container image.
 */

/*
 * The name of the built-in entry for a terminal of this type; NULL: the entry is not known to fit the type.
 * Sets $TERMINFO, so that ncurses finds the entry.
 */
const char *terminfo_builtin(const char *type);

#endif
