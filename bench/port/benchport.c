// SPDX-License-Identifier: GPL-2.0
/*
 * A network device that makes packets and counts them: `ip link add NAME type
 * benchport`. It stands for the LAN side of a gateway.
 *
 * Written to /sys/class/net/NAME/bench/run, "COUNT BYTES SADDR DADDR" makes it
 * receive COUNT times a UDP packet of so many bytes, headers of IP included,
 * from its NAPI as a network card would. The write returns when all of them
 * were transmitted by another benchport, in any namespace, or when no more of
 * them come. What is read there afterwards is "RECEIVED CYCLES": the packets
 * that arrived, and the cycles of the time stamp counter from the first packet
 * made to the last one transmitted.
 *
 * Bookkeeping is not made for several processors, nor are measurements in a
 * user-mode kernel that has them worth anything.
 */
#include <linux/etherdevice.h>
#include <linux/inet.h>
#include <linux/ip.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/sched.h>
#include <linux/udp.h>
#include <linux/unaligned.h>
#include <linux/wait.h>
#include <net/ip.h>
#include <net/rtnetlink.h>

#ifdef CONFIG_SMP
#error "benchport is for uniprocessor kernels"
#endif

/* The discard service. */
#define BENCH_PORT		9
/* Cards post buffers before they know how much will be in them. */
#define BENCH_BUFFER		1536
#define BENCH_BYTES_MAX		ETH_DATA_LEN
#define BENCH_HEADERS		(sizeof(struct iphdr) + sizeof(struct udphdr))
/* Room for the number of the run. */
#define BENCH_BYTES_MIN		(BENCH_HEADERS + sizeof(u32))
#define BENCH_TTL		64

/* Of the host, x86-64: number of the system call, and of its clocks. */
#define BENCH_HOST_CLOCK_GETTIME	228
#define BENCH_HOST_MONOTONIC		1
#define BENCH_HOST_PROCESS_CPUTIME	2

/**
 * struct benchport - private part of the device
 * @napi: makes the packets
 * @left: how many are still to be made
 * @len: length of @frame in bytes
 * @frame: what is received again and again
 */
struct benchport {
	struct napi_struct napi;
	unsigned int left;
	unsigned int len;
	u8 frame[ETH_HLEN + BENCH_BYTES_MAX];
};

/**
 * struct bench_time - a point in time
 * @tsc: the time stamp counter
 * @wall: the host's clock in ns
 * @cpu: how long this program, the user-mode kernel, has been running, in ns
 */
struct bench_time {
	u64 tsc;
	u64 wall;
	u64 cpu;
};

/* Cycles are counted from here on. */
static struct bench_time bench_loaded;

/* The run that is under way, or the last one. */
static struct {
	struct mutex lock;	/* one run at a time */
	wait_queue_head_t wait;
	u32 number;		/* is in the packets */
	unsigned int bytes;	/* length of the packets */
	unsigned int wanted;
	unsigned int received;
	struct bench_time end;	/* when the last one was received */
	u64 cycles;
} run = {
	.lock = __MUTEX_INITIALIZER(run.lock),
	.wait = __WAIT_QUEUE_HEAD_INITIALIZER(run.wait),
};

/* Kernel code is an ordinary program here, and can ask the host. */
static u64 bench_host_clock(long clock)
{
	long ret = BENCH_HOST_CLOCK_GETTIME;
	long time[2];

	asm volatile("syscall"
		     : "+a" (ret)
		     : "D" (clock), "S" (time)
		     : "rcx", "r11", "memory");
	return ret ? 0 : time[0] * NSEC_PER_SEC + time[1];
}

static struct bench_time bench_now(void)
{
	return (struct bench_time) {
		.tsc = __builtin_ia32_rdtsc(),
		.wall = bench_host_clock(BENCH_HOST_MONOTONIC),
		.cpu = bench_host_clock(BENCH_HOST_PROCESS_CPUTIME),
	};
}

/* The part of the cycles in which the program was running. */
static u64 bench_cycles(const struct bench_time *start,
			const struct bench_time *end)
{
	return mul_u64_u64_div_u64(end->tsc - start->tsc,
				   end->cpu - start->cpu,
				   end->wall - start->wall ?: 1);
}

static struct sk_buff *benchport_make(struct benchport *port)
{
	struct sk_buff *skb = napi_alloc_skb(&port->napi, BENCH_BUFFER);

	if (!skb)
		return NULL;

	skb_put_data(skb, port->frame, port->len);
	skb->protocol = eth_type_trans(skb, port->napi.dev);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	return skb;
}

static int benchport_poll(struct napi_struct *napi, int budget)
{
	struct benchport *port = container_of(napi, struct benchport, napi);
	struct sk_buff *skb;
	int nr = 0;

	while (nr < budget && port->left) {
		port->left--;
		nr++;
		skb = benchport_make(port);
		if (skb)
			napi_gro_receive(napi, skb);
	}
	if (nr < budget)
		napi_complete_done(napi, nr);

	return nr;
}

