/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Security associations of a device.
 */
#ifndef ESPSIMD_SA_H
#define ESPSIMD_SA_H

#include <linux/percpu.h>
#include <linux/rhashtable-types.h>
#include <linux/spinlock.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>
#include <net/dst_cache.h>
#include <net/xfrm.h>

#include "aead/aead.h"
#include "encap.h"
#include "flow.h"
#include "nonce.h"

struct crypto_aead;
struct espsimd_dev;

/**
 * struct espsimd_sa_key - what an inbound packet is looked up by
 * @daddr: destination address; IPv4 in the first 4 bytes, the rest zero
 * @spi: security parameters index
 * @family: AF_INET or AF_INET6
 */
struct espsimd_sa_key {
	xfrm_address_t daddr;
	__be32 spi;
	u32 family;
};

/**
 * struct espsimd_sa_out_key - what a template finds an outbound SA by
 * @daddr: the other end; IPv4 in the first 4 bytes, the rest zero
 * @reqid: request id
 * @family: AF_INET or AF_INET6, of @daddr
 * @mode: XFRM_MODE_TUNNEL or XFRM_MODE_TRANSPORT
 */
struct espsimd_sa_out_key {
	xfrm_address_t daddr;
	u32 reqid;
	u16 family;
	u16 mode;
};

/**
 * struct espsimd_sa_stats - one CPU's counters of an SA
 * @syncp: makes the counters readable on 32-bit machines
 * @packets: packets sealed, or opened and found authentic
 * @bytes: bytes of payload in them
 * @fallback: those of the packets that the kernel's AEAD did
 * @errors: packets dropped or not authentic
 */
struct espsimd_sa_stats {
	struct u64_stats_sync syncp;
	u64_stats_t packets;
	u64_stats_t bytes;
	u64_stats_t fallback;
	u64_stats_t errors;
};

/**
 * struct espsimd_tally - packets of a burst
 * @packets: packets sealed, or opened and found authentic
 * @bytes: bytes of payload in them
 * @fallback: those of the packets that the kernel's AEAD did
 */
struct espsimd_tally {
	unsigned int packets;
	unsigned int bytes;
	unsigned int fallback;
};

/**
 * struct espsimd_sa_sum - counters of an SA, summed over CPUs
 * @packets: as in struct espsimd_sa_stats
 * @bytes: as in struct espsimd_sa_stats
 * @fallback: as in struct espsimd_sa_stats
 * @errors: as in struct espsimd_sa_stats
 */
struct espsimd_sa_sum {
	u64 packets;
	u64 bytes;
	u64 fallback;
	u64 errors;
};

/**
 * struct espsimd_sa - a security association on a device
 * @node: in espsimd_dev.sa_in if it is inbound, in espsimd_dev.sa_out if it is
 *	outbound and of packet mode
 * @key: key of @node if it is inbound
 * @out_key: key of @node if it is outbound
 * @x: the stack's SA. Readers that found this SA under RCU take a reference
 *	with espsimd_sa_hold_state() before they hand @x on
 * @dev: the device
 * @aead: prepared key of the engine
 * @generic: the kernel's AEAD with the same key
 * @stats: counters
 * @salt: implicit part of the nonce
 * @icv_len: length of the ICV in bytes
 * @inbound: direction
 * @esn: extended sequence numbers are in use
 * @packet: packet offload: the device does all of ESP, not the cryptography
 *	alone. Sequence numbers, replay window and lifetimes are the ones in
 *	@x, under its lock
 * @encap: outbound, packet offload: what goes around each packet
 * @route: outbound, packet offload: the way to the other end, for packets that
 *	do not bring it along
 * @id: index in espsimd_dev.sas, and what the stack keeps as offload_handle: a
 *	number and not a pointer, since a packet can come with the SA, and so
 *	with the handle, of another driver
 * @free_work: frees the SA when no reader is left
 * @live: the SA has not been deleted yet; cleared once, by whoever unlinks it
 * @guard_lock: protects @guard; leaf lock, taken with BH off
 * @guard: sequence numbers sealed; NULL for inbound SAs
 */
struct espsimd_sa {
	struct rhlist_head node;
	union {
		struct espsimd_sa_key key;
		struct espsimd_sa_out_key out_key;
	};
	struct xfrm_state *x;
	struct net_device *dev;
	struct espsimd_aead_key *aead;
	struct crypto_aead *generic;
	struct espsimd_sa_stats __percpu *stats;
	u8 salt[ESPSIMD_AEAD_SALT_LEN];
	u8 icv_len;
	bool inbound;
	bool esn;
	bool packet;
	struct espsimd_encap encap;
	struct dst_cache route;
	u32 id;
	struct rcu_work free_work;
	atomic_t live;
	spinlock_t guard_lock; /* protects guard */
	struct espsimd_nonce_guard *guard;
};

