/* SPDX-License-Identifier: MIT */
#include "mechanism/passwd.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "base/text.h"

#define FILE_LIMIT  ((size_t)16 << 20) /* with more users, use a directory service */
#define ENTRY_LIMIT ((size_t)1 << 20)

/* (uid_t)-1 means "do not change it" to setresuid(2). */
#define ID_MAX (UINT32_MAX - 1)

/* An entry of either file; gid and home are those of a user. */
struct entry {
	char *name, *home;
	uint64_t id, gid;
};

/* The entry to find: by name, or if that is NULL by number. */
struct query {
	const char *name;
	uint64_t id;
	bool user; /* else a group */
};

enum { FIELD_NAME, FIELD_PASSWORD, FIELD_ID, FIELD_GID, FIELD_GECOS, FIELD_HOME, FIELDS_MAX };

static void entry_clear(struct entry *entry)
{
	free(entry->name);
	free(entry->home);
	*entry = (struct entry){0};
}

static bool id_parse(const char *text, uint64_t *id)
{
	return text && parse_u64(text, id) && *id <= ID_MAX;
}

struct search {
	const struct query *query;
	struct entry *entry;
};

/* Ignores lines that are no entry (comments, NIS's "+::"). 1 ends the search. */
static int match_line(char *line, void *data)
{
	struct search *search = data;
	const struct query *query = search->query;
	char *fields[FIELDS_MAX] = {0};
	uint64_t id, gid = 0;

	if (query->name && !text_begins_with(line, query->name))
		return 0;
	for (size_t i = 0; i < FIELDS_MAX; i++)
		fields[i] = strsep(&line, ":");
	if (!*fields[FIELD_NAME] || !id_parse(fields[FIELD_ID], &id) ||
	    (query->user && !id_parse(fields[FIELD_GID], &gid)))
		return 0;
	if (query->name ? strcmp(query->name, fields[FIELD_NAME]) != 0 : query->id != id)
		return 0;
	*search->entry = (struct entry){.name = xstrdup(fields[FIELD_NAME]), .id = id, .gid = gid};
	if (query->user && fields[FIELD_HOME] && *fields[FIELD_HOME])
		search->entry->home = xstrdup(fields[FIELD_HOME]);
	return 1;
}

/* 1 found, 0 not found (also without the file, as in an image from scratch), -1 unreadable. */
static int search_file(int root_fd, const struct query *query, struct entry *entry, struct error *error)
{
	const char *path = query->user ? "etc/passwd" : "etc/group";
	cleanup_free char *text = NULL;
	cleanup_error struct error failure = {0};
	size_t length;

	if (file_read(root_fd, path, FILE_LIMIT, &text, &length, &failure) == 0)
		return each_line(text, match_line, &(struct search){query, entry});
	if (failure.errnum == ENOENT)
		return 0;
	if (failure.errnum)
		return error_set(error, failure.errnum, "read /%s", path);
	error_move(error, &failure);
	return -1;
}

#ifdef SIPLAUNCH_STATIC

/*
 * libcgroup looks up names for its rules daemon, which siplaunch does not use. glibc's name services would
 * load shared libraries at run time, of exactly the glibc version that the binary was linked with, which
 * images do not have. So in the static binary names come from the files only, and these functions find none.
 */
struct passwd *getpwnam(const char *name)
{
	(void)name;
	return NULL;
}

struct passwd *getpwuid(uid_t uid)
{
	(void)uid;
	return NULL;
}

struct group *getgrnam(const char *name)
{
	(void)name;
	return NULL;
}

struct group *getgrgid(gid_t gid)
{
	(void)gid;
	return NULL;
}

int getpwnam_r(const char *name, struct passwd *user, char *buffer, size_t size, struct passwd **result)
{
	(void)name, (void)user, (void)buffer, (void)size;
	*result = NULL;
	return 0;
}

int getgrnam_r(const char *name, struct group *group, char *buffer, size_t size, struct group **result)
{
	(void)name, (void)group, (void)buffer, (void)size;
	*result = NULL;
	return 0;
}

static int search_services(int root_fd, const struct query *query, struct entry *entry, struct error *error)
{
	(void)root_fd;
	(void)query;
	(void)entry;
	(void)error;
	return 0;
}

#else

/* One call of the C library with that buffer. Returns its result; *found: the entry exists. */
static int ask_services(const struct query *query, char *buffer, size_t size, struct entry *entry,
			bool *found)
{
	if (query->user) {
		struct passwd user, *result = NULL;
		int errnum = query->name ? getpwnam_r(query->name, &user, buffer, size, &result)
					 : getpwuid_r((uid_t)query->id, &user, buffer, size, &result);
		*found = result != NULL;
		if (result)
			*entry = (struct entry){xstrdup(user.pw_name),
						user.pw_dir ? xstrdup(user.pw_dir) : NULL, user.pw_uid,
						user.pw_gid};
		return errnum;
	}
	struct group group, *result = NULL;
	int errnum = query->name ? getgrnam_r(query->name, &group, buffer, size, &result)
				 : getgrgid_r((gid_t)query->id, &group, buffer, size, &result);
	*found = result != NULL;
	if (result)
		*entry = (struct entry){.name = xstrdup(group.gr_name), .id = group.gr_gid};
	return errnum;
}

static bool is_our_root(int root_fd)
{
	struct stat there, ours;
	return fstat(root_fd, &there) == 0 && stat("/", &ours) == 0 && there.st_dev == ours.st_dev &&
	       there.st_ino == ours.st_ino;
}

