/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_SECCOMP_PROGRAM_H
#define SIPLAUNCH_SECCOMP_PROGRAM_H
/*
 * Private to the seccomp room: a BPF program while it is made. In compile.c libseccomp generates the code
 * that selects architectures and calls; arguments.c adds the comparisons of arguments.
 */
#include "seccomp/seccomp.h"

struct program {
	struct sock_filter *items;
	size_t count;
};

/* The mark that libseccomp's code returns for a call whose arguments decide, with the index in
 * profile->calls. No profile can request TRACE. */
#define PROGRAM_MARK SECCOMP_RET_TRACE

/* Turns every mark into a jump to code after the program's end. */
void program_resolve_marks(struct program *program, const struct seccomp_profile *profile);

/* newer.c: adds code at the beginning that returns ENOSYS for calls newer than the profile, if requested. */
void program_answer_newer(struct program *program, const struct seccomp_profile *profile);

#endif
