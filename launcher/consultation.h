/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_CONSULTATION_H
#define SIPLAUNCH_LAUNCHER_CONSULTATION_H
/*
 * All that `advise` goes by, gathered once: the samples, of a running router or from files, the profile, and
 * what is advised. The reports and the profile that is written only look at this.
 */
#include <stdbool.h>

#include <jansson.h>

#include "advise/advise.h"
#include "inspection.h"
#include "options.h"
#include "profile/profile.h"

struct error;
struct style;

struct consultation {
	struct problems problems; /* of the profile */
	struct profile profile;
	bool has_profile;
	struct observation seen;
	struct inspection inspection; /* of a PID */
	bool live;
	const struct router *router;
	unsigned margin_percent;
	struct cpus_look cpus; /* of a live one */
	struct advice advice;
};

/*
 * Gathers. EXIT_OK, or the exit status with all that is wrong already said: a file may have many bad lines.
 * consultation_close() in both cases.
 */
int consultation_open(const struct options *options, struct consultation *consultation);
void consultation_close(struct consultation *consultation);

/* report_advise.c */
void report_advise(FILE *out, const struct consultation *consultation, const struct style *style);

/* report_advise_json.c: described in docs/advise-json.md. A new reference. */
json_t *report_advise_json(const struct consultation *consultation);

/*
 * advice_profile.c: writes the profile that extends the one that was given to options->write, and changes
 * only what is advised. 0; or -1 when the file exists, cannot be written, or would not be accepted.
 */
int advice_profile_write(const struct options *options, const struct consultation *consultation,
			 struct error *error);

#define cleanup_consultation __attribute__((cleanup(consultation_close)))

#endif
