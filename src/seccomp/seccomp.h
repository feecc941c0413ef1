/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SECCOMP_SECCOMP_H
#define SIPLAUNCH_SECCOMP_SECCOMP_H
/*
 * Seccomp profiles: from JSON (OCI's linux.seccomp, Docker's, containers-common's) to a list of system calls
 * with their actions, and to a BPF program, with libseccomp. Only seccomp_filter_install() touches the
 * process; nothing here prints.
 *
 * Actions are what a filter returns to the kernel, SECCOMP_RET_* with the errno in the low half
 * (linux/seccomp.h); architectures are libseccomp's SCMP_ARCH_*.
 */
#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "base/problem.h"
#include "base/trust.h"

struct error;
struct profile;
struct profile_search;
struct seccomp_shipped;

enum seccomp_operator {
	SECCOMP_NE,
	SECCOMP_LT,
	SECCOMP_LE,
	SECCOMP_EQ,
	SECCOMP_GE,
	SECCOMP_GT,
	SECCOMP_MASKED_EQ,
};

#define SECCOMP_ARGUMENTS 6

/* Arguments are compared as 64-bit numbers without a sign. */
struct seccomp_condition {
	unsigned argument; /* 0 to 5 */
	enum seccomp_operator compare;
	uint64_t value;
	uint64_t mask; /* MASKED_EQ: (argument & mask) == value */
};

/* One object of "syscalls". */
struct seccomp_rule {
	char *pointer; /* its JSON pointer: "/syscalls/3" */
	char **names;
	size_t name_count;
	uint32_t action;
	struct seccomp_condition *conditions;
	size_t condition_count;
	bool any;       /* an argument is compared more than once: one match is enough. Else all must match */
	char *left_out; /* why it has no effect here: "it applies to kernels from 4.8"; NULL: it has one */
};

/* A rule for one system call: if all of these conditions match, this action. */
struct seccomp_clause {
	const struct seccomp_rule *rule;
	const struct seccomp_condition *conditions;
	size_t condition_count;
};

/* One system call with rules. */
struct seccomp_call {
	const char *name; /* in a rule */
	int number;       /* of the profile's first architecture; negative: it has none, but another of the
			     profile's may */
	struct seccomp_clause
		*clauses; /* a single one without conditions, or several of which the first that
			     matches decides: a narrower clause stands before one that it is inside */
	size_t clause_count;
};

struct seccomp_architecture {
	char *name;     /* "x86_64", as libseccomp calls it */
	uint32_t token; /* SCMP_ARCH_X86_64 */
};

struct seccomp_profile {
	char *name; /* as requested; "inline" */
	char *file; /* NULL where it is inline */
	char *description;
	struct trust_finding *findings; /* who else may change the file: for trust_judge() */
	size_t finding_count;
	uint32_t default_action;
	struct seccomp_architecture *architectures; /* the request's first */
	size_t architecture_count;
	unsigned flags;    /* SECCOMP_FILTER_FLAG_* */
	bool newer_enosys; /* as the request has it */
	struct seccomp_rule *rules;
	size_t rule_count;
	struct seccomp_call *calls; /* sorted by name */
	size_t call_count;
	char **unknown; /* names that libseccomp does not know, left out */
	size_t unknown_count;
	char **warnings;
	size_t warning_count;
	bool depends_on_machine;               /* a rule has "includes" or "excludes" */
	const struct seccomp_shipped *shipped; /* its program was compiled when siplaunch was built; NULL: it
						  was not */
};

struct seccomp_request {
	const char *name; /* NAME in the search path, or a path (has a slash, or ends in .json); or inline: */
	json_t *content;  /* with integers beyond int64 as strings of their digits */
	const char *file; /* inline: of the profile that contains it */
	const char *folder;         /* of the file that names it: its "seccomp" is searched first; NULL */
	const char *const *folders; /* of the profile and of those that it extends: searched next, so that a
				       filter is found whichever of them, or --set, names it */
	size_t folder_count;
	const struct profile_search *search; /* filters are in the folder "seccomp" of its directories */
	uint64_t capabilities;    /* that the router will have: "includes" and "excludes". CAP_X is bit X */
	const char *kernel;       /* "6.1.0-18-amd64": "minKernel" */
	const char *architecture; /* whose programs will run under it: "aarch64"; NULL: this machine's */
	bool all_architectures;   /* those of an archMap too; else the native one, and those that
				     "architectures" lists */
	bool newer_enosys; /* calls beyond the greatest number that a rule names fail with ENOSYS, unless
			      the default permits them */
	bool program_only; /* only the program is needed: the rules of a profile whose program was compiled
			      when siplaunch was built are not read */
};

