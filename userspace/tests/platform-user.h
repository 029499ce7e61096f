/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's types and macros that the engine uses, for userspace.
 */
#ifndef ESPSIMD_TESTS_PLATFORM_USER_H
#define ESPSIMD_TESTS_PLATFORM_USER_H

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* The C library's headers define __always_inline as the kernel does. */
#define __aligned(n)		__attribute__((__aligned__(n)))
#define __must_check		__attribute__((__warn_unused_result__))
#define __ro_after_init
#define noinline		__attribute__((__noinline__))

#endif /* ESPSIMD_TESTS_PLATFORM_USER_H */
