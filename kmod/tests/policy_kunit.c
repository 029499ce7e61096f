// SPDX-License-Identifier: GPL-2.0
/*
 * Offloaded policies: what is found must be what a search through all of them
 * finds.
 */
#include <kunit/test.h>
#include <linux/etherdevice.h>
#include <linux/prandom.h>
#include <linux/sched.h>
#include <net/xfrm.h>

#include "../dev.h"
#include "../policy.h"

#define TEST_MAX	150
#define TEST_STEPS	6000
#define TEST_MANY	100000

/**
 * struct test_policies - policies of a device, and a list of them all
 * @p: the policies
 * @xp: the stack's; NULL where there is none
 * @age: when they were added
 * @time: how many have been added
 * @destroyed: @p is no more
 */
struct test_policies {
	struct espsimd_policies p;
	struct xfrm_policy *xp[TEST_MAX];
	u64 age[TEST_MAX];
	u64 time;
	bool destroyed;
};

static void test_free(struct xfrm_policy *xp)
{
	espsimd_xdo_policy_free(xp);
	kfree(xp);
}

static void test_policies_free(void *data)
{
	struct test_policies *t = data;
	unsigned int i;

	if (!t->destroyed)
		espsimd_policies_destroy(&t->p);
	/* The stack may still hold some then. */
	for (i = 0; i < TEST_MAX; i++)
		if (t->xp[i]) {
			espsimd_policies_del(&t->p, t->xp[i]);
			test_free(t->xp[i]);
		}
}

static struct test_policies *test_policies(struct kunit *test)
{
	struct test_policies *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	KUNIT_ASSERT_EQ(test, 0, espsimd_policies_init(&t->p));
	KUNIT_ASSERT_EQ(test, 0,
			kunit_add_action_or_reset(test, test_policies_free, t));

	return t;
}

/* Tunnel mode between two hosts, for what goes from 10/8 to 172.16/12. */
static struct xfrm_policy *test_xp(struct kunit *test, u8 dir)
{
	struct xfrm_policy *xp = kzalloc(sizeof(*xp), GFP_KERNEL);
	struct xfrm_tmpl *tmpl = xp ? &xp->xfrm_vec[0] : NULL;

	KUNIT_ASSERT_NOT_NULL(test, xp);
	xp->type = XFRM_POLICY_TYPE_MAIN;
	xp->action = XFRM_POLICY_ALLOW;
	xp->family = AF_INET;
	xp->priority = 1000;
	xp->selector.family = AF_INET;
	xp->selector.saddr.a4 = htonl(0x0a000000);
	xp->selector.daddr.a4 = htonl(0xac100000);
	xp->selector.prefixlen_s = 8;
	xp->selector.prefixlen_d = 12;
	xp->xdo.dir = dir;
	xp->xdo.type = XFRM_DEV_OFFLOAD_PACKET;

	xp->xfrm_nr = 1;
	tmpl->id.proto = IPPROTO_ESP;
	tmpl->id.daddr.a4 = htonl(0xc0000202);
	tmpl->saddr.a4 = htonl(0xc0000201);
	tmpl->encap_family = AF_INET;
	tmpl->mode = XFRM_MODE_TUNNEL;
	tmpl->reqid = 7;
	tmpl->allalgs = 1;
	tmpl->aalgos = ~0;
	return xp;
}

static const struct espsimd_policy *test_of(const struct xfrm_policy *xp)
{
	return (void *)xp->xdo.offload_handle;
}

/* ---- the list ---- */

static unsigned int test_add(struct kunit *test, struct test_policies *t,
			     struct xfrm_policy *xp)
{
	unsigned int i, nr = t->p.nr;

	for (i = 0; i < TEST_MAX && t->xp[i]; i++)
		;
	KUNIT_ASSERT_LT(test, i, TEST_MAX);
	t->xp[i] = xp;
	t->age[i] = t->time++;
	KUNIT_ASSERT_EQ(test, 0, espsimd_policies_add(&t->p, xp, NULL));
	KUNIT_ASSERT_EQ(test, t->p.nr, nr + 1);
	KUNIT_ASSERT_NOT_NULL(test, test_of(xp));

	return i;
}

static void test_del(struct kunit *test, struct test_policies *t,
		     unsigned int i)
{
	unsigned int nr = t->p.nr;

	espsimd_policies_del(&t->p, t->xp[i]);
	KUNIT_ASSERT_EQ(test, t->p.nr, nr - 1);
	/* Again, as when the stack fails to add it. */
	espsimd_policies_del(&t->p, t->xp[i]);
	KUNIT_ASSERT_EQ(test, t->p.nr, nr - 1);
	test_free(t->xp[i]);
	t->xp[i] = NULL;
}

