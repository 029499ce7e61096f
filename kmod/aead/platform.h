/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the engine needs of its surroundings, for the kernel and userspace.
 *
 * The files that are compiled with vector instructions may not include kernel
 * headers with inline functions: the compiler could use vector registers in
 * them, and the linker could keep that copy for the rest of the module. The
 * headers here hold types and macros only.
 */
#ifndef ESPSIMD_AEAD_PLATFORM_H
#define ESPSIMD_AEAD_PLATFORM_H

#ifdef __KERNEL__

#include <linux/errno.h>
#include <linux/types.h>

#else
#include "platform-user.h"
#endif

/* The kernel's unlikely() is in a header with inline functions. */
#define espsimd_unlikely(x)	__builtin_expect(!!(x), 0)
#define espsimd_likely(x)	__builtin_expect(!!(x), 1)

/* The builtins stand for the plain functions and need no header for them. */
static __always_inline void espsimd_copy(void *dst, const void *src, size_t len)
{
	__builtin_memcpy(dst, src, len);
}

/* Clears memory in a way that the compiler may not leave out. */
static __always_inline void espsimd_wipe(void *p, size_t len)
{
	__builtin_memset(p, 0, len);
	__asm__ __volatile__("" : : "r"(p) : "memory");
}

#endif /* ESPSIMD_AEAD_PLATFORM_H */
