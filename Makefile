# SPDX-License-Identifier: MIT
# siplaunch: `make help` lists the targets.

VERSION := 0.1.0

PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
DATADIR    ?= $(PREFIX)/share
MANDIR     ?= $(DATADIR)/man
DOCDIR     ?= $(DATADIR)/doc/siplaunch
SYSCONFDIR ?= /etc
DESTDIR    ?=

CC         ?= cc
OBJCOPY    ?= objcopy
PKG_CONFIG ?= pkg-config
BUILD      ?= build
V          ?= 0

Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' $(1) $(2))

# Scopes and unit properties go through libsystemd where it is there. It has no static library.
STATIC  ?=
SYSTEMD ?= auto
ifneq ($(STATIC),)
override SYSTEMD := no
endif
HAVE_SYSTEMD := $(if $(filter auto,$(SYSTEMD)),$(shell $(PKG_CONFIG) --exists libsystemd && echo yes),$(filter yes,$(SYSTEMD)))

LIBRARIES      := libcgroup jansson libcap libseccomp yaml-0.1 $(if $(HAVE_SYSTEMD),libsystemd)
TEST_LIBRARIES := cmocka
# What --version shows them as.
LIBRARY_VERSIONS := $(foreach library,$(LIBRARIES),$(library) $(shell $(PKG_CONFIG) --modversion $(library) 2>/dev/null))

# FORTIFY wants optimisation, so -O2 stays unless somebody asks for something else. Static, most of the size is glibc: -Os takes
# 3 % off the file, sections that can be left out, and LTO, take off next to nothing.
CFLAGS   ?= $(if $(STATIC),-Os,-O2 -g)
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla -Wundef
HARDEN_C := -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
HARDEN_L := -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed
SANITIZE ?=

ifneq ($(SANITIZE),)
HARDEN_C := -fPIE -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all
HARDEN_L := -pie -fsanitize=$(SANITIZE)
endif

ifneq ($(STATIC),)
HARDEN_L := -static-pie -s -Wl,-z,relro,-z,now,-z,noexecstack
endif

CPPFLAGS_ALL = -D_GNU_SOURCE -Isrc -DSIPLAUNCH_VERSION='"$(VERSION)"' -DSIPLAUNCH_LIBRARIES='"$(LIBRARY_VERSIONS)"' \
	-DSIPLAUNCH_PROFILE_DIRS='"$(SYSCONFDIR)/siplaunch/profiles:$(DATADIR)/siplaunch/profiles"' \
	$(if $(HAVE_SYSTEMD),-DSIPLAUNCH_HAVE_SYSTEMD) $(if $(STATIC),-DSIPLAUNCH_STATIC) \
	$(shell $(PKG_CONFIG) --cflags $(LIBRARIES) 2>/dev/null) $(CPPFLAGS)
CFLAGS_ALL   = -std=gnu11 $(WARNINGS) $(WERROR) $(HARDEN_C) $(CFLAGS)
LDFLAGS_ALL  = $(HARDEN_L) $(LDFLAGS)
LIBS         = $(if $(STATIC),-L$(dir $(STATIC_LIBCGROUP))) $(shell $(PKG_CONFIG) $(if $(STATIC),--static) --libs $(LIBRARIES)) -lm
TEST_LIBS    = $(shell $(PKG_CONFIG) --libs $(TEST_LIBRARIES))

