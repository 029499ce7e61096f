/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sealing and opening with the kernel's AEAD instead of the engine: the same
 * key, nonce and AAD, and so the same bytes.
 */
#ifndef ESPSIMD_FALLBACK_H
#define ESPSIMD_FALLBACK_H

#include "aead/aead.h"
#include "sa.h"

/**
 * espsimd_fallback_crypt() - seal or open one message
 * @sa: its SA
 * @msg: the message, in memory that has struct pages (not on a stack, not
 *	from vmalloc)
 * @seal: seal it, otherwise open it
 *
 * As with the engine, the destination of a message that is not authentic is
 * zeroed.
 *
 * Context: Any context but hardirq; allocates atomically.
 * Return: 0; -EBADMSG if @msg is not authentic; -ENOMEM; or another error of
 * the kernel's AEAD.
 */
int __must_check espsimd_fallback_crypt(const struct espsimd_sa *sa,
					struct espsimd_aead_msg *msg,
					bool seal);

#endif /* ESPSIMD_FALLBACK_H */
