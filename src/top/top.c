/* SPDX-License-Identifier: MIT */
#include "top/top.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/held_signals.h"
#include "top/canvas.h"
#include "top/display.h"
#include "top/live.h"
#include "top/recorder.h"
#include "top/replay.h"
#include "top/screen.h"
#include "top/view.h"

struct top {
	struct top_view view;
	struct live live;
	struct replay replay;
	struct recorder recorder;
	struct held_signals end;      /* INT, TERM, HUP */
	struct held_signals terminal; /* WINCH, TSTP, CONT */
	int keys;                     /* a descriptor of a terminal; owned */
	int64_t due_ms;               /* the time of the next sample */
	size_t next;                  /* of a recording: the number of that sample */
	unsigned width, height;
	bool utf8;
	bool done;
};

/* ---- the terminal ---- */

/* If memory runs out the process exits: the terminal must be restored before. */
static void (*alloc_failed_before)(void);

static void restore_terminal(void)
{
	display_close();
	alloc_failed_before();
}

/* If standard input has the samples, keys are read from the controlling terminal. */
static int open_keys(struct error *error)
{
	if (isatty(STDIN_FILENO))
		return fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC);
	return fd < 0 ? error_set(error, errno, "read keys: open /dev/tty") : fd;
}

/* ---- signals ---- */

static int hold_signals(struct top *top, struct error *error)
{
	static const int taken[] = {SIGWINCH, SIGTSTP, SIGCONT, 0};

	return signals_hold(ending_signals, &top->end, error) < 0
		       ? -1
		       : signals_hold(taken, &top->terminal, error);
}

/* The ending signals stay blocked: they already had their effect, and the process exits by itself. */
static void close_signals(struct top *top)
{
	signals_release(&top->terminal);
	if (top->end.fd >= 0)
		close(top->end.fd);
}

/* Stops the process by the default action of SIGTSTP: the kernel does not stop a process in an orphaned
 * process group. */
static void stop_process(void)
{
	struct sigaction usual = {.sa_handler = SIG_DFL}, before;

	display_leave();
	sigaction(SIGTSTP, &usual, &before);
	raise(SIGTSTP);
	signal_let_act(SIGTSTP); /* here it stops */
	sigaction(SIGTSTP, &before, NULL);
}

static void take_signals(struct top *top)
{
	struct signalfd_siginfo info;

	while (read(top->terminal.fd, &info, sizeof info) == (ssize_t)sizeof info)
		if (info.ssi_signo == SIGTSTP)
			stop_process();
		else if (info.ssi_signo == SIGCONT)
			display_return();
		else
			display_resized();
}

/* ---- time ---- */

static void schedule(struct top *top)
{
	int64_t now = clock_monotonic_ms();
	if (top->view.replay)
		top->due_ms = now + replay_next(&top->view, &top->next);
	else
		top->due_ms = now + (int64_t)top->view.interval_s * 1000;
}

/* False in a pause, after the last sample of a recording, and when the router has exited. */
static bool waits_for_sample(const struct top *top)
{
	const struct top_view *view = &top->view;
	return view->page == PAGE_ROUTERS || !(view->paused || view->complete || view->ended);
}

static int ms_left(const struct top *top)
{
	if (!waits_for_sample(top))
		return -1;
	int64_t left = top->due_ms - clock_monotonic_ms();
	return left > 0 ? (int)left : 0;
}

/* ---- samples ---- */

static void say_error(struct top *top, const struct error *error)
{
	view_say(&top->view, true, error_text(error));
}

static void record(struct top *top)
{
	cleanup_error struct error error = {0};
	if (recorder_add(&top->recorder, top->view.sample, &error) == 0)
		return;
	top->view.recording = false;
	say_error(top, &error);
}

static void say_ended(struct top *top, const struct error *error)
{
	cleanup_free char *text = error_text(error);
	top->view.ended = true;
	view_say(&top->view, true,
		 xasprintf("%s: these are its last values. q quits, Esc searches again", text));
}

static void take_sample(struct top *top)
{
	cleanup_error struct error error = {0};

	if (top->view.page == PAGE_ROUTERS)
		live_list(&top->live, &top->view);
	else if (live_sample(&top->live, &top->end.fd, &top->view, &error) == 0)
		record(top);
	else
		say_ended(top, &error);
}

static void seek(struct top *top, size_t number)
{
	cleanup_error struct error error = {0};
	if (replay_seek(&top->replay, number, &top->view, &error) == 0)
		return;
	top->view.paused = true;
	say_error(top, &error);
}

static void step(struct top *top)
{
	if (top->view.replay) {
		seek(top, top->next);
		schedule(top);
		return;
	}
	int64_t interval_ms = (int64_t)top->view.interval_s * 1000, due_ms = top->due_ms;
	take_sample(top);
	top->due_ms = clock_next_beat(due_ms, interval_ms, clock_monotonic_ms());
}

/* ---- keys ---- */

static void start_recording(struct top *top)
{
	cleanup_error struct error error = {0};

	if (recorder_start(&top->recorder, top->view.prompt, &error) < 0) {
		say_error(top, &error);
		return;
	}
	top->view.recording = true;
	record(top);
	if (top->view.recording)
		view_say(&top->view, false, xasprintf("writing samples to %s; w stops it", top->view.prompt));
}

