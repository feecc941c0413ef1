/* SPDX-License-Identifier: MIT */
/*
 * RTPEngine, the media proxy beside a SIP router: one process with threads, and no pools. Nothing is added to
 * its arguments (its own -m and -M are ports). Its memory limit is the profile's. Its threads are counted for
 * pids.max, by the version that starts more of them: 10.5.3 (Debian 12) and 12.5.1 (Debian 13) were counted
 * in /proc/PID/task.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "router/command_line.h"
#include "router/needs.h"
#include "router/paths.h"
#include "router/routers.h"

#define CONFIG_BYTES_MAX (1 << 20)

/* 12.5: signals, call stats, kill calls, release socks, DTLS refresh, ICE, ICE slow, and glib's
 * pool-spawner. 10.5: signal handler, poller timer, ICE. */
#define THREADS_ALWAYS 8
/* Media player, send timer, codec timer. */
#define THREADS_OF_MEDIA 3
/* The default of num-threads: the number of online CPUs, at least this. */
#define WORKERS_MIN 4

/* Settings that decide the number of threads. Each is an option and a key of the configuration. */
enum setting {
	WORKERS,
	MEDIA_WORKERS,
	JITTER_BUFFER,
	POLLER_EACH,
	HTTP,
	HTTPS,
	GRAPHITE,
	MQTT,
	MAX_LOAD,
	MAX_CPU,
	REDIS,
	KEYSPACE,
	DELETE_ASYNC,
	FOREGROUND,
	SETTING_COUNT,
};

enum { CONFIG_FILE = SETTING_COUNT, CONFIG_SECTION, PRINT_CODECS, PRINT_VERSION, PRINT_HELP };

#define LONG(option) (LETTER_LONG + (option))

/* The settings, and other options that siplaunch needs. It reads the value of any other option as an
 * operand. */
static const struct long_option options[] = {
	[WORKERS] = {"num-threads", true, LONG(WORKERS)},
	[MEDIA_WORKERS] = {"media-num-threads", true, LONG(MEDIA_WORKERS)},
	[JITTER_BUFFER] = {"jitter-buffer", true, LONG(JITTER_BUFFER)},
	[POLLER_EACH] = {"poller-per-thread", false, LONG(POLLER_EACH)},
	[HTTP] = {"listen-http", true, LONG(HTTP)},
	[HTTPS] = {"listen-https", true, LONG(HTTPS)},
	[GRAPHITE] = {"graphite", true, 'g'},
	[MQTT] = {"mqtt-host", true, LONG(MQTT)},
	[MAX_LOAD] = {"max-load", true, LONG(MAX_LOAD)},
	[MAX_CPU] = {"max-cpu", true, LONG(MAX_CPU)},
	[REDIS] = {"redis", true, 'r'},
	[KEYSPACE] = {"subscribe-keyspace", true, 'k'},
	[DELETE_ASYNC] = {"redis-delete-async", false, 'y'},
	[FOREGROUND] = {"foreground", false, 'f'},
	[CONFIG_FILE] = {"config-file", true, LONG(CONFIG_FILE)},
	[CONFIG_SECTION] = {"config-section", true, LONG(CONFIG_SECTION)},
	[PRINT_CODECS] = {"codecs", false, LONG(PRINT_CODECS)},
	[PRINT_VERSION] = {"version", false, 'v'},
	[PRINT_HELP] = {"help", false, 'h'},
	{NULL, false, 0},
};

static const struct option_syntax syntax = {
	.letters = "hvL:Ep:ft:Fi:Sk:l:u:n:N:c:g:G:T:o:s:a:m:M:r:w:qyb:x:d:",
	.longs = options,
};

/* An int: of any base on the command line (g_option_context_parse()), decimal in the configuration, where
 * white space ends it (g_key_file_get_integer()). */