/* Is it a packet of this run, as it was made but for what routers change? */
static bool benchport_is_ours(const struct sk_buff *skb)
{
	const struct iphdr *iph = (void *)(skb->data + ETH_HLEN);
	const struct udphdr *uh = (void *)(iph + 1);

	return skb_headlen(skb) >= ETH_HLEN + BENCH_BYTES_MIN &&
	       skb->len == ETH_HLEN + run.bytes &&
	       skb->protocol == htons(ETH_P_IP) &&
	       iph->protocol == IPPROTO_UDP && iph->ihl == 5 &&
	       uh->dest == htons(BENCH_PORT) &&
	       get_unaligned((u32 *)(uh + 1)) == run.number;
}

static netdev_tx_t benchport_xmit(struct sk_buff *skb, struct net_device *dev)
{
	if (likely(benchport_is_ours(skb)) && ++run.received == run.wanted) {
		run.end = bench_now();
		wake_up(&run.wait);
	}
	dev_sw_netstats_tx_add(dev, 1, skb->len);
	napi_consume_skb(skb, 1);

	return NETDEV_TX_OK;
}

static void benchport_fill(struct benchport *port, unsigned int bytes,
			   __be32 saddr, __be32 daddr)
{
	unsigned int ulen = bytes - sizeof(struct iphdr), i;
	struct ethhdr *eth = (void *)port->frame;
	struct iphdr *iph = (void *)(eth + 1);
	struct udphdr *uh = (void *)(iph + 1);
	u8 *payload = (void *)(uh + 1);

	port->len = ETH_HLEN + bytes;
	ether_addr_copy(eth->h_dest, port->napi.dev->dev_addr);
	eth_zero_addr(eth->h_source);
	eth->h_source[0] = 0x02;
	eth->h_proto = htons(ETH_P_IP);

	*iph = (struct iphdr) {
		.version = 4,
		.ihl = 5,
		.tot_len = htons(bytes),
		.frag_off = htons(IP_DF),
		.ttl = BENCH_TTL,
		.protocol = IPPROTO_UDP,
		.saddr = saddr,
		.daddr = daddr,
	};
	ip_send_check(iph);

	for (i = 0; i < bytes - BENCH_HEADERS; i++)
		payload[i] = i;
	put_unaligned(run.number, (u32 *)payload);
	*uh = (struct udphdr) {
		.source = htons(BENCH_PORT),
		.dest = htons(BENCH_PORT),
		.len = htons(ulen),
	};
	uh->check = csum_tcpudp_magic(saddr, daddr, ulen, IPPROTO_UDP,
				      csum_partial(uh, ulen, 0)) ?:
			    CSUM_MANGLED_0;
}

/* Waits as long as packets come. */
static void benchport_wait(void)
{
	unsigned int before;

	do {
		before = run.received;
		wait_event_timeout(run.wait, run.received >= run.wanted, HZ);
	} while (run.received < run.wanted && run.received != before);
}

static ssize_t run_store(struct device *d, struct device_attribute *attr,
			 const char *buf, size_t len)
{
	struct net_device *dev = to_net_dev(d);
	struct benchport *port = netdev_priv(dev);
	char src[16], dst[16];
	unsigned int count, bytes;
	__be32 saddr, daddr;
	struct bench_time start;

	if (sscanf(buf, "%u %u %15s %15s", &count, &bytes, src, dst) != 4 ||
	    !count || bytes < BENCH_BYTES_MIN || bytes > BENCH_BYTES_MAX ||
	    !in4_pton(src, -1, (u8 *)&saddr, -1, NULL) ||
	    !in4_pton(dst, -1, (u8 *)&daddr, -1, NULL))
		return -EINVAL;
	if (!netif_running(dev))
		return -ENETDOWN;

	mutex_lock(&run.lock);
	run.number++;
	run.bytes = bytes;
	run.wanted = count;
	run.received = 0;
	benchport_fill(port, bytes, saddr, daddr);
	port->left = count;

	start = bench_now();
	local_bh_disable();
	napi_schedule(&port->napi);
	local_bh_enable();
	benchport_wait();

	if (run.received < run.wanted)
		run.end = bench_now();
	run.cycles = bench_cycles(&start, &run.end);
	mutex_unlock(&run.lock);

	return len;
}

static ssize_t run_show(struct device *d, struct device_attribute *attr,
			char *buf)
{
	return sysfs_emit(buf, "%u %llu\n", run.received, run.cycles);
}
static DEVICE_ATTR_RW(run);

static ssize_t cycles_show(struct device *d, struct device_attribute *attr,
			   char *buf)
{
	struct bench_time now = bench_now();

	return sysfs_emit(buf, "%llu\n", bench_cycles(&bench_loaded, &now));
}
static DEVICE_ATTR_RO(cycles);

static struct attribute *benchport_attrs[] = {
	&dev_attr_run.attr,
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
	return 0;
}

static int benchport_init(struct net_device *dev)
{
	struct benchport *port = netdev_priv(dev);

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
