// SPDX-License-Identifier: GPL-2.0
#include <asm/fpu/api.h>

#include "simd.h"

bool espsimd_simd_begin(void)
{
	/*
	 * Before Linux 6.15 a softirq can interrupt another context's section,
	 * so this has to be asked for every section and can be false on a
	 * perfectly healthy machine.
	 */
	if (!irq_fpu_usable())
		return false;

	kernel_fpu_begin();
	return true;
}

void espsimd_simd_end(void)
{
	kernel_fpu_end();
}
