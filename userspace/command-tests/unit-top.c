// SPDX-License-Identifier: GPL-2.0
/*
 * Rates: samples of a stand-in for the module, what is computed from two of
 * them, and how it is shown.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/espsimd.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "../out.h"
#include "../top.h"
#include "unit.h"

/* Interfaces of these numbers do not exist, so that names are predictable. */
#define ESP0	2147483645
#define ESP1	2147483646

/* More counters than this module has, as a later one may. */
#define MORE	3

#define NR_COUNTERS	(ESPSIMD_A_STATS_MAX - ESPSIMD_A_STATS_TX_IPSEC + 1)

struct fake_sa {
	uint32_t spi;
	uint32_t packets;
	uint64_t bytes;
};

/* What the stand-in has: SAs, and how many times it has counted. */
static const struct fake_sa *sas;
static uint64_t times;
static bool is_malformed;

static void put_sa(const struct nlmsghdr *request, const struct fake_sa *sa)
{
	struct nlmsghdr *nlh = fake_message(request, NLM_F_MULTI);

	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_IFINDEX, ESP0);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_DIRECTION, ESPSIMD_DIRECTION_OUT);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_SPI, htonl(sa->spi));
	mnl_attr_put(nlh, ESPSIMD_A_SA_SADDR, 4, "\xc0\0\2\1");
	mnl_attr_put(nlh, ESPSIMD_A_SA_DADDR, 4, "\xc0\0\2\2");
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_PACKETS, sa->packets);
	mnl_attr_put(nlh, ESPSIMD_A_SA_BYTES, sizeof(sa->bytes), &sa->bytes);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_FALLBACK, sa->packets / 2);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_ERRORS, sa->packets / 5);
}

static void count(uint64_t *counters, unsigned int id, uint64_t n)
{
	counters[id - ESPSIMD_A_STATS_TX_IPSEC] = n;
}

static void put_cpu(const struct nlmsghdr *request, uint32_t ifindex,
		    uint32_t cpu)
{
	struct nlmsghdr *nlh = fake_message(request, NLM_F_MULTI);
	uint64_t counters[NR_COUNTERS + MORE] = { 0 };

	memset(counters + NR_COUNTERS, 0xff, MORE * sizeof(*counters));
	count(counters, ESPSIMD_A_STATS_TX_IPSEC, 10 * times * (cpu + 1));
	count(counters, ESPSIMD_A_STATS_RX_IPSEC, 20 * times * (cpu + 1));
	count(counters, ESPSIMD_A_STATS_TX_IPSEC_BYTES, 1000 * times);
	count(counters, ESPSIMD_A_STATS_RX_IPSEC_BYTES, 2000 * times);
	count(counters, ESPSIMD_A_STATS_RX_FALLBACK, times);
	count(counters, ESPSIMD_A_STATS_RX_AUTH_FAIL, 3 * times);
	count(counters, ESPSIMD_A_STATS_TX_DROP_MTU,
	      ifindex == ESP1 ? 5 * times : 0);
	count(counters, ESPSIMD_A_STATS_RX_DROP_CLEAR, 7);
	mnl_attr_put_u32(nlh, ESPSIMD_A_CPU_STATS_IFINDEX, ifindex);
	mnl_attr_put_u32(nlh, ESPSIMD_A_CPU_STATS_CPU, cpu);
	mnl_attr_put(nlh, ESPSIMD_A_CPU_STATS_COUNTERS, sizeof(counters),
		     counters);
}

static void module(const struct nlmsghdr *request)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(request);
	size_t i;

	if (genl->cmd == ESPSIMD_CMD_SA_GET) {
		for (i = 0; sas[i].spi; i++)
			put_sa(request, &sas[i]);
	} else if (is_malformed) {
		mnl_attr_put_u32(fake_message(request, NLM_F_MULTI),
				 ESPSIMD_A_CPU_STATS_IFINDEX, ESP0);
	} else {
		put_cpu(request, ESP0, 3);
		put_cpu(request, ESP1, 0);
		put_cpu(request, ESP1, 3);
	}
	fake_done(request, 0, NULL);
}

static int sample_at(double seconds, const struct fake_sa *now,
		     uint64_t counted, struct top_sample *sample)
{
	struct nl nl;
	int err;

	sas = now;
	times = counted;
	fake_set(module);
	err = nl_open(&nl) ?: top_sample(&nl, 0, sample);
	nl_close(&nl);
	/* No machine is so fast, or so slow. */
	sample->seconds = seconds;
	return err;
}

