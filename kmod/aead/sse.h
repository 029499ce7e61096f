/* SPDX-License-Identifier: GPL-2.0 */
/*
 * 128-bit vectors without AVX: shared by the AES-NI tier and by key expansion.
 */
#ifndef ESPSIMD_AEAD_SSE_H
#define ESPSIMD_AEAD_SSE_H

/* Clears all vector registers that such code can have used. */
static __always_inline void gcm_clear_vectors(void)
{
	__asm__ __volatile__("pxor %%xmm0, %%xmm0\n\t"
			     "pxor %%xmm1, %%xmm1\n\t"
			     "pxor %%xmm2, %%xmm2\n\t"
			     "pxor %%xmm3, %%xmm3\n\t"
			     "pxor %%xmm4, %%xmm4\n\t"
			     "pxor %%xmm5, %%xmm5\n\t"
			     "pxor %%xmm6, %%xmm6\n\t"
			     "pxor %%xmm7, %%xmm7\n\t"
			     "pxor %%xmm8, %%xmm8\n\t"
			     "pxor %%xmm9, %%xmm9\n\t"
			     "pxor %%xmm10, %%xmm10\n\t"
			     "pxor %%xmm11, %%xmm11\n\t"
			     "pxor %%xmm12, %%xmm12\n\t"
			     "pxor %%xmm13, %%xmm13\n\t"
			     "pxor %%xmm14, %%xmm14\n\t"
			     "pxor %%xmm15, %%xmm15"
			     : : : "xmm0", "xmm1", "xmm2", "xmm3", "xmm4",
			     "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",
			     "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",
			     "memory");
}

#endif /* ESPSIMD_AEAD_SSE_H */
