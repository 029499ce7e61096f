// SPDX-License-Identifier: GPL-2.0
/*
 * Vector registers that nobody else may touch:
 *   vectors [clobber]
 *	on every processor, a process fills its vector registers with a pattern
 *	of its own, stays for a while, partly in system calls, and looks at
 *	them; over and over until SIGTERM. Then it prints for each how often it
 *	has looked, and how often it found something else. With "clobber" it
 *	changes one of them itself, to show that this is found.
 */
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "traffic.h"

/* 32 registers of 64 bytes, and 8 masks of 8. */
#define REGISTERS_SIZE (32 * 64)
#define MASKS_SIZE (8 * 8)

struct registers {
	uint8_t vectors[REGISTERS_SIZE];
	uint8_t masks[MASKS_SIZE];
} __attribute__((aligned(64)));

/* What the processor has: the registers, and how they are moved. */
enum width {
	WIDTH_XMM,
	WIDTH_YMM,
	WIDTH_ZMM,
};

static volatile sig_atomic_t ended;

static void end(int sig)
{
	(void)sig;
	ended = 1;
}

/*
 * Between load and store the registers are only touched by the kernel: half of
 * the time is spent there (getppid()), half in a loop that interrupts end.
 */
#define LOOK(load, store, clobbered, ...)				\
	asm volatile(load						\
		     "mov $200, %%r8d\n"				\
		     "1:\n"						\
		     "mov $110, %%eax\n"				\
		     "syscall\n"					\
		     "mov $200, %%ecx\n"				\
		     "2: pause\n"					\
		     "dec %%ecx\n"					\
		     "jnz 2b\n"						\
		     "dec %%r8d\n"					\
		     "jnz 1b\n"						\
		     "test %[clobber], %[clobber]\n"			\
		     "jz 3f\n"						\
		     clobbered						\
		     "3:\n"						\
		     store						\
		     :							\
		     : [in] "r"(in), [out] "r"(out),			\
		       [clobber] "r"((int)clobber)			\
		     : "rax", "rcx", "r8", "r11", "cc", "memory",	\
		       __VA_ARGS__)

#define XMM_0_15							\
	"xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",	\
	"xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15"

/* One register: its number, where it is in memory. */
#define MOVE_IN(insn, reg, n) insn " 64*" #n "(%[in]), %%" reg #n "\n"
#define MOVE_OUT(insn, reg, n) insn " %%" reg #n ", 64*" #n "(%[out])\n"

#define EACH_16(move, insn, reg)					\
	move(insn, reg, 0) move(insn, reg, 1) move(insn, reg, 2)	\
	move(insn, reg, 3) move(insn, reg, 4) move(insn, reg, 5)	\
	move(insn, reg, 6) move(insn, reg, 7) move(insn, reg, 8)	\
	move(insn, reg, 9) move(insn, reg, 10) move(insn, reg, 11)	\
	move(insn, reg, 12) move(insn, reg, 13) move(insn, reg, 14)	\
	move(insn, reg, 15)
#define EACH_32(move, insn, reg)					\
	EACH_16(move, insn, reg)					\
	move(insn, reg, 16) move(insn, reg, 17) move(insn, reg, 18)	\
	move(insn, reg, 19) move(insn, reg, 20) move(insn, reg, 21)	\
	move(insn, reg, 22) move(insn, reg, 23) move(insn, reg, 24)	\
	move(insn, reg, 25) move(insn, reg, 26) move(insn, reg, 27)	\
	move(insn, reg, 28) move(insn, reg, 29) move(insn, reg, 30)	\
	move(insn, reg, 31)

/* Mask registers are behind the vectors. */
#define MASK_IN(n) "kmovw 2048+8*" #n "(%[in]), %%k" #n "\n"
#define MASK_OUT(n) "kmovw %%k" #n ", 2048+8*" #n "(%[out])\n"
#define EACH_MASK(move)							\
	move(1) move(2) move(3) move(4) move(5) move(6) move(7)