extern const struct xfrmdev_ops espsimd_xfrmdev_ops;

/**
 * espsimd_sa_fits() - is an inbound packet one of this SA?
 * @sa: an inbound SA
 * @key: destination address and SPI of the packet
 * @mark: mark of the packet
 * @encap_dport: UDP destination port, 0 for plain ESP
 *
 * Context: RCU read side.
 * Return: true if it is, and the SA is live.
 */
bool espsimd_sa_fits(const struct espsimd_sa *sa,
		     const struct espsimd_sa_key *key, u32 mark,
		     __be16 encap_dport);

/**
 * espsimd_sa_find_in() - find the inbound SA of a packet
 * @priv: the device
 * @key: destination address and SPI
 * @mark: mark of the packet
 * @encap_dport: UDP destination port, 0 for plain ESP
 *
 * Context: RCU read side.
 * Return: a live SA that fits mark and encapsulation, or NULL.
 */
struct espsimd_sa *espsimd_sa_find_in(struct espsimd_dev *priv,
				      const struct espsimd_sa_key *key,
				      u32 mark, __be16 encap_dport);

/**
 * espsimd_sa_find_out() - the outbound SA of a packet
 * @x: the stack's SA, of the packet's security path
 * @dev: the device that the packet is on
 *
 * Context: RCU read side.
 * Return: the SA if it is a live outbound SA of @dev, or NULL.
 */
struct espsimd_sa *espsimd_sa_find_out(const struct xfrm_state *x,
				       const struct net_device *dev);

/**
 * espsimd_sa_of_out_state() - the outbound SA that the stack has chosen
 * @x: the stack's SA
 * @dev: an espsimd device
 *
 * Context: RCU read side.
 * Return: the SA if it is a live outbound SA of @dev with packet offload, or
 * NULL.
 */
struct espsimd_sa *espsimd_sa_of_out_state(const struct xfrm_state *x,
					   const struct net_device *dev);

/**
 * espsimd_sa_find_tmpl() - find the outbound SA that a template asks for
 * @priv: the device
 * @tmpl: the template, of ESP
 * @flow: the packet
 * @mark: mark of its policy
 *
 * Of several the stack's rule decides: one that is not about to expire before
 * one that is, and of these the newest one.
 *
 * Context: RCU read side.
 * Return: a live SA of packet mode, or NULL: there is none, or it is one that
 * only the stack can choose.
 */
struct espsimd_sa *espsimd_sa_find_tmpl(struct espsimd_dev *priv,
					const struct xfrm_tmpl *tmpl,
					const struct espsimd_flow *flow,
					u32 mark);

/**
 * espsimd_sa_hold_state() - reference the stack's SA
 * @sa: an SA found under RCU
 *
 * Context: RCU read side.
 * Return: false if the stack is just about to free it.
 */
bool __must_check espsimd_sa_hold_state(const struct espsimd_sa *sa);

/**
 * espsimd_sa_claim_seq() - may this sequence number be sealed?
 * @sa: an outbound SA
 * @seq: 64-bit sequence number
 *
 * Context: BH off.
 * Return: true once for each number.
 */
bool __must_check espsimd_sa_claim_seq(struct espsimd_sa *sa, u64 seq);

/**
 * espsimd_sa_count() - count packets
 * @sa: the SA
 * @tally: what to add
 *
 * Context: BH off.
 */
void espsimd_sa_count(struct espsimd_sa *sa, const struct espsimd_tally *tally);

/**
 * espsimd_sa_count_error() - count a packet that failed
 * @sa: the SA
 *
 * Context: BH off.
 */
void espsimd_sa_count_error(struct espsimd_sa *sa);

/**
 * espsimd_sa_read() - sum the counters of an SA
 * @sa: the SA
 * @sum: (output) the sums
 *
 * Context: RCU read side.
 */
void espsimd_sa_read(const struct espsimd_sa *sa, struct espsimd_sa_sum *sum);

/**
 * espsimd_sa_table_init() - prepare the SA tables of a device
 * @priv: the device
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int espsimd_sa_table_init(struct espsimd_dev *priv);

/**
 * espsimd_sa_table_destroy() - free the SA tables of a device
 * @priv: the device; it has no SA any more
 *
 * Context: Process context.
 */
void espsimd_sa_table_destroy(struct espsimd_dev *priv);

/**
 * espsimd_sa_register() - prepare for SAs
 *
 * Context: Process context.
 * Return: 0 or -ENOMEM.
 */
int espsimd_sa_register(void);

/**
 * espsimd_sa_unregister() - wait until all SAs have been freed
 *
 * Context: Process context; no device is left.
 */
void espsimd_sa_unregister(void);

#endif /* ESPSIMD_SA_H */
