/* SPDX-License-Identifier: MIT */
/*
 * Filters say what their profiles say: each program, for each architecture, is simulated for every system
 * call number, other architectures, and arguments around every number of the profile, and compared with a
 * second reading of the JSON that shares no code with the first (seccomp_oracle.h).
 */
#include <dirent.h>
#include <inttypes.h>
#include <linux/net.h>
#include <seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/capability.h"
#include "base/error.h"
#include "seccomp/seccomp.h"
#include "tests/unit/seccomp_oracle.h"

#define VALID      FIXTURES "/seccomp/valid"
#define CONTAINERS "/usr/share/containers/seccomp.json"
#define KERNEL     "6.1.0-18-amd64"

#define NUMBERS_TO   0x240 /* x86_64 ends below 0x200, x32 has its own up to 0x223 */
#define VALUES_MAX   48    /* tried for one argument */
#define COMBINATIONS 20000 /* tried for one call; beyond, they are drawn */

#define RANDOM_PROFILES     200
#define RANDOM_COMBINATIONS 500

struct tally {
	size_t profiles, calls, wrong;
};

struct subject {
	const char *name;
	struct oracle oracle;
	struct seccomp_filter filter;
	struct tally *tally;
	size_t combinations;
};

/* Reports the first few: one mistake in a filter shows in thousands of calls. */
static void compare(struct subject *subject, const struct seccomp_data *call)
{
	uint32_t expected = oracle_verdict(&subject->oracle, call);
	uint32_t actual = simulate(subject->filter.instructions, subject->filter.count, call);

	subject->tally->calls++;
	if (actual == expected)
		return;
	if (subject->tally->wrong++ < 5)
		print_error("%s [%s]: call %#x of %#x (%#llx %#llx %#llx %#llx %#llx %#llx): %#x, not %#x\n",
			    subject->name, subject->oracle.capabilities, (unsigned)call->nr, call->arch,
			    call->args[0], call->args[1], call->args[2], call->args[3], call->args[4],
			    call->args[5], actual, expected);
}

/* ---- arguments worth trying ---- */

struct values {
	uint64_t items[VALUES_MAX];
	size_t count;
};

static void add_value(struct values *values, uint64_t value)
{
	for (size_t i = 0; i < values->count; i++)
		if (values->items[i] == value)
			return;
	if (values->count < VALUES_MAX)
		values->items[values->count++] = value;
}

/* Its neighbours, and the same low half under other high halves. */
static void add_around(struct values *values, uint64_t value)
{
	add_value(values, value);
	add_value(values, value - 1);
	add_value(values, value + 1);
	add_value(values, value ^ (UINT64_C(1) << 32));
	add_value(values, value ^ (UINT64_C(1) << 63));
	add_value(values, value & UINT32_MAX);
	add_value(values, value >> 32 << 32);
	add_value(values, value | UINT64_C(0xffffffff00000000));
}

static void add_condition(struct values *values, const json_t *condition)
{
	uint64_t one = oracle_u64(json_object_get(condition, "value"));
	uint64_t two = oracle_u64(json_object_get(condition, "valueTwo"));
	add_around(values, one);
	add_around(values, two);
	add_around(values, two | ~one);
}

static void add_everywhere(struct values *values)
{
	static const uint64_t usual[] = {0,         1,         INT32_MAX, UINT32_MAX, UINT64_C(1) << 32,
					 INT64_MAX, UINT64_MAX};
	for (size_t i = 0; i < ARRAY_SIZE(usual); i++)
		add_value(values, usual[i]);
}

