// SPDX-License-Identifier: GPL-2.0
#include <linux/bits.h>
#include <linux/minmax.h>

#include "../simd.h"
#include "test_simd.h"

struct espsimd_test_simd espsimd_test_simd;

void espsimd_test_simd_refuse(u64 refuse)
{
	espsimd_test_simd = (struct espsimd_test_simd) {
		.refuse = refuse,
	};
}

bool espsimd_simd_begin(void)
{
	struct espsimd_test_simd *s = &espsimd_test_simd;
	unsigned int n = min(s->asked, 63U);

	s->asked++;
	if (s->refuse & BIT_ULL(n) || !espsimd_tested_simd_begin())
		return false;

	s->begun++;
	return true;
}

void espsimd_simd_end(void)
{
	espsimd_test_simd.ended++;
	espsimd_tested_simd_end();
}
