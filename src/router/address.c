/* SPDX-License-Identifier: MIT */
#include "router/address.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"

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

struct ip ip_parse(const char *host)
{
	struct ip ip = {0};
	size_t length = strlen(host);
	if (strcasecmp(host, "localhost") == 0)
		host = "127.0.0.1";
	if (inet_pton(AF_INET, host, ip.bytes) == 1)
		return (ip.known = true, ip);
	cleanup_free char *inside =
		length > 2 && host[0] == '[' ? xstrndup(host + 1, length - 2) : xstrdup(host);
	ip.known = ip.v6 = inet_pton(AF_INET6, inside, ip.bytes) == 1;
	return ip;
}

char *ip_text(const struct ip *ip)
{
	char text[INET6_ADDRSTRLEN];
	inet_ntop(ip->v6 ? AF_INET6 : AF_INET, ip->bytes, text, sizeof text);
	return ip->v6 ? xasprintf("[%s]", text) : xstrdup(text);
}

static char *lower_case(const char *text)
{
	char *copy = xstrdup(text);
	for (char *c = copy; *c; c++)
		*c = ascii_to_lower(*c);
	return copy;
}

bool address_is_first(struct text_set *seen, const char *protocol, const char *host, const struct ip *ip,
		      unsigned port, unsigned ports)
{
	cleanup_free char *address = ip->known ? ip_text(ip) : lower_case(host);
	cleanup_free char *key = xasprintf("%s %u %u %s", protocol, port, ports, address);
	return text_set_add(seen, key);
}

void ports_add(struct ports *ports, const char *protocol, unsigned port)
{
	cleanup_free char *key = xasprintf("%s %u", protocol, port);
	if (!text_set_add(&ports->seen, key))
		text_set_add(&ports->shared, key);
}

bool ports_shared(const struct ports *ports, const char *protocol, unsigned port)
{
	cleanup_free char *key = xasprintf("%s %u", protocol, port);
	return text_set_has(&ports->shared, key);
}

void ports_clear(struct ports *ports)
{
	text_set_clear(&ports->seen);
	text_set_clear(&ports->shared);
}

static bool takes(struct address_rule rule, const struct network_address *address)
{
	return (!address->v6 || rule.v6) && (!address->link_local || rule.link_local);
}

struct ip *addresses_of(const struct network *network, const char *interface, struct address_rule rule,
			size_t *count)
{
	struct ip *addresses = NULL;

	*count = 0;
	for (size_t i = 0; i < network->count; i++) {
		const struct network_address *from = &network->addresses[i];
		if (!takes(rule, from) || (interface && strcmp(interface, from->interface) != 0))
			continue;
		struct ip *ip = ARRAY_ADD(addresses, *count);
		*ip = (struct ip){.known = true, .v6 = from->v6};
		memcpy(ip->bytes, from->bytes, sizeof ip->bytes);
	}
	return addresses;
}

/* "eth0.100" is an interface, "sip.example.org" is not: a top-level domain is never a number. */
static bool is_host_name(const char *host)
{
	const char *dot = strrchr(host, '.');
	return dot && ascii_is_alpha(dot[1]);
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
	} else if (ip_parse(host).known) {
		address->kind = HOST_ADDRESS; /* localhost too */
	} else {
		address->kind = is_host_name(host) ? HOST_NAME : HOST_INTERFACE;
	}
}

/* Consumes "5060" or "5060-5064" at the text's beginning; false if neither is there. */
static bool take_range(const char **text, unsigned *first, unsigned *last)
{
	char *end;
	unsigned long from = strtoul(*text, &end, 10), to = from;
	if (end == *text)
		return false;
	if (*end == '-')
		to = strtoul(end + 1, &end, 10);
	*text = end;
	*first = (unsigned)from;
	*last = (unsigned)to;
	return from <= 65535 && to <= 65535 && to >= from;
}

/* "5060", "any", "5060-5064", and in OpenSIPS's lists "5060-5064,5070". */
static bool parse_port(const char *text, struct listen_address *address)
{
	unsigned first, last;
	bool more;

	address->ports = 1;
	if (strcasecmp(text, "any") == 0 || strcmp(text, "*") == 0)
		return true;
	address->ports = 0;
	do {
		if (!take_range(&text, &first, &last))
			return false;
		address->port = address->ports ? address->port : first;
		address->ports += last - first + 1;
		more = *text == ',';
		text += more;
	} while (more);
	return *text == '\0';
}

/* Consumes a host or a protocol. An IPv6 address without brackets extends to the end of the text, because
 * both lexers match as many parts as possible: no port can follow it. */
static char *take_part(const char **text)
{
	struct in6_addr unused;
	const char *start = *text;
	if (inet_pton(AF_INET6, start, &unused) == 1) {
		*text += strlen(start);
		return xasprintf("[%s]", start);
	}
	*text = part_end(start);
	return xstrndup(start, (size_t)(*text - start));
}

static bool parse_parts(const char *text, struct listen_address *address)
{
	char *first = take_part(&text);

	address->ports = 1;
	if (*text && (is_protocol(first) || *part_end(text + 1))) {
		for (char *c = first; *c; c++)
			*c = ascii_to_lower(*c);
		address->protocol = first;
		text++;
		first = take_part(&text);
	}
	address->host = first;
	if (!first[0] || first[0] == '.' || first[0] == '-')
		return false;
	classify(address);
	return !*text || parse_port(text + 1, address);
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
	bool tied = true; /* the next part continues the address */
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

bool address_follows(struct cfg_lexer *lexer)
{
	const struct token *token = &lexer->token;
	if (token->kind == TOKEN_WORD && lexer_precedes(lexer, '='))
		return false; /* the next setting, on the same line */
	if (token->kind == TOKEN_WORD)
		return !token->starts_line || is_protocol(token->text.data) ||
		       (token->text.data[0] >= '0' && token->text.data[0] <= '9');
	return token->kind == TOKEN_STRING || lexer_at_character(lexer, '[') ||
	       lexer_at_character(lexer, '(');
}

unsigned addresses_assume(enum host_kind kind, const char *host, struct place_in_config place,
			  struct estimate *estimate)
{
	if (kind == HOST_EVERY) {
		estimate_uncertain_by(
			estimate, place, 0, UINT64_MAX,
			"the router listens on every address of its machine; they are not known here, "
			"so %d are assumed",
			ADDRESSES_ASSUMED);
		return ADDRESSES_ASSUMED;
	}
	if (kind == HOST_INTERFACE)
		estimate_uncertain_by(
			estimate, place, 0, UINT64_MAX,
			"%s may be an interface, with a socket for each of its addresses; they are not "
			"known here, so one is assumed",
			host);
	return 1;
}

void address_clear(struct listen_address *address)
{
	free(address->protocol);
	free(address->host);
	*address = (struct listen_address){0};
}