/* What is tried for each argument of one call: one number where no rule looks at it. */
static void collect(const struct subject *subject, uint32_t number, struct values values[6])
{
	const json_t *rules = json_object_get(subject->oracle.profile, "syscalls");
	for (size_t i = 0; i < json_array_size(rules); i++) {
		const json_t *rule = json_array_get(rules, i);
		const json_t *args = json_object_get(rule, "args");
		if (!oracle_names(&subject->oracle, rule, number))
			continue;
		for (size_t j = 0; j < json_array_size(args); j++) {
			const json_t *condition = json_array_get(args, j);
			size_t index = oracle_index(condition);
			add_condition(&values[index], condition);
		}
	}
	for (size_t i = 0; i < 6; i++) {
		if (values[i].count)
			add_everywhere(&values[i]);
		else
			add_value(&values[i], UINT64_C(0x123456789abcdef0));
	}
}

/* The same sequence each time: a failure can be seen again. */
static uint64_t draw(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state >> 33;
}

static void try_arguments(struct subject *subject, struct seccomp_data *call)
{
	struct values values[6] = {{.count = 0}};
	size_t all = 1;
	uint64_t state = (uint64_t)call->nr;

	collect(subject, (uint32_t)call->nr, values);
	for (size_t i = 0; i < 6; i++)
		all = all > subject->combinations ? all : all * values[i].count;
	bool drawn = all > subject->combinations;
	for (size_t n = 0; n < (drawn ? subject->combinations : all); n++) {
		size_t rest = n;
		for (size_t i = 0; i < 6; i++) {
			size_t pick = drawn ? (size_t)draw(&state) : rest;
			call->args[i] = values[i].items[pick % values[i].count];
			rest /= values[i].count;
		}
		compare(subject, call);
	}
}

/* Sets the argument of a condition so that it matches, or that it does not. */
static void satisfy(const json_t *condition, bool match, struct seccomp_data *call)
{
	struct values values = {.count = 0};
	add_condition(&values, condition);
	for (size_t i = 0; i < values.count; i++) {
		uint64_t args[6];
		args[oracle_index(condition)] = values.items[i];
		call->args[oracle_index(condition)] = values.items[i];
		if (oracle_condition(condition, args) == match)
			return;
	}
}

/* Drawn arguments seldom match a rule of many conditions: these do, but for one each, and once altogether. */
static void try_near_matches(struct subject *subject, struct seccomp_data *call)
{
	const json_t *rules = json_object_get(subject->oracle.profile, "syscalls");
	for (size_t i = 0; i < json_array_size(rules); i++) {
		const json_t *rule = json_array_get(rules, i);
		const json_t *args = json_object_get(rule, "args");
		if (!oracle_names(&subject->oracle, rule, (uint32_t)call->nr))
			continue;
		for (size_t wrong = 0; wrong <= json_array_size(args); wrong++) {
			for (size_t j = 0; j < json_array_size(args); j++)
				satisfy(json_array_get(args, j), j != wrong, call);
			compare(subject, call);
		}
	}
}

static void try_numbers(struct subject *subject)
{
	static const uint32_t beyond[] = {0x3ff,      0x1000,     0x3fffffff, 0x40000000, 0x40000223,
					  0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, 0xffffd8b4,
					  0x0effff,   0x0f0000,   0x0f0002,   0x0f0005,   0x0f0006};
	static const uint32_t foreign[] = {AUDIT_ARCH_I386, AUDIT_ARCH_MIPS, 0, UINT32_MAX};
	const uint32_t own = subject->oracle.architecture->audit;
	struct seccomp_data call = {.arch = own};

	for (uint32_t number = 0; number < NUMBERS_TO; number++) {
		call.nr = (int)number;
		try_arguments(subject, &call);
		try_near_matches(subject, &call);
		call.nr = (int)(number | X32_BIT);
		compare(subject, &call);
		for (size_t i = 0; i < ARRAY_SIZE(foreign); i++) {
			call.nr = (int)number;
			call.arch = foreign[i];
			compare(subject, &call);
		}
		call.arch = own;
	}
	for (size_t i = 0; i < ARRAY_SIZE(beyond); i++) {
		call.nr = (int)beyond[i];
		compare(subject, &call);
	}
}

/* ---- profiles ---- */

