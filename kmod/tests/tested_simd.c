// SPDX-License-Identifier: GPL-2.0
/*
 * Under other names, because test_simd.c stands before it.
 */
#define espsimd_simd_begin	espsimd_tested_simd_begin
#define espsimd_simd_end	espsimd_tested_simd_end
#include "../simd.c"
