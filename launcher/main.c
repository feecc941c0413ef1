/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/shell.h"
#include "commands.h"
#include "host/access.h"
#include "installed.h"
#include "launch/handover.h"
#include "log/log.h"
#include "options.h"
#include "seccomp/seccomp.h"
#include "text/yaml.h"
#include "top/display.h"

static void out_of_memory(void)
{
	static const char message[] = "siplaunch: out of memory\n";
	ssize_t ignored = write(STDERR_FILENO, message, sizeof message - 1);
	(void)ignored;
	_exit(EXIT_SIPLAUNCH);
}

static const struct output *messages;

static void identity_lost(const struct error *error)
{
	log_error(messages, error);
	_exit(EXIT_SIPLAUNCH);
}

/* For libraries that can report it, the version at run time: it may differ from the one at build time. */
static int print_version(void)
{
	cleanup_free char *seccomp = seccomp_library_version();
	const char *ncurses = display_library();
	printf("siplaunch %s (built with %s; in use: libseccomp %s, jansson %s, libyaml %s%s%s)\n",
	       SIPLAUNCH_VERSION, SIPLAUNCH_LIBRARIES, seccomp, jansson_version_str(),
	       manifest_library_version(), ncurses ? ", ncurses " : "", ncurses ? ncurses : "");
	return EXIT_OK;
}

static int dispatch(const struct options *options)
{
	if (options->version)
		return print_version();
	if (options->help)
		return command_help(options);
	return commands[options->command].run(options);
}

/* Why an earlier write failed, which stdio does not keep: the next one fails for the same reason. If it does
 * not, it adds a newline to an output that is broken anyway, and the reason stays unknown (0). */
static int why_unwritten(void)
{
	return write(STDOUT_FILENO, "\n", 1) < 0 ? errno : 0;
}

/* A report that could not be written (a full disk, a closed descriptor) must not exit with success. */
static int check_output(const struct options *options, int status)
{
	cleanup_error struct error error = {0};
	bool printed = options->help || options->version || options->command != COMMAND_RUN;

	errno = 0;
	if (fflush(stdout) == 0 && !ferror(stdout) && !(printed && options->output.closed))
		return status;
	int errnum = options->output.closed ? EBADF : errno;
	error_set(&error, errnum ? errnum : why_unwritten(), "cannot write to standard output");
	log_error(&options->output, &error);
	return EXIT_SIPLAUNCH;
}

/* Seeds jansson's hash tables, so that an attacker cannot choose keys that collide. jansson itself reads
 * /dev/urandom, which a chroot may lack, and falls back to the time. */
static void seed_hashes(void)
{
	size_t seed;
	if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) == (ssize_t)sizeof seed)
		json_object_seed(seed);
}

static void outlive(int signal)
{
	(void)signal;
}

/*
 * A write beyond RLIMIT_FSIZE raises SIGXFSZ, which kills the process: no error would be printed, and a
 * temporary file would remain. With a handler write(2) fails with EFBIG instead. A program that is executed
 * does not inherit a handler.
 */
static void outlive_file_limit(void)
{
	const struct sigaction handled = {.sa_handler = outlive, .sa_flags = SA_RESTART};
	struct sigaction found;
	if (sigaction(SIGXFSZ, &handled, &found) == 0 && found.sa_handler != SIG_DFL)
		sigaction(SIGXFSZ, &found, NULL);
}

/*
 * With a set-user-ID or set-group-ID bit or file capabilities, siplaunch would apply an ordinary user's
 * profile and command with privileges that the user does not have. AT_SECURE alone does not prove this:
 * security modules also set it at domain transitions.
 */
static int check_privileges(struct error *error)
{
	unsigned long uid = getauxval(AT_UID), effective = getauxval(AT_EUID);
	bool set_id = uid != effective || getauxval(AT_GID) != getauxval(AT_EGID);
	bool capable = getauxval(AT_SECURE) && getxattr("/proc/self/exe", "security.capability", NULL, 0) > 0;
	if (!set_id && !capable)
		return 0;
	cleanup_free char *binary = installed_binary();
	cleanup_free char *path = shell_quote(binary ? binary : "siplaunch");
	if (capable) {
		error_set(error, 0,
			  "%s has file capabilities, with which every user could do what only root may",
			  path);
		return error_hint(error, "setcap -r %s, and start it as root", path);
	}
	error_set(
		error, 0,
		"the effective uid and gid (%lu:%lu) are not the real ones (%lu:%lu), as with a set-user-ID "
		"bit: siplaunch refuses to run with another user's rights",
		effective, getauxval(AT_EGID), uid, getauxval(AT_GID));
	return error_hint(error, "chmod ug-s %s, and start it as root", path);
}

int main(int argc, char **argv)
{
	cleanup_options struct options options = {0};
	cleanup_error struct error error = {0};

	alloc_failed = out_of_memory;
	messages = &options.output;
	access_not_returned = identity_lost;
	json_set_alloc_funcs(alloc_try, free);
	seed_hashes();
	outlive_file_limit();
	bool output_closed = false;
	if (handover_open_standard(&output_closed, &error) < 0) {
		log_error(&options.output, &error);
		return EXIT_SIPLAUNCH;
	}
	if (check_privileges(&error) < 0) {
		log_error(&options.output, &error);
		return EXIT_SIPLAUNCH;
	}
	if (options_parse(argc, argv, &options, &error) < 0) {
		/* an option before the wrong one may have set the format */
		if (options.output.log_format == OUTPUT_JSON)
			log_error(&options.output, &error);
		else
			log_usage(&error);
		return EXIT_USAGE;
	}
	options_environment(&options, getenv);
	options_words(&options);
	options.output.closed = output_closed;
	return check_output(&options, dispatch(&options));
}
