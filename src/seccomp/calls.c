/* SPDX-License-Identifier: MIT */
/*
 * From rules to system calls. Names become numbers. Rules that would permit what they should refuse, or that
 * contradict each other, are problems. Of two rules that overlap, the narrower one comes first. Rules that
 * repeat the default are dropped, because libseccomp refuses them.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/libseccomp.h"
#include "base/nearest.h"
#include "seccomp/decode.h"

#define CALLS_MAX 1024 /* above every architecture's numbers, relative to its offset */
/* libseccomp's numbers for calls that an architecture does not have: from here down. Behind socketcall(2) and
 * ipc(2) of 32-bit x86 are calls from -101 to -224. */
#define ABSENT      (-10000)
#define NEAREST_MAX 32 /* for so many unknown names a similar one is searched, which takes 0.2 ms each */

char *seccomp_library_version(void)
{
	if (libseccomp_load(NULL) < 0)
		return xstrdup("none");
	const struct scmp_version *version = seccomp_version();
	return xasprintf("%u.%u.%u", version->major, version->minor, version->micro);
}

/* The native call with the most similar name, or NULL. Caller frees. */
static char *nearest_call(const char *name)
{
	int first =
		seccomp_syscall_resolve_name("read"); /* where the numbers begin: MIPS and x32 have offsets */
	char *names[CALLS_MAX];
	size_t count = 0;

	for (int i = 0; i < CALLS_MAX; i++) {
		char *known = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, first - first % 1000 + i);
		if (known)
			names[count++] = known;
	}
	const char *nearest = nearest_name(name, (const char *const *)names, count);
	char *copy = nearest ? xstrdup(nearest) : NULL;
	for (size_t i = 0; i < count; i++)
		free(names[i]);
	return copy;
}

/* True if an unknown call, which gets the default, would be permitted although the rule refuses it. */
static bool would_stay_open(const struct seccomp_profile *profile, const struct seccomp_rule *rule)
{
	return seccomp_action_permits(profile->default_action) && !seccomp_action_permits(rule->action);
}

static void unknown_call(const struct reader *reader, const struct seccomp_rule *rule, size_t index)
{
	struct seccomp_profile *profile = reader->profile;
	const char *name = rule->names[index];
	bool few = profile->unknown_count + reader->problems->count < NEAREST_MAX;
	cleanup_free char *nearest = few ? nearest_call(name) : NULL;

	if (!would_stay_open(profile, rule)) {
		*ARRAY_ADD(profile->unknown, profile->unknown_count) =
			nearest ? xasprintf("%s (%s?)", name, nearest) : xstrdup(name);
		return;
	}
	cleanup_free char *names = json_pointer(rule->pointer, "names");
	cleanup_free char *pointer = json_pointer_index(names, index);
	cleanup_free char *text = quoted(name);
	cleanup_free char *default_text = seccomp_action_text(profile->default_action);
	cleanup_free char *hint =
		nearest ? xasprintf("did you mean \"%s\"?", nearest)
			: xstrdup("use a list of allowed calls: it refuses every call that it does not name");
	problem_at(reader->problems, reader->document, pointer, hint,
		   "libseccomp does not know the system call %s, and a call without a rule %s: it would stay "
		   "allowed",
		   text, default_text);
}

static struct seccomp_call *call_of(struct seccomp_profile *profile, const char *name, int number)
{
	for (size_t i = 0; i < profile->call_count; i++)
		if (profile->calls[i].number == number)
			return &profile->calls[i];
	struct seccomp_call *call = ARRAY_ADD(profile->calls, profile->call_count);
	call->name = name;
	call->number = number;
	return call;
}

static void contradiction(const struct reader *reader, const struct seccomp_call *call,
			  const struct seccomp_clause *first, const struct seccomp_clause *second)
{
	cleanup_free char *here = seccomp_action_text(second->rule->action);
	cleanup_free char *there = seccomp_action_text(first->rule->action);
	problem_at(reader->problems, reader->document, second->rule->pointer,
		   "make their conditions exclude each other: the order of the two is not defined",
		   "%s %s here, and for the same arguments %s by %s", call->name, here, there,
		   first->rule->pointer);
}

