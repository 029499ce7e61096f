/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The data path: everything that touches a packet.
 */
#ifndef ESPSIMD_RXTX_H
#define ESPSIMD_RXTX_H

#include <linux/netdevice.h>

/**
 * espsimd_rx_handler() - take a frame from the lower device
 * @pskb: the frame
 *
 * The rx_handler_data of the lower device is the espsimd_dev.
 *
 * Context: Softirq.
 * Return: RX_HANDLER_CONSUMED, or RX_HANDLER_PASS for loopback frames.
 */
rx_handler_result_t espsimd_rx_handler(struct sk_buff **pskb);

/**
 * espsimd_rx_poll() - receive a burst
 * @napi: the rx_napi of an espsimd_cpu
 * @budget: most frames to handle
 *
 * Context: Softirq.
 * Return: number of frames handled.
 */
int espsimd_rx_poll(struct napi_struct *napi, int budget);

/**
 * espsimd_tx_poll() - send a burst
 * @napi: the tx_napi of an espsimd_cpu
 * @budget: most frames to handle, apart from the last one, which can be a large
 *	packet that becomes more of them
 *
 * Context: Softirq.
 * Return: number of frames handled, at most @budget.
 */
int espsimd_tx_poll(struct napi_struct *napi, int budget);

/**
 * espsimd_tx_xmit() - ndo_start_xmit
 * @skb: the frame; always consumed
 * @dev: the espsimd device
 *
 * The frame waits for espsimd_tx_poll(), which runs as soon as BH are on again.
 *
 * Context: BH off, RCU read side.
 * Return: NETDEV_TX_OK.
 */
netdev_tx_t espsimd_tx_xmit(struct sk_buff *skb, struct net_device *dev);

#endif /* ESPSIMD_RXTX_H */