static bool test_is_marked(const struct xfrm_policy *xp, u32 mark)
{
	return !((mark ^ xp->mark.v) & xp->mark.m);
}

static const struct espsimd_policy *
test_search(const struct test_policies *t, const struct espsimd_flow *flow,
	    u32 mark, u8 dir)
{
	unsigned int i, best = TEST_MAX;

	for (i = 0; i < TEST_MAX; i++) {
		const struct xfrm_policy *xp = t->xp[i];

		if (!xp || xp->xdo.dir != dir || !test_is_marked(xp, mark) ||
		    !espsimd_flow_matches(flow, &xp->selector))
			continue;
		if (best == TEST_MAX || xp->priority < t->xp[best]->priority ||
		    (xp->priority == t->xp[best]->priority &&
		     t->age[i] < t->age[best]))
			best = i;
	}

	return best == TEST_MAX ? NULL : test_of(t->xp[best]);
}

static bool test_demands(const struct espsimd_policy *pol)
{
	return pol && espsimd_policy_demands(pol);
}

static void test_expect_found(struct kunit *test, const struct test_policies *t,
			      const struct espsimd_flow *flow, u32 mark)
{
	struct espsimd_policy_match m, want;
	bool forbid;

	want.in = test_search(t, flow, mark, XFRM_DEV_OFFLOAD_IN);
	want.fwd = test_search(t, flow, mark, XFRM_DEV_OFFLOAD_FWD);
	rcu_read_lock();
	espsimd_policy_lookup(&t->p, flow, mark, &m);
	forbid = espsimd_policies_forbid(&t->p, flow, mark);
	rcu_read_unlock();

	KUNIT_ASSERT_PTR_EQ(test, m.in, want.in);
	KUNIT_ASSERT_PTR_EQ(test, m.fwd, want.fwd);
	if (!flow->fragment)
		KUNIT_ASSERT_EQ(test, forbid,
				test_demands(want.in) ||
				test_demands(want.fwd));
}

/* With any ports, and any protocol if options may hide it. */
static void test_expect_fragment(struct kunit *test,
				 const struct test_policies *t,
				 struct espsimd_flow flow, u32 mark)
{
	bool forbid, want = false;
	unsigned int i;

	for (i = 0; i < TEST_MAX; i++) {
		struct espsimd_flow whole = flow;

		if (!t->xp[i] || !test_of(t->xp[i]) ||
		    !test_demands(test_of(t->xp[i])) ||
		    !test_is_marked(t->xp[i], mark))
			continue;
		whole.sport = t->xp[i]->selector.sport;
		whole.dport = t->xp[i]->selector.dport;
		if (flow.proto == IPPROTO_DSTOPTS)
			whole.proto = t->xp[i]->selector.proto;
		want |= espsimd_flow_matches(&whole, &t->xp[i]->selector);
	}
	flow.sport = 0;
	flow.dport = 0;
	flow.fragment = true;
	rcu_read_lock();
	forbid = espsimd_policies_forbid(&t->p, &flow, mark);
	rcu_read_unlock();
	KUNIT_ASSERT_EQ(test, forbid, want);
}

/* ---- anything ---- */

static void test_random_addr(xfrm_address_t *addr, u16 family,
			     struct rnd_state *rnd)
{
	u32 random = prandom_u32_state(rnd);

	memset(addr, 0, sizeof(*addr));
	addr->a6[0] = htonl(0x0a000000 | (random & 0x101));
	if (family == AF_INET6) {
		addr->a6[0] = htonl(0x20010db8 | (random >> 2 & 1));
		addr->a6[1] = htonl(random >> 3 & 1);
		addr->a6[3] = htonl(random >> 4 & 0x80000003);
	}
}

static u8 test_random_len(u16 family, struct rnd_state *rnd)
{
	static const u8 len4[] = { 0, 8, 23, 24, 32 };
	static const u8 len6[] = { 0, 32, 64, 97, 127, 128 };
	u32 random = prandom_u32_state(rnd);

	return family == AF_INET ? len4[random % ARRAY_SIZE(len4)] :
				   len6[random % ARRAY_SIZE(len6)];
}

static u8 test_random_proto(struct rnd_state *rnd)
{
	static const u8 protos[] = { IPPROTO_TCP, IPPROTO_UDP,
				     IPPROTO_DSTOPTS };

	return protos[prandom_u32_state(rnd) % ARRAY_SIZE(protos)];
}

