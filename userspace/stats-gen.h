/* SPDX-License-Identifier: GPL-2.0 */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/espsimd.yaml */
/* To regenerate run: make -C userspace generate */

#ifndef ESPSIMD_STATS_GEN_H
#define ESPSIMD_STATS_GEN_H

#include <linux/espsimd.h>

/**
 * struct stat_desc - a counter of a device
 * @name: its name in the netlink spec
 * @meaning: one sentence on what it counts
 */
struct stat_desc {
	const char *name;
	const char *meaning;
};

static const struct stat_desc stat_descs[ESPSIMD_A_STATS_MAX + 1] = {
	[ESPSIMD_A_STATS_TX_IPSEC] = {
		"tx-ipsec",
		"Packets sealed and handed to the lower device.",
	},
	[ESPSIMD_A_STATS_TX_IPSEC_BYTES] = {
		"tx-ipsec-bytes",
		"Bytes of ESP payload in the packets sealed.",
	},
	[ESPSIMD_A_STATS_TX_SIMD] = {
		"tx-simd",
		"Packets sealed by the SIMD engine.",
	},
	[ESPSIMD_A_STATS_TX_FALLBACK] = {
		"tx-fallback",
		"Packets sealed by the kernel's AEAD.",
	},
	[ESPSIMD_A_STATS_TX_COPIED] = {
		"tx-copied",
		"Packets sealed into a new buffer since theirs was shared.",
	},
	[ESPSIMD_A_STATS_TX_PASSED] = {
		"tx-passed",
		"Packets without offloaded ESP that were passed on untouched.",
	},
	[ESPSIMD_A_STATS_TX_DROP_NO_SA] = {
		"tx-drop-no-sa",
		"Dropped, no live outbound SA of this device for the packet.",
	},
	[ESPSIMD_A_STATS_TX_DROP_SECPATH] = {
		"tx-drop-secpath",
		"Dropped, more than one transformation is asked of the device.",
	},
	[ESPSIMD_A_STATS_TX_DROP_MALFORMED] = {
		"tx-drop-malformed",
		"Dropped, the packet is not laid out as ESP output leaves it.",
	},
	[ESPSIMD_A_STATS_TX_DROP_SEQ_REUSE] = {
		"tx-drop-seq-reuse",
		"Dropped, the sequence number was sealed before with this key.",
	},
	[ESPSIMD_A_STATS_TX_DROP_UNREADABLE] = {
		"tx-drop-unreadable",
		"Dropped, the CPU may not read a fragment of the packet.",
	},
	[ESPSIMD_A_STATS_TX_DROP_CSUM] = {
		"tx-drop-csum",
		"Dropped, an inner checksum could not be completed.",
	},
	[ESPSIMD_A_STATS_TX_DROP_NOMEM] = {
		"tx-drop-nomem",
		"Dropped, no memory for the sealed packet.",
	},
	[ESPSIMD_A_STATS_TX_DROP_CRYPTO] = {
		"tx-drop-crypto",
		"Dropped, the kernel's AEAD reported an error.",
	},
	[ESPSIMD_A_STATS_TX_DROP_LOWER] = {
		"tx-drop-lower",
		"Dropped, the lower device did not take the frame.",
	},
	[ESPSIMD_A_STATS_RX_IPSEC] = {
		"rx-ipsec",
		"Packets opened and found authentic.",
	},
	[ESPSIMD_A_STATS_RX_IPSEC_BYTES] = {
		"rx-ipsec-bytes",
		"Bytes of ESP payload in the packets opened.",
	},
	[ESPSIMD_A_STATS_RX_SIMD] = {
		"rx-simd",
		"Packets opened by the SIMD engine.",
	},
	[ESPSIMD_A_STATS_RX_FALLBACK] = {
		"rx-fallback",
		"Packets opened by the kernel's AEAD.",
	},
	[ESPSIMD_A_STATS_RX_COPIED] = {
		"rx-copied",
		"Packets opened into a new buffer since theirs was shared.",
	},
	[ESPSIMD_A_STATS_RX_PASSED] = {
		"rx-passed",
		"Frames that are not ESP, passed on untouched.",
	},
	[ESPSIMD_A_STATS_RX_NO_SA] = {
		"rx-no-sa",
		"ESP packets without an SA here, passed on untouched.",
	},
	[ESPSIMD_A_STATS_RX_FRAGMENT] = {
		"rx-fragment",
		"Fragments of ESP packets, passed on for reassembly.",
	},
	[ESPSIMD_A_STATS_RX_MALFORMED] = {
		"rx-malformed",
		"ESP packets too short to open, passed on untouched.",
	},
	[ESPSIMD_A_STATS_RX_AUTH_FAIL] = {
		"rx-auth-fail",
		"Packets that are not authentic; the stack drops them.",
	},
	[ESPSIMD_A_STATS_RX_DROP_BACKLOG] = {
		"rx-drop-backlog",
		"Dropped, the receive queue of the CPU was full.",
	},
	[ESPSIMD_A_STATS_RX_SECPATH] = {
		"rx-secpath",
		"ESP packets with a security path already, passed on untouched.",
	},
	[ESPSIMD_A_STATS_RX_DROP_UNREADABLE] = {
		"rx-drop-unreadable",
		"Dropped, the CPU may not read a fragment of the packet.",
	},
	[ESPSIMD_A_STATS_RX_DROP_NOMEM] = {
		"rx-drop-nomem",
		"Dropped, no memory for the opened packet.",
	},
	[ESPSIMD_A_STATS_RX_DROP_CRYPTO] = {
		"rx-drop-crypto",
		"Dropped, the kernel's AEAD reported an error.",
	},
};

#endif /* ESPSIMD_STATS_GEN_H */
