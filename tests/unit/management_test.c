/* SPDX-License-Identifier: MIT */
/*
 * Where a router is asked, and what becomes of its answers: each folder below
 * tests/fixtures/replies/ROUTER/valid and /invalid is an answer to question 7, recorded or made; `call` says
 * which question it was, `expected` what comes out of it.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <seccomp.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/fs.h"
#include "router/router.h"
#include "stats/ask.h"
#include "stats/management.h"
#include "stats/sample.h"

/* ---- answers ---- */

static void show(FILE *out, const char *name, const struct value *value)
{
	if (value->kind != VALUE_NONE)
		fprintf(out, "%s %" PRIu64 "\n", name, value->number[0]);
}

static void show_pool(FILE *out, const char *name, const struct pool_stats *pool)
{
	const struct {
		const char *key;
		const struct value *value;
	} rows[] = {{"total", &pool->total},       {"used", &pool->used}, {"real_used", &pool->real_used},
		    {"max_used", &pool->max_used}, {"free", &pool->free}, {"fragments", &pool->fragments}};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *key = xasprintf("%s.%s", name, rows[i].key);
		show(out, key, rows[i].value);
	}
}

static void show_sample(FILE *out, const struct sample *sample)
{
	show_pool(out, "shared", &sample->shared);
	show(out, "requests", &sample->requests);
	show(out, "replies", &sample->replies);
	show(out, "registrations", &sample->registrations);
	show(out, "dialogs", &sample->dialogs);
	show(out, "transactions", &sample->transactions);
	if (sample->reported_pid)
		fprintf(out, "first process: %d\n", (int)sample->reported_pid);
	for (size_t i = 0; i < sample->module_count; i++) {
		cleanup_free char *key = xasprintf("module %s.shared", sample->modules[i].name);
		show(out, key, &sample->modules[i].shared);
	}
	for (size_t i = 0; i < sample->private_count; i++) {
		const struct private_pool *private = &sample->privates[i];
		cleanup_free char *key = xasprintf("private %" PRIu64, private->id);
		fprintf(out, "%s: pid %d, %s\n", key, (int)private->pid,
			private->name ? private->name : "(no name)");
		show_pool(out, key, &private->pool);
	}
}

static int read_result(const char *router, const char *call, const json_t *result, struct sample *sample,
		       struct error *error)
{
	bool opensips = strcmp(router, "opensips") == 0;
	if (strcmp(call, "statistics") == 0)
		return opensips ? mi_shared(result, sample, error) : rpc_statistics(result, sample, error);
	if (strcmp(call, "shmmem") == 0)
		return rpc_shared_kib(result, &sample->shared, error);
	if (strcmp(call, "modules") == 0)
		return opensips ? mi_modules(result, sample, error) : rpc_modules(result, sample, error);
	if (strcmp(call, "tm") == 0)
		return rpc_transactions(result, sample, error);
	if (strcmp(call, "pkg") == 0)
		return rpc_privates(result, sample, error);
	if (strcmp(call, "pkmem") == 0)
		return mi_privates(result, sample, error);
	assert_string_equal(call, "ps");
	if (!opensips)
		return rpc_processes(result, sample, error);
	/* names are for pools that are known */
	sample->privates = xcalloc(2, sizeof *sample->privates);
	sample->private_count = 2;
	sample->privates[0].id = 3;
	sample->privates[1].id = 12;
	return mi_processes(result, sample, error);
}

/* What comes of an answer, whatever is in it. */
static int read_reply(const char *router, const char *call, const struct reply *reply, FILE *out,
		      struct error *error)
{
	const struct question question = {
		.method = "METHOD", .id = 7, .repeats = strcmp(call, "modules") == 0};
	struct sample sample = {0};
	json_t *result = NULL;
	int done;

	if (strncmp(call, "binrpc", 6) == 0) {
		done = binrpc_read((const unsigned char *)reply->data, reply->length,
				   strcmp(call, "binrpc-fault") == 0, strcmp(call, "binrpc-repeats") == 0,
				   &result, error);
		char *text = done == 0 ? json_dumps(result, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
		if (text)
			fprintf(out, "%s\n", text);
		free(text);
	} else {
		done = answer_read(reply, &question, &result, error);
		if (done == 0)
			done = read_result(router, call, result, &sample, error);
		if (done == 0)
			show_sample(out, &sample);
	}
	json_decref(result);
	sample_clear(&sample);
	return done;
}

static char *read_file(int directory, const char *name, size_t *length)
{
	char *text = xcalloc(1 << 20, 1);
	cleanup_close int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, (1 << 20) - 1);
	*length = n > 0 ? (size_t)n : 0;
	return text;
}