SOURCES  := $(sort $(wildcard src/*/*.c))
LAUNCHER := $(sort $(wildcard launcher/*.c))
UNITS    := $(sort $(wildcard tests/unit/*_test.c))

LIB_OBJECTS := $(SOURCES:%.c=$(BUILD)/%.o)
BIN_OBJECTS := $(LAUNCHER:%.c=$(BUILD)/%.o)
# Everything of the launcher but main(), so that unit tests can call it.
TEST_OBJECTS := $(filter-out $(BUILD)/launcher/main.o,$(BIN_OBJECTS))
UNIT_BINARIES := $(UNITS:%.c=$(BUILD)/%)

.PHONY: all
all: $(BUILD)/siplaunch ## Build build/siplaunch

$(BUILD)/siplaunch: $(BIN_OBJECTS) $(BUILD)/libsiplaunch.a
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)

# libcgroup 3 has in its archive a library_version, as libseccomp has, and calls sd_bus_*, of which there is no archive: siplaunch
# makes no scope through it. Earlier ones have neither, and the copy is the same.
STATIC_LIBCGROUP := $(BUILD)/lib/libcgroup.a
$(STATIC_LIBCGROUP):
	$(call say,OBJCOPY,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(OBJCOPY) --localize-symbol=library_version --wildcard --weaken-symbol='sd_bus_*' \
		"$$($(CC) -print-file-name=libcgroup.a)" $@

ifneq ($(STATIC),)
$(BUILD)/siplaunch: | $(STATIC_LIBCGROUP)
endif

$(BUILD)/libsiplaunch.a: $(LIB_OBJECTS)
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

$(BUILD)/tests/unit/%_test: $(BUILD)/tests/unit/%_test.o $(TEST_OBJECTS) $(BUILD)/libsiplaunch.a
	$(call say,LD,$@)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS) $(TEST_LIBS)

# private: else build/flags, which it needs, would have them too, and everything would be compiled anew.
$(BUILD)/tests/unit/%_test.o: private CPPFLAGS += -Ilauncher -I. -DFIXTURES='"$(CURDIR)/tests/fixtures"' -DSOURCE_ROOT='"$(CURDIR)"'

# make takes the objects of test programs for intermediates and would delete them.
.SECONDARY: $(UNITS:%.c=$(BUILD)/%.o) $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/fuzz/*.c))

# Of this build only: build/static and others lie below build/.
-include $(patsubst %.c,$(BUILD)/%.d,$(SOURCES) $(LAUNCHER) $(UNITS) $(wildcard tests/fuzz/*.c))

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

# `check` promises to need nothing but root: it installs what is missing before anything is compiled.
.PHONY: check check-fast check-vm
check: deps ## Run every test: lint, unit, cli, sanitizers, and the real router on a real kernel in the VM
	$(Q)$(if $(SECOND),$(MAKE) --no-print-directory deps-trixie)
	$(Q)$(MAKE) --no-print-directory -j"$$(nproc)" all units asan static helpers fuzzers
	$(Q)$(if $(SECOND),$(MAKE) --no-print-directory trixie)
	$(Q)tests/run lint unit cli asan fuzz vm fault $(if $(SECOND),trixie-unit trixie-cli trixie-vm)

check-fast: all units static ## Run what needs no VM: unit and cli tests
	$(Q)tests/run unit cli

.PHONY: trixie check-trixie
trixie: ## Build build/trixie/ in the root of Debian 13
	$(Q)# flags are given to this make, and not by what it was told about jobs: that make is another release's
	$(Q)env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL tests/vm/enter-root trixie make -j"$$(nproc)" WERROR=-Werror all units static helpers

check-trixie: deps-trixie trixie ## Run the tests in the root of Debian 13
	$(Q)tests/run trixie-unit trixie-cli trixie-vm

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

fuzz: fuzzers ## Fuzz for TIME seconds each (600), two programs at a time; it goes on from where the last run ended
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
fault: all $(FAULT)/fault $(FAULT)/checker ## Let every system call of a launch fail in every way (an hour or two)
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

$(BUILD)/tests/bench/syscalls: tests/bench/syscalls.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 $(WARNINGS) -O2 -D_GNU_SOURCE -o $@ $<

.PHONY: bench bench-fit bench-coefficients bench-workload bench-seccomp bench-tune
bench: bench-seccomp bench-fit bench-coefficients bench-workload bench-tune ## Run every measurement, one after the other

bench-fit: all helpers ## Prove the budget: routers whose pools are all touched, in slices of many sizes
	$(Q)tests/bench/fit

bench-coefficients: all helpers ## Measure what a router process costs (the table in src/sizing/coefficients.c)
	$(Q)tests/bench/coefficients

bench-workload: all ## Measure what a registration, a dialog … takes (src/sizing/footprint.c), and predict others
	$(Q)BUILD=$(BUILD) tests/bench/workload

bench-seccomp: all $(BUILD)/tests/bench/syscalls ## Measure what a filter costs in a router's hot path
	$(Q)BUILD=$(BUILD) tests/bench/seccomp

bench-tune: all helpers ## Prove tune: what it finds against the true minimum, and against advise
	$(Q)tests/bench/tune

.PHONY: mutation
mutation: ## Break the code in some hundred places, one at a time: a test must notice each (MUTANTS=PATTERN picks)
	$(Q)BUILD=$(BUILD) tests/mutation/run '$(MUTANTS)'

# In the machine with the kernel: COUNT=, ROUNDS= and SEED= say how many, and which.
COUNT  ?= 1000
ROUNDS ?= 500
SEED   ?= 1
OOM_TIMEOUT ?= 7200
.PHONY: oom-cycles race-rounds
oom-cycles: all helpers ## Run COUNT=1000 launches out of memory, each in another way, and compare what is reported with the kernel's log
	$(Q)tests/vm/run --timeout $(OOM_TIMEOUT) tests/oom/cycles --count $(COUNT) --seed $(SEED)

race-rounds: all helpers ## Race 20 launchers for one path, nested ones, one slice: ROUNDS=500 times
	$(Q)tests/vm/run --timeout $(OOM_TIMEOUT) tests/oom/races --count $(ROUNDS) --seed $(SEED)

.PHONY: demo
demo: ## Install what is missing, build, and launch a real Kamailio in a slice while you watch
	$(Q)build-aux/install-deps build run demo
	$(Q)$(MAKE) --no-print-directory all
	$(Q)tests/demo/run

# ---- lint ----

C_FILES     = $(shell git ls-files '*.c' '*.h' 2>/dev/null || find src launcher tests -name '*.[ch]')
SHELL_FILES = $(shell awk 'FNR == 1 && /^\#!.*[\/ ](ba)?sh( |$$)/ { print FILENAME }' .ci/* build-aux/* deploy/docker/* $$(find tests -type f -not -path 'tests/fixtures/*' -not -name '*.pyc'))
BATS_FILES  = $(wildcard tests/*/*.bats tests/lib/*.bash tests/*/*.bash)
MAN_PAGES   = $(wildcard docs/*.[15])

.PHONY: lint lint-format lint-cleanup lint-rooms lint-language lint-tidy lint-cppcheck lint-shell lint-man lint-warnings
lint: lint-format lint-cleanup lint-rooms lint-language lint-warnings lint-tidy lint-cppcheck lint-shell lint-man ## Run every linter

lint-format:
	$(Q)clang-format --dry-run -Werror $(C_FILES)

# A variable with a cleanup attribute has a value where it is declared: a return before it gets one would free what lay on the stack.
lint-cleanup:
	$(Q)! grep -nE '^\s*cleanup_\w+ ([^=(]*;|.*, \**\w+;|[^=(,]*,)' $(C_FILES)

# No room includes one that is not below it.
lint-rooms:
	$(Q)tests/lint/rooms >/dev/null

# No phrase that a reader has to read twice.
lint-language:
	$(Q)tests/lint/language

# Both compilers, every warning an error. What gcc finds only when it optimises, it finds in the build with sanitizers.
COMPILE_ONLY = -fsyntax-only $(CPPFLAGS_ALL) -Ilauncher -I. -DFIXTURES='""' -DSOURCE_ROOT='""' -std=gnu11 $(WARNINGS) -Werror
lint-warnings:
	$(Q)for compiler in gcc clang; do \
		printf '%s\n' $(SOURCES) $(LAUNCHER) $(UNITS) $(wildcard tests/fuzz/*.c) | xargs -P "$$(nproc)" -n 8 $$compiler $(COMPILE_ONLY) || exit; \
	done

# The analyzer's own bound is 225000 nodes a function, at three times the cost: TIDY_NODES=225000 looks as far.
TIDY_NODES ?= 50000
lint-tidy:
	$(Q)printf '%s\n' $(SOURCES) $(LAUNCHER) | xargs -P "$$(nproc)" -I{} \
		clang-tidy --quiet --warnings-as-errors='*' {} -- -std=gnu11 $(CPPFLAGS_ALL) -Ilauncher \
		-Xclang -analyzer-config -Xclang max-nodes=$(TIDY_NODES) 2>&1 | \
		{ ! grep -v 'warnings\? generated\|Suppressed\|Use -header-filter'; }

lint-cppcheck:
	$(Q)# it knows no cleanup attributes: leaks are for the sanitizers
	$(Q)cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		--suppress=memleak --suppress=resourceLeak --suppress=readdirCalled \
		-j "$$(nproc)" -D_GNU_SOURCE -Isrc -Ilauncher --library=posix,gnu $(SOURCES) $(LAUNCHER)

lint-shell:
	$(Q)shellcheck -x $(SHELL_FILES)
	$(Q)# each test is a subshell for shellcheck, and bats's own `stderr` unknown
	$(Q)shellcheck -x -s bats -e SC2030,SC2031,SC2154 $(filter %.bats,$(BATS_FILES))

lint-man:
	$(Q)mandoc -T lint -W warning $(MAN_PAGES)

.PHONY: format
format: ## Format every C file
	$(Q)clang-format -i $(C_FILES)

# ---- install, release ----

# The formats that the manual refers to, and what these refer to.
INSTALLED_DOCS = $(wildcard docs/*.md)

# $(call install_page,SOURCE,TARGET): the paths of a manual page are those of a package; installed, they are where the files are.
install_page = sed -e 's|/usr/share/doc/siplaunch|$(DOCDIR)|g' -e 's|/usr/share/siplaunch|$(DATADIR)/siplaunch|g' \
	-e 's|/etc/siplaunch|$(SYSCONFDIR)/siplaunch|g' $(1) >$(2) && chmod 644 $(2)

.PHONY: install uninstall
install: all ## Install to $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(BINDIR) $(DESTDIR)$(DATADIR)/siplaunch/profiles/schema \
		$(DESTDIR)$(MANDIR)/man1 $(DESTDIR)$(MANDIR)/man5 \
		$(DESTDIR)$(DATADIR)/bash-completion/completions $(DESTDIR)$(DATADIR)/zsh/site-functions \
		$(DESTDIR)$(DATADIR)/fish/vendor_completions.d $(DESTDIR)$(SYSCONFDIR)/siplaunch/profiles
	install -m 755 $(BUILD)/siplaunch $(DESTDIR)$(BINDIR)/siplaunch
	install -m 644 profiles/*.json $(DESTDIR)$(DATADIR)/siplaunch/profiles
	install -m 644 profiles/schema/*.json $(DESTDIR)$(DATADIR)/siplaunch/profiles/schema
	install -d $(DESTDIR)$(DATADIR)/siplaunch/profiles/seccomp
	install -m 644 profiles/seccomp/*.json $(DESTDIR)$(DATADIR)/siplaunch/profiles/seccomp
	install -d $(DESTDIR)$(DATADIR)/siplaunch/systemd/kamailio.service.d
	install -m 644 deploy/systemd/*.service deploy/systemd/README.md $(DESTDIR)$(DATADIR)/siplaunch/systemd
	install -m 644 deploy/systemd/kamailio.service.d/*.conf $(DESTDIR)$(DATADIR)/siplaunch/systemd/kamailio.service.d
	$(call install_page,docs/siplaunch.1,$(DESTDIR)$(MANDIR)/man1/siplaunch.1)
	$(call install_page,docs/siplaunch-profile.5,$(DESTDIR)$(MANDIR)/man5/siplaunch-profile.5)
	install -d $(DESTDIR)$(DOCDIR)
	install -m 644 $(INSTALLED_DOCS) $(DESTDIR)$(DOCDIR)
	install -m 644 launcher/completion/siplaunch.bash $(DESTDIR)$(DATADIR)/bash-completion/completions/siplaunch
	install -m 644 launcher/completion/siplaunch.zsh $(DESTDIR)$(DATADIR)/zsh/site-functions/_siplaunch
	install -m 644 launcher/completion/siplaunch.fish $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/siplaunch.fish

uninstall: ## Remove what install installed; /etc/siplaunch stays
	rm -f $(DESTDIR)$(BINDIR)/siplaunch $(DESTDIR)$(MANDIR)/man1/siplaunch.1 \
		$(DESTDIR)$(MANDIR)/man5/siplaunch-profile.5 \
		$(DESTDIR)$(DATADIR)/bash-completion/completions/siplaunch \
		$(DESTDIR)$(DATADIR)/zsh/site-functions/_siplaunch \
		$(DESTDIR)$(DATADIR)/fish/vendor_completions.d/siplaunch.fish
	rm -rf $(DESTDIR)$(DATADIR)/siplaunch $(DESTDIR)$(DOCDIR)

.PHONY: dist
dist: ## Make siplaunch-VERSION.tar.xz from what git has at HEAD
	git archive --prefix=siplaunch-$(VERSION)/ HEAD | xz > siplaunch-$(VERSION).tar.xz

.PHONY: clean
clean: ## Remove build/; the VM's cached kernel in .cache/ stays
	rm -rf $(BUILD)

.PHONY: help
help: ## Show this list
	@printf 'siplaunch %s\n\n' '$(VERSION)'
	@sed -nE 's/^([a-z-]+( [a-z-]+)*):[^#]*## (.*)/\1\t\3/p' Makefile | \
		awk -F '\t' '{split($$1, t, " "); printf "  make %-20s %s\n", t[1], $$2}'
	@printf '\nVariables: PREFIX, DESTDIR, CC, CFLAGS, BUILD, V=1, OPENSIPS=/path/to/opensips (check: use it too)\n'
