/* SPDX-License-Identifier: MIT */
/* The properties of profiles/schema/profile.schema.json. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "generate.h"
#include "seccomp/decode.h"

#define NUMBER_PATTERN  "[0-9]+|[0-9]+(\\\\.[0-9]+)?[KMGTkmgt](i|[iI][bB])?"
#define PERCENT_PATTERN "|0*(100(\\\\.0+)?|[0-9]{1,2}(\\\\.[0-9]{1,2}0*)?)%"
#define LINE_PATTERN    "^[^\\\\u0000-\\\\u001f\\\\u007f]+$"
/* A line for each write. */
#define LINES_PATTERN \
	"^[^\\\\u0000-\\\\u0008\\\\u000a-\\\\u001f\\\\u007f]+(\\\\n[^\\\\u0000-\\\\u0008\\\\u000a-\\\\u001f\\\\u007f]+)*\\\\n?$"
/* Files of a group that limit: not those that only report, or act. */
#define FILES                                                                                                   \
	"(?!cgroup\\\\.(procs|threads|subtree_control|type|freeze|kill|controllers|events|stat)$|memory\\\\."   \
	"(reclaim|force_empty)$|(misc|dmem)\\\\.capacity$|(?!cgroup\\\\.pressure$).*\\\\.(current|peak|events|" \
	"events\\\\.local|stat|stat\\\\.local|numa_stat|effective|pressure)$)[A-Za-z0-9_-]+(\\\\.[A-Za-z0-9_-]+)+$"

/* ---- JSON as text: numbers of 64 bits are more than jansson holds ---- */

static unsigned depth = 1;
static bool is_first;

static void indent(void)
{
	printf("%s%.*s", is_first ? "\n" : ",\n", (int)depth, "\t\t\t\t\t\t\t\t\t\t\t\t");
	is_first = false;
}

static void open_object(const char *name)
{
	indent();
	printf("\"%s\": {", name);
	depth++;
	is_first = true;
}

static void close_object(void)
{
	depth--;
	is_first = true;
	indent();
	putchar('}');
	is_first = false;
}

/* A member whose value is the JSON that the format makes. */
static void put(const char *name, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(const char *name, const char *format, ...)
{
	va_list arguments;
	indent();
	printf("\"%s\": ", name);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
}

static void put_text(const char *name, const char *text)
{
	indent();
	printf("\"%s\": \"", name);
	for (; *text; text++)
		if (*text == '\n')
			fputs("\\n", stdout);
		else
			printf("%s%c", strchr("\"\\", *text) ? "\\" : "", *text);
	putchar('"');
}

static void put_words(const char *const *words, const char *behind)
{
	indent();
	printf("\"enum\": [");
	for (size_t i = 0; words[i]; i++)
		printf("%s\"%s\"", i ? ", " : "", words[i]);
	printf("%s]", behind);
}

static void put_bounds(uint64_t minimum, uint64_t maximum)
{
	put("minimum", "%" PRIu64, minimum);
	put("maximum", "%" PRIu64, maximum);
}

static void put_types(unsigned types)
{
	static const struct {
		unsigned type;
		const char *name;
	} names[] = {{TYPE_OBJECT, "object"}, {TYPE_ARRAY, "array"},     {TYPE_INTEGER, "integer"},
		     {TYPE_STRING, "string"}, {TYPE_BOOLEAN, "boolean"}, {TYPE_NULL, "null"}};
	const char *before = "";

	indent();
	printf("\"type\": [");
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (!(types & names[i].type))
			continue;
		printf("%s\"%s\"", before, names[i].name);
		before = ", ";
	}
	putchar(']');
}

/* ---- settings ---- */

static void put_number_setting(const struct setting *setting)
{
	const struct grammar grammar = setting_grammar(setting);
	bool positive = setting->minimum > 0;
	put_types(TYPE_INTEGER | TYPE_STRING | TYPE_NULL);
	put("pattern", "\"^(%s%s", grammar.automatic ? "auto|" : "",
	    grammar.unlimited ? "max|unlimited|" : "");
	if (setting->kind == VALUE_BYTES)
		printf("%s(" NUMBER_PATTERN "%s)", positive ? "(?=.*[1-9])" : "",
		       grammar.percent ? PERCENT_PATTERN : "");
	else
		fputs(setting->kind == VALUE_FLAG ? "0*[01]" : positive ? "0*[1-9][0-9]*" : "[0-9]+", stdout);
	fputs(")$\"", stdout);
	put_bounds(setting->minimum, setting->maximum);
}

