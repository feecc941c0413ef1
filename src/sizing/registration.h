/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SIZING_REGISTRATION_H
#define SIPLAUNCH_SIZING_REGISTRATION_H
/*
 * The size of a registration's texts in the shared pool. usrloc copies each text of a contact into a block of
 * its own; the block's size is the length of the text, rounded up, plus the allocator's own part. Pure.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/value.h"

enum registration_text {
	TEXT_AOR,
	TEXT_CONTACT, /* the URI with its parameters */
	TEXT_CALL_ID,
	TEXT_USER_AGENT,
	TEXT_INSTANCE, /* +sip.instance */
	TEXT_RECEIVED, /* the URI of the request's source, if the configuration keeps it (NAT) */
	TEXT_PATH,
	TEXT_COUNT,
};

/* What a block of the shared pool takes: its text rounded up (ROUNDTO), and the allocator's own part, with
 * DBG_*: struct qm_frag and qm_frag_end (q_malloc.h), or struct fm_frag (f_malloc.h). */
struct text_block {
	uint64_t round_bytes, own_bytes;
	const bool *terminated; /* by enum registration_text: usrloc adds a zero byte */
};

struct registration_texts {
	struct {
		bool given;
		uint64_t bytes;
		enum source source;
	} of[TEXT_COUNT];
};

const char *text_key_name(enum registration_text text); /* "contactBytes", as the profile has it */

/* The length of a text in bytes: the given one, else that of desk phones. */
uint64_t text_bytes(const struct registration_texts *texts, enum registration_text text);
bool texts_given(const struct registration_texts *texts); /* true if the length of any text is given */

/* Bytes of the shared pool that the blocks of all texts take. The rest of a registration is a footprint.
 */
uint64_t texts_pool_bytes(const struct text_block *block, const struct registration_texts *texts);

#endif
