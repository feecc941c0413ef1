/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SECCOMP_PROGRAM_H
#define SIPLAUNCH_SECCOMP_PROGRAM_H
/*
 * Private to the seccomp room: a BPF program while it is made. compile.c has libseccomp generate what tells
 * architectures and calls apart; arguments.c adds what looks at arguments.
 */
#include "seccomp/seccomp.h"

struct program {
	struct sock_filter *items;
	size_t count;
};

/* What libseccomp returns for a call whose arguments decide, with the index in profile->calls. No profile can
 * ask for TRACE. */
#define PROGRAM_MARK SECCOMP_RET_TRACE

/* Turns every mark into a jump to code behind the program's end. */
void program_resolve_marks(struct program *program, const struct seccomp_profile *profile);

/* newer.c: puts in front of it the answer ENOSYS to calls that are newer than the profile, where it is asked
 * for. */
void program_answer_newer(struct program *program, const struct seccomp_profile *profile);

#endif
