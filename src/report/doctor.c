/* SPDX-License-Identifier: MIT */
#include "report/doctor.h"

#include <inttypes.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "mechanism/capabilities.h"
#include "output/pieces.h"
#include "report/build.h"
#include "report/remedies.h"
#include "report/report.h"
#include "text/format.h"

/* ---- the place ---- */

static char *kernel_text(const struct doctor *doctor)
{
	const char *kernel = doctor->host.kernel;
	return kernel ? xasprintf("Linux %s", kernel) : xstrdup("not known");
}

static char *controllers_text(unsigned controllers)
{
	char *text = xstrdup("");
	for (unsigned bit = CONTROLLER_MEMORY; bit <= CONTROLLER_LAST; bit <<= 1)
		if (controllers & bit)
			text_append(&text, " ", "%s", controller_name(bit));
	return text;
}

static char *cgroups_text(const struct doctor *doctor)
{
	const struct host *host = &doctor->host;
	const char *mode = report_cgroup_mode(host->cgroup.mode);
	if (!host->cgroup.mount)
		return xstrdup(mode);
	cleanup_free char *controllers = controllers_text(host->cgroup.controllers);
	return xasprintf("%s at %s, %s; controllers: %s", mode, host->cgroup.mount,
			 host->cgroup.writable ? "writable" : "not writable",
			 *controllers ? controllers : "none");
}

static char *runtime_text(const struct doctor *doctor)
{
	return report_runtime(&doctor->host);
}

static char *systemd_text(const struct doctor *doctor)
{
	const struct host *host = &doctor->host;
	if (!host->cgroup.systemd)
		return xstrdup("none");
	cleanup_free char *unit =
		host->cgroup.unit ? xasprintf("; siplaunch is in %s, %s", host->cgroup.unit,
					      host->cgroup.unit_delegated ? "delegated" : "not delegated")
				  : xstrdup("");
	cleanup_free char *whose = host->cgroup.user_manager
					   ? xasprintf(", that of uid %ld", (long)host->cgroup.user)
					   : xstrdup("");
	return xasprintf("runs%s, %s%s%s%s", whose, host->cgroup.bus ? "reachable at " : "not reachable",
			 host->cgroup.bus ? host->cgroup.bus : "",
			 doctor->context.systemd_built ? "" : "; this build cannot talk to it", unit);
}

static char *group_text(const struct doctor *doctor)
{
	const struct context *context = &doctor->context;
	if (context->decision.manager_refused)
		return xasprintf("none can be made: %s", context->decision.manager_refused);
	return xasprintf("%s: %s", manager_name(context->decision.manager), context->decision.manager_reason);
}

static char *memory_text(const struct doctor *doctor)
{
	const struct host *host = &doctor->host;
	cleanup_free char *total = format_bytes(host->memory.total_bytes);
	cleanup_free char *available = format_bytes(host->memory.available_bytes);
	cleanup_free char *machine = xasprintf("the machine has %s, %s of it available", total, available);
	if (host->memory.visible_limit == UNLIMITED)
		return xasprintf("no limit is visible; %s", machine);
	cleanup_free char *limit = format_bytes(host->memory.visible_limit);
	return xasprintf("%s is the limit in force: %s; %s", limit, host->memory.visible_limit_source,
			 machine);
}

static char *oom_text(const struct doctor *doctor)
{
	const struct host *host = &doctor->host;
	return host->has_oom_score_adj
		       ? xasprintf("oom_score_adj is %d, and %d is the lowest that siplaunch may set",
				   host->oom_score_adj, host->oom_score_adj_min)
		       : xstrdup("/proc/self/oom_score_adj cannot be read");
}

static char *files_text(const struct doctor *doctor)
{
	const struct rlimit_pair *files = &doctor->host.rlimits[RLIMIT_NOFILE];
	const struct value value =
		value_numbers(VALUE_COUNT, 2, (const uint64_t[]){files->soft, files->hard});
	cleanup_free char *limits = files->known ? format_value(&value, false) : xstrdup("not known");
	return xasprintf("RLIMIT_NOFILE is %s (soft:hard), %s; fs.nr_open is %" PRIu64, limits,
			 capable_globally(&doctor->host, CAP_SYS_RESOURCE) ? "and may be raised"
									   : "and cannot be raised",
			 doctor->host.nr_open);
}

static char *ipc_text(const struct doctor *doctor)
{
	const struct host *host = &doctor->host;
	if (host->ipc_namespace && !host->initial_ipc_namespace)
		return xstrdup("a namespace that is not the machine's");
	if (host->probe_failure)
		return xasprintf("the machine's namespace; whether a new one may be made is not known: %s",
				 host->probe_failure);
	if (!host->unshare_ipc_errno)
		return xstrdup("the machine's namespace; a new one may be made");
	return xasprintf("the machine's namespace; a new one cannot be made: %s",
			 strerror(host->unshare_ipc_errno));
}