static bool case_agrees(int directory, const char *router, bool valid, const char *name)
{
	cleanup_error struct error error = {0};
	cleanup_free char *actual = NULL;
	size_t size, length;
	struct reply reply = {0};

	cleanup_free char *call = read_file(directory, "call", &length);
	call[strcspn(call, "\n")] = '\0';
	cleanup_free char *expected = read_file(directory, "expected", &length);
	reply.data = read_file(directory, "reply", &reply.length);
	FILE *out = open_memstream(&actual, &size);
	int done = read_reply(router, call, &reply, out, &error);
	if (done < 0) {
		cleanup_free char *text = error_text(&error);
		fprintf(out, "%s\n", text);
	}
	fclose(out);
	reply_clear(&reply);
	if ((done == 0) == valid && strcmp(actual, expected) == 0)
		return true;
	print_error("%s/%s: expected\n%sbut is (%d)\n%s", router, name, expected, done, actual);
	return false;
}

/* Calls for every case; how many there were. */
static unsigned each_case(bool (*agrees)(int, const char *, bool, const char *), bool *all)
{
	static const char *const routers_[] = {"kamailio", "opensips"}, *const kinds[] = {"valid", "invalid"};
	unsigned count = 0;

	for (size_t i = 0; i < 4; i++) {
		cleanup_free char *path =
			xasprintf("%s/replies/%s/%s", FIXTURES, routers_[i / 2], kinds[i % 2]);
		cleanup_closedir DIR *entries = opendir(path);
		assert_non_null(entries);
		for (const struct dirent *entry; (entry = readdir(entries));) {
			if (entry->d_name[0] == '.')
				continue;
			cleanup_close int directory =
				openat(dirfd(entries), entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			assert_true(directory >= 0);
			*all &= agrees(directory, routers_[i / 2], i % 2 == 0, entry->d_name);
			count++;
		}
	}
	return count;
}

static void test_answers(void **state)
{
	(void)state;
	bool all = true;
	assert_true(each_case(case_agrees, &all) >= 50);
	assert_true(all);
}

/* Bytes that a broken or hostile router could send: some other number of the case's own bytes. Nothing is
 * known of the result but that there is one. The sanitizers look on. */
static bool survives_mutations(int directory, const char *router, bool valid, const char *name)
{
	(void)valid, (void)name;
	size_t length;
	uint32_t random = 12345;
	cleanup_free char *call = read_file(directory, "call", &length);
	call[strcspn(call, "\n")] = '\0';
	cleanup_free char *original = read_file(directory, "reply", &length);
	FILE *out = fopen("/dev/null", "w");

	for (int round = 0; round < 300 && length > 0 && length < 4096; round++) {
		struct reply reply = {.data = xcalloc(length + 1, 1), .length = length};
		memcpy(reply.data, original, length);
		for (int i = 0; i <= round % 4; i++) {
			random = random * 1664525 + 1013904223;
			size_t at = random % length;
			random = random * 1664525 + 1013904223;
			if (random >> 30 == 0)
				reply.length = at;
			else if (random >> 30 == 1)
				reply.data[at] = "{}[]\",:-0\\\xff"[random % 11];
			else
				reply.data[at] = (char)(random >> 8);
		}
		/* exactly as long as it says, so that a look behind the end is seen */
		reply.data = xrealloc(reply.data, reply.length + 1, 1);
		reply.data[reply.length] = '\0';
		read_reply(router, call, &reply, out, NULL);
		reply_clear(&reply);
	}
	fclose(out);
	return true;
}

static void test_mutated_answers(void **state)
{
	(void)state;
	bool all = true;
	each_case(survives_mutations, &all);
}

/* A hostile list of private pools costs no more than its size is worth. */
static void test_endless_private_pools(void **state)
{
	(void)state;
	struct sample sample = {0};
	cleanup_error struct error error = {0};
	json_t *result = json_object();

	for (int i = 0; i < 200000; i++) {
		char key[40];
		snprintf(key, sizeof key, "pkmem:%d-used_size", i);
		json_object_set_new(result, key, json_integer(1));
	}
	assert_int_equal(mi_privates(result, &sample, &error), -1);
	assert_string_equal(error.message, "the answer has more than 4096 private pools");
	sample_clear(&sample);
	json_decref(result);
}

/* ---- questions ---- */

/* Decoded, eight MiB of numbers would be a hundred times as much. */
static void test_answer_of_too_many_values(void **state)
{
	static const char begin[] = "{\"id\":7,\"result\":[1", end[] = "]}";
	const struct question question = {.method = "METHOD", .id = 7};
	cleanup_error struct error error = {0};
	struct reply reply = {.length = 8 << 20};
	json_t *result = NULL;
	(void)state;

	reply.data = xcalloc(reply.length + 1, 1);
	for (size_t i = 0; i + 1 < reply.length; i += 2)
		memcpy(reply.data + i, ",1", 2);
	memcpy(reply.data, begin, strlen(begin));
	memcpy(reply.data + reply.length - strlen(end), end, strlen(end));
	size_t before = mallinfo2().arena + mallinfo2().hblkhd;
	assert_int_equal(answer_read(&reply, &question, &result, &error), -1);
	assert_string_equal(error.message, "the answer to METHOD has more than 100000 values");
	assert_true(mallinfo2().arena + mallinfo2().hblkhd < before + (1 << 20));
	reply_clear(&reply);
}

/* A record of ctl takes one byte, and a number in memory 40. */
static void test_binrpc_of_too_many_values(void **state)
{
	cleanup_error struct error error = {0};
	cleanup_free unsigned char *payload = xcalloc(2 << 20, 1); /* numbers of no bytes: 0 */
	json_t *result = NULL;
	(void)state;

	size_t before = mallinfo2().arena + mallinfo2().hblkhd;
	assert_int_equal(binrpc_read(payload, 2 << 20, false, false, &result, &error), -1);
	assert_string_equal(error.message, "the answer has more than 100000 values");
	assert_true(mallinfo2().arena + mallinfo2().hblkhd < before + (16 << 20));
}

/* What comes first is not waited for: whoever sends without a pause is always ready. */
static void test_deadline_of_one_who_never_pauses(void **state)
{
	const struct deadline deadline = {.cancel = -1, .timeout_ms = 1500};
	cleanup_error struct error error = {0};
	cleanup_close int null = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	struct reply reply = {0};
	(void)state;

	assert_int_equal(deadline_read(&deadline, null, SIZE_MAX, &reply, &error), -1);
	assert_string_equal(error.message, "no complete answer within 1.5 s");
	assert_int_equal(error.errnum, ETIMEDOUT);
	reply_clear(&reply);
}

static void test_questions(void **state)
{
	(void)state;
	json_t *parameters = json_pack("[s]", "shmem:");
	const struct question question = {.method = "a.b", .parameters = parameters, .id = 2147483647};
	cleanup_free char *kamailio = question_text(&question, PROTOCOL_RPC, "reply1");
	cleanup_free char *opensips = question_text(&question, PROTOCOL_MI, NULL);

	assert_string_equal(kamailio, "{\"jsonrpc\":\"2.0\",\"method\":\"a.b\",\"params\":[\"shmem:\"],"
				      "\"reply_name\":\"reply1\",\"id\":2147483647}");
	assert_string_equal(opensips, "{\"jsonrpc\":\"2.0\",\"method\":\"a.b\",\"params\":[\"shmem:\"],"
				      "\"id\":\"2147483647\"}");
	json_decref(parameters);
}

/* ---- addresses ---- */

static void test_addresses(void **state)
{
	(void)state;
	/* what it reads as again; NULL: it is refused */
	static const struct {
		const char *text, *again;
	} cases[] = {
		{"fifo:/run/opensips/fifo", "fifo:/run/opensips/fifo"},
		{"fifo:/run/a,reply=/tmp/", "fifo:/run/a"},
		{"fifo:/run/a,reply=/var/tmp", "fifo:/run/a,reply=/var/tmp"},
		{"unix:/run/kamailio/kamailio_rpc.sock", "unix:/run/kamailio/kamailio_rpc.sock"},
		{"udp:127.0.0.1:8080", "udp:127.0.0.1:8080"},
		{"udp:localhost:8080", "udp:127.0.0.1:8080"},
		{"udp:[::1]:8080", "udp:[::1]:8080"},
		{"http://127.0.0.1", "http://127.0.0.1:8888/mi"},
		{"http://127.0.0.1/", "http://127.0.0.1:8888/mi"},
		{"http://127.0.0.1:8000/other/mi", "http://127.0.0.1:8000/other/mi"},
		{"http://[::1]:8000/mi", "http://[::1]:8000/mi"},
		{"ctl:/run/kamailio/kamailio_ctl", "ctl:/run/kamailio/kamailio_ctl"},
		{"ctl:tcp:127.0.0.1", "ctl:tcp:127.0.0.1:2049"},
		{"ctl:tcp:[::1]:99", "ctl:tcp:[::1]:99"},
		{"", NULL},
		{"fifo", NULL},
		{"fifo:", NULL},
		{"fifo:relative", NULL},
		{"fifo:/a,reply=relative", NULL},
		{"unix:/", NULL},
		{"udp:127.0.0.1", NULL},
		{"udp:127.0.0.1:0", NULL},
		{"udp:127.0.0.1:65536", NULL},
		{"udp:127.0.0.1:80x", NULL},
		{"udp:::1:80", NULL},
		{"udp:[::1:80", NULL},
		{"udp:sip.example.org:80", NULL},
		{"udp:[127.0.0.1]80", NULL},
		{"https://127.0.0.1/mi", NULL},
		{"http://127.0.0.1/a b", NULL},
		{"http://127.0.0.1/mi\r\nX: y", NULL},
		{"ctl:tcp:", NULL},
		{"tcp:127.0.0.1:80", NULL},
		{"/nosuch/path", NULL},
		{"/proc/version", NULL},
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_error struct error error = {0};
		cleanup_management struct management management = {0};
		int done = management_parse(cases[i].text, &management, &error);
		cleanup_free char *again = done == 0 ? management_text(&management) : NULL;
		if (done == 0 ? !cases[i].again || strcmp(again, cases[i].again) != 0
			      : cases[i].again || !error.message)
			fail_msg("%s became %s", cases[i].text, again ? again : "an error");
	}
}

static void bind_at(int type, const char *path, int *fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	*fd = socket(AF_UNIX, type, 0);
	assert_int_equal(bind(*fd, (const struct sockaddr *)&address, sizeof address), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(*fd, 1), 0);
}

static void test_bare_path(void **state)
{
	(void)state;
	char folder[] = "/tmp/siplaunch-test-XXXXXX";
	int datagram, stream;
	assert_non_null(mkdtemp(folder));
	cleanup_free char *fifo = xasprintf("%s/fifo", folder), *d = xasprintf("%s/d", folder),
			  *s = xasprintf("%s/s", folder);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	bind_at(SOCK_DGRAM, d, &datagram);
	bind_at(SOCK_STREAM, s, &stream);

	const struct {
		const char *path;
		enum management_kind kind;
	} cases[] = {{fifo, MANAGEMENT_FIFO}, {d, MANAGEMENT_UNIX}, {s, MANAGEMENT_CTL}};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_management struct management management = {0};
		assert_int_equal(management_parse(cases[i].path, &management, NULL), 0);
		assert_int_equal(management.kind, cases[i].kind);
		assert_string_equal(management.path, cases[i].path);
	}
	close(datagram);
	close(stream);
	unlink(fifo);
	unlink(d);
	unlink(s);
	rmdir(folder);
}

