/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_LAUNCHER_INSTALLED_H
#define SIPLAUNCH_LAUNCHER_INSTALLED_H
/* Where this program file is, and what was installed with it. */

/* The path of this binary; NULL if /proc is not mounted. Caller frees. */
char *installed_binary(void);

/*
 * The directories of installed profiles, colon separated: the built-in ones, then those that depend on where
 * the program file is: PREFIX/share/siplaunch/profiles of another prefix, and the profiles of the checkout in
 * which it was built. Their files are subject to the same trust checks as any other. Looks once, when it is
 * first asked: a profile that is found by its path, or before, needs none of them.
 */
const char *installed_profile_dirs(void);

#endif
