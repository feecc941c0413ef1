/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SIZING_REGISTRATION_H
#define SIPLAUNCH_SIZING_REGISTRATION_H
/*
 * What the texts of a registration take of the shared pool. usrloc copies each text of a contact into a block
 * of its own; the block's size is the text's, rounded up, and the allocator's own part. Pure.
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
	TEXT_RECEIVED, /* the URI that the request came from, where the configuration keeps it (NAT) */
	TEXT_PATH,
	TEXT_COUNT,
};

/* What a block of the shared pool takes: its text rounded up, and the allocator's own part. */
struct text_block {
	uint64_t round_bytes, own_bytes;
};

struct registration_texts {
	struct {
		bool given;
		uint64_t bytes;
		enum source source;
	} of[TEXT_COUNT];
};

const char *text_key_name(enum registration_text text); /* "contactBytes", as the profile has it */

/* The length of a text: as given, else as desk phones send it. */
uint64_t text_bytes(const struct registration_texts *texts, enum registration_text text);
bool texts_given(const struct registration_texts *texts); /* any of them */

/* Bytes of the shared pool that the blocks of all texts take in `router`; 0: its rule is not known. What a
 * registration takes besides them, and what a block does, is a row of footprint.c. */
uint64_t texts_pool_bytes(const char *router, const struct text_block *block,
			  const struct registration_texts *texts);

#endif
