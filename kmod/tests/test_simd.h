/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SIMD sections as the tests see them: counted, and refused on demand.
 */
#ifndef ESPSIMD_TEST_SIMD_H
#define ESPSIMD_TEST_SIMD_H

#include <linux/types.h>

/* Refuse all sections. */
#define ESPSIMD_TEST_REFUSE_ALL	(~0ULL)

/**
 * struct espsimd_test_simd - what became of the sections
 * @refuse: bit n: do not let the section begin that is asked for as the n-th;
 *	all later ones share the last bit
 * @asked: sections that were asked for
 * @begun: those of them that began
 * @ended: those that ended
 */
struct espsimd_test_simd {
	u64 refuse;
	unsigned int asked;
	unsigned int begun;
	unsigned int ended;
};

extern struct espsimd_test_simd espsimd_test_simd;

/**
 * espsimd_test_simd_refuse() - start to count anew
 * @refuse: sections to refuse
 *
 * Context: Any context.
 */
void espsimd_test_simd_refuse(u64 refuse);

/* The driver's own functions, which the ones of the tests end up in. */
bool espsimd_tested_simd_begin(void);
void espsimd_tested_simd_end(void);

#endif /* ESPSIMD_TEST_SIMD_H */
