/* SPDX-License-Identifier: MIT */
/* Architectures and their three names: SCMP_ARCH_X86_64 in profiles, x86_64 in libseccomp, amd64 in Docker's
 * "arches". */
#include <string.h>

#include "base/alloc.h"
#include "base/ascii.h"
#include "base/libseccomp.h"
#include "seccomp/decode.h"

#define PREFIX "SCMP_ARCH_"

/* libseccomp has no name for a token. */
static const char *const names[] = {
	"x86_64",      "aarch64", "x86",  "arm",  "x32",    "riscv64",     "ppc64le",  "s390x",
	"s390",        "ppc64",   "ppc",  "mips", "mips64", "mips64n32",   "mipsel",   "mipsel64",
	"mipsel64n32", "parisc",  "sheb", "sh",   "m68k",   "loongarch64", "parisc64",
};

struct seccomp_architecture architecture_native(void)
{
	uint32_t native = seccomp_arch_native();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (seccomp_arch_resolve_name(names[i]) == native)
			return (struct seccomp_architecture){xstrdup(names[i]), native};
	return (struct seccomp_architecture){xstrdup("native"), native};
}

struct seccomp_architecture architecture_named(const char *name)
{
	return (struct seccomp_architecture){xstrdup(name), seccomp_arch_resolve_name(name)};
}

bool architecture_find(const char *name, struct seccomp_architecture *architecture)
{
	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 || !name[strlen(PREFIX)])
		return false;
	char *own = xstrdup(name + strlen(PREFIX));
	for (char *c = own; *c; c++)
		*c = ascii_to_lower(*c);
	*architecture = (struct seccomp_architecture){own, seccomp_arch_resolve_name(own)};
	return true;
}

/* nativeToSeccomp in moby's profiles/seccomp/seccomp_linux.go; all others have the same name. */
const char *architecture_docker_name(const struct seccomp_architecture *architecture)
{
	if (strcmp(architecture->name, "x86_64") == 0)
		return "amd64";
	if (strcmp(architecture->name, "aarch64") == 0)
		return "arm64";
	return architecture->name;
}
