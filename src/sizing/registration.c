/* SPDX-License-Identifier: MIT */
#include "sizing/registration.h"

#include "sizing/terms.h"

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

/* For a phone that sends no User-Agent, registrar stores "n/a", which takes a block, too. */
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

static struct wide block_bytes(const struct text_block *block, enum registration_text text, uint64_t bytes)
{
	if (text == TEXT_USER_AGENT && bytes == 0)
		bytes = NO_USER_AGENT_BYTES;
	if (bytes == 0)
		return wide_of(0);
	struct wide length = wide_of(bytes);
	wide_add(&length, wide_of(block->terminated[text] + block->round_bytes - 1));
	struct wide_division rounds = wide_divide(length, block->round_bytes);
	struct wide all = wide_product(wide_saturated(rounds.quotient), block->round_bytes);
	wide_add(&all, wide_of(block->own_bytes));
	return all;
}

uint64_t texts_pool_bytes(const struct text_block *block, const struct registration_texts *texts)
{
	struct wide sum = {0};
	for (enum registration_text text = 0; text < TEXT_COUNT; text++)
		wide_add(&sum, block_bytes(block, text, text_bytes(texts, text)));
	return wide_saturated(sum);
}
