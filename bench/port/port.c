// SPDX-License-Identifier: GPL-2.0
/*
 * A network device that makes packets and counts them: `ip link add NAME type
 * benchport`. It stands for the LAN side of a gateway.
 *
 * Written to one of the files in /sys/class/net/NAME/bench/,
 *	COUNT BYTES[,BYTES...] SADDR DADDR [DESTINATIONS [FLOWS]]
 * makes the device receive COUNT times a UDP packet from its NAPI, as a network
 * card would. Lengths include the header of IP; of several, packets take turns.
 * So they do with the destinations, which are the addresses from DADDR on: each
 * packet is for the next one, round robin. Every time all of them have had one
 * it is the next flow's turn; flows have different source ports.
 *
 *  run:	packets are counted by the benchport that transmits them, in any
 *		namespace
 *  echo:	that one answers each of them, and answers are counted
 *  latency:	the same, but one packet after the other, with the processor
 *		idle in between
 *
 * The write returns when all of them were counted, or when no more come. What
 * is read afterwards is "RECEIVED CYCLES" for run and echo: the packets that
 * arrived, and the cycles of the time stamp counter from the first packet made
 * to the last one transmitted. For latency it is "RECEIVED MEDIAN", in ns from
 * making a packet to counting its answer.
 *
 * Bookkeeping is not made for several processors, nor are measurements in a
 * user-mode kernel that has them worth anything.
 */
#include "clock.h"
#include "packets.h"

#include <linux/delay.h>
#include <linux/etherdevice.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/wait.h>
#include <net/rtnetlink.h>

#ifdef CONFIG_SMP
#error "benchport is for uniprocessor kernels"
#endif

/* Cards post buffers before they know how much will be in them. */
#define BENCH_BUFFER		1536
#define BENCH_LATENCIES_MAX	100000
/*
 * So many packets may be without their answer, fewer than what fits into the
 * queue of a veth device.
 */
#define BENCH_WINDOW		64
/* As long the processor has nothing to do before a packet, in us. */
#define BENCH_IDLE		200

/**
 * struct benchport - private part of the device
 * @napi: receives the packets
 * @answers: packets to be received before new ones are made
 * @left: how many are still to be made
 * @packets: makes them
 */
struct benchport {
	struct napi_struct napi;
	struct sk_buff_head answers;
	unsigned int left;
	struct bench_packets packets;
};

/* Cycles are counted from here on. */
static struct bench_time bench_loaded;

/* The run that is under way, or the last one. */
static struct {
	struct mutex lock;	/* one run at a time */
	wait_queue_head_t wait;
	u32 number;		/* is in the packets */
	bool echo;		/* answers are what counts */
	unsigned int wanted;
	unsigned int made;
	unsigned int received;
	u64 octets;		/* of those received */
	struct bench_time end;	/* when the last one was received */
	u64 cycles;
	u64 latency;		/* median of the last such run, in ns */
} run = {
	.lock = __MUTEX_INITIALIZER(run.lock),
	.wait = __WAIT_QUEUE_HEAD_INITIALIZER(run.wait),
};

/* May another packet be made now? */
static bool benchport_may_make(const struct benchport *port)
{
	return port->left &&
	       !(run.echo && run.made - run.received >= BENCH_WINDOW);
}

static struct sk_buff *benchport_make(struct benchport *port)
{
	struct sk_buff *skb = napi_alloc_skb(&port->napi, BENCH_BUFFER);

	port->left--;
	run.made++;
	if (skb)
		bench_packets_next(&port->packets, skb);
	return skb;
}

static int benchport_poll(struct napi_struct *napi, int budget)
{
	struct benchport *port = container_of(napi, struct benchport, napi);
	struct sk_buff *skb;
	int nr = 0;

	while (nr < budget) {
		skb = __skb_dequeue(&port->answers);
		if (!skb) {
			if (!benchport_may_make(port))
				break;
			skb = benchport_make(port);
		}
		nr++;
		if (!skb)
			continue;
		skb->protocol = eth_type_trans(skb, napi->dev);
		skb->ip_summed = CHECKSUM_UNNECESSARY;
		napi_gro_receive(napi, skb);
	}
	if (nr < budget)
		napi_complete_done(napi, nr);

	return nr;
}