static uint64_t mask_of(const char *capabilities)
{
	cleanup_free char *copy = xstrdup(capabilities);
	uint64_t mask = 0;
	char *rest = NULL;
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		int number = capability_number(word);
		assert_true(number >= 0);
		mask |= CAPABILITY_BIT(number);
	}
	return mask;
}

static void compile(const char *file, const struct oracle_architecture *architecture,
		    const char *capabilities, bool newer_enosys, struct seccomp_filter *filter)
{
	cleanup_seccomp_profile struct seccomp_profile profile = {0};
	cleanup_error struct error error = {0};
	struct problems problems = {0};
	const struct seccomp_request request = {
		.name = file,
		.capabilities = mask_of(capabilities),
		.kernel = KERNEL,
		.architecture = architecture->name,
		.newer_enosys = newer_enosys,
	};

	if (seccomp_profile_load(&request, &profile, &problems) < 0)
		fail_msg("%s: %s: %s", file, problems.items[0].pointer, problems.items[0].message);
	if (seccomp_filter_compile(&profile, filter, &error) < 0)
		fail_msg("%s: %s", file, error.message);
}

static bool answers_enosys(const struct oracle *oracle)
{
	uint32_t action = oracle_default(oracle);
	return action == SECCOMP_RET_ALLOW || action == SECCOMP_RET_LOG ||
	       action == (SECCOMP_RET_ERRNO | ENOSYS);
}

static void check_profile(const char *file, const struct oracle_architecture *architecture,
			  const char *capabilities, bool newer_enosys, struct tally *tally)
{
	json_auto_t *numbers = oracle_numbers(architecture);
	json_auto_t *profile = json_load_file(file, JSON_DECODE_INT_AS_REAL, NULL);
	json_auto_t *exact = json_load_file(file, 0, NULL); /* NULL where there is one beyond int64 */
	cleanup_seccomp_filter struct seccomp_filter filter = {0};
	const char *slash = strrchr(file, '/');

	assert_non_null(profile);
	assert_non_null(numbers);
	compile(file, architecture, capabilities, newer_enosys, &filter);
	struct subject subject = {slash + 1,
				  {architecture, exact ? exact : profile, numbers, capabilities, 601, 0},
				  filter,
				  tally,
				  COMBINATIONS};
	if (newer_enosys && !answers_enosys(&subject.oracle))
		subject.oracle.newest = oracle_newest(&subject.oracle);
	try_numbers(&subject);
	tally->profiles++;
}

static void tell(const char *what, const struct tally *tally)
{
	print_message("# %s: %zu filters, %zu calls simulated, %zu wrong\n", what, tally->profiles,
		      tally->calls, tally->wrong);
	assert_int_equal(tally->wrong, 0);
}

static int is_json(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');
	return dot && strcmp(dot, ".json") == 0;
}

/* For each architecture, by libseccomp's own numbers for it. */
static void check_everywhere(const char *file, const char *capabilities, bool newer_enosys,
			     struct tally *tally)
{
	for (size_t i = 0; i < ARRAY_SIZE(oracle_architectures); i++)
		check_profile(file, &oracle_architectures[i], capabilities, newer_enosys, tally);
}

static void small_profiles_do_what_their_json_says(void **state)
{
	static const char *const capabilities[] = {"", "CAP_SYS_BOOT ", "CAP_SYS_ADMIN ",
						   "CAP_SYS_ADMIN CAP_SYS_CHROOT CAP_SYS_BOOT "};
	struct dirent **entries;
	struct tally tally = {0};

	(void)state;
	int count = scandir(VALID, &entries, is_json, alphasort);
	assert_true(count >= 30);
	for (int i = 0; i < count; i++) {
		cleanup_free char *file = xasprintf(VALID "/%s", entries[i]->d_name);
		bool asks = strcmp(entries[i]->d_name, "capabilities.json") == 0;
		for (size_t j = 0; j < (asks ? ARRAY_SIZE(capabilities) : 1); j++)
			for (int newer = 0; newer < 2; newer++)
				check_everywhere(file, capabilities[j], newer, &tally);
		free(entries[i]);
	}
	free(entries);
	tell("small profiles", &tally);
}