static char *sysctls_text(const struct doctor *doctor)
{
	const struct host *host = &doctor->host;
	if (host->ipc_namespace && !host->initial_ipc_namespace)
		return xstrdup(host->proc_sys_writable ? "those of the namespace may be written"
						       : "those of the namespace cannot be written");
	if (host->probe_failure)
		return xstrdup("not known: see the IPC namespace");
	return xstrdup(host->can_write_fresh_ipc ? "those of a new namespace may be written"
						 : "none may be written");
}

static char *identity_text(const struct doctor *doctor)
{
	const struct host *host = &doctor->host;
	const struct capability_sets sets = {host->cap_effective, host->cap_effective, host->cap_effective,
					     host->cap_effective, host->cap_effective};
	cleanup_free char *capabilities = capability_sets_text(&sets);
	return xasprintf("uid %ld, gid %ld%s; capabilities: %s", (long)host->euid, (long)host->egid,
			 host->initial_user_namespace ? "" : " of a user namespace", capabilities);
}

static char *seccomp_text(const struct doctor *doctor)
{
	static const char *const modes[] = {"no filter", "strict mode", "a filter is in force"};
	unsigned mode = doctor->host.seccomp_mode;
	return xasprintf("%s%s; no_new_privs is %s", mode < ARRAY_SIZE(modes) ? modes[mode] : "not known",
			 host_refused_call(&doctor->host, setting_of(SETTING_FILTER)->calls, NULL)
				 ? " and does not permit another one"
				 : "",
			 doctor->host.no_new_privs ? "set" : "not set");
}

static char *pid_text(const struct doctor *doctor)
{
	if (!doctor->host.is_pid1)
		return xstrdup("not 1: the router replaces siplaunch, unless supervision is requested");
	return xstrdup(
		"1: siplaunch supervises Kamailio unless handoff says otherwise, other routers replace "
		"siplaunch");
}

static const struct {
	const char *label;
	char *(*text)(const struct doctor *doctor);
} facts[] = {
	{"kernel", kernel_text},   {"cgroups", cgroups_text},   {"runtime", runtime_text},
	{"systemd", systemd_text}, {"group", group_text},       {"memory", memory_text},
	{"oom", oom_text},         {"files", files_text},       {"ipc", ipc_text},
	{"sysctls", sysctls_text}, {"identity", identity_text}, {"seccomp", seccomp_text},
	{"pid", pid_text},
};

static void print_place(FILE *out, const struct doctor *doctor, const struct style *style)
{
	for (size_t i = 0; i < ARRAY_SIZE(facts); i++) {
		cleanup_free char *text = facts[i].text(doctor);
		output_fact(out, facts[i].label, text, style);
	}
}

/* ---- the profile ---- */

/* Prints the steps that this machine permits, or the others. The copies share their pointers with the
 * plan. */
static void print_steps(FILE *out, const char *heading, const struct plan *plan, bool had,
			const struct style *style, bool verbose)
{
	struct plan part = {0};
	for (size_t i = 0; i < plan->count; i++)
		if (plan->steps[i].status != STATUS_SKIPPED && doctor_has(&plan->steps[i]) == had)
			*ARRAY_ADD(part.steps, part.count) = plan->steps[i];
	if (part.count) {
		output_heading(out, heading, style);
		report_steps(out, &part, style, verbose);
	}
	free(part.steps);
}

static void print_session(FILE *out, const struct doctor *doctor, const struct style *style, bool verbose)
{
	const struct session *session = &doctor->session;
	const struct plan *plan = &session->plan;
	cleanup_free char *profile = report_profile(&session->profile);
	cleanup_free char *command = format_command(session->arguments ? session->arguments : session->argv);

	fputc('\n', out);
	output_fact(out, "profile", profile, style);
	output_fact(out, "command", command, style);
	if (doctor->no_command.message) {
		cleanup_free char *text = error_text(&doctor->no_command);
		output_fact(out, "", text, style);
	}
	report_build(out, session, style);
	if (session->context.decision.handoff == HANDOFF_SUPERVISE)
		output_fact(out, "handoff",
			    session->context.decision.handoff_reason
				    ? session->context.decision.handoff_reason
				    : "supervised",
			    style);
	print_steps(out, "needed and available", plan, true, style, verbose);
	print_steps(out, "needed and missing", plan, false, style, verbose);
	output_notes(out, "warnings", plan->warnings, plan->warning_count, PAINT_YELLOW, style);
	if (session->state != SESSION_READY)
		return;
	report_remedies(out, session, style);
	report_verdict(out, plan, style);
}

void report_doctor(FILE *out, const struct doctor *doctor, const struct style *style, bool verbose)
{
	print_place(out, doctor, style);
	if (doctor->asked)
		print_session(out, doctor, style, verbose);
	if (verbose)
		output_notes(out, "notes on the host", doctor->host.notes, doctor->host.note_count, PAINT_DIM,
			     style);
}
