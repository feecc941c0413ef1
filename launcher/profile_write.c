/* SPDX-License-Identifier: MIT */
#include "profile_write.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/json.h"
#include "inspection.h"
#include "log.h"

static int write_file(const char *path, const json_t *profile, struct error *error)
{
	cleanup_free char *json = json_dumps(profile, JSON_INDENT(2));
	if (!json)
		alloc_failed();
	cleanup_free char *text = xasprintf("%s\n", json);
	/* afresh each time: what somebody else may have put there, a FIFO or a link, is not written to */
	unlink(path);
	cleanup_close int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return error_set(error, errno, "create %s", path);
	if (write_whole(fd, text, strlen(text)) < 0 || fsync(fd) < 0)
		return error_set(error, errno, "write %s", path);
	return 0;
}

static int refuse_existing(const char *path, struct error *error)
{
	error_set(error, EEXIST, "write the profile to %s", path);
	return error_hint(error, "an existing file is never replaced: remove it, or give another name");
}

/* Plans the file for the router that it came from, as --profile would: what was typed besides does not count.
 */
static int plan_file(const struct options *options, const struct inspection *inspection, const char *path,
		     struct session *session)
{
	struct options plain = *options;
	plain.profile = path;
	plain.sets.count = plain.policies.count = 0;
	return session_open(&plain, inspection->asked, inspection->pid, session);
}

/* Bytes that the plan of the file leaves over, or -1 when there is no plan of it. */
static int64_t unassigned(const struct options *options, const struct inspection *inspection,
			  const char *path)
{
	cleanup_session struct session session;
	if (plan_file(options, inspection, path, &session) < 0)
		return -1;
	return (int64_t)session.context.budget.unassigned_bytes;
}

/* Nothing left over for the usual reserve is how some routers run: then the reserve is what is left. */
static int lower_reserve(const struct options *options, const struct inspection *inspection, const char *path,
			 json_t *profile)
{
	json_t *sizing = json_object_get(profile, "sizing");
	if (!sizing)
		return -1;
	json_object_set_new(sizing, "reserve", json_checked(json_string("0")));
	int64_t rest = write_file(path, profile, NULL) < 0 ? -1 : unassigned(options, inspection, path);
	if (rest < 0) {
		json_object_del(sizing, "reserve");
		return -1;
	}
	cleanup_free char *text = xasprintf("%" PRId64 "KiB", rest / (int64_t)KIB);
	json_object_set_new(sizing, "reserve", json_checked(json_string(text)));
	return 0;
}

/*
 * The file must be accepted. A router that was never sized may run with pools that no budget allows; that is
 * said, and the profile describes it all the same.
 */
static int check_file(const struct options *options, const struct inspection *inspection, const char *path,
		      json_t *profile, struct plan *warnings, struct error *error)
{
	cleanup_session struct session session;

	if (plan_file(options, inspection, path, &session) == 0)
		return 0;
	if (session.state == SESSION_BAD_PROFILE) {
		const struct problem *first = session.problems.count ? &session.problems.items[0] : NULL;
		return error_set(error, 0, "what the router has cannot be said in a profile: %s: %s",
				 first ? first->pointer : "", first ? first->message : "it is not accepted");
	}
	if (lower_reserve(options, inspection, path, profile) < 0)
		plan_warn(
			warnings,
			"a launch with this profile would be refused, and --profile cannot compare with it: %s",
			session.error.message ? session.error.message : "no plan can be made");
	return write_file(path, profile, error);
}

/* link() and not rename(): it never replaces what has appeared under that name in between. */
static int put_in_place(const char *temporary, const char *path, struct error *error)
{
	if (link(temporary, path) == 0)
		return 0;
	return errno == EEXIST ? refuse_existing(path, error)
			       : error_set(error, errno, "link %s to %s", temporary, path);
}

int profile_write(const struct options *options, const struct inspection *inspection, struct error *error)
{
	const char *path = options->write_profile;
	struct plan warnings = {0};

	if (!inspection->pid)
		return error_set(error, 0, "no process lives in %s: there is no router to write a profile of",
				 inspection->group);
	if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return refuse_existing(path, error);
	/* the slash makes it a path, not a profile's name */
	cleanup_free char *temporary =
		xasprintf("%s%s.%d.tmp", strchr(path, '/') ? "" : "./", path, (int)getpid());
	json_t *profile = profile_of(inspection, &warnings);
	int result = write_file(temporary, profile, error);
	if (result == 0) {
		result = check_file(options, inspection, temporary, profile, &warnings, error);
		result = result < 0 ? -1 : put_in_place(temporary, path, error);
		unlink(temporary);
	}
	if (result == 0)
		log_warnings(options, &warnings, 0);
	plan_clear(&warnings);
	json_decref(profile);
	return result;
}