static void the_profile_of_containers_common_does_what_its_json_says(void **state)
{
	static const char *const capabilities[] = {
		"",
		"CAP_SYS_ADMIN ",
		"CAP_SYS_CHROOT ",
		"CAP_SYS_MODULE ",
		"CAP_SYS_NICE ",
		"CAP_SYS_PTRACE ",
		"CAP_SYS_RAWIO ",
		"CAP_SYS_TIME ",
		"CAP_AUDIT_WRITE ",
		"CAP_SYS_PACCT ",
		"CAP_NET_BIND_SERVICE CAP_AUDIT_WRITE CAP_SYS_CHROOT ",
		("CAP_SYS_ADMIN CAP_SYS_CHROOT CAP_SYS_MODULE CAP_SYS_NICE CAP_SYS_PTRACE CAP_SYS_RAWIO CAP_SYS_TIME "
		 "CAP_AUDIT_WRITE CAP_SYS_PACCT CAP_SYS_TTY_CONFIG CAP_DAC_READ_SEARCH ")};
	struct tally tally = {0};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(capabilities); i++)
		check_everywhere(CONTAINERS, capabilities[i], false, &tally);
	tell("containers-common", &tally);
}

static void the_shipped_profiles_do_what_their_json_says(void **state)
{
	struct tally tally = {0};

	(void)state;
	check_everywhere(SHIPPED "/seccomp/sip-router.json", "", false, &tally);
	check_everywhere(SHIPPED "/seccomp/sip-router-audit.json", "", false, &tally);
	tell("shipped", &tally);
}

#define SIP_ROUTER SHIPPED "/seccomp/sip-router.json"

static uint32_t verdict_of(const struct seccomp_filter *filter, uint32_t audit, int number, uint64_t argument)
{
	const struct seccomp_data call = {.arch = audit, .nr = number, .args = {argument}};
	return simulate(filter->instructions, filter->count, &call);
}

/* A 32-bit processor has clock_gettime64 beside clock_gettime, getuid32 beside getuid. */
static size_t variants_of(const struct subject *subject, const json_t *rule)
{
	static const char *const suffixes[] = {"", "64", "32", "_time64"};
	const json_t *name;
	size_t i, found = 0;

	json_array_foreach(json_object_get(rule, "names"), i, name)
	{
		for (size_t j = 0; j < ARRAY_SIZE(suffixes); j++) {
			cleanup_free char *variant = xasprintf("%s%s", json_string_value(name), suffixes[j]);
			const json_t *number = json_object_get(subject->oracle.numbers, variant);
			if (!number)
				continue;
			found++;
			uint32_t verdict = verdict_of(&subject->filter, subject->oracle.architecture->audit,
						      (int)json_integer_value(number), 0);
			if (verdict != oracle_rule(rule) && subject->tally->wrong++ < 5)
				print_error("%s of %s: %#x\n", variant, subject->oracle.architecture->name,
					    verdict);
		}
	}
	return found;
}

static void variants_of_a_call_are_treated_as_the_call_is(void **state)
{
	json_auto_t *profile = json_load_file(SIP_ROUTER, 0, NULL);
	const json_t *rules = json_object_get(profile, "syscalls"), *rule;
	struct tally tally = {0};
	size_t i;

	(void)state;
	for (size_t n = 0; n < ARRAY_SIZE(oracle_architectures); n++) {
		const struct oracle_architecture *architecture = &oracle_architectures[n];
		json_auto_t *numbers = oracle_numbers(architecture);
		cleanup_seccomp_filter struct seccomp_filter filter = {0};
		compile(SIP_ROUTER, architecture, "", false, &filter);
		struct subject subject = {
			architecture->name, {architecture, profile, numbers, "", 601, 0}, filter, &tally, 0};
		json_array_foreach(rules, i, rule) if (!json_object_get(rule, "args")) tally.calls +=
			variants_of(&subject, rule);
		tally.profiles++;
	}
	assert_true(tally.calls > 900);
	tell("variants", &tally);
}

