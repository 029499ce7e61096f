// SPDX-License-Identifier: GPL-2.0
/*
 * Which policies are taken, and which SAs are what they demand.
 */
#include <kunit/test.h>
#include <linux/netlink.h>
#include <net/xfrm.h>

#include "../policy.h"

static void test_policy(struct xfrm_policy *xp, u8 dir)
{
	memset(xp, 0, sizeof(*xp));
	xp->type = XFRM_POLICY_TYPE_MAIN;
	xp->action = XFRM_POLICY_ALLOW;
	xp->family = AF_INET6;
	xp->selector.family = AF_INET6;
	xp->xdo.dir = dir;
	xp->xfrm_nr = 1;
	xp->xfrm_vec[0].id.proto = IPPROTO_ESP;
	xp->xfrm_vec[0].mode = XFRM_MODE_TUNNEL;
	xp->xfrm_vec[0].encap_family = AF_INET6;
}

static void test_expect_taken(struct kunit *test, const struct xfrm_policy *xp)
{
	struct netlink_ext_ack extack = {};

	KUNIT_EXPECT_EQ(test, 0, espsimd_policy_validate(xp, &extack));
	KUNIT_EXPECT_NULL(test, extack._msg);
}

/* A word of the reason tells that it is the right one. */
static void test_expect_refused(struct kunit *test,
				const struct xfrm_policy *xp, const char *word)
{
	struct netlink_ext_ack extack = {};

	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			espsimd_policy_validate(xp, &extack));
	KUNIT_ASSERT_NOT_NULL(test, extack._msg);
	KUNIT_EXPECT_TRUE_MSG(test, strstr(extack._msg, word), "%s: %s", word,
			      extack._msg);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, espsimd_policy_validate(xp, NULL));
}

static const u8 test_dirs[] = {
	XFRM_DEV_OFFLOAD_IN, XFRM_DEV_OFFLOAD_OUT, XFRM_DEV_OFFLOAD_FWD
};

static struct xfrm_policy *test_alloc_policy(struct kunit *test)
{
	struct xfrm_policy *xp = kunit_kzalloc(test, sizeof(*xp), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, xp);
	return xp;
}

static void test_taken(struct kunit *test)
{
	struct xfrm_policy *xp = test_alloc_policy(test);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(test_dirs); i++) {
		test_policy(xp, test_dirs[i]);
		test_expect_taken(test, xp);
		xp->xfrm_vec[0].mode = XFRM_MODE_TRANSPORT;
		test_expect_taken(test, xp);
		xp->action = XFRM_POLICY_BLOCK;
		test_expect_taken(test, xp);
		xp->xfrm_nr = 0;
		test_expect_taken(test, xp);
		xp->action = XFRM_POLICY_ALLOW;
		xp->family = AF_INET;
		xp->mark.m = 0xff;
		xp->mark.v = 0x77;
		xp->flags = XFRM_POLICY_ICMP | XFRM_POLICY_LOCALOK;
		xp->lft.hard_add_expires_seconds = 100;
		test_expect_taken(test, xp);
	}
}

static void test_refused(struct kunit *test)
{
	struct xfrm_policy *xp = test_alloc_policy(test);
	unsigned int i, mode;

	for (i = 0; i < ARRAY_SIZE(test_dirs); i++) {
		test_policy(xp, test_dirs[i]);
		xp->type = XFRM_POLICY_TYPE_SUB;
		test_expect_refused(test, xp, "main type");
		test_policy(xp, test_dirs[i]);
		xp->family = AF_UNSPEC;
		test_expect_refused(test, xp, "IPv4 and IPv6");
		test_policy(xp, test_dirs[i]);
		xp->action = 2;
		test_expect_refused(test, xp, "allow or block");
		test_policy(xp, test_dirs[i]);
		xp->selector.ifindex = 1;
		test_expect_refused(test, xp, "one interface");
		test_policy(xp, test_dirs[i]);
		xp->xfrm_nr = 2;
		test_expect_refused(test, xp, "several templates");
		test_policy(xp, test_dirs[i]);
		xp->xfrm_vec[0].id.proto = IPPROTO_AH;
		test_expect_refused(test, xp, "for ESP");
		xp->xfrm_vec[0].id.proto = IPPROTO_COMP;
		test_expect_refused(test, xp, "for ESP");
		test_policy(xp, test_dirs[i]);
		xp->xfrm_vec[0].optional = 1;
		test_expect_refused(test, xp, "optional");
		for (mode = 0; mode < XFRM_MODE_MAX; mode++) {
			test_policy(xp, test_dirs[i]);
			xp->xfrm_vec[0].mode = mode;
			if (mode != XFRM_MODE_TUNNEL &&
			    mode != XFRM_MODE_TRANSPORT)
				test_expect_refused(test, xp, "tunnel mode");
		}
	}
}

