# SPDX-License-Identifier: MIT
# siplaunch: `make help` lists the targets.

VERSION := 0.1.0

PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
DATADIR    ?= $(PREFIX)/share
MANDIR     ?= $(DATADIR)/man
DOCDIR     ?= $(DATADIR)/doc/siplaunch
UNITDIR    ?= $(PREFIX)/lib/systemd/system
ZSHDIR     ?= $(DATADIR)/zsh/site-functions
SYSCONFDIR ?= /etc
DESTDIR    ?=

CC         ?= cc
OBJCOPY    ?= objcopy
PKG_CONFIG ?= pkg-config
BUILD      ?= build
V          ?= 0

Q := $(if $(filter 1,$(V)),,@)
comma := ,
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' $(1) $(2))

# Scopes and unit properties go through libsystemd where it is there. It has no static library.
STATIC  ?=
SYSTEMD ?= auto
ifneq ($(STATIC),)
override SYSTEMD := no
endif
HAVE_SYSTEMD := $(if $(filter auto,$(SYSTEMD)),$(shell $(PKG_CONFIG) --exists libsystemd && echo yes),$(filter yes,$(SYSTEMD)))

# The live view, siplaunch top.
NCURSES ?= auto
HAVE_NCURSES := $(if $(filter auto,$(NCURSES)),$(shell $(PKG_CONFIG) --exists ncursesw && echo yes),$(filter yes,$(NCURSES)))

LIBRARIES      := libcgroup jansson libseccomp yaml-0.1 $(if $(HAVE_SYSTEMD),libsystemd) $(if $(HAVE_NCURSES),ncursesw)
TEST_LIBRARIES := cmocka
# What --version shows them as.
LIBRARY_VERSIONS := $(foreach library,$(LIBRARIES),$(library) $(shell $(PKG_CONFIG) --modversion $(library) 2>/dev/null))

# siplaunch loads it by its name (src/mechanism/libcgroup.h): the release that it was built for, whose number Debian changed twice.
OBJDUMP ?= objdump
LIBCGROUP_SONAME := $(shell $(OBJDUMP) -p "$$($(CC) -print-file-name=libcgroup.so)" 2>/dev/null | awk '/SONAME/ { print $$2 }')

# FORTIFY wants optimisation, so -O2 stays unless somebody asks for something else. Static, most of the size is glibc: -Os takes
# 3 % off the file, and unwind tables, which nothing reads in C, another 5 %. Sections that can be left out, and LTO, take off next to nothing.
CFLAGS   ?= $(if $(STATIC),-Os -fno-asynchronous-unwind-tables,-O2 -g)
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla -Wundef
# The pointers in tables, which the loader writes at each start, as one bit each and not 24 bytes: 3 % of a launch. glibc 2.36 is
# the first that reads them, and says so; a program that has them does not start with an earlier one.
PACKED_L := $(if $(shell $(OBJDUMP) -p "$$($(CC) -print-file-name=libc.so.6)" 2>/dev/null | grep GLIBC_ABI_DT_RELR),-Wl$(comma)-z$(comma)pack-relative-relocs)
HARDEN_C := -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
HARDEN_L := -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed $(PACKED_L)
SANITIZE ?=

ifneq ($(SANITIZE),)
HARDEN_C := -fPIE -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all
HARDEN_L := -pie -fsanitize=$(SANITIZE)
endif

# At a fixed address, unless STATIC_PIE=yes: where a program is loaded anywhere, every pointer in its tables is written at each start.
# In a supervisor that is half of its memory (84 kB without, 168 with), and 3 % of a launch. The stack, the heap and what is
# mapped are at random addresses either way.
STATIC_PIE ?=
ifneq ($(STATIC),)
HARDEN_C := $(if $(STATIC_PIE),-fPIE,-fno-pie) $(filter-out -fPIE,$(HARDEN_C))
HARDEN_L := $(if $(STATIC_PIE),-static-pie,-static -no-pie) -s -Wl,-z,relro,-z,now,-z,noexecstack
endif

# Files beyond 2 GiB and times beyond 2038 on 32-bit processors as well.
CPPFLAGS_ALL = -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 -Isrc -I$(BUILD)/embedded -DSIPLAUNCH_VERSION='"$(VERSION)"' -DSIPLAUNCH_LIBRARIES='"$(LIBRARY_VERSIONS)"' \
	-DSIPLAUNCH_LIBCGROUP='"$(or $(LIBCGROUP_SONAME),libcgroup.so.2)"' \
	-DSIPLAUNCH_PROFILE_DIRS='"$(SYSCONFDIR)/siplaunch/profiles:$(DATADIR)/siplaunch/profiles"' \
	$(if $(HAVE_SYSTEMD),-DSIPLAUNCH_HAVE_SYSTEMD) $(if $(HAVE_NCURSES),-DSIPLAUNCH_HAVE_NCURSES) $(if $(STATIC),-DSIPLAUNCH_STATIC) \
	$(shell $(PKG_CONFIG) --cflags $(LIBRARIES) 2>/dev/null) $(CPPFLAGS)