static const struct fake_sa first[] = {
	{ 0x2000, 100, 1000 }, { 0x1000, 10, 500 }, { 0x3000, 7, 7 }, { 0 }
};

/* One sent, one is a new one of the same number, one is gone, one is new. */
static const struct fake_sa second[] = {
	{ 0x4000, 20, 2000 }, { 0x1000, 30, 100500 }, { 0x2000, 10, 100 }, { 0 }
};

static bool is_rate(const struct top_rate *rate, double packets, double bits,
		    double fallback, double errors)
{
	return rate->packets == packets && rate->bits == bits &&
	       rate->fallback == fallback && rate->errors == errors;
}

static void test_sas(const struct top_sample *sample,
		     const struct top_rates *rates)
{
	const struct top_rate *sa = rates->sas;

	ok(sample->nr_sas == 3 && rates->seconds == 2, "top: SAs");
	ok(sample->sas[sa[0].of].spi == 0x1000 &&
	   is_rate(&sa[0], 10, 400000, 5, 2), "top: the fastest SA comes first");
	ok(sample->sas[sa[1].of].spi == 0x4000 &&
	   is_rate(&sa[1], 10, 8000, 5, 2), "top: a new SA began with nothing");
	ok(sample->sas[sa[2].of].spi == 0x2000 &&
	   is_rate(&sa[2], 5, 400, 2.5, 1),
	   "top: another SA of the same number did, too");
}

static void test_cpus(const struct top_sample *sample,
		      const struct top_rates *rates)
{
	const struct top_rate *cpu = rates->cpus;

	ok(sample->nr_cpus == 2 && sample->cpus[cpu[0].of].cpu == 3 &&
	   sample->cpus[cpu[1].of].cpu == 0, "top: CPUs, the busiest first");
	ok(is_rate(&cpu[0], 240, 48000, 2, 11) &&
	   is_rate(&cpu[1], 30, 24000, 1, 8), "top: sums over devices");
	ok(rates->nr_drops == 1 &&
	   sample->drops[rates->drops[0].of].id ==
	   ESPSIMD_A_STATS_TX_DROP_MTU &&
	   sample->drops[rates->drops[0].of].ifindex == ESP1 &&
	   rates->drops[0].packets == 10,
	   "top: only what was dropped meanwhile");
}

static void ok_view(const struct top_sample *sample,
		    const struct top_rates *rates, unsigned int rows,
		    bool scaled, const char *expected, const char *name)
{
	struct top_room room = { .rows = rows, .scaled = scaled };

	capture_begin();
	top_text(sample, rates, &room, stdout);
	ok_text(capture_end(), expected, name);
}

static void test_text(const struct top_sample *sample,
		      const struct top_rates *rates)
{
	ok_view(sample, rates, 0, false,
		"espsimd top: 3 SAs, 2 CPUs, 2.000 s\n"
		"      packets/s          bits/s      fallback/s        errors/s SA\n"
		"           10.0        400000.0             5.0             2.0 if2147483645 out 0x00001000 192.0.2.1 > 192.0.2.2\n"
		"           10.0          8000.0             5.0             2.0 if2147483645 out 0x00004000 192.0.2.1 > 192.0.2.2\n"
		"            5.0           400.0             2.5             1.0 if2147483645 out 0x00002000 192.0.2.1 > 192.0.2.2\n"
		"      packets/s          bits/s      fallback/s        errors/s CPU\n"
		"          240.0         48000.0             2.0            11.0 cpu 3\n"
		"           30.0         24000.0             1.0             8.0 cpu 0\n"
		"        drops/s reason\n"
		"           10.0 if2147483646 tx-drop-mtu  Dropped, too long for the tunnel.\n",
		"top: text");
	ok_view(sample, rates, 8, true,
		"espsimd top: 3 SAs, 2 CPUs, 2.000 s\n"
		" packets/s     bits/s fallback/s   errors/s SA\n"
		"       10      400.0k         5          2  if2147483645 out 0x00001000 192.0.2.1 > 192.0.2.2\n"
		"       10       8000          5          2  if2147483645 out 0x00004000 192.0.2.1 > 192.0.2.2\n"
		" packets/s     bits/s fallback/s   errors/s CPU\n"
		"      240       48.0k         2         11  cpu 3\n"
		"   drops/s reason\n"
		"       10  if2147483646 tx-drop-mtu  Dropped, too long for the tunnel.\n",
		"top: text that has to fit into 8 lines");
}

