/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_SHRINK_H
#define SIPLAUNCH_LAUNCHER_SHRINK_H
/*
 * A supervisor sleeps for months in the memory that a launch has touched: giving back what it needs no more.
 * Nothing is lost by it: what is wanted again is read again.
 */

/* Free heap, the stack below the caller, and the pages of code that are mapped. */
void shrink(void);

#endif