/* What the C library needs before main(), and what takes its arguments through a pointer. */
static void a_router_starts_on_32_bit_processors(void **state)
{
	static const struct oracle_architecture x86 = {.name = "x86", .docker = "386"};
	const struct oracle_architecture *arm = &oracle_architectures[2];
	cleanup_seccomp_filter struct seccomp_filter of_arm = {0}, of_x86 = {0};

	(void)state;
	compile(SIP_ROUTER, arm, "", false, &of_arm);
	assert_int_equal(verdict_of(&of_arm, arm->audit, 0x0f0002, 0), SECCOMP_RET_ALLOW); /* cacheflush */
	assert_int_equal(verdict_of(&of_arm, arm->audit, 0x0f0005, 0), SECCOMP_RET_ALLOW); /* set_tls */
	assert_int_equal(verdict_of(&of_arm, arm->audit, 192, 0), SECCOMP_RET_ALLOW);      /* mmap2 */
	compile(SIP_ROUTER, &x86, "", false, &of_x86);
	assert_int_equal(verdict_of(&of_x86, AUDIT_ARCH_I386, 243, 0),
			 SECCOMP_RET_ALLOW); /* set_thread_area */
	assert_int_equal(verdict_of(&of_x86, AUDIT_ARCH_I386, 102, 1), SECCOMP_RET_ALLOW); /* socketcall */
	assert_int_equal(verdict_of(&of_x86, AUDIT_ARCH_I386, 117, 2), SECCOMP_RET_ALLOW); /* ipc */
	assert_int_equal(verdict_of(&of_x86, AUDIT_ARCH_I386, 359, 38),
			 SECCOMP_RET_ERRNO | EAFNOSUPPORT); /* socket(AF_ALG) */
}

/* Through socketcall no argument of socket can be seen: a rule that looks at one does not open it. */
static void a_rule_for_arguments_opens_no_call_that_hides_them(void **state)
{
	static const struct oracle_architecture x86 = {.name = "x86", .docker = "386"};
	cleanup_seccomp_filter struct seccomp_filter filter = {0};

	(void)state;
	compile(VALID "/small-router.json", &x86, "", false, &filter);
	assert_int_equal(verdict_of(&filter, AUDIT_ARCH_I386, 102, SYS_SOCKET), SECCOMP_RET_ERRNO | ENOSYS);
	assert_int_equal(verdict_of(&filter, AUDIT_ARCH_I386, 102, SYS_BIND), SECCOMP_RET_ALLOW);
	assert_int_equal(verdict_of(&filter, AUDIT_ARCH_I386, 359, AF_UNIX), SECCOMP_RET_ALLOW);
	assert_int_equal(verdict_of(&filter, AUDIT_ARCH_I386, 359, AF_PACKET), SECCOMP_RET_ERRNO | ENOSYS);
}

