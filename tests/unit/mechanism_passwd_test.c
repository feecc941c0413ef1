/* SPDX-License-Identifier: MIT */
/*
 * One folder a case below tests/fixtures/passwd: a root (etc/passwd, etc/group), a request of lines "user
 * NAME", "group NAME", "policy KEY" (which makes that step preferred), and what is expected of it.
 */
#include <pwd.h>

#include "base/fs.h"
#include "context.h"
#include "mechanism/passwd.h"

/* The rest of the line that begins so, or NULL. */
static char *request_line(const char *request, const char *key)
{
	size_t length = strlen(key);
	for (const char *line = request; *line; line += strcspn(line, "\n"), line += *line == '\n')
		if (strncmp(line, key, length) == 0 && line[length] == ' ')
			return xstrndup(line + length + 1, strcspn(line + length + 1, "\n"));
	return NULL;
}

static char *result_text(const struct identity *identity, const struct error *error)
{
	if (error->message)
		return xasprintf("error %s\n%s%s\n", error->message, error->hint ? "hint " : "",
				 error->hint ? error->hint : "no hint");
	cleanup_free char *user =
		identity->has_user ? xasprintf("uid %u %s\n", (unsigned)identity->uid, identity->user_name)
				   : xstrdup("");
	cleanup_free char *group =
		identity->has_group ? xasprintf("gid %u %s\n", (unsigned)identity->gid, identity->group_name)
				    : xstrdup("");
	cleanup_free char *home = identity->home ? xasprintf("home %s\n", identity->home) : xstrdup("");
	return xasprintf("%s%s%s", user, group, home);
}

static void run_case(int fixtures, const char *name)
{
	cleanup_close int root = openat(fixtures, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	cleanup_free char *request = NULL, *expected = NULL;
	size_t length;
	assert_int_equal(file_read(root, "request", 4096, &request, &length, NULL), 0);
	assert_int_equal(file_read(root, "expected", 4096, &expected, &length, NULL), 0);

	cleanup_free char *user = request_line(request, "user"), *group = request_line(request, "group");
	cleanup_free char *key = request_line(request, "policy");
	struct policy_entry preferred = {key, POLICY_PREFER, SOURCE_PROFILE};
	const struct profile profile = {
		.user = user, .group = group, .policies = &preferred, .policy_count = key != NULL};
	struct identity identity;
	struct error error = {0};
	int result = identity_resolve(&profile, root, &identity, &error);
	assert_int_equal(result, error.message ? -1 : 0);
	cleanup_free char *text = result_text(&identity, &error);
	assert_string_equal(text, expected);
	identity_clear(&identity);
	error_clear(&error);
}

static void every_request_gives_what_its_folder_expects(void **state)
{
	(void)state;
	unsigned count = 0;
	DIR *folder = opendir(FIXTURES "/passwd");
	assert_non_null(folder);
	for (struct dirent *entry; (entry = readdir(folder));) {
		if (entry->d_name[0] == '.')
			continue;
		print_message("  %s\n", entry->d_name);
		run_case(dirfd(folder), entry->d_name);
		count++;
	}
	closedir(folder);
	assert_true(count >= 15);
}

/* In our own root what the files lack is asked of the C library, which has no such user either. */
static void a_user_that_no_service_knows_is_missing_in_our_own_root(void **state)
{
	(void)state;
	cleanup_close int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct profile profile = {.user = (char *)(uintptr_t) "no-such-user-anywhere"};
	struct identity identity;
	struct error error = {0};
	assert_null(getpwnam("no-such-user-anywhere"));
	assert_int_equal(identity_resolve(&profile, root, &identity, &error), 0);
	assert_null(error.message);
	assert_false(identity.has_user);
}

static void a_passwd_file_that_is_none_is_an_error_and_not_a_missing_user(void **state)
{
	(void)state;
	char directory[] = "/tmp/siplaunch-passwd-XXXXXX";
	assert_non_null(mkdtemp(directory));
	int root = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(root, "etc", 0700), 0);
	assert_int_equal(mkfifoat(root, "etc/passwd", 0600), 0);
	const struct profile profile = {.user = (char *)(uintptr_t) "sip"};
	struct identity identity;
	struct error error = {0};
	assert_int_equal(identity_resolve(&profile, root, &identity, &error), -1);
	assert_true(contains(error.message, "etc/passwd is not a regular file"));
	error_clear(&error);
	unlinkat(root, "etc/passwd", 0);
	unlinkat(root, "etc", AT_REMOVEDIR);
	close(root);
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_request_gives_what_its_folder_expects),
		cmocka_unit_test(a_user_that_no_service_knows_is_missing_in_our_own_root),
		cmocka_unit_test(a_passwd_file_that_is_none_is_an_error_and_not_a_missing_user),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