/* What else the stack has to decide, if it is about packets to send. */
static void test_must_ask(struct kunit *test)
{
	struct xfrm_policy *xp = test_alloc_policy(test);
	struct xfrm_tmpl *tmpl = &xp->xfrm_vec[0];
	unsigned int what;

	for (what = 0; what < 4; what++) {
		test_policy(xp, XFRM_DEV_OFFLOAD_OUT);
		tmpl->saddr.a6[3] = htonl(1);
		KUNIT_EXPECT_FALSE(test, espsimd_policy_must_ask(xp));
		xp->if_id = what == 0;
		xp->security = what == 1 ? (void *)xp : NULL;
		xp->lft.soft_use_expires_seconds = what == 2;
		xp->lft.hard_use_expires_seconds = what == 3;
		KUNIT_EXPECT_TRUE(test, espsimd_policy_must_ask(xp));
	}

	/* No source address, where one is needed. */
	test_policy(xp, XFRM_DEV_OFFLOAD_OUT);
	KUNIT_EXPECT_TRUE(test, espsimd_policy_must_ask(xp));
	tmpl->saddr.a6[0] = htonl(0x20010db8);
	KUNIT_EXPECT_FALSE(test, espsimd_policy_must_ask(xp));
	tmpl->encap_family = AF_INET;
	KUNIT_EXPECT_FALSE(test, espsimd_policy_must_ask(xp));
	tmpl->saddr.a4 = 0;
	KUNIT_EXPECT_TRUE(test, espsimd_policy_must_ask(xp));
	tmpl->mode = XFRM_MODE_TRANSPORT;
	KUNIT_EXPECT_FALSE(test, espsimd_policy_must_ask(xp));
	tmpl->mode = XFRM_MODE_TUNNEL;
	xp->xfrm_nr = 0;
	KUNIT_EXPECT_FALSE(test, espsimd_policy_must_ask(xp));
}

/* What the stack itself applies to packets to send. */
static void test_refused_inbound(struct kunit *test)
{
	struct xfrm_policy *xp = test_alloc_policy(test);
	struct xfrm_sec_ctx *context = (void *)xp;
	unsigned int i, what;

	for (i = 0; i < ARRAY_SIZE(test_dirs); i++)
		for (what = 0; what < 4; what++) {
			static const char * const words[] = {
				"interface id", "security context",
				"expire by use", "expire by use"
			};

			test_policy(xp, test_dirs[i]);
			xp->if_id = what == 0;
			xp->security = what == 1 ? context : NULL;
			xp->lft.soft_use_expires_seconds = what == 2;
			xp->lft.hard_use_expires_seconds = what == 3;
			if (test_dirs[i] == XFRM_DEV_OFFLOAD_OUT)
				test_expect_taken(test, xp);
			else
				test_expect_refused(test, xp, words[what]);
		}
}

/* ---- templates ---- */

/**
 * struct test_pair - a policy and an SA that fits
 * @pol: the policy
 * @x: the SA
 */
struct test_pair {
	struct espsimd_policy pol;
	struct xfrm_state x;
};

