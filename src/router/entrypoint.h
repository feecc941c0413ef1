/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_ROUTER_ENTRYPOINT_H
#define SIPLAUNCH_ROUTER_ENTRYPOINT_H
/*
 * The convention of container images: siplaunch is the image's ENTRYPOINT and the router its CMD. Who gives
 * options only ("docker run IMAGE -f /cfg") means the router with these; who gives a command ("docker run
 * IMAGE bash") means just that. Pure: words in, words out.
 */

/*
 * The command that is meant by `argv`: where it is empty or begins with an option, the words of `entrypoint`
 * and then argv; else argv alone. Blanks separate the words, and nothing quotes one. A word of the entrypoint
 * whose option argv has as well is left out: "-DD" in front of "-DD -f /cfg" would be four D. The caller
 * frees the NULL-terminated array with argv_free(); NULL where the entrypoint has no word.
 */
char **entrypoint_command(const char *entrypoint, char *const *argv);

#endif
