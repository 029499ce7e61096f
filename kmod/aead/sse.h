/* SPDX-License-Identifier: GPL-2.0 */
/*
 * 128-bit vectors without AVX: shared by the AES-NI tier and by key expansion.
 */
#ifndef ESPSIMD_AEAD_SSE_H
#define ESPSIMD_AEAD_SSE_H

/* Clears all vector registers that such code can have used. */
static __always_inline void gcm_clear_vectors(void)
{
	__asm__ __volatile__(".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n\t"
			     "pxor %%xmm\\n, %%xmm\\n\n\t"
			     ".endr"
			     : : : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",
			     "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
			     "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",
			     "memory");
}

#endif /* ESPSIMD_AEAD_SSE_H */