static struct xfrm_policy *test_random_xp(struct kunit *test,
					  struct rnd_state *rnd)
{
	u32 random = prandom_u32_state(rnd);
	struct xfrm_policy *xp = test_xp(test, random & 16 ?
					 XFRM_DEV_OFFLOAD_IN :
					 XFRM_DEV_OFFLOAD_FWD);
	struct xfrm_selector *sel = &xp->selector;

	sel->family = random & 1 ? AF_INET : AF_INET6;
	xp->family = sel->family;
	test_random_addr(&sel->saddr, sel->family, rnd);
	test_random_addr(&sel->daddr, sel->family, rnd);
	sel->prefixlen_s = test_random_len(sel->family, rnd);
	sel->prefixlen_d = test_random_len(sel->family, rnd);
	sel->proto = random & 2 ? test_random_proto(rnd) : 0;
	if (random & 4) {
		sel->dport = htons(random >> 20 & 3);
		sel->dport_mask = htons(0xffff);
	}
	if (random & 8) {
		xp->mark.m = 1;
		/* The other bit is one that the stack removes later on. */
		xp->mark.v = random >> 22 & 3;
	}
	xp->priority = random >> 24 & 3;
	xp->action = random >> 26 & 7 ? XFRM_POLICY_ALLOW : XFRM_POLICY_BLOCK;
	xp->xfrm_nr = random >> 29 & 1;
	return xp;
}

static void test_random_flow(struct espsimd_flow *flow, struct rnd_state *rnd)
{
	memset(flow, 0, sizeof(*flow));
	flow->family = prandom_u32_state(rnd) & 1 ? AF_INET : AF_INET6;
	test_random_addr(&flow->saddr, flow->family, rnd);
	test_random_addr(&flow->daddr, flow->family, rnd);
	flow->proto = test_random_proto(rnd);
	flow->sport = htons(5);
	flow->dport = htons(prandom_u32_state(rnd) & 3);
}

static void test_random(struct kunit *test)
{
	struct test_policies *t = test_policies(test);
	struct espsimd_flow flow;
	struct rnd_state rnd;
	unsigned int i, nr = 0, which;
	u32 random;

	prandom_seed_state(&rnd, 4303);
	for (i = 0; i < TEST_STEPS; i++) {
		random = prandom_u32_state(&rnd);
		which = random / 64 % TEST_MAX;
		/* Grow, shrink, and grow again. */
		if (random % 4 < 1 + (i / 1000 & 1) && t->xp[which]) {
			test_del(test, t, which);
			nr--;
		} else if (nr < TEST_MAX) {
			test_add(test, t, test_random_xp(test, &rnd));
			nr++;
		}
		test_random_flow(&flow, &rnd);
		test_expect_found(test, t, &flow, random >> 30);
		test_expect_fragment(test, t, flow, random >> 30);
		cond_resched();
	}

	for (i = 0; i < TEST_MAX; i++)
		if (t->xp[i])
			test_del(test, t, i);
	KUNIT_EXPECT_FALSE(test, espsimd_policies_any(&t->p));
	KUNIT_EXPECT_TRUE(test, list_empty(&t->p.shapes));
}

/* ---- cases ---- */

static void test_flow(struct espsimd_flow *flow, u32 saddr, u32 daddr)
{
	*flow = (struct espsimd_flow) {
		.saddr.a4 = htonl(saddr),
		.daddr.a4 = htonl(daddr),
		.family = AF_INET,
		.proto = IPPROTO_TCP,
	};
}

static void test_any(struct kunit *test)
{
	struct test_policies *t = test_policies(test);
	unsigned int in, fwd;

	KUNIT_EXPECT_FALSE(test, espsimd_policies_any(&t->p));
	in = test_add(test, t, test_xp(test, XFRM_DEV_OFFLOAD_IN));
	fwd = test_add(test, t, test_xp(test, XFRM_DEV_OFFLOAD_FWD));
	KUNIT_EXPECT_TRUE(test, espsimd_policies_any(&t->p));
	test_del(test, t, in);
	KUNIT_EXPECT_TRUE(test, espsimd_policies_any(&t->p));
	test_del(test, t, fwd);
	KUNIT_EXPECT_FALSE(test, espsimd_policies_any(&t->p));
}