static void put_setting(const struct setting *setting)
{
	cleanup_free char *text = setting_text(setting);
	open_object(setting->name);
	put_text("description", text);
	if (setting->arity > 1 && setting->kind == VALUE_COUNT) {
		put("type", "[\"string\", \"null\"]");
		put("pattern", "\"^(%s[ \\\\t]*0*[1-9][0-9]*([ \\\\t]+0*[1-9][0-9]*){%u}[ \\\\t]*)$\"",
		    setting->allows_auto ? "auto|" : "", setting->arity - 1);
	} else if (setting->kind != VALUE_TEXT) {
		put_number_setting(setting);
	} else {
		put("type", "[\"string\", \"null\"]");
		put("pattern", "\"%s\"", setting_has_lines(setting) ? LINES_PATTERN : LINE_PATTERN);
		put("maxLength", "4095");
	}
	close_object();
}

static void put_settings(enum mechanism_id mechanism)
{
	open_object("properties");
	for (size_t i = 0; i < settings_count; i++)
		if (setting_is_key(&settings[i], mechanism))
			put_setting(&settings[i]);
	close_object();
}

static void put_unified(void)
{
	open_object("patternProperties");
	open_object("^" FILES);
	put_text("description",
		 "Any other file of a group that limits: as the kernel reads it, a line for each "
		 "write.");
	put_types(TYPE_STRING | TYPE_INTEGER | TYPE_NULL);
	put("pattern", "\"%s\"", LINES_PATTERN);
	put("maxLength", "4095");
	put("minimum", "%" PRId64, INT64_MIN);
	put("maximum", "%" PRIu64, UINT64_MAX);
	close_object();
	close_object();
	put_settings(MECHANISM_CGROUP);
}

static void put_sysctl(void)
{
	put_settings(MECHANISM_SYSCTL);
}

/* The names of limits; `counts`: only those that are no sizes. */
static void put_limits(bool counts)
{
	const char *before = "";
	indent();
	printf("\"enum\": [");
	for (size_t i = 0; i < settings_count; i++) {
		if (!setting_is_key(&settings[i], MECHANISM_RLIMIT) ||
		    (counts && settings[i].kind != VALUE_COUNT))
			continue;
		printf("%s\"%s\"", before, settings[i].name);
		before = ", ";
	}
	putchar(']');
}

/* "RLIMIT_CPU: CPU seconds. RLIMIT_FSIZE: size of …, in bytes." */
static char *limits_text(const char *doc)
{
	char *text = xstrdup(doc);
	for (size_t i = 0; i < settings_count; i++) {
		if (!setting_is_key(&settings[i], MECHANISM_RLIMIT))
			continue;
		cleanup_free char *before = text;
		text = xasprintf("%s\n%s: %s%s.", before, settings[i].name, settings[i].help,
				 settings[i].kind == VALUE_BYTES ? " (bytes)" : "");
	}
	return text;
}

static void put_half(const struct key *key)
{
	open_object(key->name);
	put_text("description", key->doc);
	put_types(TYPE_INTEGER | TYPE_STRING | TYPE_NULL);
	put_bounds(0, UNLIMITED);
	put("pattern", "\"^(max|unlimited|" NUMBER_PATTERN ")$\"");
	close_object();
}

/* A limit that counts takes no units. */
static void put_counts(void)
{
	open_object("if");
	open_object("properties");
	open_object("type");
	put_limits(true);
	close_object();
	close_object();
	close_object();
	put("then", "{\"properties\": {\"soft\": {\"pattern\": \"^(max|unlimited|[0-9]+)$\"}, "
		    "\"hard\": {\"pattern\": \"^(max|unlimited|[0-9]+)$\"}}}");
}

static void put_rlimits(void)
{
	const struct key *key = rlimit_entry.members;
	cleanup_free char *types = limits_text(key->doc);

	open_object("items");
	put("type", "\"object\"");
	put("additionalProperties", "false");
	put("required", "[\"type\"]");
	open_object("properties");
	open_object(key->name);
	put_text("description", types);
	put_limits(false);
	close_object();
	while ((++key)->name)
		put_half(key);
	close_object();
	put("anyOf", "[{\"required\": [\"soft\"]}, {\"required\": [\"hard\"]}]");
	put_counts();
	close_object();
}