/* Of one call: what several rules of it make together is where a generator goes wrong. */
static json_t *random_profile(uint64_t *state)
{
	static const char *const operators[] = {"SCMP_CMP_NE",       "SCMP_CMP_LT", "SCMP_CMP_LE",
						"SCMP_CMP_EQ",       "SCMP_CMP_GE", "SCMP_CMP_GT",
						"SCMP_CMP_MASKED_EQ"};
	static const char *const actions[] = {"SCMP_ACT_ALLOW", "SCMP_ACT_ALLOW", "SCMP_ACT_TRAP",
					      "SCMP_ACT_ERRNO"};
	static const json_int_t numbers[] = {1, 3, 8, UINT32_MAX, 0x100000001, 0x500000007, INT64_MAX};
	json_t *rules = json_array();

	for (uint64_t rule = 0, count = 1 + draw(state) % 5; rule < count; rule++) {
		json_t *args = json_array();
		for (int index = 0; index < 3; index++) {
			json_int_t value = numbers[draw(state) % ARRAY_SIZE(numbers)];
			const char *op = operators[draw(state) % ARRAY_SIZE(operators)];
			bool masked = strcmp(op, "SCMP_CMP_MASKED_EQ") == 0;
			json_int_t two = masked ? value & numbers[draw(state) % ARRAY_SIZE(numbers)] : 0;
			if (draw(state) % 2)
				json_array_append_new(args,
						      json_pack("{s:i, s:I, s:I, s:s}", "index", index,
								"value", value, "valueTwo", two, "op", op));
		}
		const char *action = actions[draw(state) % ARRAY_SIZE(actions)];
		json_t *drawn =
			json_pack("{s:[s], s:s, s:o}", "names", "socket", "action", action, "args", args);
		if (strcmp(action, "SCMP_ACT_ERRNO") == 0) /* what the default says */
			json_object_set_new(drawn, "errnoRet", json_integer(ENOSYS));
		json_array_append_new(rules, drawn);
	}
	return json_pack("{s:s, s:i, s:o}", "defaultAction", "SCMP_ACT_ERRNO", "defaultErrnoRet", ENOSYS,
			 "syscalls", rules);
}

static void check_random(uint64_t *state, const json_t *numbers, struct tally *tally)
{
	json_auto_t *json = random_profile(state);
	cleanup_seccomp_profile struct seccomp_profile profile = {0};
	cleanup_seccomp_filter struct seccomp_filter filter = {0};
	struct problems problems = {0};
	const struct oracle_architecture *architecture = &oracle_architectures[0];
	const struct seccomp_request request = {
		.content = json, .file = "random", .architecture = architecture->name};

	if (seccomp_profile_load(&request, &profile, &problems) < 0) {
		assert_non_null(strstr(problems.items[0].message, "for the same arguments"));
		problems_clear(&problems);
		return; /* it contradicts itself */
	}
	assert_int_equal(seccomp_filter_compile(&profile, &filter, NULL), 0);
	struct subject subject = {
		"random", {architecture, json, numbers, "", 601, 0}, filter, tally, RANDOM_COMBINATIONS};
	struct seccomp_data call = {.nr = (int)json_integer_value(json_object_get(numbers, "socket")),
				    .arch = architecture->audit};
	try_arguments(&subject, &call);
	try_near_matches(&subject, &call);
	tally->profiles++;
}

static void rules_that_are_drawn_do_what_their_json_says(void **state)
{
	json_auto_t *numbers = oracle_numbers(&oracle_architectures[0]);
	struct tally tally = {0};
	uint64_t seed = 1;

	(void)state;
	assert_non_null(numbers);
	for (int i = 0; i < RANDOM_PROFILES; i++)
		check_random(&seed, numbers, &tally);
	assert_true(tally.profiles > RANDOM_PROFILES / 3);
	tell("random rules", &tally);
}

/* ---- comparisons that libseccomp merges ---- */

/*
 * Two rules for one call that compare one argument, with the same high half. libseccomp before 2.6.1 merges
 * their trees, and of two that want different things it writes the action of one over another branch
 * (GHSA-4q85-33p6-j5g6, _db_tree_add() in src/db.c).
 */
struct pair {
	enum scmp_compare compare[2];
	uint64_t value[2];
	uint32_t action[2]; /* SCMP_ACT_* are what a filter returns */
};

static const enum scmp_compare comparisons[] = {SCMP_CMP_LT, SCMP_CMP_LE, SCMP_CMP_EQ, SCMP_CMP_GE,
						SCMP_CMP_GT};
static const char *const comparison_names[] = {"SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE",
					       "SCMP_CMP_GT"};