static struct test_pair *test_pair(struct kunit *test, u8 mode, u16 family)
{
	struct test_pair *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->pol.sel.family = AF_INET;
	t->pol.has_tmpl = true;
	t->pol.tmpl.id.proto = IPPROTO_ESP;
	t->pol.tmpl.id.spi = htonl(0x1234);
	t->pol.tmpl.encap_family = family;
	t->pol.tmpl.reqid = 42;
	t->pol.tmpl.mode = mode;
	t->pol.tmpl.aalgos = BIT(3);
	memset(&t->pol.tmpl.saddr, 0x20, family == AF_INET ? 4 : 16);

	t->x.id.proto = IPPROTO_ESP;
	t->x.id.spi = htonl(0x1234);
	t->x.props.family = family;
	t->x.props.reqid = 42;
	t->x.props.mode = mode;
	t->x.props.aalgo = 3;
	t->x.props.saddr = t->pol.tmpl.saddr;
	KUNIT_EXPECT_TRUE(test, espsimd_policy_fits(&t->pol, &t->x));
	return t;
}

static void test_expect_fits(struct kunit *test, const struct test_pair *t,
			     bool want)
{
	KUNIT_EXPECT_EQ_MSG(test, espsimd_policy_fits(&t->pol, &t->x), want,
			    "mode %u, family %u", t->pol.tmpl.mode,
			    t->pol.tmpl.encap_family);
}

static void test_fits_with(struct kunit *test, u8 mode, u16 family)
{
	struct test_pair *t = test_pair(test, mode, family);
	bool transport = mode == XFRM_MODE_TRANSPORT;
	u8 *last;

	t->x.id.proto = IPPROTO_AH;
	test_expect_fits(test, t, false);

	t = test_pair(test, mode, family);
	t->x.id.spi ^= htonl(1);
	test_expect_fits(test, t, false);
	t->pol.tmpl.id.spi = 0;
	test_expect_fits(test, t, true);

	t = test_pair(test, mode, family);
	t->x.props.reqid++;
	test_expect_fits(test, t, false);
	t->pol.tmpl.reqid = 0;
	test_expect_fits(test, t, true);

	t = test_pair(test, mode, family);
	t->x.props.mode = transport ? XFRM_MODE_TUNNEL : XFRM_MODE_TRANSPORT;
	test_expect_fits(test, t, false);

	t = test_pair(test, mode, family);
	t->x.props.aalgo = 4;
	test_expect_fits(test, t, false);
	t->pol.tmpl.allalgs = 1;
	test_expect_fits(test, t, true);

	/* In transport mode the selector says all about addresses. */
	t = test_pair(test, mode, family);
	last = (u8 *)&t->x.props.saddr + (family == AF_INET ? 3 : 15);
	*last ^= 1;
	test_expect_fits(test, t, transport);
	*last ^= 1;
	t->x.props.family = family == AF_INET ? AF_INET6 : AF_INET;
	test_expect_fits(test, t, transport);
	/* Anybody. */
	memset(&t->pol.tmpl.saddr, 0, sizeof(t->pol.tmpl.saddr));
	test_expect_fits(test, t, true);
	t->x.props.family = family;
	test_expect_fits(test, t, true);

	t = test_pair(test, mode, family);
	t->pol.block = true;
	test_expect_fits(test, t, false);

	/* A policy without a template wants no tunnel. */
	t = test_pair(test, mode, family);
	t->pol.has_tmpl = false;
	test_expect_fits(test, t, transport);
}

static void test_fits(struct kunit *test)
{
	test_fits_with(test, XFRM_MODE_TUNNEL, AF_INET);
	test_fits_with(test, XFRM_MODE_TUNNEL, AF_INET6);
	test_fits_with(test, XFRM_MODE_TRANSPORT, AF_INET);
	test_fits_with(test, XFRM_MODE_TRANSPORT, AF_INET6);
}

static struct kunit_case espsimd_policy_rules_cases[] = {
	KUNIT_CASE(test_taken),
	KUNIT_CASE(test_refused),
	KUNIT_CASE(test_must_ask),
	KUNIT_CASE(test_refused_inbound),
	KUNIT_CASE(test_fits),
	{}
};

static struct kunit_suite espsimd_policy_rules_suite = {
	.name = "espsimd_policy_rules",
	.test_cases = espsimd_policy_rules_cases,
};

kunit_test_suite(espsimd_policy_rules_suite);