static void benchport_answer(struct benchport *port, const struct sk_buff *skb)
{
	struct sk_buff *answer = napi_alloc_skb(&port->napi, BENCH_BUFFER);

	if (!answer)
		return;

	if (skb->len > BENCH_BUFFER ||
	    skb_copy_bits(skb, 0, skb_put(answer, skb->len), skb->len)) {
		kfree_skb(answer);
		return;
	}
	bench_answer(answer, port->napi.dev->dev_addr);
	__skb_queue_tail(&port->answers, answer);
	napi_schedule(&port->napi);
}

static void benchport_count(struct benchport *port, const struct sk_buff *skb)
{
	if (run.echo && !bench_is_answer(skb)) {
		benchport_answer(port, skb);
		return;
	}

	run.octets += skb->len;
	if (++run.received == run.wanted) {
		run.end = bench_now();
		wake_up(&run.wait);
	}
	if (run.echo)
		napi_schedule(&port->napi);
}

static netdev_tx_t benchport_xmit(struct sk_buff *skb, struct net_device *dev)
{
	if (likely(bench_is_packet(skb, run.number)))
		benchport_count(netdev_priv(dev), skb);
	dev_sw_netstats_tx_add(dev, 1, skb->len);
	napi_consume_skb(skb, 1);

	return NETDEV_TX_OK;
}

/* Makes that many packets, and waits as long as they come. */
static void benchport_send(struct benchport *port, unsigned int count)
{
	unsigned int before;

	run.wanted = count;
	run.made = 0;
	run.received = 0;
	port->left = count;
	local_bh_disable();
	napi_schedule(&port->napi);
	local_bh_enable();
	do {
		before = run.received;
		wait_event_timeout(run.wait, run.received >= run.wanted, HZ);
	} while (run.received < run.wanted && run.received != before);
}

static int benchport_throughput(struct benchport *port)
{
	struct bench_time start = bench_now();

	benchport_send(port, port->packets.spec.count);
	if (run.received < run.wanted)
		run.end = bench_now();
	run.cycles = bench_cycles(&start, &run.end);
	return 0;
}

static int bench_compare(const void *a, const void *b)
{
	return cmp_int(*(const u64 *)a, *(const u64 *)b);
}

static int benchport_latency(struct benchport *port)
{
	unsigned int count = port->packets.spec.count, i;
	struct bench_time start, end;
	u64 *taken, tsc;

	if (count > BENCH_LATENCIES_MAX)
		return -EINVAL;
	taken = kvmalloc_array(count, sizeof(*taken), GFP_KERNEL);
	if (!taken)
		return -ENOMEM;

	start = bench_now();
	for (i = 0; i < count; i++) {
		usleep_range(BENCH_IDLE, BENCH_IDLE + 1);
		tsc = __builtin_ia32_rdtsc();
		benchport_send(port, 1);
		if (!run.received)
			break;
		taken[i] = run.end.tsc - tsc;
	}
	end = bench_now();
	run.received = i;
	sort(taken, i, sizeof(*taken), bench_compare, NULL);
	run.latency = i ? mul_u64_u64_div_u64(taken[i / 2],
					      end.wall - start.wall,
					      end.tsc - start.tsc) : 0;
	kvfree(taken);
	return 0;
}

/* Takes the packets from the text, and has measured what they take. */
static ssize_t benchport_run(struct device *d, const char *buf, size_t len,
			     bool echo, int (*measure)(struct benchport *port))
{
	struct net_device *dev = to_net_dev(d);
	struct benchport *port = netdev_priv(dev);
	struct bench_spec spec;
	int ret;

	if (!bench_parse(&spec, buf))
		return -EINVAL;
	if (!netif_running(dev))
		return -ENETDOWN;

	mutex_lock(&run.lock);
	run.number++;
	run.echo = echo;
	run.octets = 0;
	bench_packets_init(&port->packets, &spec, run.number, dev->dev_addr);
	ret = measure(port);
	/* Those that arrived have to be those that were made. */
	if (!ret && run.received == spec.count &&
	    run.octets != port->packets.octets)
		ret = -EBADMSG;
	mutex_unlock(&run.lock);

	return ret ?: len;
}