static bool is_default(const struct reader *reader, const struct seccomp_clause *clause)
{
	return clause->rule->action == reader->profile->default_action;
}

/* Two rules without conditions: the first one decides, as with runc and crun. But they skip one that repeats
 * the default: then the two contradict each other. */
static bool both_for_all(const struct reader *reader, const struct seccomp_call *call,
			 const struct seccomp_clause *old, const struct seccomp_clause *clause)
{
	if (is_default(reader, old))
		contradiction(reader, call, old, clause);
	else
		seccomp_warn(reader->profile, "%s: %s has been decided by %s, as with runc and crun",
			     clause->rule->pointer, call->name, old->rule->pointer);
	return false;
}

/*
 * One rule has conditions, the other one has none. With libseccomp the rule without conditions wins,
 * whichever was added first (2.5.4; _db_tree_add() in src/db.c keeps the shorter chain), unless it repeats
 * the default: then runc and crun do not add it.
 */
static bool one_for_all(const struct reader *reader, const struct seccomp_call *call,
			const struct seccomp_clause *old, const struct seccomp_clause *clause)
{
	const struct seccomp_clause *all = old->condition_count ? clause : old;
	const struct seccomp_clause *some = old->condition_count ? old : clause;

	if (is_default(reader, all))
		return true;
	seccomp_warn(reader->profile,
		     "%s: never matches: %s decides %s for all arguments, as with runc and crun",
		     some->rule->pointer, all->rule->pointer, call->name);
	return clause == all;
}

/* True if the clause is kept together with another one that has a different action for some of its
 * arguments. */
static bool fits_beside(const struct reader *reader, const struct seccomp_call *call,
			const struct seccomp_clause *old, const struct seccomp_clause *clause)
{
	if (!old->condition_count && !clause->condition_count)
		return both_for_all(reader, call, old, clause);
	if (!old->condition_count || !clause->condition_count)
		return one_for_all(reader, call, old, clause);
	if (clause_within(old, clause) != clause_within(clause, old))
		return true; /* the narrower one is tested first */
	contradiction(reader, call, old, clause);
	return false;
}

/* True if the clause is kept together with those that the call has. Reports the first contradiction. */
static bool fits(const struct reader *reader, const struct seccomp_call *call,
		 const struct seccomp_clause *clause)
{
	for (size_t i = 0; i < call->clause_count; i++) {
		const struct seccomp_clause *old = &call->clauses[i];
		if (old->rule->action != clause->rule->action && clauses_overlap(old, clause) &&
		    !fits_beside(reader, call, old, clause))
			return false;
	}
	return true;
}

static void warn_impossible(const struct reader *reader, const struct seccomp_clause *clause)
{
	for (size_t i = 0; i < clause->condition_count; i++) {
		const struct seccomp_clause one = {clause->rule, &clause->conditions[i], 1};
		if (clause_is_possible(&one))
			continue;
		cleanup_free char *text = seccomp_condition_text(&clause->conditions[i]);
		seccomp_warn(reader->profile, "%s: never matches: no number fits \"%s\"",
			     clause->rule->pointer, text);
		return;
	}
}

/* Inserts it before the first clause that matches everything that it matches: so the narrower clause always
 * comes first. */
static void insert_clause(struct seccomp_call *call, const struct seccomp_clause *clause)
{
	size_t place = 0;
	while (place < call->clause_count && !clause_within(clause, &call->clauses[place]))
		place++;
	ARRAY_ADD(call->clauses, call->clause_count);
	for (size_t i = call->clause_count - 1; i > place; i--)
		call->clauses[i] = call->clauses[i - 1];
	call->clauses[place] = *clause;
}

static void add_clause(const struct reader *reader, struct seccomp_call *call,
		       const struct seccomp_rule *rule, size_t first, size_t count)
{
	const struct seccomp_clause clause = {rule, count ? rule->conditions + first : NULL, count};
	if (!clause_is_possible(&clause))
		warn_impossible(reader, &clause);
	else if (fits(reader, call, &clause))
		insert_clause(call, &clause);
}