/* A host that is not this machine is not asked, whoever says so. */
static void test_other_machines(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool given, allowed;
	} cases[] = {
		{"udp:127.0.0.1:9", false, true},     {"udp:127.3.2.1:9", false, true},
		{"udp:[::1]:9", false, true},         {"udp:192.0.2.1:9", false, false},
		{"udp:192.0.2.1:9", true, false},     {"http://0.0.0.0/", false, false},
		{"udp:[2001:db8::1]:9", true, false},
	};
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct sockaddr_storage address;
		socklen_t length;
		cleanup_error struct error error = {0};
		cleanup_management struct management management = {0};
		assert_int_equal(management_parse(cases[i].text, &management, NULL), 0);
		management.given = cases[i].given;
		int done = management_address(&management, &address, &length, &error);
		if ((done == 0) != cases[i].allowed)
			fail_msg("%s: %s", cases[i].text, error.message ? error.message : "allowed");
	}
}

/* ---- the answer's FIFO ---- */

static void test_reply_fifo(void **state)
{
	(void)state;
	struct stat info;
	char folder[] = "/tmp/siplaunch-test-XXXXXX";
	assert_non_null(mkdtemp(folder));
	cleanup_free char *fifo_path = xasprintf("%s/requests", folder);
	assert_int_equal(mkfifo(fifo_path, 0600), 0);
	struct management management = {.kind = MANAGEMENT_FIFO,
					.path = fifo_path,
					.reply_directory = folder,
					.has_uid = true,
					.uid = geteuid()};
	struct reply_fifo fifo;

	assert_int_equal(reply_fifo_open(&management, &fifo, NULL), 0);
	assert_null(strpbrk(fifo.name, "./\\"));
	assert_int_equal(stat(fifo.path, &info), 0);
	assert_true(S_ISFIFO(info.st_mode));
	assert_int_equal(info.st_mode & 07777, 0600);
	reply_fifo_close(&fifo);

	/* another user's: root gives it away, others open it to the group of the router's FIFO for writing */
	management.uid = 12345;
	assert_int_equal(reply_fifo_open(&management, &fifo, NULL), 0);
	assert_int_equal(stat(fifo.path, &info), 0);
	if (info.st_uid == 12345)
		assert_int_equal(info.st_mode & 07777, 0600);
	else
		assert_int_equal(info.st_mode & 0055, 0);
	reply_fifo_close(&fifo);
	unlink(fifo_path);
	assert_int_equal(rmdir(folder), 0); /* nothing is left in it */
}

