// SPDX-License-Identifier: GPL-2.0
#include <linux/ethtool.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/string.h>

#include "stats.h"

#define NAME(upper, lower) \
	[ESPSIMD_STAT(upper)] = lower

const char espsimd_stat_names[ESPSIMD_STAT_NR][32] = {
	NAME(TX_IPSEC, "tx_ipsec"),
	NAME(TX_IPSEC_BYTES, "tx_ipsec_bytes"),
	NAME(TX_SIMD, "tx_simd"),
	NAME(TX_FALLBACK, "tx_fallback"),
	NAME(TX_COPIED, "tx_copied"),
	NAME(TX_PASSED, "tx_passed"),
	NAME(TX_DROP_NO_SA, "tx_drop_no_sa"),
	NAME(TX_DROP_SECPATH, "tx_drop_secpath"),
	NAME(TX_DROP_MALFORMED, "tx_drop_malformed"),
	NAME(TX_DROP_SEQ_REUSE, "tx_drop_seq_reuse"),
	NAME(TX_DROP_UNREADABLE, "tx_drop_unreadable"),
	NAME(TX_DROP_CSUM, "tx_drop_csum"),
	NAME(TX_DROP_NOMEM, "tx_drop_nomem"),
	NAME(TX_DROP_CRYPTO, "tx_drop_crypto"),
	NAME(TX_DROP_LOWER, "tx_drop_lower"),
	NAME(TX_DROP_ROUTE, "tx_drop_route"),
	NAME(TX_DROP_STATE, "tx_drop_state"),
	NAME(TX_DROP_CLEAR, "tx_drop_clear"),
	NAME(TX_DROP_BACKLOG, "tx_drop_backlog"),
	NAME(TX_DROP_MTU, "tx_drop_mtu"),
	NAME(RX_IPSEC, "rx_ipsec"),
	NAME(RX_IPSEC_BYTES, "rx_ipsec_bytes"),
	NAME(RX_SIMD, "rx_simd"),
	NAME(RX_FALLBACK, "rx_fallback"),
	NAME(RX_COPIED, "rx_copied"),
	NAME(RX_PASSED, "rx_passed"),
	NAME(RX_NO_SA, "rx_no_sa"),
	NAME(RX_FRAGMENT, "rx_fragment"),
	NAME(RX_MALFORMED, "rx_malformed"),
	NAME(RX_AUTH_FAIL, "rx_auth_fail"),
	NAME(RX_DROP_BACKLOG, "rx_drop_backlog"),
	NAME(RX_SECPATH, "rx_secpath"),
	NAME(RX_DROP_UNREADABLE, "rx_drop_unreadable"),
	NAME(RX_DROP_NOMEM, "rx_drop_nomem"),
	NAME(RX_DROP_CRYPTO, "rx_drop_crypto"),
	NAME(RX_DROP_AUTH, "rx_drop_auth"),
	NAME(RX_DROP_REPLAY, "rx_drop_replay"),
	NAME(RX_DROP_STATE, "rx_drop_state"),
	NAME(RX_DROP_INNER, "rx_drop_inner"),
	NAME(RX_DROP_DUMMY, "rx_drop_dummy"),
	NAME(RX_DROP_POLICY, "rx_drop_policy"),
	NAME(RX_DROP_CLEAR, "rx_drop_clear"),
	NAME(RX_POLICY_STACK, "rx_policy_stack"),
};

static_assert(sizeof(espsimd_stat_names[0]) == ETH_GSTRING_LEN);

struct espsimd_stats __percpu *espsimd_stats_alloc(void)
{
	return netdev_alloc_pcpu_stats(struct espsimd_stats);
}

void espsimd_stats_add(struct espsimd_stats __percpu *stats, unsigned int stat,
		       u64 n)
{
	struct espsimd_stats *s = get_cpu_ptr(stats);

	u64_stats_update_begin(&s->syncp);
	u64_stats_add(&s->counter[stat], n);
	u64_stats_update_end(&s->syncp);
	put_cpu_ptr(stats);
}

static enum skb_drop_reason espsimd_stat_reason(unsigned int stat)
{
	switch (stat) {
	case ESPSIMD_STAT(TX_DROP_MALFORMED):
		return SKB_DROP_REASON_DEV_HDR;
	case ESPSIMD_STAT(TX_DROP_CSUM):
		return SKB_DROP_REASON_SKB_CSUM;
	case ESPSIMD_STAT(TX_DROP_MTU):
		return SKB_DROP_REASON_PKT_TOO_BIG;
	case ESPSIMD_STAT(TX_DROP_LOWER):
		return SKB_DROP_REASON_DEV_READY;
	case ESPSIMD_STAT(TX_DROP_ROUTE):
		return SKB_DROP_REASON_IP_OUTNOROUTES;
	case ESPSIMD_STAT(TX_DROP_UNREADABLE):
	case ESPSIMD_STAT(RX_DROP_UNREADABLE):
		return SKB_DROP_REASON_SKB_UCOPY_FAULT;
	case ESPSIMD_STAT(TX_DROP_NOMEM):
	case ESPSIMD_STAT(RX_DROP_NOMEM):
		return SKB_DROP_REASON_NOMEM;
	case ESPSIMD_STAT(TX_DROP_BACKLOG):
	case ESPSIMD_STAT(RX_DROP_BACKLOG):
		return SKB_DROP_REASON_CPU_BACKLOG;
	case ESPSIMD_STAT(RX_DROP_INNER):
		return SKB_DROP_REASON_IP_INHDR;
	case ESPSIMD_STAT(RX_DROP_DUMMY):
		return SKB_DROP_REASON_IP_NOPROTO;
	default:
		/* The only one for all that SAs and policies refuse. */
		return SKB_DROP_REASON_XFRM_POLICY;
	}
}

void espsimd_stats_drop(struct espsimd_stats __percpu *stats,
			struct sk_buff *skb, unsigned int stat)
{
	espsimd_stats_inc(stats, stat);
	kfree_skb_reason(skb, espsimd_stat_reason(stat));
}

void espsimd_stats_read_cpu(struct espsimd_stats __percpu *stats, int cpu,
			    u64 *counters)
{
	const struct espsimd_stats *s = per_cpu_ptr(stats, cpu);
	unsigned int start, i;

	do {
		start = u64_stats_fetch_begin(&s->syncp);
		for (i = 0; i < ESPSIMD_STAT_NR; i++)
			counters[i] = u64_stats_read(&s->counter[i]);
	} while (u64_stats_fetch_retry(&s->syncp, start));
}

void espsimd_stats_read(struct espsimd_stats __percpu *stats, u64 *sum)
{
	u64 one[ESPSIMD_STAT_NR];
	unsigned int i;
	int cpu;

	memset(sum, 0, ESPSIMD_STAT_NR * sizeof(*sum));

	for_each_possible_cpu(cpu) {
		espsimd_stats_read_cpu(stats, cpu, one);
		for (i = 0; i < ESPSIMD_STAT_NR; i++)
			sum[i] += one[i];
	}
}

u64 espsimd_stats_drops(const u64 *sum, bool outbound)
{
	const char *prefix = outbound ? "tx_drop_" : "rx_drop_";
	unsigned int i;
	u64 drops = 0;

	for (i = 0; i < ESPSIMD_STAT_NR; i++)
		if (str_has_prefix(espsimd_stat_names[i], prefix))
			drops += sum[i];

	return drops;
}
