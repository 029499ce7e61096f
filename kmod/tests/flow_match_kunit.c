// SPDX-License-Identifier: GPL-2.0
/*
 * Which packets selectors select, and flows as keys of tables.
 */
#include <kunit/test.h>
#include <linux/in.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <net/xfrm.h>

#include "../flow.h"

/* ---- selectors ---- */

static bool test_prefix_equal(const xfrm_address_t *a, const xfrm_address_t *b,
			      unsigned int len, unsigned int bits)
{
	const u8 *x = (const u8 *)a, *y = (const u8 *)b;
	unsigned int i;

	/* No address has so many bits, so none begins with them. */
	if (len > bits)
		return false;
	for (i = 0; i < len; i++)
		if ((x[i / 8] ^ y[i / 8]) & 0x80 >> i % 8)
			return false;

	return true;
}

static bool test_port_selected(__be16 port, __be16 wanted, __be16 mask)
{
	return (port & mask) == (wanted & mask);
}

static bool test_selected(const struct espsimd_flow *flow,
			  const struct xfrm_selector *sel)
{
	unsigned int bits = flow->family == AF_INET ? 32 : 128;

	if (sel->family && sel->family != flow->family)
		return false;
	if (sel->ifindex)
		return false;
	if (sel->proto && sel->proto != flow->proto)
		return false;

	return test_port_selected(flow->sport, sel->sport, sel->sport_mask) &&
	       test_port_selected(flow->dport, sel->dport, sel->dport_mask) &&
	       test_prefix_equal(&flow->saddr, &sel->saddr, sel->prefixlen_s,
				 bits) &&
	       test_prefix_equal(&flow->daddr, &sel->daddr, sel->prefixlen_d,
				 bits);
}

static void test_random_flow(struct espsimd_flow *flow, struct rnd_state *rnd)
{
	memset(flow, 0, sizeof(*flow));
	flow->family = prandom_u32_state(rnd) & 1 ? AF_INET : AF_INET6;
	prandom_bytes_state(rnd, &flow->saddr,
			    flow->family == AF_INET ? 4 : 16);
	prandom_bytes_state(rnd, &flow->daddr,
			    flow->family == AF_INET ? 4 : 16);
	prandom_bytes_state(rnd, &flow->sport, sizeof(flow->sport));
	prandom_bytes_state(rnd, &flow->dport, sizeof(flow->dport));
	flow->proto = IPPROTO_TCP;
}

/* One that selects the flow. */
static void test_random_selector(struct xfrm_selector *sel,
				 const struct espsimd_flow *flow,
				 struct rnd_state *rnd)
{
	unsigned int bits = flow->family == AF_INET ? 32 : 128;
	u32 random = prandom_u32_state(rnd);

	memset(sel, 0, sizeof(*sel));
	sel->saddr = flow->saddr;
	sel->daddr = flow->daddr;
	sel->family = random & 1 ? flow->family : AF_UNSPEC;
	sel->proto = random & 2 ? flow->proto : 0;
	sel->sport = flow->sport;
	sel->dport = flow->dport;
	sel->sport_mask = htons(random & 4 ? 0xffff : random >> 16);
	sel->dport_mask = htons(random & 8 ? 0xffff : random >> 8);
	sel->prefixlen_s = prandom_u32_state(rnd) % (bits + 1);
	sel->prefixlen_d = prandom_u32_state(rnd) % (bits + 1);
}

static void test_expect_selected(struct kunit *test,
				 const struct espsimd_flow *flow,
				 const struct xfrm_selector *sel)
{
	KUNIT_ASSERT_EQ(test, espsimd_flow_matches(flow, sel),
			test_selected(flow, sel));
}

/* What selects a flow, and the same with one bit changed. */
static void test_selectors(struct kunit *test)
{
	struct xfrm_selector sel, other;
	struct espsimd_flow flow;
	struct rnd_state rnd;
	unsigned int i, bit;

	prandom_seed_state(&rnd, 4301);
	for (i = 0; i < 500; i++) {
		test_random_flow(&flow, &rnd);
		test_random_selector(&sel, &flow, &rnd);
		KUNIT_ASSERT_TRUE(test, espsimd_flow_matches(&flow, &sel));
		test_expect_selected(test, &flow, &sel);
		for (bit = 0; bit < 8 * offsetof(struct xfrm_selector, user);
		     bit++) {
			other = sel;
			((u8 *)&other)[bit / 8] ^= 1 << bit % 8;
			test_expect_selected(test, &flow, &other);
		}
		cond_resched();
	}
}

/* ---- as keys ---- */

static void test_equal(struct kunit *test)
{
	struct espsimd_flow a, b;
	struct rnd_state rnd;
	unsigned int i, byte;

	prandom_seed_state(&rnd, 8200);
	for (i = 0; i < 20; i++) {
		test_random_flow(&a, &rnd);
		b = a;
		KUNIT_EXPECT_TRUE(test, espsimd_flow_equal(&a, &b));
		for (byte = 0; byte < sizeof(a); byte++) {
			/* In IPv4 there is nothing behind 4 bytes. */
			if (a.family == AF_INET && byte < 32 && byte % 16 > 3)
				continue;
			b = a;
			((u8 *)&b)[byte] ^= byte == offsetof(typeof(b),
							     fragment) ? 1 : 64;
			KUNIT_EXPECT_FALSE_MSG(test, espsimd_flow_equal(&a, &b),
					       "byte %u", byte);
		}
	}
}

static struct kunit_case espsimd_flow_match_cases[] = {
	KUNIT_CASE(test_selectors),
	KUNIT_CASE(test_equal),
	{}
};

static struct kunit_suite espsimd_flow_match_suite = {
	.name = "espsimd_flow_match",
	.test_cases = espsimd_flow_match_cases,
};

kunit_test_suite(espsimd_flow_match_suite);