static ssize_t run_store(struct device *d, struct device_attribute *attr,
			 const char *buf, size_t len)
{
	return benchport_run(d, buf, len, false, benchport_throughput);
}

static ssize_t run_show(struct device *d, struct device_attribute *attr,
			char *buf)
{
	return sysfs_emit(buf, "%u %llu\n", run.received, run.cycles);
}
static DEVICE_ATTR_RW(run);

static ssize_t echo_store(struct device *d, struct device_attribute *attr,
			  const char *buf, size_t len)
{
	return benchport_run(d, buf, len, true, benchport_throughput);
}

static ssize_t echo_show(struct device *d, struct device_attribute *attr,
			 char *buf)
{
	return run_show(d, attr, buf);
}
static DEVICE_ATTR_RW(echo);

static ssize_t latency_store(struct device *d, struct device_attribute *attr,
			     const char *buf, size_t len)
{
	return benchport_run(d, buf, len, true, benchport_latency);
}

static ssize_t latency_show(struct device *d, struct device_attribute *attr,
			    char *buf)
{
	return sysfs_emit(buf, "%u %llu\n", run.received, run.latency);
}
static DEVICE_ATTR_RW(latency);

static ssize_t cycles_show(struct device *d, struct device_attribute *attr,
			   char *buf)
{
	struct bench_time now = bench_now();

	return sysfs_emit(buf, "%llu\n", bench_cycles(&bench_loaded, &now));
}
static DEVICE_ATTR_RO(cycles);

static struct attribute *benchport_attrs[] = {
	&dev_attr_run.attr,
	&dev_attr_echo.attr,
	&dev_attr_latency.attr,
	&dev_attr_cycles.attr,
	NULL
};

static const struct attribute_group benchport_group = {
	.name = "bench",
	.attrs = benchport_attrs,
};

static int benchport_open(struct net_device *dev)
{
	struct benchport *port = netdev_priv(dev);

	napi_enable(&port->napi);
	netif_start_queue(dev);
	return 0;
}

static int benchport_stop(struct net_device *dev)
{
	struct benchport *port = netdev_priv(dev);

	netif_stop_queue(dev);
	napi_disable(&port->napi);
	__skb_queue_purge(&port->answers);
	port->left = 0;
	return 0;
}

static int benchport_init(struct net_device *dev)
{
	struct benchport *port = netdev_priv(dev);

	__skb_queue_head_init(&port->answers);
	netif_napi_add(dev, &port->napi, benchport_poll);
	return 0;
}

static void benchport_uninit(struct net_device *dev)
{
	struct benchport *port = netdev_priv(dev);

	netif_napi_del(&port->napi);
}

static const struct net_device_ops benchport_ops = {
	.ndo_init = benchport_init,
	.ndo_uninit = benchport_uninit,
	.ndo_open = benchport_open,
	.ndo_stop = benchport_stop,
	.ndo_start_xmit = benchport_xmit,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
};

static void benchport_setup(struct net_device *dev)
{
	ether_setup(dev);
	eth_hw_addr_random(dev);
	dev->netdev_ops = &benchport_ops;
	dev->needs_free_netdev = true;
	dev->pcpu_stat_type = NETDEV_PCPU_STAT_TSTATS;
	dev->priv_flags |= IFF_NO_QUEUE;
	dev->lltx = true;
	dev->features = NETIF_F_HW_CSUM | NETIF_F_RXCSUM;
	dev->hw_features = dev->features;
	dev->sysfs_groups[0] = &benchport_group;
}

static struct rtnl_link_ops benchport_link_ops __read_mostly = {
	.kind = "benchport",
	.priv_size = sizeof(struct benchport),
	.setup = benchport_setup,
};

static int __init benchport_module_init(void)
{
	bench_loaded = bench_now();
	if (!bench_loaded.wall || !bench_loaded.cpu)
		return -EOPNOTSUPP;
	return rtnl_link_register(&benchport_link_ops);
}

static void __exit benchport_module_exit(void)
{
	rtnl_link_unregister(&benchport_link_ops);
}

module_init(benchport_module_init);
module_exit(benchport_module_exit);

MODULE_DESCRIPTION("Device that makes packets and counts them");
MODULE_LICENSE("GPL");