/* ---- in another root ---- */

static void make_file(const char *path)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
}

/* What a path leads to: the inode; 0: nowhere. */
static ino_t reached(const struct management *management, const char *path)
{
	cleanup_way struct management_way way = WAY_NONE;
	struct stat info;
	return management_reach(management, path, &way) < 0 || stat(way.path, &info) < 0 ? 0 : info.st_ino;
}

static ino_t inode(const char *path)
{
	struct stat info;
	assert_int_equal(stat(path, &info), 0);
	return info.st_ino;
}

/* Absolute links and ".." are meant for who lives in that root: none leads out of it. */
static void test_links_of_another_root_stay_in_it(void **state)
{
	(void)state;
	char folder[] = "/tmp/siplaunch-test-XXXXXX";
	assert_non_null(mkdtemp(folder));
	cleanup_free char *root = xasprintf("%s/root", folder), *run = xasprintf("%s/run", root),
			  *outside = xasprintf("%s/victim", folder), *real = xasprintf("%s/real", run),
			  *absolute = xasprintf("%s/absolute", run), *dots = xasprintf("%s/dots", run),
			  *own = xasprintf("%s/own", run), *way_out = xasprintf("%s/out", root);
	assert_int_equal(mkdir(root, 0700) | mkdir(run, 0700), 0);
	make_file(outside);
	make_file(real);
	assert_int_equal(symlink(outside, absolute), 0);
	assert_int_equal(symlink("../../victim", dots), 0);
	assert_int_equal(symlink("/run/real", own), 0);
	assert_int_equal(symlink(folder, way_out), 0);
	const struct management management = {.kind = MANAGEMENT_FIFO,
					      .root = root,
					      .path = (char *)"/run/absolute",
					      .reply_directory = (char *)"/out/"};

	assert_true(reached(&management, "/run/real") == inode(real));
	assert_true(reached(&management, "/run/own") == inode(real));
	assert_int_equal(reached(&management, "/run/absolute"), 0);
	assert_int_equal(reached(&management, "/run/dots"), 0);
	/* neither the question nor the answer's FIFO: nothing is made where the link would lead here */
	struct reply_fifo fifo;
	cleanup_error struct error error = {0};
	assert_int_equal(reply_fifo_open(&management, &fifo, &error), -1);
	assert_int_equal(error.errnum, ENOENT);
	reply_fifo_close(&fifo);
	const struct deadline deadline = deadline_in(100, NULL);
	cleanup_reply struct reply reply = {0};
	assert_int_equal(exchange_fifo(&management, "?", &fifo, &deadline, &reply, NULL), -1);
	cleanup_free char *command = xasprintf("rm -r '%s'", folder);
	assert_int_equal(system(command), 0);
}