static bool parse_int(const char *text, bool in_config, int64_t *number)
{
	char *end;
	errno = 0;
	*number = strtoll(text, &end, in_config ? 10 : 0);
	bool ended = *end == '\0' || (in_config && (*end == ' ' || *end == '\t'));
	return end != text && ended && errno == 0 && *number >= INT_MIN && *number <= INT_MAX;
}

static bool is_number(size_t setting)
{
	return setting == WORKERS || setting == MEDIA_WORKERS || setting == JITTER_BUFFER;
}

static int check_numbers(const struct router *router, const struct router_command *command,
			 struct error *error)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const char *value = command_line_last(command, options[i].letter);
		int64_t number;
		if (!is_number(i) || !command_line_count(command, options[i].letter) ||
		    (value && parse_int(value, false, &number)))
			continue;
		error_set(error, 0, "%s: --%s %s is not a whole number", router->name, options[i].name,
			  value ? value : "without a value");
		return error_hint(error, "%s refuses to start with it: give --%s=4", router->name,
				  options[i].name);
	}
	return 0;
}

static int read_command(const struct router *router, char *const *argv, struct router_command *command,
			struct error *error)
{
	*command = (struct router_command){.workers_udp = -1, .workers_tcp = -1};
	command_line_read(&syntax, argv, command);

	const char *config = command_line_last(command, LONG(CONFIG_FILE));
	command->config = config ? config : router->config_default;
	command->config_given = config != NULL;
	command->foreground = command_line_count(command, 'f');
	command->only_checks = command_line_count(command, 'h') || command_line_count(command, 'v') ||
			       command_line_count(command, LONG(PRINT_CODECS));
	if (check_numbers(router, command, error) < 0) {
		router_command_clear(command);
		return -1;
	}
	return 0;
}

/* ---- the configuration, a GKeyFile ---- */

struct value {
	char *text; /* NULL: not set */
	bool in_config;
	struct place_in_config place;
};

static char *trim(char *text)
{
	text += strspn(text, " \t");
	for (size_t length = strlen(text); length && strchr(" \t\r", text[length - 1]); length--)
		text[length - 1] = '\0';
	return text;
}

static void set_value(struct value *value, const char *text, bool in_config, struct place_in_config place)
{
	free(value->text);
	*value = (struct value){.text = xstrdup(text), .in_config = in_config, .place = place};
}

/* "key = value"; a flag that is "false" is not set. */
static void read_key(char *line, struct place_in_config place, struct value *values)
{
	char *equals = strchr(line, '=');
	if (!equals)
		return;
	*equals = '\0';
	const char *key = trim(line), *text = trim(equals + 1);
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (strcmp(options[i].name, key) == 0 &&
		    (options[i].has_value || strcmp(text, "true") == 0 || strcmp(text, "1") == 0))
			set_value(&values[i], text, true, place);
}

static void read_text(char *text, const char *path, const char *section, struct value *values)
{
	struct place_in_config place = {.file = path};
	bool ours = false;
	char *rest = text;

	for (char *line; (line = strsep(&rest, "\n"));) {
		place.line++;
		line = trim(line);
		size_t length = strlen(line);
		if (*line == '[' && line[length - 1] == ']') {
			line[length - 1] = '\0';
			ours = strcmp(line + 1, section) == 0;
		} else if (ours && *line != '#') {
			read_key(line, place, values);
		}
	}
}

/* The default file may be missing; "none" means no configuration. */
static int read_config(const struct router_command *command, struct estimate *estimate, char **path,
		       struct value *values, struct error *error)
{
	const char *section = command_line_last(command, LONG(CONFIG_SECTION));
	cleanup_free char *text = NULL;
	struct stat info;
	size_t length;

	if (strcmp(command->config, "none") == 0)
		return 0;
	*path = router_path_here(&command->paths, command->config);
	cleanup_close int fd = router_path_open(&command->paths, command->config, error);
	if (fd < 0)
		return !command->config_given && error->errnum == ENOENT ? 0 : -1;
	if (fstat(fd, &info) < 0)
		return error_set(error, errno, "stat %s", *path);
	if (file_read_fd(fd, &info, *path, CONFIG_BYTES_MAX, &text, &length, error) < 0)
		return -1;
	estimate_opened(estimate, *path);
	read_text(text, *path, section ? section : "rtpengine", values);
	return 0;
}