#define POLICY_REF "{\"$ref\": \"#/$defs/policy\"}"

static void put_policy(void)
{
	open_object("patternProperties");
	put("^cgroup/" FILES, POLICY_REF);
	close_object();
	open_object("properties");
	put("default", POLICY_REF);
	put(POLICY_WORKLOAD, POLICY_REF);
	put(POLICY_PLAN, POLICY_REF);
	put(POLICY_ESTIMATE, POLICY_REF);
	for (size_t i = 0; i < settings_count; i++) {
		const char *mechanism = mechanism_name(settings[i].mechanism);
		cleanup_free char *step = xasprintf("%s/%s", mechanism, settings[i].name);
		if (i == 0 || settings[i].mechanism != settings[i - 1].mechanism)
			put(mechanism, POLICY_REF);
		put(step, POLICY_REF);
	}
	close_object();
}

/* ---- keys ---- */

static void put_size(const struct key *key)
{
	bool zero = key->size_takes & SIZE_TAKES_ZERO, mib = key->size_takes & SIZE_TAKES_WHOLE_MIB;
	put("pattern", "\"^(auto|%s(" NUMBER_PATTERN "%s))$\"", zero ? "" : "(?=.*[1-9])",
	    key->size_takes & SIZE_TAKES_PERCENT ? PERCENT_PATTERN : "");
	put_bounds(zero ? 0 : mib ? MIB : 1, UNLIMITED - 1);
	if (mib)
		put("multipleOf", "%" PRIu64, MIB);
}

static void put_properties(const struct key *object, bool null);

/* The constraints of the row itself. */
static void put_own(const struct key *key)
{
	if (!key->schema)
		return;
	indent();
	fputs(key->schema, stdout);
}

/* What an object or an array holds. */
static void put_content(const struct key *key)
{
	static const struct {
		decode_function *decode;
		void (*put)(void);
	} others[] = {{decode_unified, put_unified},
		      {decode_sysctl, put_sysctl},
		      {decode_rlimits, put_rlimits},
		      {decode_policy, put_policy}};

	if (key->types == TYPE_OBJECT)
		put("additionalProperties", "false");
	if (key->members)
		put_properties(key, true);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (key->decode == others[i].decode) {
			others[i].put();
			return;
		}
	if (!key->entry)
		return;
	open_object("items");
	put("type", "\"object\"");
	put("additionalProperties", "false");
	put_own(key->entry);
	put_properties(key->entry, false);
	close_object();
}

static void put_key(const struct key *key, bool null)
{
	open_object(key->name);
	if (!key->doc)
		generate_fail("%s has no doc", key->name);
	put_text("description", key->doc);
	if (key->choices)
		put_words(key->choices, null ? ", null" : "");
	else
		put_types(key->types | (null ? TYPE_NULL : 0));
	if (key->decode == decode_size)
		put_size(key);
	else if (key->types == (TYPE_INTEGER | TYPE_STRING) && key->maximum)
		put("pattern", "\"^auto$\"");
	if (key->maximum)
		put_bounds(key->minimum, key->maximum);
	put_own(key);
	put_content(key);
	close_object();
}

static void put_properties(const struct key *object, bool null)
{
	open_object("properties");
	for (const struct key *key = object->members; key->name; key++)
		put_key(key, null);
	close_object();
}

void emit_schema(const char *arguments)
{
	(void)arguments;
	printf("\t\"$comment\": \"Made from siplaunch's tables: make documents-refresh\"");
	put_properties(&profile_key, true);
	puts(",");
}

void emit_schema_words(const char *arguments)
{
	static const char *const names[] = {"actions", "operators", "flags"};
	size_t which = 0;
	while (which < ARRAY_SIZE(names) && strncmp(arguments, names[which], strlen(names[which])) != 0)
		which++;
	if (which == ARRAY_SIZE(names))
		generate_fail("no seccomp words: %s", arguments);
	const char *word;
	for (size_t i = 0; (word = seccomp_word((enum seccomp_words)which, i)); i++)
		printf("%s\"%s\"", i ? ", " : "\t\t\t", word);
	putchar('\n');
}
