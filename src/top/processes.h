/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_TOP_PROCESSES_H
#define SIPLAUNCH_TOP_PROCESSES_H
/* What /proc says of the processes in the table. Of 400 only those on the screen are asked: that is cheap. */

struct process_row;

/* Fills the columns from COLUMN_RSS on, and a missing name. What cannot be read is not known. */
void process_look_up(int proc, struct process_row *row);

#endif
