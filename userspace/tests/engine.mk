# SPDX-License-Identifier: GPL-2.0
#
# The engine's tests and its benchmark. Included by userspace/Makefile.
#
#   make check-engine [SANITIZE=1]	all tests
#   make check-secret			keys and plaintext, followed by Valgrind
#   make check-disassembly		instructions that may not be there
#   make check-timing [TIMING=N]	times of secrets, compared; of N times as
#					many samples
#   make check-fuzz [FUZZ_RUNS=N]	bursts that libFuzzer makes up
#   make bench-engine [BENCH='...']	cycles per packet, as a table and as JSON;
#					BENCH are options of bench_engine; with
#					KERNEL_SOURCE=DIR beside the AES-GCM of
#					that kernel

ENGINE_OUT := $(O)/engine$(if $(SANITIZE),-sanitized)
ENGINE_SRC := ../kmod/aead
CAVP_DIR ?= /usr/lib/python3/dist-packages/cryptography_vectors/ciphers/AES/GCM

ENGINE_OBJ := $(addprefix $(ENGINE_OUT)/, aead.o cpu.o selftest.o key.o \
	aesgcm_aesni.o aesgcm_avx2.o aesgcm_avx512.o)
ENGINE_TESTS := test_cavp test_lengths test_segments test_bursts test_residue \
	test_init
ENGINE_SHARED := $(addprefix $(ENGINE_OUT)/, tap.o oracle.o engine.o)
ENGINE_PROGRAMS := $(addprefix $(ENGINE_OUT)/, $(ENGINE_TESTS) bench_engine)

ENGINE_CFLAGS := -std=gnu11 -D_GNU_SOURCE -Itests -Wall -Wextra -Wshadow \
	-Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wvla \
	-Werror -O2 -g -fno-strict-aliasing \
	$(if $(SANITIZE),-fsanitize=address -fsanitize=undefined \
	-fno-sanitize-recover=all)

# The same instruction sets as in kmod/aead/Kbuild.include.
ENGINE_AESNI := -mssse3 -msse4.1 -maes -mpclmul
ENGINE_AVX2 := $(ENGINE_AESNI) -mavx -mavx2 -mvaes -mvpclmulqdq
ENGINE_AVX512 := $(ENGINE_AVX2) -mbmi2 -mavx512f -mavx512bw -mavx512vl
$(ENGINE_OUT)/key.o: ENGINE_ISA := $(ENGINE_AESNI)
$(ENGINE_OUT)/aesgcm_aesni.o: ENGINE_ISA := $(ENGINE_AESNI)
$(ENGINE_OUT)/aesgcm_avx2.o: ENGINE_ISA := $(ENGINE_AVX2)
$(ENGINE_OUT)/aesgcm_avx512.o: ENGINE_ISA := $(ENGINE_AVX512)

CHECK += check-engine check-secret check-disassembly check-timing check-fuzz
CLEAN += clean-engine

$(ENGINE_OBJ): $(ENGINE_OUT)/%.o: $(ENGINE_SRC)/%.c tests/engine.mk
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ENGINE_CFLAGS) $(ENGINE_ISA) $(CFLAGS) -MMD -MP -c -o $@ $<