/* However small the screen is, no more lines than it has. */
static void test_rooms(const struct top_sample *sample,
		       const struct top_rates *rates)
{
	unsigned int rows, wrong = 0;

	for (rows = 4; rows < 15; rows++) {
		struct top_room room = { .rows = rows, .scaled = true };
		unsigned int lines = 0;
		const char *output;

		capture_begin();
		top_text(sample, rates, &room, stdout);
		for (output = capture_end(); *output; output++)
			lines += *output == '\n';
		wrong += lines > rows || (rows >= 10 && lines != 10);
	}
	ok(!wrong, "top: text fits into whatever there is");
}

static void test_json(const struct top_sample *sample,
		      const struct top_rates *rates)
{
	static const struct options line = { .json = true };

	capture_begin();
	out_print(top_json(sample, rates), &line);
	ok_text(capture_end(),
		"{\"seconds\":2.0,\"sa\":[{\"packets\":10.0,\"bits\":400000.0,\"fallback\":5.0,\"errors\":2.0,\"ifname\":\"if2147483645\",\"ifindex\":2147483645,\"direction\":\"out\",\"spi\":\"0x00001000\",\"saddr\":\"192.0.2.1\",\"daddr\":\"192.0.2.2\"},{\"packets\":10.0,\"bits\":8000.0,\"fallback\":5.0,\"errors\":2.0,\"ifname\":\"if2147483645\",\"ifindex\":2147483645,\"direction\":\"out\",\"spi\":\"0x00004000\",\"saddr\":\"192.0.2.1\",\"daddr\":\"192.0.2.2\"},{\"packets\":5.0,\"bits\":400.0,\"fallback\":2.5,\"errors\":1.0,\"ifname\":\"if2147483645\",\"ifindex\":2147483645,\"direction\":\"out\",\"spi\":\"0x00002000\",\"saddr\":\"192.0.2.1\",\"daddr\":\"192.0.2.2\"}],\"cpu\":[{\"packets\":240.0,\"bits\":48000.0,\"fallback\":2.0,\"errors\":11.0,\"cpu\":3},{\"packets\":30.0,\"bits\":24000.0,\"fallback\":1.0,\"errors\":8.0,\"cpu\":0}],\"drop\":[{\"packets\":10.0,\"ifname\":\"if2147483646\",\"ifindex\":2147483646,\"counter\":\"tx-drop-mtu\"}]}\n",
		"top: JSON");
}

/* At the beginning there is nothing to compare with, and no time has passed. */
static void test_nothing(const struct top_sample *now)
{
	static const struct top_sample none;
	struct top_rates rates;

	top_rates(now, now, &rates);
	ok(is_rate(&rates.sas[0], 0, 0, 0, 0) && !rates.nr_drops,
	   "top: no time has passed");
	top_rates_free(&rates);

	top_rates(&none, &none, &rates);
	ok_view(&none, &rates, 0, false,
		"espsimd top: 0 SAs, 0 CPUs, 0.000 s\n"
		"      packets/s          bits/s      fallback/s        errors/s SA\n"
		"      packets/s          bits/s      fallback/s        errors/s CPU\n",
		"top: nothing to show");
	top_rates_free(&rates);
}

static void test_malformed(void)
{
	struct top_sample sample;

	is_malformed = true;
	ok(sample_at(1, first, 1, &sample) == -EBADMSG,
	   "top: malformed answer");
	is_malformed = false;
	top_sample_free(&sample);
}

void test_top(void)
{
	struct top_sample before, now;
	struct top_rates rates;

	ok(!sample_at(5, first, 1, &before) && !sample_at(7, second, 3, &now),
	   "top: samples");
	top_rates(&before, &now, &rates);
	test_sas(&now, &rates);
	test_cpus(&now, &rates);
	test_text(&now, &rates);
	test_rooms(&now, &rates);
	test_json(&now, &rates);
	top_rates_free(&rates);
	test_nothing(&now);
	top_sample_free(&before);
	top_sample_free(&now);
	test_malformed();
}
