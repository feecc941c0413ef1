/* SPDX-License-Identifier: MIT */
/* Filters that compile, but with which a C library cannot work. */
#include <errno.h>
#include <linux/seccomp.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/libseccomp.h"
#include "seccomp/decode.h"

/* True if the call's number is above every number that a rule names: --newer-enosys would make it fail with
 * ENOSYS. */
static bool is_newer(const struct seccomp_profile *profile, const char *name)
{
	const struct seccomp_architecture *native = &profile->architectures[0];
	int number = seccomp_syscall_resolve_name_arch(native->token, name);
	int newest = seccomp_profile_newest(profile, native);
	return newest >= 0 && number > newest;
}

/*
 * Since 2.34 glibc makes threads with clone3, and falls back to clone on ENOSYS; any other error makes
 * pthread_create fail (sysdeps/unix/sysv/linux/clone-internal.c, __clone_internal).
 */
void seccomp_judge(struct seccomp_profile *profile)
{
	bool depends, older_depends;
	uint32_t action = seccomp_profile_action(profile, "clone3", &depends);
	uint32_t older = seccomp_profile_action(profile, "clone", &older_depends);
	bool works = seccomp_action_permits(action) || action == (SECCOMP_RET_ERRNO | ENOSYS);

	if (works || depends || (!older_depends && !seccomp_action_permits(older)))
		return;
	bool newer = is_newer(profile, "clone3");
	if (newer && profile->newer_enosys)
		return;
	cleanup_free char *text = seccomp_action_text(action);
	seccomp_warn(
		profile,
		"clone3 %s: glibc 2.34 and later falls back to clone on ENOSYS only, so that no thread can "
		"start. Add a rule for clone3 with SCMP_ACT_ERRNO and errnoRet 38%s",
		text,
		newer ? ", or answer ENOSYS to newer calls: \"seccompNewer\": \"enosys\", --newer-enosys"
		      : "");
}
