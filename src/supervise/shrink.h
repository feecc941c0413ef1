/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SUPERVISE_SHRINK_H
#define SIPLAUNCH_SUPERVISE_SHRINK_H
/*
 * A supervisor sleeps for months and needs little of the memory that the launch touched: this returns the
 * rest to the kernel. Nothing is lost: the kernel reads pages again when they are needed.
 */

/* Free heap, the stack below the caller, and the pages of code that are mapped. */
void shrink(void);

#endif