/* ---- who answers ---- */

static int listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	memcpy(address.sun_path, path, strlen(path));
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static void ask_stranger(const char *path, bool known, struct error *error)
{
	const struct management management = {
		.kind = MANAGEMENT_CTL, .path = (char *)path, .has_uid = true, .uid = geteuid() + 1};
	const struct question question = {.method = "core.version", .id = 7};
	const struct deadline deadline = deadline_in(200, NULL);
	struct management same = management;
	json_t *result = NULL;

	if (known)
		same.uid = geteuid();
	assert_int_equal(binrpc_ask(&same, &question, &deadline, &result, error), -1);
}

/* In a child: the kernel does not say who listens. */
static int ask_without_credentials(const char *path)
{
	cleanup_error struct error error = {0};
	const struct scmp_arg_cmp credentials = {2, SCMP_CMP_EQ, SO_PEERCRED, 0};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	if (!filter ||
	    seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOMEM), SCMP_SYS(getsockopt), 1, &credentials) <
		    0 ||
	    seccomp_load(filter) < 0)
		return 2;
	seccomp_release(filter);
	ask_stranger(path, true, &error);
	return error.errnum == ENOMEM && strstr(error.message, "SO_PEERCRED") ? 0 : 1;
}

/* Whether anything came through the next connection. */
static bool was_asked(int listener)
{
	char byte;
	cleanup_close int fd = accept(listener, NULL, NULL);
	assert_true(fd >= 0);
	return recv(fd, &byte, 1, MSG_DONTWAIT) > 0;
}