static void look_xmm(const struct registers *in, struct registers *out,
		     bool clobber)
{
	LOOK(EACH_16(MOVE_IN, "movdqu", "xmm"),
	     EACH_16(MOVE_OUT, "movdqu", "xmm"), "pxor %%xmm7, %%xmm7\n",
	     XMM_0_15);
}

__attribute__((target("avx"))) static void
look_ymm(const struct registers *in, struct registers *out, bool clobber)
{
	LOOK(EACH_16(MOVE_IN, "vmovdqu", "ymm"),
	     EACH_16(MOVE_OUT, "vmovdqu", "ymm") "vzeroupper\n",
	     "vpxor %%xmm7, %%xmm7, %%xmm7\n", XMM_0_15);
}

__attribute__((target("avx512f"))) static void
look_zmm(const struct registers *in, struct registers *out, bool clobber)
{
	LOOK(EACH_32(MOVE_IN, "vmovdqu64", "zmm") EACH_MASK(MASK_IN),
	     EACH_32(MOVE_OUT, "vmovdqu64", "zmm") EACH_MASK(MASK_OUT)
		     "vzeroupper\n",
	     "kxorw %%k3, %%k3, %%k3\n", XMM_0_15, "xmm16", "xmm17", "xmm18",
	     "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25",
	     "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", "k1", "k2",
	     "k3", "k4", "k5", "k6", "k7");
}

static enum width width(void)
{
	if (__builtin_cpu_supports("avx512f"))
		return WIDTH_ZMM;

	return __builtin_cpu_supports("avx") ? WIDTH_YMM : WIDTH_XMM;
}

static void look(enum width w, const struct registers *in,
		 struct registers *out, bool clobber)
{
	switch (w) {
	case WIDTH_XMM:
		look_xmm(in, out, clobber);
		return;
	case WIDTH_YMM:
		look_ymm(in, out, clobber);
		return;
	case WIDTH_ZMM:
		look_zmm(in, out, clobber);
		return;
	}
}

/* same() - What can be held in registers of that width is what it was. */
static bool same(enum width w, const struct registers *in,
		 const struct registers *out)
{
	size_t size = 16 << w, count = w == WIDTH_ZMM ? 32 : 16, i;

	for (i = 0; i < count; i++) {
		if (memcmp(in->vectors + 64 * i, out->vectors + 64 * i, size))
			return false;
	}
	if (w < WIDTH_ZMM)
		return true;
	for (i = 1; i < 8; i++) {
		if (memcmp(in->masks + 8 * i, out->masks + 8 * i, 2))
			return false;
	}

	return true;
}

static int watch(int cpu, bool clobber)
{
	static struct registers in, out;
	unsigned long looks = 0, changed = 0;
	enum width w = width();
	cpu_set_t set;
	size_t i;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		traffic_die(1, "sched_setaffinity");
	srandom(cpu + 1);
	while (!ended) {
		for (i = 0; i < sizeof(in); i++)
			((uint8_t *)&in)[i] = random() | 1;
		memset(&out, 0, sizeof(out));
		look(w, &in, &out, clobber);
		looks++;
		changed += !same(w, &in, &out);
	}
	printf("cpu %d: %d bytes, looked %lu, changed %lu\n", cpu, 16 << w,
	       looks, changed);
	return 0;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = end };
	bool clobber = argc == 2 && !strcmp(argv[1], "clobber");
	sigset_t signals;
	cpu_set_t set;
	int cpu, sig;

	if (argc > 2 || (argc == 2 && !clobber))
		traffic_die(0, "usage: vectors [clobber]");
	if (sched_getaffinity(0, sizeof(set), &set))
		traffic_die(1, "sched_getaffinity");
	/* A group of our own, to which the signal is handed on. */
	setpgid(0, 0);
	sigaction(SIGTERM, &action, NULL);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &set))
			continue;
		if (!fork()) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			sigprocmask(SIG_UNBLOCK, &signals, NULL);
			return watch(cpu, clobber);
		}
	}
	printf("watching\n");
	fflush(stdout);
	sigwait(&signals, &sig);
	kill(0, SIGTERM);
	while (wait(NULL) > 0)
		;
	return 0;
}