$(ENGINE_OUT)/%.o: tests/%.c tests/engine.mk
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ENGINE_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# It has stand-ins for the others.
$(ENGINE_OUT)/test_init: ENGINE_OMIT := cpu.o aesgcm_avx512.o
$(ENGINE_PROGRAMS): %: %.o $(ENGINE_SHARED) $(ENGINE_OBJ)
	$(Q)$(CC) $(ENGINE_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ \
		$(filter-out $(addprefix %/,$(ENGINE_OMIT)),$^) \
		-lIPSec_MB -lcrypto -lpthread

# It is more than one file.
ENGINE_BENCH := $(addprefix $(ENGINE_OUT)/, bench_clock.o bench_kernel.o \
	bench_peers.o)
$(ENGINE_OUT)/bench_engine: $(ENGINE_BENCH)

# The stock kernel's assembly goes into it if its source is given, each time
# anew: it may be another kernel's.
KERNEL_SOURCE ?=
ENGINE_KERNEL := $(addprefix $(ENGINE_OUT)/kernel/, aes-gcm-aesni-x86_64.o \
	aes-gcm-vaes-avx2.o aes-gcm-vaes-avx512.o)
ifneq ($(KERNEL_SOURCE),)
$(ENGINE_OUT)/bench_engine: $(ENGINE_KERNEL)
endif

.PHONY: $(ENGINE_KERNEL)
$(ENGINE_KERNEL): $(ENGINE_OUT)/kernel/%.o:
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -Itests/kernel-asm -Wa,--noexecstack -c -o $@ \
		$(KERNEL_SOURCE)/arch/x86/crypto/$*.S

# Not among the tests above, which are run with sanitizers too.
$(ENGINE_OUT)/test_timing: $(ENGINE_OUT)/test_timing.o \
		$(ENGINE_OUT)/bench_clock.o $(ENGINE_SHARED) $(ENGINE_OBJ)
	$(Q)$(CC) $(ENGINE_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ \
		-lIPSec_MB -lcrypto -lpthread -lm

# One tier, the one whose instructions Valgrind knows, is built with secret.h.
# Not among the programs above: it needs Valgrind's headers.
$(ENGINE_OUT)/public_aesni.o: $(ENGINE_SRC)/aesgcm_aesni.c tests/secret.h \
		tests/engine.mk
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ENGINE_CFLAGS) $(ENGINE_AESNI) $(CFLAGS) \
		-include tests/secret.h -MMD -MP -c -o $@ $<

$(ENGINE_OUT)/test_secret: $(ENGINE_OUT)/test_secret.o \
		$(ENGINE_OUT)/public_aesni.o $(ENGINE_SHARED) \
		$(filter-out %/aesgcm_aesni.o,$(ENGINE_OBJ))
	$(Q)$(CC) $(ENGINE_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ \
		-lIPSec_MB -lcrypto -lpthread

# The fuzzer is clang's, and so is all that it looks into. Checks of each address
# would take it minutes to compile; SANITIZE=1 has them.
FUZZ_CC ?= clang
FUZZ_RUNS ?= 5000
FUZZ_OUT := $(O)/engine-fuzz
FUZZ_OBJ := $(addprefix $(FUZZ_OUT)/, $(notdir $(ENGINE_OBJ)) tap.o oracle.o \
	engine.o fuzz_engine.o)
FUZZ_CFLAGS := -std=gnu11 -D_GNU_SOURCE -Itests -O1 -g -fno-strict-aliasing \
	-Wno-c2x-extensions -fsanitize=fuzzer,address,undefined \
	-fno-sanitize=alignment,null,object-size,pointer-overflow \
	-fno-sanitize-recover=all

$(FUZZ_OUT)/key.o: ENGINE_ISA := $(ENGINE_AESNI)
$(FUZZ_OUT)/aesgcm_aesni.o: ENGINE_ISA := $(ENGINE_AESNI)
$(FUZZ_OUT)/aesgcm_avx2.o: ENGINE_ISA := $(ENGINE_AVX2)
$(FUZZ_OUT)/aesgcm_avx512.o: ENGINE_ISA := $(ENGINE_AVX512)

$(FUZZ_OUT)/%.o: $(ENGINE_SRC)/%.c tests/engine.mk
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) $(ENGINE_ISA) -MMD -MP -c -o $@ $<

$(FUZZ_OUT)/%.o: tests/%.c tests/engine.mk
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -MMD -MP -c -o $@ $<

$(FUZZ_OUT)/fuzz_engine: $(FUZZ_OBJ)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -o $@ $^ -lIPSec_MB -lcrypto

-include $(wildcard $(ENGINE_OUT)/*.d $(FUZZ_OUT)/*.d)

.PHONY: check-engine check-secret check-disassembly check-timing check-fuzz \
	bench-engine clean-engine

# All of them run, whichever fails.
check-engine: $(ENGINE_PROGRAMS)
	$(Q)status=0; for t in $(ENGINE_TESTS); do \
		timeout 300 $(ENGINE_OUT)/$$t $(CAVP_DIR) || status=1; \
	done; exit $$status

check-secret: export MAKE := $(MAKE)
check-secret: export SANITIZE := $(SANITIZE)
check-secret:
	$(Q)tests/secret.sh $(ENGINE_OUT)

$(ENGINE_OUT)/disassembly.o: tests/disassembly.S tests/engine.mk
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -c -o $@ $<

check-disassembly: export SANITIZE := $(SANITIZE)
check-disassembly: $(ENGINE_OBJ) $(ENGINE_OUT)/disassembly.o
	$(Q)tests/disassembly.sh $(ENGINE_OUT)

TIMING ?= 1
ifeq ($(SANITIZE),)
check-timing: $(ENGINE_OUT)/test_timing
	$(Q)timeout $$((600 * $(TIMING))) $< $(TIMING)
else
check-timing:
	$(Q)printf 'TAP version 13\n1..0 # SKIP %s\n' \
		"code with sanitizers takes other times"
endif

check-fuzz: export MAKE := $(MAKE)
check-fuzz: export FUZZ_CC := $(FUZZ_CC)
check-fuzz: export FUZZ_RUNS := $(FUZZ_RUNS)
check-fuzz:
	$(Q)tests/fuzz.sh $(FUZZ_OUT)

bench-engine: $(ENGINE_OUT)/bench_engine
	$(Q)$< -j $(ENGINE_OUT)/bench.json $(BENCH)

clean-engine:
	$(Q)rm -rf $(O)/engine $(O)/engine-sanitized $(FUZZ_OUT)
