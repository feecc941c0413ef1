/* SPDX-License-Identifier: MIT */
#include "fault.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define STATUS_REFUSED        125 /* launcher/commands.h */
#define STATUS_NOT_EXECUTABLE 126
#define STATUS_NOT_FOUND      127

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[VERDICTS] = {
		[VERDICT_RAN] = "ran with all facts right",
		[VERDICT_REFUSED] = "refused with the cause",
		[VERDICT_NAMED] = "named what stays",
		[VERDICT_RECOVERED] = "killed, and taken over by the next launch",
		[VERDICT_UNREACHED] = "stopped well without that call",
		[VERDICT_FAILED] = "FAILED",
	};
	return names[verdict];
}

static enum verdict fail(const char **why, const char *sentence)
{
	*why = sentence;
	return VERDICT_FAILED;
}

static bool names_one_of(const char *text, const char *words)
{
	char copy[256], *rest = copy;
	snprintf(copy, sizeof copy, "%s", words);
	for (char *word; (word = strsep(&rest, "|"));)
		if (*word && strcasestr(text, word))
			return true;
	return false;
}

/* The error reports the call, or the file that it was on. */
static bool names_call(const char *errors, const struct fault *fault, const char *file)
{
	const struct call_rule *rule = rule_of(fault->call->number);
	const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
	return names_one_of(errors, rule->name) || names_one_of(errors, rule->words) ||
	       (*name && strstr(errors, name));
}

/* The dynamic loader says of a mapping that was refused that it was, and never why. */
static bool names_errno(const char *errors, const struct fault *fault)
{
	const char *name = strerrorname_np(fault->errnum);
	if (fault->call->number == SYS_mmap && strstr(errors, "failed to map segment from shared object"))
		return true;
	return strstr(errors, name) || strstr(errors, strerror(fault->errnum));
}

/*
 * Each thing that is left is in what siplaunch printed, by its path or, for a controller, by the file that
 * switches it off. The mark that says who switched it on belongs to it: by it the next launch of siplaunch
 * puts it back.
 */
static bool names_what_is_left(const char *errors, const char *left)
{
	bool marked = strstr(left, "controller ") == NULL;
	for (; *left; left += strcspn(left, "\n") + 1) {
		char line[PATH_MAX + 64], *what;
		snprintf(line, sizeof line, "%.*s", (int)strcspn(left, "\n"), left);
		if (!(what = strchr(line, ' ')))
			return false;
		*what++ = '\0';
		if (!marked && strcmp(line, "attribute") == 0)
			continue;
		bool controller = strcmp(line, "controller") == 0;
		if (!strstr(errors, controller ? "cgroup.subtree_control" : what))
			return false;
	}
	return true;
}

/* The call that failed was to report: nothing more can be reported. */
static bool is_voice(const struct fault *fault, const char *file)
{
	return (fault->call->number == SYS_write || fault->call->number == SYS_writev) &&
	       strstr(file, "fault.err");
}

/* The router's process was killed before it was the router: the supervisor reports that, with its status. */
static bool child_was_killed(const struct evidence *evidence)
{
	return evidence->fault->action == ACTION_KILL && evidence->fault->call->process > 0 &&
	       WEXITSTATUS(evidence->outcome->wait_status) == 128 + SIGKILL &&
	       strstr(evidence->errors, "killed by SIGKILL");
}

static enum verdict judge_refusal(const struct evidence *evidence, const char **why)
{
	const struct fault *fault = evidence->fault;
	const char *errors = evidence->errors, *file = evidence->outcome->file;
	int status = WEXITSTATUS(evidence->outcome->wait_status);

	if (child_was_killed(evidence))
		status = STATUS_REFUSED;
	if (status != STATUS_REFUSED && status != STATUS_NOT_EXECUTABLE && status != STATUS_NOT_FOUND)
		return fail(why, "the router did not run, and the exit status does not say so");
	bool voice = is_voice(fault, file);
	if (!*errors && !voice)
		return fail(why, "refused in silence");
	if (fault->action == ACTION_ERROR && !voice && !names_errno(errors, fault))
		return fail(why, "the kernel's error is not named");
	if (!voice && fault->action != ACTION_KILL && !names_call(errors, fault, file))
		return fail(why, "neither the call nor its file is named");
	if (*evidence->missing)
		return fail(why, "something of the machine was changed");
	if (!*evidence->left)
		return VERDICT_REFUSED;
	return names_what_is_left(errors, evidence->left) ? VERDICT_NAMED
							  : fail(why, "left something behind in silence");
}

/* The router ran. A supervisor may have had to end it, or could not clean up: then it says so. */
static enum verdict judge_run(const struct evidence *evidence, const char **why)
{
	int status = evidence->outcome->wait_status;
	if (strcmp(evidence->facts, evidence->expected) != 0)
		return fail(why, "the router ran with other facts");
	if (*evidence->missing)
		return fail(why, "something of the machine was changed");
	if (*evidence->left && !names_what_is_left(evidence->errors, evidence->left))
		return fail(why, "left something behind in silence");
	if (status != 0 && !*evidence->errors)
		return fail(why, "the router ended well, and siplaunch did not, in silence");
	if (status != 0 && evidence->fault->action == ACTION_ERROR &&
	    !names_errno(evidence->errors, evidence->fault))
		return fail(why,
			    "the router ended well, siplaunch did not, and the kernel's error is not named");
	return *evidence->left ? VERDICT_NAMED : status ? VERDICT_REFUSED : VERDICT_RAN;
}

static bool stopped_well(const struct evidence *evidence)
{
	const struct outcome *outcome = evidence->outcome;
	return evidence->fault->call->stopping && !outcome->wait_status && !outcome->hung && !outcome->left &&
	       strcmp(evidence->facts, evidence->expected) == 0;
}

enum verdict judge(const struct evidence *evidence, const char **why)
{
	const struct outcome *outcome = evidence->outcome;
	bool killed = WIFSIGNALED(outcome->wait_status);
	*why = NULL;
	if (!outcome->hit)
		return stopped_well(evidence) ? VERDICT_UNREACHED : fail(why, "the call was not reached");
	if (outcome->hung)
		return fail(why, "hung");
	if (killed && !(evidence->fault->action == ACTION_KILL && WTERMSIG(outcome->wait_status) == SIGKILL))
		return fail(why, "crashed");
	if (outcome->left && !(killed && evidence->fault->action == ACTION_KILL))
		return fail(why, "a process was left");
	if (killed) /* what it left is for the next launch, which fault.c starts */
		return VERDICT_RECOVERED;
	return *evidence->facts ? judge_run(evidence, why) : judge_refusal(evidence, why);
}
