/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Larval SAs of packet mode: when the stack may ask the key manager for one.
 */
#ifndef ESPSIMD_LARVAL_H
#define ESPSIMD_LARVAL_H

struct espsimd_dev;
struct xfrm_state;

/**
 * espsimd_larval_left() - note that an outbound SA of packet mode was deleted
 * @priv: the device
 *
 * Context: Any.
 */
void espsimd_larval_left(struct espsimd_dev *priv);

/**
 * espsimd_larval_add() - let the stack ask for an SA of packet mode
 * @priv: the device
 * @x: the larval SA
 *
 * The key manager should not make another tunnel for a packet that finds no SA
 * for another reason than that there is none. While an SA is moved to the
 * stack, one that had found its policy before that was moved looks for it in
 * vain. And the stack overlooks SAs of packet mode behind others that were
 * added later: it expects them at the head of its lists. If there is really no
 * SA, a packet that comes a little later asks for one.
 *
 * Context: Any.
 * Return: 0, or -EAGAIN if the device has such an SA, or had one until now.
 */
int espsimd_larval_add(struct espsimd_dev *priv, const struct xfrm_state *x);

#endif /* ESPSIMD_LARVAL_H */
