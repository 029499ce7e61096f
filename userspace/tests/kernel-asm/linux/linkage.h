/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel's AES-GCM assembly needs of its surroundings, for a program.
 * Returns are plain ones, as in a kernel without mitigations.
 *
 * The files define where they expect parts of the key. If that is not where
 * bench_kernel.c puts them they are not to be assembled.
 */
#ifndef ESPSIMD_TESTS_KERNEL_ASM_LINKAGE_H
#define ESPSIMD_TESTS_KERNEL_ASM_LINKAGE_H

.macro	kernel_func name, key_len_at, round_keys_at
.if \key_len_at != 0 || \round_keys_at != 16
.error "the key is laid out in another way"
.endif
.globl	\name
.type	\name, @function
.balign	16, 0x90
\name :
.endm

.macro	kernel_func_end name
.size	\name, . - \name
.endm

#define SYM_FUNC_START(name)	\
	kernel_func name, OFFSETOF_AESKEYLEN, OFFSETOF_AESROUNDKEYS
#define SYM_FUNC_END(name)	kernel_func_end name
#define RET			ret

#endif /* ESPSIMD_TESTS_KERNEL_ASM_LINKAGE_H */
