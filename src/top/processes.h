/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TOP_PROCESSES_H
#define SIPLAUNCH_TOP_PROCESSES_H
/* The columns of the table that come from /proc. Only the rows on the screen are read, because a router may
 * have hundreds of processes. */

struct process_row;

/* Fills the columns from COLUMN_RSS on, and a missing name. `proc` is an open /proc. A number that cannot be
 * read is "not known". */
void process_look_up(int proc, struct process_row *row);

#endif
