# SPDX-License-Identifier: MIT
# siplaunch: `make help` lists the targets.

VERSION := 0.1.0

PREFIX     ?= /usr/local
BINDIR     ?= $(PREFIX)/bin
DATADIR    ?= $(PREFIX)/share
MANDIR     ?= $(DATADIR)/man
SYSCONFDIR ?= /etc
DESTDIR    ?=

CC         ?= cc
PKG_CONFIG ?= pkg-config
BUILD      ?= build
V          ?= 0

Q := $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' $(1) $(2))

LIBRARIES      := libcgroup jansson libcap
TEST_LIBRARIES := cmocka

# FORTIFY wants optimisation, so -O2 stays unless somebody asks for something else.
CFLAGS   ?= -O2 -g
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wformat=2 -Wvla -Wundef
HARDEN_C := -fPIE -fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
HARDEN_L := -pie -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed
SANITIZE ?=

ifneq ($(SANITIZE),)
HARDEN_C := -fPIE -fsanitize=$(SANITIZE) -fno-omit-frame-pointer -fno-sanitize-recover=all
HARDEN_L := -pie -fsanitize=$(SANITIZE)
endif

CPPFLAGS_ALL = -D_GNU_SOURCE -Isrc -DSIPLAUNCH_VERSION='"$(VERSION)"' \
	-DSIPLAUNCH_PROFILE_DIRS='"$(SYSCONFDIR)/siplaunch/profiles:$(DATADIR)/siplaunch/profiles"' \
	$(shell $(PKG_CONFIG) --cflags $(LIBRARIES) 2>/dev/null) $(CPPFLAGS)
CFLAGS_ALL   = -std=gnu11 $(WARNINGS) $(WERROR) $(HARDEN_C) $(CFLAGS)
LDFLAGS_ALL  = $(HARDEN_L) $(LDFLAGS)
LIBS         = $(shell $(PKG_CONFIG) --libs $(LIBRARIES))
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

$(BUILD)/tests/unit/%_test.o: CPPFLAGS += -Ilauncher -I. -DFIXTURES='"$(CURDIR)/tests/fixtures"' -DSOURCE_ROOT='"$(CURDIR)"'

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