# A char has a sign on x86 and none on ARM: with it everywhere, what is tested on the one is true on the other.
CFLAGS_ALL   = -std=gnu11 -fsigned-char $(WARNINGS) $(WERROR) $(HARDEN_C) $(CFLAGS)
LDFLAGS_ALL  = $(HARDEN_L) $(LDFLAGS)
# libc first: most symbols are looked for in it, in each library before it in vain.
LIBS         = $(if $(STATIC),-L$(dir $(STATIC_LIBCGROUP)),-lc) $(shell $(PKG_CONFIG) $(if $(STATIC),--static) --libs $(LIBRARIES)) -lm
TEST_LIBS    = $(shell $(PKG_CONFIG) --libs $(TEST_LIBRARIES))

SOURCES  := $(sort $(wildcard src/*/*.c))
LAUNCHER := $(sort $(wildcard launcher/*.c))
UNITS    := $(sort $(wildcard tests/unit/*_test.c))
# The program that makes documents from the tables of the others, and the one that compiles the shipped filters.
GENERATE := $(sort $(wildcard build-aux/generate/*.c))
COMPILE_FILTERS := build-aux/compile-filters.c
SHIPPED_FILTERS := $(sort $(wildcard profiles/seccomp/*.json))

LIB_OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
BIN_OBJECTS := $(LAUNCHER:%.c=$(BUILD)/%.o)
# Everything of the launcher but main(), so that unit tests can call it.
TEST_OBJECTS := $(filter-out $(BUILD)/launcher/main.o,$(BIN_OBJECTS))
UNIT_BINARIES := $(UNITS:%.c=$(BUILD)/%)

# A build for another architecture has them from one for this machine: build-aux/cross.
GENERATOR       ?= $(BUILD)/generate
FILTER_COMPILER ?= $(BUILD)/compile-filters

# What readers and shells get from the program's own tables. A static build is for images, which have neither; sanitizers have
# their own tables to look at.
DOCUMENTS := $(patsubst %.in,$(BUILD)/%,$(wildcard docs/*.in launcher/completion/*.in))

.PHONY: all documents
all: $(BUILD)/siplaunch $(if $(STATIC)$(SANITIZE),,documents) ## Build build/siplaunch, the manual pages and the completions
documents: $(DOCUMENTS)

$(BUILD)/generate: $(GENERATE:%.c=$(BUILD)/%.o) $(BUILD)/liblauncher.a $(BUILD)/libsiplaunch.a
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

$(BUILD)/build-aux/generate/%.o: private CPPFLAGS += -Ilauncher -I.

$(DOCUMENTS): $(BUILD)/%: %.in $(GENERATOR)
	$(call say,MAKE,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(GENERATOR) $< >$@.new && mv $@.new $@

# What a reader looks for in the tree itself is committed: editors follow a profile's "$$schema" there.
.PHONY: documents-refresh
documents-refresh: $(BUILD)/generate ## Make the committed documents anew: the profile schema, the tables in docs/
	$(Q)$(BUILD)/generate build-aux/generate/profile.schema.json.in >$(BUILD)/new && mv $(BUILD)/new profiles/schema/profile.schema.json
	$(Q)for file in docs/profiles.md docs/settings.md docs/metrics.md; do $(BUILD)/generate $$file >$(BUILD)/new && mv $(BUILD)/new $$file || exit; done

# The style and the script of the page that report writes, as texts in the program.
EMBEDDED := $(patsubst src/%,$(BUILD)/embedded/%.h,$(wildcard src/html/*.css src/html/*.js))

$(EMBEDDED): $(BUILD)/embedded/%.h: src/% build-aux/embed
	$(call say,MAKE,$@)
	$(Q)mkdir -p $(@D)
	$(Q)build-aux/embed $< >$@.new && mv $@.new $@

$(BUILD)/src/html/page.o: $(EMBEDDED)

# Only a libc without strerrorname_np() reads it: src/base/libc.c.
$(BUILD)/embedded/libc_names.h: build-aux/libc-names
	$(call say,MAKE,$@)
	$(Q)mkdir -p $(@D)
	$(Q)build-aux/libc-names $(CC) >$@.new && mv $@.new $@

$(BUILD)/src/base/libc.o: $(BUILD)/embedded/libc_names.h

# The map of a static binary says which libraries are in it: build-aux/sbom.
$(BUILD)/siplaunch: $(BIN_OBJECTS) $(BUILD)/libsiplaunch.a
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) $(if $(STATIC),-Wl$(comma)-Map=$@.map) -o $@ $^ $(LIBS)

# libcgroup 3 has in its archive a library_version, as libseccomp has, and calls sd_bus_*, of which there is no archive: siplaunch
# makes no scope through it. Earlier ones have neither, and the copy is the same.
STATIC_LIBCGROUP := $(BUILD)/lib/libcgroup.a
$(STATIC_LIBCGROUP):
	$(call say,OBJCOPY,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(OBJCOPY) --localize-symbol=library_version --wildcard --weaken-symbol='sd_bus_*' \
		"$$($(CC) -print-file-name=libcgroup.a)" $@

ifneq ($(STATIC),)
$(BUILD)/siplaunch $(BUILD)/compile-filters: | $(STATIC_LIBCGROUP)
endif

$(BUILD)/compile-filters: $(COMPILE_FILTERS:%.c=$(BUILD)/%.o) $(LIB_OBJECTS)
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

# Where only a compiler for another architecture is given, its programs cannot run here (the shell exits 126): then siplaunch compiles
# filters at each launch.
$(BUILD)/shipped-filters.c: $(firstword $(FILTER_COMPILER)) $(SHIPPED_FILTERS)
	$(call say,MAKE,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(FILTER_COMPILER) $(SHIPPED_FILTERS) >$@.new || { test $$? = 126 && echo "$@: $< cannot run here, so no filter is compiled in" >&2 && \
		printf '#include "seccomp/shipped.h"\nconst struct seccomp_shipped seccomp_shipped[] = {};\nconst size_t seccomp_shipped_count = 0;\n' >$@.new; }
	$(Q)mv $@.new $@

$(BUILD)/shipped-filters.o: $(BUILD)/shipped-filters.c $(BUILD)/flags
	$(call say,CC,$<)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -c -o $@ $<

$(BUILD)/libsiplaunch.a: $(LIB_OBJECTS) $(BUILD)/shipped-filters.o
$(BUILD)/liblauncher.a: $(TEST_OBJECTS)
$(BUILD)/libsiplaunch.a $(BUILD)/liblauncher.a:
	$(call say,AR,$@)
	$(Q)rm -f $@ && $(AR) rcs $@ $^

$(BUILD)/%.o: %.c $(BUILD)/flags
	$(call say,CC,$<)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<

# Objects are made again when the flags change: PREFIX is compiled in.
FLAGS_NOW = $(CC) $(CPPFLAGS_ALL) $(CFLAGS_ALL) $(LDFLAGS_ALL)
.PHONY: force
$(BUILD)/flags: force
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' | cmp -s - $@ || printf '%s\n' '$(subst ','\'',$(FLAGS_NOW))' > $@

.PHONY: units
units: $(UNIT_BINARIES)

# Of an archive the linker takes what the test needs: a change elsewhere leaves its program the same to the byte.
$(BUILD)/tests/unit/%_test: $(BUILD)/tests/unit/%_test.o $(BUILD)/liblauncher.a $(BUILD)/libsiplaunch.a
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS) $(TEST_LIBS)

# private: else build/flags, which it needs, would have them too, and everything would be compiled anew.
$(BUILD)/tests/unit/%_test.o: private CPPFLAGS += -Ilauncher -I. -DFIXTURES='"$(CURDIR)/tests/fixtures"' -DSHIPPED='"$(CURDIR)/profiles"'

# make takes the objects of test programs for intermediates and would delete them.
.SECONDARY: $(UNITS:%.c=$(BUILD)/%.o) $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/fuzz/*.c))

# Of this build only: build/static and others lie below build/.
-include $(patsubst %.c,$(BUILD)/%.d,$(SOURCES) $(LAUNCHER) $(UNITS) $(GENERATE) $(COMPILE_FILTERS) $(wildcard tests/fuzz/*.c))

# ---- tests ----

.PHONY: deps deps-trixie
deps: ## Install what building, running and testing need (Debian, Ubuntu; Fedora, Alpine: untested)
	$(Q)build-aux/install-deps
	$(Q)tests/vm/fetch-docker >/dev/null
	$(Q)tests/kubernetes/fetch >/dev/null

# On Debian 13 itself there is no second release to test: its own suites are the tests of it.
SECOND = $(filter trixie,$(shell tests/vm/fetch-root --other))

deps-trixie: deps ## Make the second test root, Debian 13, in .cache/vm
	$(Q)tests/vm/run --root trixie --prepare

# The packages, without the unit tests, which are a suite of their own.
DEB = make deb DEB_BUILD_OPTIONS=nocheck

# `check` promises to need nothing but root: it installs what is missing before anything is compiled.
.PHONY: check check-fast check-vm
check: deps ## Run every test: lint, unit, cli, sanitizers, and real routers on a real kernel in the VM
	$(Q)$(MAKE) --no-print-directory -j"$$(nproc)" built $(if $(SECOND),trixie)
	$(Q)tests/run lint unit cli asan fuzz vm fault $(if $(SECOND),trixie-unit trixie-cli trixie-vm)

check-fast: ## Run lint, unit and cli tests, without what has passed already: after a change, a minute
	$(Q)$(MAKE) --no-print-directory -j"$$(nproc)" all units static
	$(Q)tests/run --changed lint unit cli

# Side by side with trixie: making a root and the packages leaves processors idle.
.PHONY: built
built:
	$(Q)$(MAKE) --no-print-directory all units asan static helpers fuzzers
	$(Q)+$(DEB)

# Flags are given to the make in the root, and not by what it was told about jobs: it is another release's.
OWN_JOBS = env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL

.PHONY: trixie check-trixie
trixie: deps-trixie ## Build build/trixie/ in the root of Debian 13
	$(Q)$(OWN_JOBS) tests/vm/enter-root trixie make -j"$$(nproc)" WERROR=-Werror all units static helpers
	$(Q)$(OWN_JOBS) tests/vm/enter-root trixie $(DEB)

check-trixie: trixie ## Run the tests in the root of Debian 13
	$(Q)tests/run trixie-unit trixie-cli trixie-vm

# With Debian 13's compilers, in a root that has them: build-aux/cross says how.
ARCH ?= arm64
.PHONY: cross check-cross
cross: ## Build ARCH=amd64|arm64|armhf|i386, dynamic and static, in build/cross/ARCH
	$(Q)build-aux/install-deps fetch
	$(Q)tests/vm/enter-root cross build-aux/cross $(ARCH) all static

check-cross: ## Build every architecture and their image, launch them, and run the unit tests of arm64 (emulated) and i386
	$(Q)build-aux/install-deps fetch image
	$(Q)tests/vm/enter-root cross tests/cross/check
	$(Q)tests/cross/check-image $(BUILD)/cross

check-vm: all static helpers ## Run the tests that need the VM
	$(Q)tests/run vm fault

.PHONY: static
static: ## Build build/static/siplaunch: one file that runs in any image
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/static STATIC=yes all

.PHONY: asan
asan: ## Build build/asan/ with AddressSanitizer and UBSan
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/asan SANITIZE=address,undefined CFLAGS='-O1 -g' WERROR=-Werror all units

# ---- fuzzing: tests/fuzz/NAME.c with libFuzzer, in build/fuzz ----

# What several of them share is no program of its own.
FUZZ_SHARED := tests/fuzz/virtual.c
FUZZ_JSON   := tests/fuzz/mutate.c
FUZZERS     := $(filter-out $(FUZZ_SHARED) $(FUZZ_JSON) tests/fuzz/tables.c,$(sort $(wildcard tests/fuzz/*.c)))
FUZZ_BINARIES := $(FUZZERS:%.c=$(BUILD)/%)
# $(call wraps,FILE): the functions that the file puts its own in place of.
wraps = $(shell sed -nE 's/^WRAP.[A-Za-z_ *]+, ([a-z_]+), .*/-Wl,--wrap=\1/p; s/^[a-z].*__wrap_([a-z_]+).*/-Wl,--wrap=\1/p' $(1))

$(BUILD)/tests/fuzz/%.o: CPPFLAGS += -Ilauncher -I.
$(BUILD)/tests/fuzz/%: $(BUILD)/tests/fuzz/%.o $(FUZZ_SHARED:%.c=$(BUILD)/%.o) $(TEST_OBJECTS) $(BUILD)/libsiplaunch.a
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -fsanitize=fuzzer $(call wraps,$(FUZZ_SHARED)) $(call wraps,tests/fuzz/$*.c) -o $@ $^ $(LIBS)
$(addprefix $(BUILD)/tests/fuzz/,answers plan profile samples seccomp): $(FUZZ_JSON:%.c=$(BUILD)/%.o)

$(BUILD)/tests/fuzz/tables: $(BUILD)/tests/fuzz/tables.o $(TEST_OBJECTS) $(BUILD)/libsiplaunch.a
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

.PHONY: fuzz-programs
fuzz-programs: $(FUZZ_BINARIES) $(BUILD)/tests/fuzz/tables
	$(Q)tests/fuzz/collect $(BUILD)

# Another compiler than $(CC): gcc has no libFuzzer.
FUZZ_CC ?= clang
# Seconds for each program.
TIME ?= 600

.PHONY: fuzzers fuzz fuzz-coverage
fuzzers: ## Build build/fuzz/: the programs of tests/fuzz, with libFuzzer and sanitizers
	$(Q)$(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz CC='$(FUZZ_CC)' SANITIZE=address,undefined,fuzzer-no-link \
		CFLAGS='-O2 -gline-tables-only' WERROR=-Werror fuzz-programs

fuzz: fuzzers ## Fuzz for TIME seconds each (600), two programs at a time; continues where the last run ended
	$(Q)tests/fuzz/run --build $(BUILD)/fuzz --time $(TIME)
	$(Q)$(MAKE) --no-print-directory fuzz-coverage

fuzz-coverage: fuzzers ## Print how many lines of each file the inputs of "make fuzz" reach
	$(Q)build-aux/install-deps fuzz
	$(Q)LLVM_PROFILE_FILE=/dev/null $(MAKE) --no-print-directory BUILD=$(BUILD)/fuzz-coverage CC='$(FUZZ_CC)' SANITIZE=fuzzer-no-link \
		CFLAGS='-O1 -fprofile-instr-generate -fcoverage-mapping' LDFLAGS=-fprofile-instr-generate fuzz-programs
	$(Q)tests/fuzz/coverage $(BUILD)/fuzz-coverage $(BUILD)/fuzz

FAULT := $(BUILD)/tests/fault

# What the tests in the VM run besides siplaunch itself.
.PHONY: helpers
helpers: $(BUILD)/tests/vm/touch.so $(BUILD)/tests/oom/kamailio $(BUILD)/tests/oom/hog $(FAULT)/fault $(FAULT)/checker pods engine

$(BUILD)/tests/vm/touch.so: tests/vm/touch.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARNINGS) -O2 -fPIC -shared -D_GNU_SOURCE -o $@ $< -ldl

# Two files: siplaunch takes one for a router, by its name, and the other for a program beside it.
$(BUILD)/tests/oom/kamailio: tests/oom/router.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARNINGS) -O2 -D_GNU_SOURCE -o $@ $<

$(BUILD)/tests/oom/hog: $(BUILD)/tests/oom/kamailio
	$(Q)cp $< $@

# The test machine has no network.
.PHONY: engine
engine:
	$(Q)tests/vm/fetch-docker >/dev/null

# kubectl would take an emulated machine half a minute.
.PHONY: pods
pods:
	$(call say,KUBE,$(BUILD)/tests/kubernetes)
	$(Q)tests/kubernetes/pods $(BUILD)/tests/kubernetes

# Which cases: FAULT_SHARD=2/4 is the second quarter of them, FAULT_FROM=1200 goes on there after an interruption,
# FAULT_ONE=1234 is one alone.
FAULT_SHARD ?= 1/1
FAULT_FROM  ?= 1
FAULT_ONE   ?=
.PHONY: fault
fault: all $(FAULT)/fault $(FAULT)/checker ## Make every system call of a launch fail in every way (an hour or two)
	$(Q)tests/vm/run --timeout 36000 $(FAULT)/fault --shard $(FAULT_SHARD) --from $(FAULT_FROM) \
		$(if $(FAULT_ONE),--one $(FAULT_ONE)) $(abspath $(BUILD)/siplaunch $(FAULT)/checker tests/fault)

$(FAULT)/fault: $(wildcard tests/fault/*.[ch])
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARNINGS) $(WERROR) -O2 -D_GNU_SOURCE -o $@ $(filter-out tests/fault/checker.c,$(filter %.c,$^))

# Static: it is executed for every case, in an emulated machine.
$(FAULT)/checker: tests/fault/checker.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARNINGS) $(WERROR) -O2 -static -D_GNU_SOURCE -o $@ $<

BENCH_PROGRAMS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*.c))
$(BENCH_PROGRAMS): $(BUILD)/%: %.c tests/bench/rounds.h
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARNINGS) -O2 -D_GNU_SOURCE -o $@ $<

.PHONY: bench bench-fit bench-coefficients bench-workload bench-seccomp bench-tune bench-launch bench-scale
bench: bench-launch bench-scale bench-seccomp bench-fit bench-coefficients bench-workload bench-tune ## Run every measurement, one after the other

bench-fit: all helpers ## Prove the budget: routers that touch all of their pools, in slices of many sizes
	$(Q)tests/bench/fit

bench-coefficients: all helpers ## Measure the memory of a router process (src/router/NAME_costs.c)
	$(Q)tests/bench/coefficients

bench-workload: all ## Measure the size of a registration, a dialog … (src/router/NAME_costs.c), and check predictions
	$(Q)BUILD=$(BUILD) tests/bench/workload

bench-seccomp: all $(BUILD)/tests/bench/syscalls ## Measure the cost of a filter in a router's hot path
	$(Q)BUILD=$(BUILD) tests/bench/seccomp

bench-scale: all $(BUILD)/tests/bench/usage ## Measure how time and memory grow with sockets, configurations, processes, samples
	$(Q)BUILD=$(BUILD) tests/bench/scale

bench-launch: all static $(BENCH_PROGRAMS) ## Measure a launch, beside the least that it can cost and other launchers
	$(Q)BUILD=$(BUILD) tests/bench/launch

bench-tune: all helpers ## Prove tune: compare its result with the true minimum, and with advise
	$(Q)tests/bench/tune

.PHONY: mutation
mutation: ## Break the code at a few hundred places, one at a time: a test must fail for each (MUTANTS=PATTERN selects)
	$(Q)BUILD=$(BUILD) tests/mutation/run '$(MUTANTS)'

# In the machine with the kernel: COUNT=, ROUNDS= and SEED= say how many, and which.
COUNT  ?= 1000
ROUNDS ?= 500
SEED   ?= 1
OOM_TIMEOUT ?= 7200
.PHONY: oom-cycles race-rounds
oom-cycles: all $(BUILD)/tests/oom/hog ## Make COUNT=1000 launches run out of memory in several ways, and compare the reports with the kernel's log
	$(Q)tests/vm/run --timeout $(OOM_TIMEOUT) tests/oom/cycles --count $(COUNT) --seed $(SEED)

race-rounds: all $(BUILD)/tests/oom/hog ## Race 20 launchers for one path, nested paths, one slice: ROUNDS=500 times
	$(Q)tests/vm/run --timeout $(OOM_TIMEOUT) tests/oom/races --count $(ROUNDS) --seed $(SEED)

.PHONY: demo
demo: ## Install missing packages, build, and launch a real Kamailio in a slice
	$(Q)build-aux/install-deps build run demo
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/demo/run

# ---- lint ----

C_FILES     = $(shell git ls-files '*.c' '*.h' 2>/dev/null || find src launcher tests build-aux -name '*.[ch]')
SHELL_FILES = $(shell awk 'FNR == 1 && /^\#!.*[\/ ](ba)?sh( |$$)/ { print FILENAME }' .ci/* deploy/docker/* $$(find build-aux packaging tests -type f -not -path 'tests/fixtures/*' -not -name '*.pyc'))
BATS_FILES  = $(wildcard tests/*/*.bats tests/lib/*.bash tests/*/*.bash)
MAN_PAGES   = $(filter %.1 %.5,$(DOCUMENTS))

.PHONY: lint lint-format lint-cleanup lint-ctype lint-unchecked lint-printed lint-rooms lint-names lint-routers lint-language lint-tidy lint-cppcheck lint-shell lint-man lint-warnings
lint: lint-format lint-cleanup lint-ctype lint-unchecked lint-printed lint-rooms lint-names lint-routers lint-language lint-warnings lint-tidy lint-cppcheck lint-shell lint-man ## Run every linter

# CHANGED=yes leaves out the files that passed before, where nothing has changed since: `make check-fast` does.
CHANGED ?=
EACH = $(Q)tests/lint/each $(if $(CHANGED),--changed)

lint-format:
	$(EACH) --at-once 32 format clang-format --dry-run -Werror --- $(C_FILES)

# A variable with a cleanup attribute has a value where it is declared: a return before it gets one would free what lay on the stack.
lint-cleanup:
	$(Q)! grep -nE '^\s*cleanup_\w+ ([^=(]*;|.*, \**\w+;|[^=(,]*,)' $(C_FILES)

# What a character is does not depend on the locale: base/ascii.h. Only charset.c asks a locale, for whoever reads the output.
lint-ctype:
	$(Q)! grep -nE '<ctype\.h>|\b(is(alnum|alpha|blank|cntrl|digit|graph|lower|print|punct|space|upper|xdigit)|to(lower|upper)|setlocale|newlocale)\(' \
		$(filter-out src/base/ascii.h src/text/charset.c,$(filter src/% launcher/%,$(C_FILES)))

# An element or a member that could not be added is missing from a document that says nothing of it: json_append(), json_put().
lint-unchecked:
	$(Q)! grep -nE '^\s*json_(array_append|object_set)_new\(' $(filter src/% launcher/%,$(C_FILES))

# No string of somebody else's reaches a terminal but through format_printable().
lint-printed:
	$(Q)tests/lint/printed

# No room includes one that is not below it.
lint-rooms:
	$(Q)tests/lint/rooms >/dev/null

# No name of a setting or mechanism is compared outside of the settings table.
lint-names:
	$(Q)tests/lint/names

# What is particular to a router hangs on its row, and nothing else names it.
lint-routers:
	$(Q)tests/lint/routers

# No phrase that a reader has to read twice.
lint-language:
	$(Q)tests/lint/language

# Both compilers, every warning an error. What gcc finds only when it optimises, it finds in the build with sanitizers.
COMPILE_ONLY = -fsyntax-only $(CPPFLAGS_ALL) -Ilauncher -I. -DFIXTURES='""' -DSHIPPED='""' -std=gnu11 -fsigned-char $(WARNINGS) -Werror
WARNED = $(SOURCES) $(LAUNCHER) $(UNITS) $(GENERATE) $(COMPILE_FILTERS) $(wildcard tests/fuzz/*.c)
lint-warnings: $(EMBEDDED)
	$(EACH) --at-once 8 gcc gcc $(COMPILE_ONLY) --- $(WARNED)
	$(EACH) --at-once 8 clang clang $(COMPILE_ONLY) --- $(WARNED)

# The analyzer's own bound is 225000 nodes a function, at six times the cost: TIDY_NODES=225000 looks as far.
TIDY_NODES ?= 20000
lint-tidy: $(EMBEDDED)
	$(EACH) tidy clang-tidy --quiet --warnings-as-errors='*' {} -- -std=gnu11 $(CPPFLAGS_ALL) -Ilauncher -I. \
		-Xclang -analyzer-config -Xclang max-nodes=$(TIDY_NODES) --- $(SOURCES) $(LAUNCHER) $(GENERATE) $(COMPILE_FILTERS)

# It knows no cleanup attributes: leaks are for the sanitizers.
lint-cppcheck:
	$(EACH) --at-once 8 cppcheck cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		--suppress=memleak --suppress=resourceLeak --suppress=readdirCalled \
		-D_GNU_SOURCE -Isrc -Ilauncher -I. --library=posix,gnu --- $(SOURCES) $(LAUNCHER) $(GENERATE) $(COMPILE_FILTERS)

# Each test is a subshell for shellcheck, and bats's own `stderr` unknown.
lint-shell:
	$(EACH) --at-once 8 shell shellcheck -x --- $(SHELL_FILES)
	$(EACH) --at-once 8 bats shellcheck -x -s bats -e SC2030,SC2031,SC2154 --- $(filter %.bats,$(BATS_FILES))

lint-man: $(MAN_PAGES)
	$(Q)mandoc -T lint -W warning $(MAN_PAGES)

.PHONY: format
format: ## Format every C file
	$(Q)clang-format -i $(C_FILES)

# ---- install, release ----

# What is installed, removed again and in the packages: SOURCE=TARGET (build-aux/installed).
INSTALLED = \
	$(BUILD)/siplaunch=$(BINDIR)/siplaunch \
	$(BUILD)/docs/siplaunch.1=$(MANDIR)/man1/siplaunch.1 \
	$(BUILD)/docs/siplaunch-profile.5=$(MANDIR)/man5/siplaunch-profile.5 \
	$(BUILD)/launcher/completion/siplaunch.bash=$(DATADIR)/bash-completion/completions/siplaunch \
	$(BUILD)/launcher/completion/siplaunch.zsh=$(ZSHDIR)/_siplaunch \
	$(BUILD)/launcher/completion/siplaunch.fish=$(DATADIR)/fish/vendor_completions.d/siplaunch.fish \
	$(INSTALLED_PROFILES) \
	deploy/systemd/kamailio.service.d=$(DATADIR)/siplaunch/systemd/kamailio.service.d \
	$(foreach file,alerts.yml dashboard.json,deploy/prometheus/$(file)=$(DATADIR)/siplaunch/prometheus/$(file)) \
	$(if $(UNITDIR),$(foreach unit,$(wildcard deploy/*/*.service deploy/*/*.timer),$(unit)=$(UNITDIR)/$(notdir $(unit)))) \
	$(foreach page,LICENSE $(wildcard docs/*.md),$(page)=$(DOCDIR)/$(notdir $(page))) \
	deploy=$(DOCDIR)/deploy \
	=$(SYSCONFDIR)/siplaunch/profiles
INSTALLED_PROFILES = profiles=$(DATADIR)/siplaunch/profiles
INSTALLED_PAGES = $(MANDIR)/man1/siplaunch.1 $(MANDIR)/man5/siplaunch-profile.5

installed = DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' build-aux/installed

# The paths of a manual page are those of a package; installed, they are where the files are.
.PHONY: install uninstall
install: all documents ## Install to $(DESTDIR)$(PREFIX)
	$(call say,INSTALL,'$(DESTDIR)$(PREFIX)')
	$(Q)$(installed) install $(INSTALLED)
	$(Q)sed -i -e 's|/usr/share/doc/siplaunch|$(DOCDIR)|g' -e 's|/usr/share/siplaunch|$(DATADIR)/siplaunch|g' \
		-e 's|/etc/siplaunch|$(SYSCONFDIR)/siplaunch|g' $(patsubst %,'$(DESTDIR)%',$(INSTALLED_PAGES))

uninstall: ## Remove what install and install-static made; what is in /etc/siplaunch stays
	$(call say,REMOVE,'$(DESTDIR)$(PREFIX)')
	$(Q)$(installed) remove $(INSTALLED)

# What an image or an init container takes, as one tree for its /usr/local.
.PHONY: install-static
install-static: $(if $(PREBUILT),,static) ## Install the static binary (PREBUILT=FILE: this one) and the profiles to $(DESTDIR)$(PREFIX)
	$(call say,INSTALL,'$(DESTDIR)$(PREFIX)')
	$(Q)$(installed) install $(or $(PREBUILT),$(BUILD)/static/siplaunch)=$(BINDIR)/siplaunch $(INSTALLED_PROFILES)

RELEASE := $(BUILD)/release
# Of the static binaries. Those of others than this machine's own are what "make cross" builds.
ARCHITECTURES ?= $(shell dpkg --print-architecture 2>/dev/null)

# gzip, because xz makes other bytes with other numbers of threads. The umask is for the modes in the archive.
.PHONY: dist
dist: ## Make build/release/siplaunch-VERSION.tar.gz of git's HEAD, the same bytes each time
	$(Q)mkdir -p $(RELEASE)
	$(Q)name=siplaunch-$$(build-aux/describe) && \
		git -c tar.umask=0022 archive --format=tar --prefix=$$name/ --output=$(RELEASE)/$$name.tar HEAD && \
		gzip -9nf $(RELEASE)/$$name.tar && echo "$(RELEASE)/$$name.tar.gz"

.PHONY: release check-release
release: ## Make build/release: tarball, static binaries, image, packages, SBOM, checksums (ARCHITECTURES="amd64 arm64")
	$(Q)build-aux/install-deps build package image
	$(Q)rm -rf $(RELEASE)
	$(Q)build-aux/release $(RELEASE) $(ARCHITECTURES)

check-release: ## Make a release twice, in two folders: the same bytes, and an SBOM that says what is linked (2 minutes)
	$(Q)build-aux/install-deps build test package
	$(Q)bats --print-output-on-failure tests/release

# Every file of the tree: what git knows, or in an unpacked tarball what is there.
TREE = $(if $(wildcard .git),git ls-files -z,find . '(' -path ./$(BUILD) -o -path ./.cache ')' -prune -o ! -type d -printf '%P\0')

# The packages are built from a copy of what git knows here, with the changes that are not committed.
.PHONY: deb
deb: ## Build the Debian packages in build/deb (DEB_BUILD_OPTIONS=nocheck: without their unit tests)
	$(Q)build-aux/install-deps build package
	$(Q)rm -rf $(BUILD)/deb && mkdir -p $(BUILD)/deb/siplaunch-$(VERSION)
	$(Q)$(TREE) | xargs -0 cp -P --parents -t $(BUILD)/deb/siplaunch-$(VERSION)
	$(Q)cd $(BUILD)/deb/siplaunch-$(VERSION) && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u BUILD dpkg-buildpackage -J --build=binary --no-sign \
		>../log 2>&1 || { tail -n 60 ../log; exit 1; }
	$(Q)cd $(BUILD)/deb && lintian --allow-root --fail-on error,warning siplaunch_*.changes
	$(Q)ls -l $(BUILD)/deb/*.deb

.PHONY: autopkgtest
autopkgtest: deb ## Run debian/tests in a new root of this Debian, where apt installs build/deb (some minutes)
	$(Q)build-aux/install-deps fetch packager
	$(Q)tests/packages/autopkgtest $(BUILD)/deb/siplaunch-$(VERSION) $(BUILD)/deb/*.deb

# Debian's rpm knows of no package that is installed, so it cannot look for what the build needs: install-deps has.
RPMBUILD ?=
.PHONY: rpm
rpm: ## Build the RPM package in build/rpm (RPMBUILD=--nocheck: without its unit tests)
	$(Q)build-aux/install-deps build test rpm packager
	$(Q)rm -rf $(BUILD)/rpm && mkdir -p $(BUILD)/rpm/SOURCES
	$(Q)$(TREE) | tar --null --files-from=- --transform='s|^|siplaunch-$(VERSION)/|SH' -czf $(BUILD)/rpm/SOURCES/siplaunch-$(VERSION).tar.gz
	$(Q)env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u BUILD rpmbuild -ba $(if $(wildcard /etc/debian_version),--nodeps) $(RPMBUILD) \
		--define '_topdir $(abspath $(BUILD)/rpm)' packaging/siplaunch.spec >$(BUILD)/rpm/log 2>&1 || { tail -n 60 $(BUILD)/rpm/log; exit 1; }
	$(Q)cd $(BUILD)/rpm && rpmlint --config $(CURDIR)/packaging/rpmlint.toml --strict RPMS/*/*.rpm SRPMS/*.rpm
	$(Q)ls -l $(BUILD)/rpm/*RPMS/*.rpm $(BUILD)/rpm/*RPMS/*/*.rpm

.PHONY: clean
clean: ## Remove build/; the VM's cached kernel in .cache/ stays
	rm -rf $(BUILD)

.PHONY: help
help: ## Show this list
	@printf 'siplaunch %s\n\n' '$(VERSION)'
	@sed -nE 's/^([a-z-]+( [a-z-]+)*):[^#]*## (.*)/\1\t\3/p' Makefile | \
		awk -F '\t' '{split($$1, t, " "); printf "  make %-20s %s\n", t[1], $$2}'
	@printf '\nVariables: PREFIX, DESTDIR, CC, CFLAGS, BUILD, V=1, OPENSIPS=/path/to/opensips (check: use it too)\n'