/* The same selector in other places: priority first, then age. */
static void test_order(struct kunit *test)
{
	static const u32 priorities[] = { 5, 3, 3, 9, 3, 0, 0 };
	struct test_policies *t = test_policies(test);
	struct xfrm_policy *xp;
	struct espsimd_flow flow;
	unsigned int i;

	test_flow(&flow, 0x0a010203, 0xac100001);
	for (i = 0; i < ARRAY_SIZE(priorities); i++) {
		xp = test_xp(test, XFRM_DEV_OFFLOAD_IN);
		xp->priority = priorities[i];
		test_add(test, t, xp);
		test_expect_found(test, t, &flow, 0);
	}
	for (; i; i--) {
		test_del(test, t, i - 1);
		test_expect_found(test, t, &flow, 0);
	}
}

/* The stack's own is no longer needed, as it may change. */
static void test_is_copy(struct kunit *test)
{
	struct test_policies *t = test_policies(test);
	struct xfrm_policy *xp = test_xp(test, XFRM_DEV_OFFLOAD_FWD);
	const struct espsimd_policy *pol;
	struct espsimd_policy_match m;
	struct espsimd_flow flow;
	unsigned long handle;

	test_flow(&flow, 0x0a010203, 0xac100001);
	test_add(test, t, xp);
	handle = xp->xdo.offload_handle;
	memset(xp, 0xff, sizeof(*xp));
	rcu_read_lock();
	espsimd_policy_lookup(&t->p, &flow, 0, &m);
	rcu_read_unlock();
	xp->xdo.offload_handle = handle;
	pol = test_of(xp);
	KUNIT_EXPECT_NULL(test, m.in);
	KUNIT_ASSERT_PTR_EQ(test, m.fwd, pol);
	KUNIT_EXPECT_EQ(test, pol->tmpl.reqid, 7);
	KUNIT_EXPECT_EQ(test, pol->priority, 1000);
}

static void test_forbid_kinds(struct kunit *test)
{
	struct test_policies *t = test_policies(test);
	struct xfrm_policy *xp;
	struct espsimd_flow flow;
	unsigned int i, at;
	bool forbid;

	test_flow(&flow, 0x0a010203, 0xac100001);
	for (i = 0; i < 8; i++) {
		xp = test_xp(test, i & 1 ? XFRM_DEV_OFFLOAD_IN :
					   XFRM_DEV_OFFLOAD_FWD);
		xp->xfrm_nr = !!(i & 2);
		xp->action = i & 4 ? XFRM_POLICY_BLOCK : XFRM_POLICY_ALLOW;
		at = test_add(test, t, xp);
		rcu_read_lock();
		forbid = espsimd_policies_forbid(&t->p, &flow, 0);
		rcu_read_unlock();
		KUNIT_EXPECT_EQ(test, forbid, i >= 2);
		test_del(test, t, at);
	}
}

static void test_destroy(struct kunit *test)
{
	struct test_policies *t = test_policies(test);
	struct xfrm_policy *xp;

	test_add(test, t, test_xp(test, XFRM_DEV_OFFLOAD_IN));
	test_add(test, t, test_xp(test, XFRM_DEV_OFFLOAD_FWD));
	espsimd_policies_destroy(&t->p);
	t->destroyed = true;
	KUNIT_EXPECT_FALSE(test, espsimd_policies_any(&t->p));

	xp = test_xp(test, XFRM_DEV_OFFLOAD_IN);
	KUNIT_EXPECT_EQ(test, -ENODEV, espsimd_policies_add(&t->p, xp, NULL));
	KUNIT_EXPECT_NULL(test, test_of(xp));
	test_free(xp);
	/* Those that are left are deleted and freed after the case. */
}

static void test_callbacks_for(struct kunit *test, struct net_device *dev,
			       u8 dir, const struct espsimd_policies *mine,
			       const struct espsimd_policies *other)
{
	struct xfrm_policy *xp = test_xp(test, dir);

	xp->xdo.dev = dev;
	KUNIT_EXPECT_EQ(test, 0, espsimd_xdo_policy_add(xp, NULL));
	KUNIT_EXPECT_TRUE(test, espsimd_policies_any(mine));
	KUNIT_EXPECT_FALSE(test, espsimd_policies_any(other));
	espsimd_xdo_policy_delete(xp);
	KUNIT_EXPECT_FALSE(test, espsimd_policies_any(mine));
	espsimd_xdo_policy_free(xp);
	KUNIT_EXPECT_NULL(test, test_of(xp));

	xp->xfrm_nr = 2;
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, espsimd_xdo_policy_add(xp, NULL));
	KUNIT_EXPECT_FALSE(test, espsimd_policies_any(mine));
	kfree(xp);
}

