/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_ENTRYPOINT_H
#define SIPLAUNCH_ROUTER_ENTRYPOINT_H
/*
 * The convention of container images: siplaunch is the image's ENTRYPOINT and the router its CMD. Arguments
 * that begin with an option ("docker run IMAGE -f /cfg") are the router's; otherwise ("docker run IMAGE
 * bash") they are a command of their own. Pure: words in, words out.
 */

/*
 * The command that `argv` stands for: the words of `entrypoint` and then argv, if argv is empty or begins
 * with an option; else argv alone. Blanks separate the words of the entrypoint; there is no quoting. Drops a
 * word of the entrypoint whose option argv has as well: "-DD" in front of "-DD -f /cfg" would be four D. A
 * NULL-terminated array, argv_free() frees it; NULL if the entrypoint has no word.
 */
char **entrypoint_command(const char *entrypoint, char *const *argv);

#endif
