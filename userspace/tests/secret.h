/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where a secret of the engine becomes public. The compiler is made to include
 * this in front of a tier's source, for test_secret.c.
 */
#ifndef ESPSIMD_TESTS_SECRET_H
#define ESPSIMD_TESTS_SECRET_H

#include <immintrin.h>
#include <stdbool.h>
#include <valgrind/memcheck.h>

/**
 * secret_verdict_public - is it declared that whether a tag is right is public?
 */
extern bool secret_verdict_public;

/* The engine asks this way whether tags are the same, and nothing else. */
static inline int secret_testz(__m128i a, __m128i b)
{
	int zero = _mm_testz_si128(a, b);

	if (secret_verdict_public)
		(void)VALGRIND_MAKE_MEM_DEFINED(&zero, sizeof(zero));
	return zero;
}

#define _mm_testz_si128 secret_testz

#endif /* ESPSIMD_TESTS_SECRET_H */