static void add_rule(const struct reader *reader, const struct seccomp_rule *rule, size_t index)
{
	const char *name = rule->names[index];
	int number = seccomp_syscall_resolve_name_arch(reader->native.token, name);

	if (number == __NR_SCMP_ERROR) {
		unknown_call(reader, rule, index);
		return;
	}
	if (number <= ABSENT && reader->profile->architecture_count == 1)
		return;
	struct seccomp_call *call = call_of(reader->profile, name, number);
	if (!rule->any)
		add_clause(reader, call, rule, 0, rule->condition_count);
	for (size_t i = 0; rule->any && i < rule->condition_count; i++)
		add_clause(reader, call, rule, i, 1);
}

/* Keeps only the clause without conditions, unless it repeats the default. */
static void keep_one(const struct seccomp_profile *profile, struct seccomp_call *call)
{
	for (size_t i = 0; i < call->clause_count; i++)
		if (!call->clauses[i].condition_count &&
		    call->clauses[i].rule->action != profile->default_action) {
			call->clauses[0] = call->clauses[i];
			call->clause_count = 1;
			return;
		}
}

/* True for an exception from a later clause: it is kept, even if it repeats the default. */
static bool is_exception(const struct seccomp_call *call, size_t index)
{
	const struct seccomp_clause *clause = &call->clauses[index];
	for (size_t i = index + 1; i < call->clause_count; i++)
		if (call->clauses[i].rule->action != clause->rule->action &&
		    clause_within(clause, &call->clauses[i]))
			return true;
	return false;
}

static void drop_default(const struct seccomp_profile *profile, struct seccomp_call *call)
{
	size_t kept = 0;
	for (size_t i = 0; i < call->clause_count; i++)
		if (call->clauses[i].rule->action != profile->default_action || is_exception(call, i))
			call->clauses[kept++] = call->clauses[i];
	call->clause_count = kept;
}

static int compare_calls(const void *a, const void *b)
{
	return strcmp(((const struct seccomp_call *)a)->name, ((const struct seccomp_call *)b)->name);
}

static void settle(struct seccomp_profile *profile)
{
	size_t kept = 0;
	for (size_t i = 0; i < profile->call_count; i++) {
		struct seccomp_call *call = &profile->calls[i];
		keep_one(profile, call);
		drop_default(profile, call);
		if (call->clause_count)
			profile->calls[kept++] = *call;
		else
			free(call->clauses);
	}
	profile->call_count = kept;
	if (kept > 1)
		qsort(profile->calls, kept, sizeof *profile->calls, compare_calls);
}

static void warn_unknown(struct seccomp_profile *profile)
{
	cleanup_free char *version = seccomp_library_version();
	cleanup_free char *action = seccomp_action_text(profile->default_action);
	cleanup_free char *list = xstrdup("");
	for (size_t i = 0; i < profile->unknown_count; i++) {
		cleanup_free char *before = list;
		list = xasprintf("%s%s%s", before, i ? ", " : "", profile->unknown[i]);
	}
	if (profile->unknown_count)
		seccomp_warn(profile, "libseccomp %s does not know these system calls, so that each %s: %s",
			     version, action, list);
}

void seccomp_resolve(struct reader *reader)
{
	struct seccomp_profile *profile = reader->profile;
	for (size_t i = 0; i < profile->rule_count; i++)
		for (size_t name = 0; !profile->rules[i].left_out && name < profile->rules[i].name_count;
		     name++)
			add_rule(reader, &profile->rules[i], name);
	settle(profile);
	warn_unknown(profile);
	seccomp_judge(profile);
}

uint32_t seccomp_profile_action(const struct seccomp_profile *profile, const char *name, bool *conditional)
{
	*conditional = false;
	for (size_t i = 0; i < profile->call_count; i++) {
		const struct seccomp_call *call = &profile->calls[i];
		if (strcmp(call->name, name) != 0)
			continue;
		*conditional = call->clauses[0].condition_count > 0;
		return *conditional ? profile->default_action : call->clauses[0].rule->action;
	}
	return profile->default_action;
}