/* getpwnam(3) lists these four, and 0, for a name that does not exist. */
static bool means_not_found(int errnum)
{
	return errnum == 0 || errnum == ENOENT || errnum == ESRCH || errnum == EBADF || errnum == EPERM;
}

static int search_services(int root_fd, const struct query *query, struct entry *entry, struct error *error)
{
	cleanup_free char *buffer = NULL;
	bool found = false;
	int errnum = ERANGE;

	if (!is_our_root(root_fd))
		return 0;
	for (size_t size = 4096; errnum == ERANGE && size <= ENTRY_LIMIT; size *= 4) {
		buffer = xrealloc(buffer, size, 1);
		errnum = ask_services(query, buffer, size, entry, &found);
	}
	if (found)
		return 1;
	if (means_not_found(errnum))
		return 0;
	return error_set(error, errnum, "look up the %s in the system's name services",
			 query->user ? "user" : "group");
}

#endif

static int look_up(int root_fd, const struct query *query, struct entry *entry, struct error *error)
{
	int found = search_file(root_fd, query, entry, error);
	return found ? found : search_services(root_fd, query, entry, error);
}

int identity_missing(struct error *error, bool user, const char *name)
{
	if (text_is_digits(name)) {
		error_set(error, 0, "user id %s has no entry, so its group is not known", name);
		return error_hint(error, "give its group as well: --set group=NUMBER");
	}
	error_set(error, 0, "there is no %s \"%s\"", user ? "user" : "group", name);
	if (!user)
		return error_hint(
			error,
			"groupadd --system %s; for a container, in its image; or give a number: --set "
			"group=NUMBER",
			name);
	return error_hint(
		error,
		"useradd --system --no-create-home --shell /usr/sbin/nologin %s; for a container, in its "
		"image; or give numbers: --set user=NUMBER --set group=NUMBER",
		name);
}

/* The query for a name or decimal id as the profile has it; -1 for a number that is no id. */
static int query_make(const char *text, bool user, struct query *query, struct error *error)
{
	uint64_t number;

	*query = (struct query){.name = text, .user = user};
	if (!text_is_digits(text))
		return 0;
	*query = (struct query){.user = user};
	if (!id_parse(text, &number))
		return error_set(error, 0, "%s id %s is above %" PRIu32, user ? "user" : "group", text,
				 ID_MAX);
	query->id = number;
	return 0;
}

/* 0 also if the group does not exist: has_group stays false. */
static int resolve_group(const char *text, int root_fd, struct identity *identity, struct error *error)
{
	struct query query;
	struct entry entry = {0};

	if (query_make(text, false, &query, error) < 0)
		return -1;
	/* a number needs no entry: it is looked up for its name only, which is not worth a directory service
	 */
	int found = query.name ? look_up(root_fd, &query, &entry, error)
			       : search_file(root_fd, &query, &entry, error);
	if (found < 0)
		return -1;
	if (!found && query.name)
		return 0;
	identity->has_group = true;
	identity->gid = (gid_t)(found ? entry.id : query.id);
	identity->group_name = xstrdup(found ? entry.name : text);
	entry_clear(&entry);
	return 0;
}

/* 0 also if the user does not exist, or its number has no group: has_user stays false. */
static int resolve_user(const char *text, bool group_given, int root_fd, struct identity *identity,
			struct error *error)
{
	struct query query;
	struct entry entry = {0};

	if (query_make(text, true, &query, error) < 0)
		return -1;
	/* again, a number alone is not worth a directory service unless its group is needed */
	int found = query.name || !group_given ? look_up(root_fd, &query, &entry, error)
					       : search_file(root_fd, &query, &entry, error);
	if (found < 0)
		return -1;
	if (!found && (query.name || !group_given))
		return 0;
	identity->has_user = true;
	identity->uid = (uid_t)(found ? entry.id : query.id);
	identity->user_name = xstrdup(found ? entry.name : text);
	identity->home = entry.home;
	entry.home = NULL;
	identity->gid = (gid_t)entry.gid;
	entry_clear(&entry);
	return 0;
}

/* The primary group of a user that was found; its name is only for messages. */
static int primary_group(int root_fd, struct identity *identity, struct error *error)
{
	cleanup_free char *number = xasprintf("%" PRIu32, (uint32_t)identity->gid);
	return resolve_group(number, root_fd, identity, error);
}

/* A failure that policy tolerates is not an error. */
static int tolerate(const struct profile *profile, enum setting_id id, int result, struct error *error)
{
	if (result == 0 || profile_policy(profile, setting_of(id)) == POLICY_REQUIRE)
		return result;
	error_clear(error);
	return 0;
}

int identity_resolve(const struct profile *profile, int root_fd, struct identity *identity,
		     struct error *error)
{
	int result = 0;

	*identity = (struct identity){0};
	if (profile->user)
		result = tolerate(
			profile, SETTING_UID,
			resolve_user(profile->user, profile->group != NULL, root_fd, identity, error), error);
	if (result == 0 && profile->group)
		result = tolerate(profile, SETTING_GID,
				  resolve_group(profile->group, root_fd, identity, error), error);
	else if (result == 0 && identity->has_user)
		result = primary_group(root_fd, identity, error);
	if (result < 0)
		identity_clear(identity);
	return result;
}

void identity_clear(struct identity *identity)
{
	free(identity->user_name);
	free(identity->group_name);
	free(identity->home);
	*identity = (struct identity){0};
}