static void test_stranger(void **state)
{
	(void)state;
	int status;
	cleanup_error struct error error = {0};
	char folder[] = "/tmp/siplaunch-test-XXXXXX";
	assert_non_null(mkdtemp(folder));
	cleanup_free char *path = xasprintf("%s/ctl", folder);
	cleanup_close int listener = listen_at(path);

	/* root's socket may be the router's: it makes some before it becomes a user */
	if (geteuid() != 0) {
		ask_stranger(path, false, &error);
		assert_non_null(strstr(error.message, "not the router's"));
		assert_false(was_asked(listener));
	}
	pid_t pid = fork();
	if (pid == 0)
		_exit(ask_without_credentials(path));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_false(was_asked(listener));
	error_clear(&error);
	ask_stranger(path, true, &error); /* who is known is asked, and does not answer */
	assert_true(was_asked(listener));
	unlink(path);
	rmdir(folder);
}

static void test_router_without_a_user(void **state)
{
	static const char *const addresses[] = {"ctl:/nowhere"};
	const struct estimate estimate = {.management = (char **)addresses, .management_count = 1};
	const struct router *router = router_find("kamailio", NULL);
	cleanup_error struct error error = {0};
	struct management management;
	cleanup_close int nothing = open("/dev", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_int_equal(management_find(nothing, 1, router, &estimate, NULL, &management, &error), -1);
	assert_non_null(strstr(error.message, "read the router's user in /proc/1/status"));
	management_clear(&management);
	assert_int_equal(management_find(nothing, 1, router, &estimate, "ctl:/nowhere", &management, &error),
			 -1);
	assert_non_null(strstr(error.message, "read the router's user in /proc/1/status"));
	management_clear(&management);
}

/* ---- pressure ---- */

static void test_pressure(void **state)
{
	(void)state;
	struct pressure pressure;
	pressure_read(
		"some avg10=0.12 avg60=1.00 avg300=0.00 total=345\nfull avg10=12.05 avg60=0.00 avg300=0.00 "
		"total=67",
		&pressure);
	assert_true(pressure.known);
	assert_float_equal(pressure.some_avg10, 0.12, 0.001);
	assert_float_equal(pressure.full_avg10, 12.05, 0.001);
	assert_int_equal(pressure.some_total_us, 345);
	assert_int_equal(pressure.full_total_us, 67);
	static const char *const broken[] = {
		"",
		"some",
		"some avg10=0.12 avg60=1.00 avg300=0.00 total=345",
		"full avg10=0.00 avg60=0.00 avg300=0.00 total=1",
		"some avg10=x avg60=1.00 avg300=0.00 total=1\nfull",
		"some avg10=101.00 avg60=0.00 avg300=0.00 total=1\n"
		"full avg10=0.00 avg60=0.00 avg300=0.00 total=1",
		"some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n"
		"full avg10=0.00 avg60=0.00 avg300=0.00 total=18446744073709551615"};
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		pressure_read(broken[i], &pressure);
		assert_false(pressure.known);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_mutated_answers),
		cmocka_unit_test(test_endless_private_pools),
		cmocka_unit_test(test_answer_of_too_many_values),
		cmocka_unit_test(test_binrpc_of_too_many_values),
		cmocka_unit_test(test_deadline_of_one_who_never_pauses),
		cmocka_unit_test(test_questions),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_bare_path),
		cmocka_unit_test(test_other_machines),
		cmocka_unit_test(test_reply_fifo),
		cmocka_unit_test(test_links_of_another_root_stay_in_it),
		cmocka_unit_test(test_stranger),
		cmocka_unit_test(test_router_without_a_user),
		cmocka_unit_test(test_pressure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