static void test_callbacks(struct kunit *test)
{
	struct net_device *dev = alloc_etherdev(sizeof(struct espsimd_dev));
	struct espsimd_policies *rx, *tx;

	KUNIT_ASSERT_NOT_NULL(test, dev);
	rx = &espsimd_dev_priv(dev)->policies;
	tx = &espsimd_dev_priv(dev)->policies_out;
	KUNIT_ASSERT_EQ(test, 0, espsimd_policies_init(rx));
	KUNIT_ASSERT_EQ(test, 0, espsimd_policies_init(tx));
	test_callbacks_for(test, dev, XFRM_DEV_OFFLOAD_IN, rx, tx);
	test_callbacks_for(test, dev, XFRM_DEV_OFFLOAD_FWD, rx, tx);
	test_callbacks_for(test, dev, XFRM_DEV_OFFLOAD_OUT, tx, rx);
	espsimd_policies_destroy(tx);
	espsimd_policies_destroy(rx);
	free_netdev(dev);
}

/* Those for packets to send are a world of their own, with one direction. */
static void test_out(struct kunit *test)
{
	struct test_policies *t = test_policies(test);
	struct espsimd_policy_match m;
	struct espsimd_flow flow;
	unsigned int at;

	test_flow(&flow, 0x0a010203, 0xac100001);
	at = test_add(test, t, test_xp(test, XFRM_DEV_OFFLOAD_OUT));
	rcu_read_lock();
	espsimd_policy_lookup(&t->p, &flow, 0, &m);
	KUNIT_EXPECT_TRUE(test, espsimd_policies_forbid(&t->p, &flow, 0));
	rcu_read_unlock();
	KUNIT_EXPECT_NULL(test, m.in);
	KUNIT_EXPECT_PTR_EQ(test, m.fwd, test_of(t->xp[at]));
}

/* Hosts and networks of four: two lookups each. Returns what went wrong. */
static unsigned int test_many_with(struct kunit *test, struct test_policies *t,
				   unsigned long *handles, unsigned int nr)
{
	struct xfrm_policy *xp = test_xp(test, XFRM_DEV_OFFLOAD_IN);
	struct espsimd_policy_match m;
	struct espsimd_flow flow;
	unsigned int i, wrong = 0;

	for (i = 0; i < nr; i++) {
		xp->selector.saddr.a4 = htonl(0x0a000000 + 4 * i);
		xp->selector.prefixlen_s = i & 1 ? 32 : 30;
		wrong += !!espsimd_policies_add(&t->p, xp, NULL);
		handles[i] = xp->xdo.offload_handle;
		cond_resched();
	}
	wrong += list_count_nodes(&t->p.shapes) != 2;
	for (i = 0; i < nr; i++) {
		test_flow(&flow, 0x0a000000 + 4 * i + (i & 1 ? 0 : i / 2 % 4),
			  0xac1fffff);
		rcu_read_lock();
		espsimd_policy_lookup(&t->p, &flow, 0, &m);
		rcu_read_unlock();
		wrong += (unsigned long)m.in != handles[i] || m.fwd;
		cond_resched();
	}
	for (i = 0; i < nr; i++) {
		xp->xdo.offload_handle = handles[i];
		espsimd_policies_del(&t->p, xp);
		espsimd_xdo_policy_free(xp);
		cond_resched();
	}
	kfree(xp);

	return wrong + espsimd_policies_any(&t->p);
}

static void test_many(struct kunit *test)
{
	struct test_policies *t = test_policies(test);
	unsigned long *handles = kvcalloc(TEST_MANY, sizeof(*handles),
					  GFP_KERNEL);
	unsigned int wrong;

	KUNIT_ASSERT_NOT_NULL(test, handles);
	/* If each one costs, then few are better to find that out. */
	wrong = test_many_with(test, t, handles, 100);
	if (!wrong)
		wrong = test_many_with(test, t, handles, TEST_MANY);
	kvfree(handles);
	KUNIT_EXPECT_EQ(test, wrong, 0);
}

static struct kunit_case espsimd_policy_cases[] = {
	KUNIT_CASE(test_random),
	KUNIT_CASE(test_any),
	KUNIT_CASE(test_order),
	KUNIT_CASE(test_is_copy),
	KUNIT_CASE(test_forbid_kinds),
	KUNIT_CASE(test_destroy),
	KUNIT_CASE(test_callbacks),
	KUNIT_CASE(test_out),
	KUNIT_CASE(test_many),
	{}
};

static struct kunit_suite espsimd_policy_suite = {
	.name = "espsimd_policy",
	.test_cases = espsimd_policy_cases,
};

kunit_test_suite(espsimd_policy_suite);
