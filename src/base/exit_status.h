/* SPDX-License-Identifier: MIT */
#ifndef SIPLAUNCH_BASE_EXIT_STATUS_H
#define SIPLAUNCH_BASE_EXIT_STATUS_H

/* siplaunch's own exit statuses, as env(1) and nice(1) use them. Once the router runs, its status counts. */
enum exit_status {
	EXIT_OK = 0,
	EXIT_REFUSED = 1, /* plan, doctor: the router would not run; inspect: drift; profiles check: errors */
	EXIT_USAGE = 2,   /* bad usage; plan, inspect, profiles: a bad profile too */
	EXIT_SIPLAUNCH = 125,      /* siplaunch itself failed: it executed nothing */
	EXIT_NOT_EXECUTABLE = 126, /* the command was found but could not be executed */
	EXIT_NOT_FOUND = 127,
};

#endif