static const uint64_t halves[] = {0, 1, 0x7fffffff, UINT32_MAX};

/* The numbers that a comparison matches; low > high: none. */
struct span {
	uint64_t low, high;
};

static struct span span_of(enum scmp_compare compare, uint64_t value)
{
	static const struct span none = {1, 0};
	switch (compare) {
	case SCMP_CMP_LT:
		return value ? (struct span){0, value - 1} : none;
	case SCMP_CMP_LE:
		return (struct span){0, value};
	case SCMP_CMP_GE:
		return (struct span){value, UINT64_MAX};
	case SCMP_CMP_GT:
		return value < UINT64_MAX ? (struct span){value + 1, UINT64_MAX} : none;
	default:
		return (struct span){value, value};
	}
}

static bool has(struct span span, uint64_t value)
{
	return value >= span.low && value <= span.high;
}

static bool is_inside(struct span inner, struct span outer)
{
	return (inner.low > outer.low && inner.high <= outer.high) ||
	       (inner.low >= outer.low && inner.high < outer.high);
}

/* What the pair says of an argument: where both match, the one that is inside the other; false where neither
 * is. */
static bool pair_verdict(const struct pair *pair, uint64_t argument, uint32_t *verdict)
{
	const struct span one = span_of(pair->compare[0], pair->value[0]);
	const struct span two = span_of(pair->compare[1], pair->value[1]);
	bool first = has(one, argument), second = has(two, argument);

	*verdict = first && !is_inside(two, one) ? pair->action[0]
		   : second                      ? pair->action[1]
		   : first                       ? pair->action[0]
						 : (uint32_t)SCMP_ACT_ERRNO(ENOSYS);
	return !(first && second) || is_inside(one, two) || is_inside(two, one);
}

/* Both halves of the argument at their ends and around those of the rules. */
static size_t pair_mistakes(const struct pair *pair, const struct sock_filter *items, unsigned short count,
			    size_t *calls)
{
	struct values values = {.count = 0};
	size_t wrong = 0;

	add_around(&values, pair->value[0]);
	add_around(&values, pair->value[1]);
	add_everywhere(&values);
	for (size_t i = 0; i < values.count; i++) {
		const struct seccomp_data call = {
			.arch = AUDIT_ARCH_X86_64, .nr = __NR_socket, .args = {values.items[i]}};
		uint32_t verdict;
		if (!pair_verdict(pair, values.items[i], &verdict))
			continue;
		++*calls;
		wrong += simulate(items, count, &call) != verdict;
	}
	return wrong;
}

/* By libseccomp alone, as others use it. Its refusal of a pair is no mistake. */
static size_t mistakes_of_the_library(const struct pair *pair, size_t *calls)
{
	struct sock_filter items[256];
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
	cleanup_close int fd = memfd_create("pair", MFD_CLOEXEC);
	int result = 0;

	for (int i = 0; i < 2 && result == 0; i++)
		result = seccomp_rule_add(filter, pair->action[i], SCMP_SYS(socket), 1,
					  SCMP_CMP(0, pair->compare[i], pair->value[i], 0));
	if (result == 0)
		assert_int_equal(seccomp_export_bpf(filter, fd), 0);
	seccomp_release(filter);
	ssize_t length = pread(fd, items, sizeof items, 0);
	assert_in_range(length, 0, sizeof items - 1);
	return length == 0
		       ? 0
		       : pair_mistakes(pair, items, (unsigned short)((size_t)length / sizeof *items), calls);
}

static json_t *pair_rule(enum scmp_compare compare, uint64_t value, uint32_t action)
{
	size_t i = 0;
	while (comparisons[i] != compare)
		i++;
	return json_pack("{s:[s], s:s, s:[{s:i, s:I, s:s}]}", "names", "socket", "action",
			 action == SCMP_ACT_ALLOW ? "SCMP_ACT_ALLOW" : "SCMP_ACT_KILL_PROCESS", "args",
			 "index", 0, "value", (json_int_t)value, "op", comparison_names[i]);
}

