/* SPDX-License-Identifier: MIT */
#include "stats/watch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fs.h"
#include "stats/overflow.h"
#include "stats/running.h"

#define QUIET_MS    60000 /* without an event: the next one begins a new burst */
#define EVIDENCE_MS 10000 /* older evidence says nothing about this event */
#define PAUSE_MS    1000  /* between two reads of memory.stat in one burst */
#define SETTLED_MS  1000  /* the kernel goes through a group at once: no process is counted again so late */

static uint64_t number_in(unsigned id, const char *text)
{
	const struct value value = group_number_in(id, text);
	return value_or_zero(&value);
}

uint64_t watch_killed(uint64_t kills, uint64_t group_kills)
{
	return kills > group_kills ? kills - group_kills : kills;
}

/* Separates the events of the group's own limit, if the kernel counts them separately. */
static void keep_own_apart(int directory, struct memory_events *events)
{
	char text[1024];
	if (pseudo_read_small(directory, "memory.events.local", text, sizeof text) < 0)
		return;
	uint64_t own = number_in(GROUP_EVENT_OOM, text);
	events->max = number_in(GROUP_EVENT_MAX, text);
	events->oom_below = events->oom > own ? events->oom - own : 0;
	events->oom = own;
}

/* Reading from the start is also what arms the next POLLPRI (fs/kernfs/file.c, kernfs_seq_start). */
static int read_events(const struct watch *watch, struct memory_events *events)
{
	char text[1024];
	if (lseek(watch->events, 0, SEEK_SET) < 0 || pseudo_read_fd(watch->events, text, sizeof text) < 0)
		return -1;
	*events = (struct memory_events){
		.max = number_in(GROUP_EVENT_MAX, text),
		.oom = number_in(GROUP_EVENT_OOM, text),
		.oom_kill = number_in(GROUP_EVENT_OOM_KILL, text),
		.oom_group_kill = number_in(GROUP_EVENT_OOM_GROUP_KILL, text),
	};
	keep_own_apart(watch->directory, events);
	return 0;
}

void watch_open(struct watch *watch, int directory, bool fresh)
{
	*watch = (struct watch){.directory = directory, .proc = -1, .events = -1};
	if (directory >= 0)
		watch->events = openat(directory, "memory.events", O_RDONLY | O_CLOEXEC);
	if (watch->events < 0 || fresh)
		return;
	if (read_events(watch, &watch->first) < 0)
		watch_close(watch);
	watch->seen = watch->first;
}

void watch_close(struct watch *watch)
{
	if (watch->events >= 0)
		close(watch->events);
	watch->events = -1;
}

static uint64_t risen(uint64_t before, uint64_t now)
{
	return now > before ? now - before : 0;
}

/* The rise to report: 0 within a burst. */
static uint64_t once_a_burst(uint64_t rise, int64_t *last_ms, bool first, int64_t now_ms)
{
	bool begins = first || now_ms - *last_ms > QUIET_MS;
	if (!rise)
		return 0;
	*last_ms = now_ms;
	return begins ? rise : 0;
}

/*
 * The processes that were killed since the last reading. Between two readings the second count of a process
 * (struct memory_events) may be missing still, or never come: so kills that belong together are counted from
 * the reading before the first of them.
 */
static uint64_t newly_killed(struct watch *watch, const struct memory_events *now, int64_t now_ms)
{
	const struct memory_events *seen = &watch->seen;
	uint64_t kills = risen(seen->oom_kill, now->oom_kill);
	uint64_t group_kills = risen(seen->oom_group_kill, now->oom_group_kill);

	if (!kills && !group_kills)
		return 0;
	if (!watch->counted_ms || now_ms - watch->counted_ms > SETTLED_MS) {
		watch->base = *seen;
		watch->killed_in_series = 0;
	}
	watch->counted_ms = now_ms;
	uint64_t killed = watch_killed(risen(watch->base.oom_kill, now->oom_kill),
				       risen(watch->base.oom_group_kill, now->oom_group_kill));
	uint64_t rise = risen(watch->killed_in_series, killed);
	watch->killed_in_series += rise;
	watch->killed += rise;
	return rise;
}

void watch_compare(struct watch *watch, const struct memory_events *now, int64_t now_ms,
		   struct memory_events *events)
{
	const struct memory_events *first = &watch->first, *seen = &watch->seen;

	*events = (struct memory_events){
		.max = once_a_burst(risen(seen->max, now->max), &watch->max_ms, seen->max == first->max,
				    now_ms),
		.oom = once_a_burst(risen(seen->oom, now->oom), &watch->oom_ms, seen->oom == first->oom,
				    now_ms),
		.oom_kill = newly_killed(watch, now, now_ms),
		.oom_group_kill = risen(seen->oom_group_kill, now->oom_group_kill),
	};
	if (risen(seen->oom_below, now->oom_below))
		watch->below_ms = now_ms;
	if (events->oom_kill)
		watch->kill_ms = now_ms;
	watch->seen = *now;
}

void watch_router(struct watch *watch, int proc, pid_t router)
{
	watch->proc = proc;
	watch->router = router;
}

/* Memory that a process does not share: resident pages minus shared ones (proc(5), statm). */
static uint64_t own_bytes(int proc, pid_t pid)
{
	cleanup_free char *path = xasprintf("%d/statm", (int)pid);
	char text[128];
	uint64_t pages[3];

	if (pseudo_read_small(proc, path, text, sizeof text) < 0 ||
	    sscanf(text, "%" SCNu64 " %" SCNu64 " %" SCNu64, &pages[0], &pages[1], &pages[2]) != 3)
		return 0;
	return pages[1] > pages[2] ? (pages[1] - pages[2]) * (uint64_t)sysconf(_SC_PAGESIZE) : 0;
}

