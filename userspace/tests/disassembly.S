/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What disassembly.awk must find, and what it must not.
 */
	.text
forbidden:
	vpgatherdd (%rdi,%zmm2,4), %zmm1{%k1}
	vpgatherqq %ymm1, (%rdi,%ymm2,8), %ymm3
	vpscatterdd %zmm1, (%rdi,%zmm2,4){%k1}
	divl	%ecx
	idivq	(%rdi)
	vptest	%xmm1, %xmm1
	ptest	%xmm1, %xmm1
	vtestps	%ymm1, %ymm2
	vucomisd %xmm1, %xmm2
	comiss	%xmm1, %xmm2
	pcmpestri $0, %xmm1, %xmm2
	kortestq %k1, %k1
	ktestd	%k1, %k2
	vpcmpeqb %zmm1, %zmm2, %k1
	vpcmpub	$1, (%rdi), %zmm2, %k1{%k2}
	vptestmd %zmm1, %zmm1, %k3
	vptestnmq %ymm1, %ymm1, %k3
	vcmppd	$0, %zmm1, %zmm2, %k1
	vpmovb2m %zmm1, %k1
	vpmovmskb %ymm1, %eax
	pmovmskb %xmm1, %r9d
	movmskpd %xmm1, %ecx
	kmovq	%k1, %rax
	kmovw	%k7, %r11d
	kmovd	%k7, %edi
	vcvttsd2si %xmm1, %rax

/* Not where blocks may go to general registers. */
moved:
	vmovd	%xmm1, %eax
	vmovq	%xmm17, %r13
	movq	%xmm1, %rbp
	vpextrq	$1, %xmm1, %rdx
	pextrb	$1, %xmm1, %ecx
	vextractps $1, %xmm1, %r8d

/* The second of them. */
espsimd_gcm_open_burst:
	vptest	%xmm3, %xmm3
	vptest	%xmm4, %xmm4

espsimd_key_expand:
	divl	%ebx
	divl	%ecx

allowed:
	vmovd	%eax, %xmm1
	vmovq	%r13, %xmm17
	vmovq	%xmm1, 8(%rdi,%rcx,4)
	vmovd	%xmm1, (%rax)
	vmovq	(%rax), %xmm1
	pinsrq	$1, %rax, %xmm1
	vpextrq	$1, %xmm1, (%rdi)
	kmovq	%rax, %k1
	kmovw	%k1, (%rdi)
	vmovdqu8 (%rdi), %zmm1{%k1}{z}
	vpcmpeqb %ymm1, %ymm2, %ymm3
	vpxorq	%zmm1, %zmm2, %zmm3
	vaesenc	%zmm1, %zmm2, %zmm3
	vpclmulqdq $1, %zmm1, %zmm2, %zmm3
	testq	%rax, %rax
	cmpq	%rax, %rcx
