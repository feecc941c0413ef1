/* SPDX-License-Identifier: MIT */
#include "router/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static bool is_protocol(const char *name)
{
	static const char *const names[] = {"*",    "udp",  "tcp",   "tls",     "sctp",    "ws",
					    "wss",  "bin",  "bins",  "hep_udp", "hep_tcp", "hep_tls",
					    "smpp", "msrp", "msrps", "ipsec",   "any"};
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcasecmp(names[i], name) == 0)
			return true;
	return false;
}

/* The end of the part that begins at `text`: the next colon outside brackets, or the end. */
static const char *part_end(const char *text)
{
	int depth = 0;
	for (; *text; text++) {
		if (*text == '[' || *text == '(')
			depth++;
		else if (*text == ']' || *text == ')')
			depth--;
		else if (*text == ':' && depth <= 0)
			return text;
	}
	return text;
}

static bool is_ip(const char *host)
{
	unsigned char binary[sizeof(struct in6_addr)];
	size_t length = strlen(host);
	if (inet_pton(AF_INET, host, binary) == 1)
		return true;
	cleanup_free char *inside =
		length > 2 && host[0] == '[' ? xstrndup(host + 1, length - 2) : xstrdup(host);
	return inet_pton(AF_INET6, inside, binary) == 1;
}

/* "eth0.100" is an interface, "sip.example.org" is not: a top-level domain is never a number. */
static bool is_host_name(const char *host)
{
	const char *dot = strrchr(host, '.');
	return strcasecmp(host, "localhost") == 0 || (dot && isalpha((unsigned char)dot[1]));
}

static void classify(struct listen_address *address)
{
	const char *host = address->host;

	address->hosts = 1;
	if (host[0] == '(') {
		for (const char *at = host; *at; at++)
			address->hosts += *at == ',';
		address->kind = HOST_ADDRESS;
	} else if (strcmp(host, "*") == 0) {
		address->kind = HOST_EVERY;
		address->hosts = ADDRESSES_ASSUMED;
	} else if (is_ip(host)) {
		address->kind = HOST_ADDRESS;
	} else {
		address->kind = is_host_name(host) ? HOST_NAME : HOST_INTERFACE;
	}
}

/* "5060", "any", "5060-5064". */
static bool parse_port(const char *text, struct listen_address *address)
{
	char *end;
	address->ports = 1;
	if (strcasecmp(text, "any") == 0)
		return true;
	unsigned long first = strtoul(text, &end, 10), last = first;
	if (end == text)
		return false;
	if (*end == '-')
		last = strtoul(end + 1, &end, 10);
	if (*end || first > 65535 || last > 65535 || last < first)
		return false;
	address->port = (unsigned)first;
	address->ports = (unsigned)(last - first) + 1;
	return true;
}

static bool parse_parts(const char *text, struct listen_address *address)
{
	const char *end = part_end(text);
	char *first = xstrndup(text, (size_t)(end - text));

	address->ports = 1;
	if (*end && (is_protocol(first) || *part_end(end + 1))) {
		for (char *c = first; *c; c++)
			*c = (char)tolower((unsigned char)*c);
		address->protocol = first;
		text = end + 1;
		end = part_end(text);
		first = xstrndup(text, (size_t)(end - text));
	}
	address->host = first;
	if (!first[0] || first[0] == '.' || first[0] == '-')
		return false;
	classify(address);
	return !*end || parse_port(end + 1, address);
}

bool address_parse(const char *text, struct listen_address *address)
{
	*address = (struct listen_address){0};
	if (parse_parts(text, address))
		return true;
	address_clear(address);
	return false;
}

static void append(struct text *text, const struct token *token)
{
	if (token->kind == TOKEN_CHARACTER) {
		text_add(text, token->character);
		return;
	}
	for (const char *c = token->text.data; *c; c++)
		text_add(text, *c);
}

static bool is_one_of(const struct token *token, const char *characters)
{
	return token->kind == TOKEN_CHARACTER && strchr(characters, token->character);
}

static bool is_part(const struct token *token)
{
	return token->kind == TOKEN_WORD || token->kind == TOKEN_STRING || is_one_of(token, "[(*");
}

bool address_read(struct cfg_lexer *lexer, struct listen_address *address)
{
	struct text text = {0};
	bool tied = true; /* the next part belongs to what was read */
	unsigned depth = 0;

	text_reset(&text);
	for (const struct token *token = &lexer->token; token->kind != TOKEN_END; lexer_advance(lexer)) {
		bool opens = is_one_of(token, "[("), closes = depth && is_one_of(token, "])");
		bool ties = is_one_of(token, ":.-,");
		if (!closes && !ties && !(tied && is_part(token)))
			break;
		depth = depth + opens - closes;
		tied = ties || opens;
		append(&text, token);
	}
	bool parsed = address_parse(text.data, address);
	text_clear(&text);
	return parsed;
}

bool address_follows(const struct cfg_lexer *lexer)
{
	const struct token *token = &lexer->token;
	if (token->kind == TOKEN_WORD)
		return !token->starts_line || is_protocol(token->text.data) ||
		       (token->text.data[0] >= '0' && token->text.data[0] <= '9');
	return token->kind == TOKEN_STRING || lexer_at_character(lexer, '[') ||
	       lexer_at_character(lexer, '(');
}

void address_doubt(const struct listen_address *address, struct place_in_config place,
		   struct estimate *estimate)
{
	if (address->kind == HOST_INTERFACE)
		estimate_doubt(
			estimate, place,
			"%s may be an interface, with a socket for each of its addresses: one is assumed",
			address->host);
	else if (address->kind == HOST_EVERY)
		estimate_doubt(estimate, place, "* is every address of every interface: %d are assumed",
			       ADDRESSES_ASSUMED);
}

void address_clear(struct listen_address *address)
{
	free(address->protocol);
	free(address->host);
	*address = (struct listen_address){0};
}