static void stop_recording(struct top *top)
{
	cleanup_error struct error error = {0};
	cleanup_free char *path = xstrdup(top->recorder.path ? top->recorder.path : "");
	size_t samples = top->recorder.samples;

	top->view.recording = false;
	if (recorder_stop(&top->recorder, &error) < 0)
		say_error(top, &error);
	else
		view_say(&top->view, false, xasprintf("%zu samples written to %s", samples, path));
}

/* Shows another router, or the list. Ends a recording, because a file has samples of one router only. */
static void change_router(struct top *top, enum action action)
{
	cleanup_error struct error error = {0};
	struct top_view *view = &top->view;

	recorder_stop(&top->recorder, NULL);
	view->recording = false;
	int result = action == ACTION_CHOOSE
			     ? live_choose(&top->live, view->routers[view->selected].pid, view, &error)
			     : live_search(&top->live, view, &error);
	if (result < 0) {
		view->page = PAGE_ROUTERS;
		say_error(top, &error);
	}
}

static void act(struct top *top, enum action action)
{
	switch (action) {
	case ACTION_NONE:
		return;
	case ACTION_QUIT:
		top->done = true;
		return;
	case ACTION_REDRAW:
		display_return();
		return;
	case ACTION_ROUTERS:
	case ACTION_CHOOSE:
		change_router(top, action);
		return;
	case ACTION_RECORD:
		start_recording(top);
		return;
	case ACTION_STOP_RECORDING:
		stop_recording(top);
		return;
	case ACTION_SEEK:
		seek(top, top->view.seek);
		return;
	}
}

static size_t table_rows(const struct top *top)
{
	return layout_of(&top->view, top->width, top->height).table;
}

/* The state that decides the time of the next sample. */
struct pace {
	bool waits;
	unsigned interval_s;
	int speed;
	size_t at;
};

static struct pace pace_of(const struct top *top)
{
	const struct top_view *view = &top->view;
	return (struct pace){waits_for_sample(top), view->interval_s, view->speed,
			     view->replay ? view->at : 0};
}

static void take_keys(struct top *top)
{
	int key;
	const struct pace before = pace_of(top);

	while (!top->done && (key = display_key()) != KEY_NONE)
		act(top, view_key(&top->view, key, table_rows(top)));
	const struct pace now = pace_of(top);
	if (before.waits != now.waits || before.interval_s != now.interval_s || before.speed != now.speed ||
	    before.at != now.at)
		schedule(top);
}

/* ---- the loop ---- */

static void draw(struct top *top)
{
	display_size(&top->width, &top->height);
	cleanup_canvas struct canvas canvas = canvas_make(top->width, top->height, top->utf8);
	size_t rows = table_rows(top);

	view_scrolled(&top->view, rows);
	if (top->view.replay)
		rows_sort(&top->view.rows, top->view.sort, top->view.reverse);
	else
		live_look_up(&top->live, &top->view, rows);
	screen_draw(&canvas, &top->view);
	display_draw(&canvas);
}

static void loop(struct top *top)
{
	struct pollfd events[] = {{.fd = top->end.fd, .events = POLLIN},
				  {.fd = top->terminal.fd, .events = POLLIN},
				  {.fd = top->keys, .events = POLLIN}};

	schedule(top);
	while (!top->done) {
		draw(top);
		if (poll(events, ARRAY_SIZE(events), ms_left(top)) < 0 && errno != EINTR)
			return;
		if (events[0].revents || events[2].revents & ~POLLIN) /* a signal, or a closed terminal */
			return;
		take_signals(top);
		take_keys(top);
		if (!top->done && waits_for_sample(top) && ms_left(top) == 0)
			step(top);
	}
}

static enum top_end run(struct top *top, const struct top_request *request, struct error *error)
{
	if (hold_signals(top, error) < 0 || display_open(top->keys, request->color, error) < 0)
		return TOP_REFUSED;
	alloc_failed_before = alloc_failed;
	alloc_failed = restore_terminal;
	top->utf8 = display_is_utf8();
	loop(top);
	alloc_failed = alloc_failed_before;
	display_close();
	if (recorder_stop(&top->recorder, error) < 0)
		return TOP_REFUSED;
	return top->view.ended ? TOP_ENDED : TOP_QUIT;
}

static int open_source(struct top *top, const struct top_request *request, struct error *error)
{
	return request->replay ? replay_open(&top->replay, request->replay, &top->view, error)
			       : live_open(&top->live, request->inspect, &top->view, error);
}

enum top_end top_run(const struct top_request *request, struct error *error)
{
	struct top top = {.end.fd = -1, .terminal.fd = -1, .keys = -1};
	enum top_end end = TOP_REFUSED;

	view_open(&top.view, request->interval_s, request->replay != NULL);
	if (display_check(error) == 0 && (top.keys = open_keys(error)) >= 0) {
		if (open_source(&top, request, error) == 0)
			end = run(&top, request, error);
		else if (request->replay)
			end = TOP_BAD_FILE;
	}
	close_signals(&top);
	if (top.keys >= 0)
		close(top.keys);
	view_close(&top.view);
	replay_close(&top.replay);
	live_close(&top.live);
	return end;
}
