/* SPDX-License-Identifier: MIT */
#include "sizing/registration.h"

#include <string.h>

#include "base/alloc.h"
#include "sizing/terms.h"

/*
 * Which texts usrloc copies with a byte 0 behind them. Kamailio: shm_str_dup(), but for the AoR (urecord.c,
 * new_urecord(); ucontact.c, new_ucontact()). OpenSIPS: only the User-Agent (shm_nt_str_dup()).
 * What a block costs besides is a row's text_block: ROUNDTO, and struct qm_frag and struct qm_frag_end
 * (q_malloc.h) or struct fm_frag (f_malloc.h), each with DBG_*. Proved by 15 sets of texts in Kamailio 5.6.3
 * and OpenSIPS 3.6.8 (docs/measurements.md).
 */
static const struct rule {
	const char *router;
	bool terminated[TEXT_COUNT];
} rules[] = {
	{"kamailio",
	 {
		 [TEXT_CONTACT] = true,
		 [TEXT_CALL_ID] = true,
		 [TEXT_USER_AGENT] = true,
		 [TEXT_INSTANCE] = true,
		 [TEXT_RECEIVED] = true,
		 [TEXT_PATH] = true,
	 }},
	{"opensips", {[TEXT_USER_AGENT] = true}},
};

/* A desk phone: an AoR with a domain, a contact with ;line= and ;ob, a +sip.instance that is a UUID, and the
 * address behind which a NAT hides it. */
static const struct {
	const char *key;
	uint64_t usual_bytes;
} texts_known[TEXT_COUNT] = {
	[TEXT_AOR] = {"aorBytes", 50},           [TEXT_CONTACT] = {"contactBytes", 100},
	[TEXT_CALL_ID] = {"callIdBytes", 36},    [TEXT_USER_AGENT] = {"userAgentBytes", 45},
	[TEXT_INSTANCE] = {"instanceBytes", 47}, [TEXT_RECEIVED] = {"receivedBytes", 22},
	[TEXT_PATH] = {"pathBytes", 0},
};

/* Where a phone sends no User-Agent, registrar keeps "n/a" instead: there is a block all the same. */
#define NO_USER_AGENT_BYTES 3

const char *text_key_name(enum registration_text text)
{
	return texts_known[text].key;
}

uint64_t text_bytes(const struct registration_texts *texts, enum registration_text text)
{
	return texts->of[text].given ? texts->of[text].bytes : texts_known[text].usual_bytes;
}

bool texts_given(const struct registration_texts *texts)
{
	for (enum registration_text text = 0; text < TEXT_COUNT; text++)
		if (texts->of[text].given)
			return true;
	return false;
}

static wide block_bytes(const struct rule *rule, const struct text_block *block, enum registration_text text,
			uint64_t bytes)
{
	if (text == TEXT_USER_AGENT && bytes == 0)
		bytes = NO_USER_AGENT_BYTES;
	if (bytes == 0)
		return 0;
	wide length = (wide)bytes + rule->terminated[text];
	return (length + block->round_bytes - 1) / block->round_bytes * block->round_bytes + block->own_bytes;
}

uint64_t texts_pool_bytes(const char *router, const struct text_block *block,
			  const struct registration_texts *texts)
{
	for (const struct rule *rule = rules; rule < rules + ARRAY_SIZE(rules); rule++) {
		wide sum = 0;
		if (!router || strcmp(rule->router, router) != 0)
			continue;
		for (enum registration_text text = 0; text < TEXT_COUNT; text++)
			sum += block_bytes(rule, block, text, text_bytes(texts, text));
		return saturated(sum);
	}
	return 0;
}