/* The same by siplaunch, which refuses rules of which the order would decide. */
static size_t mistakes_of_ours(const struct pair *pair, size_t *calls)
{
	json_auto_t *json =
		json_pack("{s:s, s:i, s:[o, o]}", "defaultAction", "SCMP_ACT_ERRNO", "defaultErrnoRet",
			  ENOSYS, "syscalls", pair_rule(pair->compare[0], pair->value[0], pair->action[0]),
			  pair_rule(pair->compare[1], pair->value[1], pair->action[1]));
	cleanup_seccomp_profile struct seccomp_profile profile = {0};
	cleanup_seccomp_filter struct seccomp_filter filter = {0};
	struct problems problems = {0};
	const struct seccomp_request request = {.content = json, .file = "pair"};

	if (seccomp_profile_load(&request, &profile, &problems) < 0) {
		assert_non_null(strstr(problems.items[0].message, "for the same arguments"));
		problems_clear(&problems);
		return 0;
	}
	assert_int_equal(seccomp_filter_compile(&profile, &filter, NULL), 0);
	return pair_mistakes(pair, filter.instructions, filter.count, calls);
}

static void each_pair(size_t (*mistakes)(const struct pair *pair, size_t *calls), struct tally *tally)
{
	const size_t kinds = ARRAY_SIZE(comparisons), lows = ARRAY_SIZE(halves),
		     all = kinds * kinds * lows * lows;
	for (size_t high = 0; high < 3; high++)
		for (size_t n = 0; n < all * 2; n++) {
			const uint64_t above = halves[high] << 32;
			const struct pair pair = {
				.compare = {comparisons[n / 2 % kinds], comparisons[n / 2 / kinds % kinds]},
				.value = {above | halves[n / 2 / kinds / kinds % lows],
					  above | halves[n / 2 / kinds / kinds / lows % lows]},
				.action = {n % 2 ? SCMP_ACT_ALLOW : SCMP_ACT_KILL_PROCESS,
					   n % 2 ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ALLOW},
			};
			tally->wrong += mistakes(&pair, &tally->calls);
			tally->profiles++;
		}
}

/* The library's own mistakes show that these pairs are those that matter: each Debian has one that makes
 * them. */
static void comparisons_that_libseccomp_merges_are_not_left_to_it(void **state)
{
	const struct scmp_version *version = seccomp_version();
	bool mended = version->major > 2 || (version->major == 2 && version->minor > 6) ||
		      (version->major == 2 && version->minor == 6 && version->micro >= 1);
	struct tally library = {0}, ours = {0};

	(void)state;
	if (seccomp_arch_native() != SCMP_ARCH_X86_64)
		skip();     /* the calls that are simulated are this architecture's */
	seccomp_api_set(3); /* KILL_PROCESS, whatever this kernel says */
	each_pair(mistakes_of_the_library, &library);
	each_pair(mistakes_of_ours, &ours);
	print_message("# libseccomp %u.%u.%u alone: %zu of %zu calls wrong\n", version->major, version->minor,
		      version->micro, library.wrong, library.calls);
	assert_true(mended || library.wrong > 0);
	assert_true(ours.calls > 10000);
	tell("pairs of comparisons", &ours);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comparisons_that_libseccomp_merges_are_not_left_to_it),
		cmocka_unit_test(small_profiles_do_what_their_json_says),
		cmocka_unit_test(rules_that_are_drawn_do_what_their_json_says),
		cmocka_unit_test(the_profile_of_containers_common_does_what_its_json_says),
		cmocka_unit_test(the_shipped_profiles_do_what_their_json_says),
		cmocka_unit_test(variants_of_a_call_are_treated_as_the_call_is),
		cmocka_unit_test(a_router_starts_on_32_bit_processors),
		cmocka_unit_test(a_rule_for_arguments_opens_no_call_that_hides_them),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
