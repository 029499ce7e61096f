/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters of a device. Their names and meanings are in
 * Documentation/netlink/specs/espsimd.yaml.
 */
#ifndef ESPSIMD_STATS_H
#define ESPSIMD_STATS_H

#include <linux/percpu.h>
#include <linux/u64_stats_sync.h>
#include <uapi/linux/espsimd.h>

struct sk_buff;

/* Counter @name of the YAML specification as an index from 0. */
#define ESPSIMD_STAT(name)	(ESPSIMD_A_STATS_##name - ESPSIMD_STAT_FIRST)
#define ESPSIMD_STAT_FIRST	ESPSIMD_A_STATS_TX_IPSEC
#define ESPSIMD_STAT_NR		(ESPSIMD_A_STATS_MAX - ESPSIMD_STAT_FIRST + 1)

/**
 * struct espsimd_stats - one CPU's counters of a device
 * @syncp: makes the 64-bit counters readable on 32-bit machines
 * @counter: the counters, in the order of the specification
 */
struct espsimd_stats {
	struct u64_stats_sync syncp;
	u64_stats_t counter[ESPSIMD_STAT_NR];
};

/* Names as ethtool shows them, in the order of the counters. */
extern const char espsimd_stat_names[ESPSIMD_STAT_NR][32];

/**
 * espsimd_stats_alloc() - allocate the counters of a device
 *
 * Context: Process context.
 * Return: the zeroed counters of all CPUs, or NULL.
 */
struct espsimd_stats __percpu *espsimd_stats_alloc(void);

/**
 * espsimd_stats_add() - add to a counter
 * @stats: the device's counters
 * @stat: ESPSIMD_STAT() of the counter
 * @n: how many to add
 *
 * Context: Any context but hardirq.
 */
void espsimd_stats_add(struct espsimd_stats __percpu *stats, unsigned int stat,
		       u64 n);

/**
 * espsimd_stats_inc() - count one
 * @stats: the device's counters
 * @stat: ESPSIMD_STAT() of the counter
 *
 * Context: Any context but hardirq.
 */
static inline void espsimd_stats_inc(struct espsimd_stats __percpu *stats,
				     unsigned int stat)
{
	espsimd_stats_add(stats, stat, 1);
}

/**
 * espsimd_stats_drop() - count a packet and drop it
 * @stats: the device's counters
 * @skb: the packet
 * @stat: ESPSIMD_STAT() of a drop counter, which also gives the reason that
 *	the kernel's tracing of drops tells
 *
 * Context: Any context but hardirq.
 */
void espsimd_stats_drop(struct espsimd_stats __percpu *stats,
			struct sk_buff *skb, unsigned int stat);

/**
 * espsimd_stats_read_cpu() - the counters of one CPU
 * @stats: the device's counters
 * @cpu: a possible CPU
 * @counters: (output) ESPSIMD_STAT_NR values, all of one moment
 *
 * Context: Any context.
 */
void espsimd_stats_read_cpu(struct espsimd_stats __percpu *stats, int cpu,
			    u64 *counters);

/**
 * espsimd_stats_read() - sum the counters of all CPUs
 * @stats: the device's counters
 * @sum: (output) ESPSIMD_STAT_NR sums
 *
 * Context: Any context.
 */
void espsimd_stats_read(struct espsimd_stats __percpu *stats, u64 *sum);

/**
 * espsimd_stats_drops() - packets that the device dropped in one direction
 * @sum: what espsimd_stats_read() returned
 * @outbound: the direction
 *
 * Context: Any context.
 * Return: the sum of all drop counters of that direction.
 */
u64 espsimd_stats_drops(const u64 *sum, bool outbound);

#endif /* ESPSIMD_STATS_H */
