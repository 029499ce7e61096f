/* SPDX-License-Identifier: GPL-2.0 */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/espsimd.yaml */
/* To regenerate run: make -C userspace generate */

#ifndef ESPSIMD_STATS_GEN_H
#define ESPSIMD_STATS_GEN_H

#include <linux/espsimd.h>

#include "attr.h"

static const struct attr_desc stats_attrs[ESPSIMD_A_STATS_MAX + 1] = {
	[ESPSIMD_A_STATS_IFINDEX] = {
		"ifindex", ATTR_LINK, .link_name = "ifname",
	},
	[ESPSIMD_A_STATS_TX_IPSEC] = {
		"tx-ipsec", ATTR_UINT, .meaning =
		"Packets sealed and handed to the lower device.",
	},
	[ESPSIMD_A_STATS_TX_IPSEC_BYTES] = {
		"tx-ipsec-bytes", ATTR_UINT, .meaning =
		"Bytes of ESP payload in the packets sealed.",
	},
	[ESPSIMD_A_STATS_TX_SIMD] = {
		"tx-simd", ATTR_UINT, .meaning =
		"Packets sealed by the SIMD engine.",
	},
	[ESPSIMD_A_STATS_TX_FALLBACK] = {
		"tx-fallback", ATTR_UINT, .meaning =
		"Packets sealed by the kernel's AEAD.",
	},
	[ESPSIMD_A_STATS_TX_COPIED] = {
		"tx-copied", ATTR_UINT, .meaning =
		"Packets sealed into a new buffer since theirs was shared.",
	},
	[ESPSIMD_A_STATS_TX_PASSED] = {
		"tx-passed", ATTR_UINT, .meaning =
		"Packets without offloaded ESP that were passed on untouched.",
	},
	[ESPSIMD_A_STATS_TX_DROP_NO_SA] = {
		"tx-drop-no-sa", ATTR_UINT, .meaning =
		"Dropped, no live outbound SA of this device for the packet.",
	},
	[ESPSIMD_A_STATS_TX_DROP_SECPATH] = {
		"tx-drop-secpath", ATTR_UINT, .meaning =
		"Dropped, more than one transformation is asked of the device.",
	},
	[ESPSIMD_A_STATS_TX_DROP_MALFORMED] = {
		"tx-drop-malformed", ATTR_UINT, .meaning =
		"Dropped, the packet is not laid out as ESP output leaves it.",
	},
	[ESPSIMD_A_STATS_TX_DROP_SEQ_REUSE] = {
		"tx-drop-seq-reuse", ATTR_UINT, .meaning =
		"Dropped, the sequence number was sealed before with this key.",
	},
	[ESPSIMD_A_STATS_TX_DROP_UNREADABLE] = {
		"tx-drop-unreadable", ATTR_UINT, .meaning =
		"Dropped, the CPU may not read a fragment of the packet.",
	},
	[ESPSIMD_A_STATS_TX_DROP_CSUM] = {
		"tx-drop-csum", ATTR_UINT, .meaning =
		"Dropped, an inner checksum could not be completed.",
	},
	[ESPSIMD_A_STATS_TX_DROP_NOMEM] = {
		"tx-drop-nomem", ATTR_UINT, .meaning =
		"Dropped, no memory for the sealed packet.",
	},
	[ESPSIMD_A_STATS_TX_DROP_CRYPTO] = {
		"tx-drop-crypto", ATTR_UINT, .meaning =
		"Dropped, the kernel's AEAD reported an error.",
	},
	[ESPSIMD_A_STATS_TX_DROP_LOWER] = {
		"tx-drop-lower", ATTR_UINT, .meaning =
		"Dropped, the lower device did not take the frame.",
	},
	[ESPSIMD_A_STATS_TX_DROP_ROUTE] = {
		"tx-drop-route", ATTR_UINT, .meaning =
		"Dropped, no way to the other end of the tunnel.",
	},
	[ESPSIMD_A_STATS_TX_DROP_STATE] = {
		"tx-drop-state", ATTR_UINT, .meaning =
		"Dropped, the SA is expired, or out of numbers.",
	},
	[ESPSIMD_A_STATS_TX_DROP_CLEAR] = {
		"tx-drop-clear", ATTR_UINT, .meaning =
		"Dropped, clear text that a policy wants protected.",
	},
	[ESPSIMD_A_STATS_TX_DROP_BACKLOG] = {
		"tx-drop-backlog", ATTR_UINT, .meaning =
		"Dropped, too many frames wait to be sent, or the device was set down.",
	},
	[ESPSIMD_A_STATS_TX_DROP_MTU] = {
		"tx-drop-mtu", ATTR_UINT, .meaning =
		"Dropped, too long for the tunnel.",
	},
	[ESPSIMD_A_STATS_RX_IPSEC] = {
		"rx-ipsec", ATTR_UINT, .meaning =
		"Packets opened and found authentic.",
	},
	[ESPSIMD_A_STATS_RX_IPSEC_BYTES] = {
		"rx-ipsec-bytes", ATTR_UINT, .meaning =
		"Bytes of ESP payload in the packets opened.",
	},
	[ESPSIMD_A_STATS_RX_SIMD] = {
		"rx-simd", ATTR_UINT, .meaning =
		"Packets opened by the SIMD engine.",
	},
	[ESPSIMD_A_STATS_RX_FALLBACK] = {
		"rx-fallback", ATTR_UINT, .meaning =
		"Packets opened by the kernel's AEAD.",
	},
	[ESPSIMD_A_STATS_RX_COPIED] = {
		"rx-copied", ATTR_UINT, .meaning =
		"Packets opened into a new buffer since theirs was shared.",
	},
	[ESPSIMD_A_STATS_RX_PASSED] = {
		"rx-passed", ATTR_UINT, .meaning =
		"Frames that are not ESP, passed on untouched.",
	},
	[ESPSIMD_A_STATS_RX_NO_SA] = {
		"rx-no-sa", ATTR_UINT, .meaning =
		"ESP packets without an SA here, passed on untouched.",
	},
	[ESPSIMD_A_STATS_RX_FRAGMENT] = {
		"rx-fragment", ATTR_UINT, .meaning =
		"Fragments of ESP packets, passed on for reassembly.",
	},
	[ESPSIMD_A_STATS_RX_MALFORMED] = {
		"rx-malformed", ATTR_UINT, .meaning =
		"ESP packets too short to open, passed on untouched.",
	},
	[ESPSIMD_A_STATS_RX_AUTH_FAIL] = {
		"rx-auth-fail", ATTR_UINT, .meaning =
		"Packets that are not authentic; the stack drops them.",
	},
	[ESPSIMD_A_STATS_RX_DROP_BACKLOG] = {
		"rx-drop-backlog", ATTR_UINT, .meaning =
		"Dropped, too many frames wait for their poll, or the device was set down.",
	},
	[ESPSIMD_A_STATS_RX_SECPATH] = {
		"rx-secpath", ATTR_UINT, .meaning =
		"ESP packets with a security path already, passed on untouched.",
	},
	[ESPSIMD_A_STATS_RX_DROP_UNREADABLE] = {
		"rx-drop-unreadable", ATTR_UINT, .meaning =
		"Dropped, the CPU may not read a fragment of the packet.",
	},
	[ESPSIMD_A_STATS_RX_DROP_NOMEM] = {
		"rx-drop-nomem", ATTR_UINT, .meaning =
		"Dropped, no memory for the opened packet.",
	},
	[ESPSIMD_A_STATS_RX_DROP_CRYPTO] = {
		"rx-drop-crypto", ATTR_UINT, .meaning =
		"Dropped, the kernel's AEAD reported an error.",
	},
	[ESPSIMD_A_STATS_RX_DROP_AUTH] = {
		"rx-drop-auth", ATTR_UINT, .meaning =
		"Dropped in packet mode, not authentic.",
	},
	[ESPSIMD_A_STATS_RX_DROP_REPLAY] = {
		"rx-drop-replay", ATTR_UINT, .meaning =
		"Dropped in packet mode, seen before or too old.",
	},
	[ESPSIMD_A_STATS_RX_DROP_STATE] = {
		"rx-drop-state", ATTR_UINT, .meaning =
		"Dropped in packet mode, the SA is expired or deleted.",
	},
	[ESPSIMD_A_STATS_RX_DROP_INNER] = {
		"rx-drop-inner", ATTR_UINT, .meaning =
		"Dropped in packet mode, nothing valid inside of ESP.",
	},
	[ESPSIMD_A_STATS_RX_DROP_DUMMY] = {
		"rx-drop-dummy", ATTR_UINT, .meaning =
		"Dropped in packet mode, sent only as a disguise.",
	},
	[ESPSIMD_A_STATS_RX_DROP_POLICY] = {
		"rx-drop-policy", ATTR_UINT, .meaning =
		"Dropped in packet mode, not what its policy demands.",
	},
	[ESPSIMD_A_STATS_RX_DROP_CLEAR] = {
		"rx-drop-clear", ATTR_UINT, .meaning =
		"Dropped, clear text that a policy wants protected.",
	},
	[ESPSIMD_A_STATS_RX_POLICY_STACK] = {
		"rx-policy-stack", ATTR_UINT, .meaning =
		"Opened in packet mode, policy left to the stack.",
	},
};

#endif /* ESPSIMD_STATS_GEN_H */