/* The request for the filter that a router's profile names or contains; without name and content if it has
 * none. Points into both arguments, which must outlive it. */
struct seccomp_request seccomp_request_of(const struct profile *profile, const struct profile_search *search);

/*
 * Reads, decodes and checks. 0, or -1 with every problem found (a syntax error alone); the profile is cleared
 * then. Known forms: OCI's linux.seccomp; Docker's, with names or name, includes, excludes, archMap, comment;
 * containers-common's, with errno and defaultErrno by name. A key that none of them has is an error: a rule
 * with a misspelt "args" would otherwise apply whatever the arguments are.
 */
int seccomp_profile_load(const struct seccomp_request *request, struct seccomp_profile *profile,
			 struct problems *problems);
void seccomp_profile_clear(struct seccomp_profile *profile);

/* True for the text of a filter that siplaunch ships, which every installation of it has. False for all texts
 * if the build could not compile filters. */
bool seccomp_text_is_shipped(const char *text, size_t length);

/* The action for the native call of that name; *conditional: it depends on the arguments, and the return
 * value is the default. */
uint32_t seccomp_profile_action(const struct seccomp_profile *profile, const char *name, bool *conditional);

/*
 * True if calls newer than the profile get ENOSYS in place of the default action. Newer are those above the
 * greatest number that a rule names on an architecture, which is the second function's result; -1 if no rule
 * names one.
 */
bool seccomp_profile_answers_newer(const struct seccomp_profile *profile);
int seccomp_profile_newest(const struct seccomp_profile *profile,
			   const struct seccomp_architecture *architecture);

/* True for ALLOW and LOG: the call is made. */
bool seccomp_action_permits(uint32_t action);

/* "ALLOW", "ERRNO(ENOSYS)", "KILL_PROCESS"; and in words: "fails with ENOSYS". Caller frees. */
char *seccomp_action_name(uint32_t action);
char *seccomp_action_text(uint32_t action);

/* "argument 0 is 40", "argument 0 with mask 0x7e020000 is 0". Caller frees. */
char *seccomp_condition_text(const struct seccomp_condition *condition);
/* "==", "&==" and so on. */
const char *seccomp_operator_name(enum seccomp_operator compare);

/* "2.5.4", of the library that is installed, or linked in; "none". Caller frees. */
char *seccomp_library_version(void);

/* ---- the program ---- */

struct seccomp_filter {
	char *name;                             /* the profile's */
	const struct sock_filter *instructions; /* as seccomp(2) takes them; where `shipped`, borrowed */
	unsigned short count;                   /* at most BPF_MAXINSNS */
	unsigned flags;                         /* SECCOMP_FILTER_FLAG_* that the profile asks for */
	bool permits_read; /* read(2) is permitted with any arguments: the result can be read back */
	bool permits_exec; /* execve(2), perhaps with some arguments only */
	bool shipped;      /* compiled when siplaunch was built */
};

/*
 * Compiles a profile's program, or takes the one that was compiled when siplaunch was built. Calls of
 * architectures that the profile does not have get KILL_PROCESS (on x86_64 those of x32 too). 0, or -1 if
 * libseccomp cannot express it, or the program is longer than the kernel accepts.
 */
int seccomp_filter_compile(const struct seccomp_profile *profile, struct seccomp_filter *filter,
			   struct error *error);
void seccomp_filter_clear(struct seccomp_filter *filter);

/*
 * Sets no_new_privs (otherwise the kernel requires CAP_SYS_ADMIN), and installs the filter for the calling
 * process, irreversibly. Omits flags that this kernel does not know. 0, or -1 with the kernel's errno.
 */
int seccomp_filter_install(const struct seccomp_filter *filter, struct error *error);

/* "log", "spec-allow", "tsync" with ", " between them, or "none". Caller frees. */
char *seccomp_flags_text(unsigned flags);

#define cleanup_seccomp_profile __attribute__((cleanup(seccomp_profile_clear)))
#define cleanup_seccomp_filter  __attribute__((cleanup(seccomp_filter_clear)))

#endif
