/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_LIBSECCOMP_H
#define SIPLAUNCH_BASE_LIBSECCOMP_H
/* libseccomp, loaded when a filter has to be compiled: the shipped ones are compiled already. Callers of its
 * functions call libseccomp_load() first. */
#include <seccomp.h>

#include "base/library.h"

/* Loads it, once. 0, or -1. */
int libseccomp_load(struct error *error);

#ifndef SIPLAUNCH_STATIC
#define LIBSECCOMP_FUNCTIONS(EACH)              \
	EACH(seccomp_api_set)                   \
	EACH(seccomp_arch_add)                  \
	EACH(seccomp_arch_native)               \
	EACH(seccomp_arch_remove)               \
	EACH(seccomp_arch_resolve_name)         \
	EACH(seccomp_attr_set)                  \
	EACH(seccomp_export_bpf)                \
	EACH(seccomp_init)                      \
	EACH(seccomp_load)                      \
	EACH(seccomp_release)                   \
	EACH(seccomp_rule_add)                  \
	EACH(seccomp_syscall_resolve_name)      \
	EACH(seccomp_syscall_resolve_name_arch) \
	EACH(seccomp_syscall_resolve_num_arch)  \
	EACH(seccomp_version)

/* The addresses of the loaded functions: one set for the process, like linked symbols. */
extern struct libseccomp {
	LIBSECCOMP_FUNCTIONS(LIBRARY_MEMBER)
} libseccomp;

#define seccomp_api_set                   libseccomp.seccomp_api_set_
#define seccomp_arch_add                  libseccomp.seccomp_arch_add_
#define seccomp_arch_native               libseccomp.seccomp_arch_native_
#define seccomp_arch_remove               libseccomp.seccomp_arch_remove_
#define seccomp_arch_resolve_name         libseccomp.seccomp_arch_resolve_name_
#define seccomp_attr_set                  libseccomp.seccomp_attr_set_
#define seccomp_export_bpf                libseccomp.seccomp_export_bpf_
#define seccomp_init                      libseccomp.seccomp_init_
#define seccomp_load                      libseccomp.seccomp_load_
#define seccomp_release                   libseccomp.seccomp_release_
#define seccomp_rule_add                  libseccomp.seccomp_rule_add_
#define seccomp_syscall_resolve_name      libseccomp.seccomp_syscall_resolve_name_
#define seccomp_syscall_resolve_name_arch libseccomp.seccomp_syscall_resolve_name_arch_
#define seccomp_syscall_resolve_num_arch  libseccomp.seccomp_syscall_resolve_num_arch_
#define seccomp_version                   libseccomp.seccomp_version_
#endif

#endif