static void read_options(const struct router_command *command, struct value *values)
{
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const char *text = command_line_last(command, options[i].letter);
		if (command_line_count(command, options[i].letter))
			set_value(&values[i], text ? text : "", false, (struct place_in_config){0});
	}
}

/* ---- its threads ---- */

static int64_t number_of(const struct value *values, enum setting setting, int64_t otherwise,
			 struct estimate *estimate)
{
	const struct value *value = &values[setting];
	int64_t number;

	if (!value->text)
		return otherwise;
	if (parse_int(value->text, value->in_config, &number))
		return number;
	estimate_uncertain(estimate, value->place,
			   "%s = %s is not a whole number: rtpengine refuses to start", options[setting].name,
			   value->text);
	return otherwise;
}

static bool has(const struct value *values, enum setting setting)
{
	return values[setting].text != NULL;
}

static unsigned single_threads(const struct value *values)
{
	const bool starts_one[] = {
		has(values, POLLER_EACH),
		has(values, HTTP) || has(values, HTTPS),
		has(values, GRAPHITE),
		has(values, MQTT),
		has(values, MAX_LOAD) || has(values, MAX_CPU),
		has(values, REDIS) && has(values, KEYSPACE),
		has(values, REDIS) && has(values, DELETE_ASYNC),
	};
	unsigned threads = 0;
	for (size_t i = 0; i < ARRAY_SIZE(starts_one); i++)
		threads += starts_one[i];
	return threads;
}

/* A number of workers below 1 means the default; media workers below 0 means as many as workers. */
static void count_threads(const struct value *values, struct estimate *estimate)
{
	int64_t of_media = THREADS_OF_MEDIA + (number_of(values, JITTER_BUFFER, 0, estimate) > 0);
	int64_t workers = number_of(values, WORKERS, 0, estimate);
	int64_t media = number_of(values, MEDIA_WORKERS, -1, estimate);
	bool by_cpus = workers < 1;

	workers = by_cpus ? WORKERS_MIN : workers;
	estimate->extra_threads = THREADS_ALWAYS + single_threads(values) +
				  (uint64_t)(workers + (media < 0 ? workers : media) * of_media);
	estimate->threads_per_cpu = by_cpus ? (unsigned)(1 + (media < 0 ? of_media : 0)) : 0;
}

static void estimate_rtpengine(const struct router *router, const struct router_command *command,
			       struct network *network, struct estimate *estimate)
{
	struct value values[SETTING_COUNT] = {0};
	cleanup_error struct error error = {0};
	cleanup_free char *path = NULL;

	(void)network;
	*estimate = (struct estimate){.exact = true, .from_config = true};
	if (command->config_given && strcmp(command->config, "none") != 0)
		need_path(needs_add(estimate, NEED_CONFIG, (struct place_in_config){0}), command->config);
	if (read_config(command, estimate, &path, values, &error) < 0) {
		cleanup_free char *why = error_text(&error);
		estimate_default(router, estimate, "%s", why);
	} else {
		estimate_add(estimate, (struct place_in_config){0}, 1, "one process, with threads");
	}
	read_options(command, values);
	count_threads(values, estimate);
	estimate->foreground = has(values, FOREGROUND);
	for (size_t i = 0; i < SETTING_COUNT; i++)
		free(values[i].text);
}

static const char *const aliases[] = {"rtpengine", NULL};

const struct router router_rtpengine = {
	.name = "rtpengine",
	.aliases = aliases,
	.costs = &generic_costs,
	.counted = true,
	.processes_default = 1,
	.config_default = "/etc/rtpengine/rtpengine.conf",
	.foreground_hint = "--foreground",
	.read_command = read_command,
	.estimate = estimate_rtpengine,
};
