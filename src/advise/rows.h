/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ADVISE_ROWS_H
#define SIPLAUNCH_ADVISE_ROWS_H
/* What the files of this room share: how a row is decided, and the function of each row. Later rows use the
 * recommendations of earlier ones. */
#include "advise/advise.h"
#include "advise/growth.h"

struct frame {
	const struct advice_request *request;
	struct advice *advice;
};

/* Adds a sentence to the row's reason. */
void row_say(struct recommendation *row, const char *format, ...) __attribute__((format(printf, 2, 3)));

void advice_note(struct advice *advice, const char *format, ...) __attribute__((format(printf, 2, 3)));

struct recommendation *row_begin(const struct frame *frame, enum advice_row id, const char *setting,
				 const char *key, enum confidence confidence);

/* No advice; the value in force stays. */
void row_unknown(struct recommendation *row, enum value_kind kind, struct known current);

/*
 * Recommends `enough` if it is larger than the value in force; if it is smaller, only with `may_lower` and if
 * it saves a tenth. Otherwise adds to the reason why the value is not lowered.
 */
void row_decide(struct recommendation *row, enum value_kind kind, struct known current, uint64_t enough,
		bool may_lower);

/* The row's resulting value: the recommended one, else the one in force. */
struct known row_result(const struct recommendation *row);

/* `amount` and so many percent above, rounded up. */
uint64_t with_margin(uint64_t amount, uint64_t percent);

/* "3 days", "2.5 hours", "40 minutes". Caller frees. */
char *time_text(uint64_t seconds);

void shared_advise(const struct frame *frame);
void private_advise(const struct frame *frame, uint64_t files_needed);
void processes_advise(const struct frame *frame);
/* Adds a note if the number of running processes differs from the counted number, with the consequence for
 * the limit. */
void processes_note(const struct frame *frame);
/* The number that a launch would use; `fixed` if the profile gives it. */
struct known processes_counted(const struct advice_request *request, bool *fixed);
uint64_t nofile_needed(const struct frame *frame); /* 0: not known */
void nofile_advise(const struct frame *frame, uint64_t needed);
void memory_advise(const struct frame *frame);

enum confidence confidence_of(const struct frame *frame, const struct watched *watched);

#endif