/* own_bytes() of each process, in the same order. Called before anything else is read, because they may be
 * dying. Caller frees. */
static uint64_t *own_bytes_of(int proc, const struct pids *pids)
{
	uint64_t *bytes = xcalloc(pids->count + 1, sizeof *bytes);
	for (size_t i = 0; i < pids->count; i++)
		bytes[i] = own_bytes(proc, pids->items[i]);
	return bytes;
}

/* Which kinds of processes have ended since memory.stat was read: they had the anonymous memory that no
 * process has any more. */
struct dead {
	bool own, others, unknown;
};

/* True for a dying process: its executable cannot be read any more, and its children get another parent. */
static bool is_dead(const struct program *program)
{
	return !program->file.inode;
}

static bool is_own(const struct running *running, pid_t main, pid_t pid)
{
	const struct program *router = running_program(running, main);
	const struct program *program = running_program(running, pid);
	if (!router->router || running_is_own(running, main, pid))
		return true;
	return (is_dead(program) || is_dead(router)) && program->router == router->router;
}

/* Counts a process that is neither the router's nor the only router of a wrapper as another program; if the
 * router is not known, counts none. Returns the part of `bytes` with a known owner. */
static uint64_t add_process(const struct running *running, pid_t main, pid_t pid, uint64_t bytes,
			    struct evidence *now, struct dead *dead)
{
	if (!running_program(running, pid)) {
		dead->unknown = true;
		return 0;
	}
	if (is_own(running, main, pid)) {
		dead->own |= !bytes;
		return bytes;
	}
	dead->others |= !bytes;
	now->others++;
	now->others_bytes += bytes;
	return bytes;
}

/* Assigns the `missing` bytes if all processes that ended are of one kind; else their owner is not known. */
static void attribute(struct evidence *now, const struct dead *dead, uint64_t missing)
{
	if (dead->unknown || dead->own == dead->others)
		now->gone_bytes = missing;
	else if (dead->others)
		now->others_bytes += missing;
}

/*
 * Finds out which processes are the router's own, and what the others take. An OOM kill may happen between
 * the read of memory.stat and this one. `pids` were read before both, so that missing processes are noticed.
 */
static void look_at_processes(const struct watch *watch, const struct pids *pids, struct evidence *now)
{
	cleanup_free uint64_t *bytes = own_bytes_of(watch->proc, pids);
	cleanup_running struct running running = {0};
	uint64_t anon = group_stats_number(&now->stats, GROUP_STAT_ANON), held = 0;
	struct dead dead = {0};

	running_read_dying(watch->proc, pids, &running);
	pid_t main = running_main(&running, watch->router);
	for (size_t i = 0; running_program(&running, main) && i < pids->count; i++)
		held += add_process(&running, main, pids->items[i], bytes[i], now, &dead);
	attribute(now, &dead, anon > held ? anon - held : 0);
}

/* How many of the charged bytes have a known owner. */
static uint64_t weight(const struct evidence *evidence)
{
	uint64_t charged = charged_bytes(&evidence->stats);
	return charged > evidence->gone_bytes ? charged - evidence->gone_bytes : 0;
}

/* The kernel frees a killed process's memory at once, so that the charges after a kill show little of its
 * cause: of the last readings, keeps the one that explains most. */
static void gather(struct watch *watch, int64_t now_ms)
{
	struct evidence now = {.any = true, .at_ms = now_ms};
	struct pids pids;

	bool listed = group_processes(watch->directory, &pids, NULL) == 0;
	group_stats_read(watch->directory, &now.stats);
	if (listed) {
		now.processes = pids.count;
		if (watch->proc >= 0)
			look_at_processes(watch, &pids, &now);
		pids_clear(&pids);
	}
	watch->gathered_ms = now_ms;
	const struct evidence *kept = &watch->fullest;
	bool stale = !kept->any || now_ms - kept->at_ms > EVIDENCE_MS;
	if (stale || weight(&now) >= weight(kept))
		watch->fullest = now;
}

bool watch_look(struct watch *watch, int64_t now_ms, struct memory_events *events)
{
	struct memory_events now;

	*events = (struct memory_events){0};
	if (watch->events < 0)
		return false;
	if (read_events(watch, &now) < 0) {
		watch_close(watch);
		return false;
	}
	bool rose = now.max > watch->seen.max || now.oom > watch->seen.oom;
	watch_compare(watch, &now, now_ms, events);
	bool any = events->max || events->oom || events->oom_kill;
	if (any || (rose && now_ms - watch->gathered_ms > PAUSE_MS))
		gather(watch, now_ms);
	return any;
}

enum watch_limit watch_limit_of_kill(const struct watch *watch)
{
	const struct memory_events *first = &watch->first, *seen = &watch->seen;
	bool own = seen->oom > first->oom && watch->kill_ms - watch->oom_ms < EVIDENCE_MS;
	bool below = seen->oom_below > first->oom_below && watch->kill_ms - watch->below_ms < EVIDENCE_MS;

	if (own && (!below || watch->oom_ms >= watch->below_ms))
		return WATCH_LIMIT_OWN;
	return below ? WATCH_LIMIT_BELOW : WATCH_LIMIT_ABOVE;
}

struct memory_events watch_total(const struct watch *watch)
{
	return (struct memory_events){
		.max = risen(watch->first.max, watch->seen.max),
		.oom = risen(watch->first.oom, watch->seen.oom),
		.oom_below = risen(watch->first.oom_below, watch->seen.oom_below),
		.oom_kill = watch->killed,
		.oom_group_kill = risen(watch->first.oom_group_kill, watch->seen.oom_group_kill),
	};
}
