/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one place that starts and ends SIMD sections.
 */
#ifndef ESPSIMD_SIMD_H
#define ESPSIMD_SIMD_H

#include <linux/types.h>

/**
 * espsimd_simd_begin() - try to start a SIMD section
 *
 * Until espsimd_simd_end() the caller may use the vector registers and must
 * neither sleep, allocate, free, take a lock nor call into the stack.
 *
 * Context: Any but NMI. Sections do not nest.
 * Return: false when the vector registers belong to a context that was
 * interrupted; nothing has been started then.
 */
bool __must_check espsimd_simd_begin(void);

/**
 * espsimd_simd_end() - end a SIMD section
 *
 * Context: The one of espsimd_simd_begin(). Pending softirqs may run in here.
 */
void espsimd_simd_end(void);

#endif /* ESPSIMD_SIMD_H */
