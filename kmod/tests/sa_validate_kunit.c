// SPDX-License-Identifier: GPL-2.0
/*
 * Which SAs are taken: one that is, all that differ from it in one property,
 * and the sentences that say why not.
 */
#include <kunit/test.h>
#include <linux/in.h>
#include <linux/netlink.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/xfrm.h>

#include "../aead/aead.h"
#include "../sa_validate.h"
#include "module.h"

static const struct espsimd_sa_desc test_accepted = {
	.aead = "rfc4106(gcm(aes))",
	.geniv = "seqiv",
	.key_bits = 128,
	.icv_bits = 128,
	.family = AF_INET,
	.mode = XFRM_MODE_TUNNEL,
	.proto = IPPROTO_ESP,
	.outbound = true,
};

/* The members of struct espsimd_sa_desc. */
enum test_property {
	TEST_NOTHING,
	TEST_AEAD,
	TEST_GENIV,
	TEST_AUTH,
	TEST_ENC,
	TEST_COMP,
	TEST_KEY_BITS,
	TEST_ICV_BITS,
	TEST_TFCPAD,
	TEST_IF_ID,
	TEST_ENCAP,
	TEST_FAMILY,
	TEST_MODE,
	TEST_PROTO,
	TEST_OUTBOUND,
	TEST_PACKET_OFFLOAD,
};

/**
 * struct test_change - a property with another value
 * @property: which one
 * @value: the value if it is a number
 * @text: the value if it is a name
 */
struct test_change {
	enum test_property property;
	u32 value;
	const char *text;
};

static void test_set(struct espsimd_sa_desc *desc, const struct test_change *c)
{
	switch (c->property) {
	case TEST_NOTHING:
		break;
	case TEST_AEAD:
		desc->aead = c->text;
		break;
	case TEST_GENIV:
		desc->geniv = c->text;
		break;
	case TEST_AUTH:
		desc->auth = c->text;
		break;
	case TEST_ENC:
		desc->enc = c->text;
		break;
	case TEST_COMP:
		desc->comp = c->text;
		break;
	case TEST_KEY_BITS:
		desc->key_bits = c->value;
		break;
	case TEST_ICV_BITS:
		desc->icv_bits = c->value;
		break;
	case TEST_TFCPAD:
		desc->tfcpad = c->value;
		break;
	case TEST_IF_ID:
		desc->if_id = c->value;
		break;
	case TEST_ENCAP:
		desc->encap = c->value;
		break;
	case TEST_FAMILY:
		desc->family = c->value;
		break;
	case TEST_MODE:
		desc->mode = c->value;
		break;
	case TEST_PROTO:
		desc->proto = c->value;
		break;
	case TEST_OUTBOUND:
		desc->outbound = c->value;
		break;
	case TEST_PACKET_OFFLOAD:
		desc->packet_offload = c->value;
		break;
	}
}

/**
 * struct test_variant - an SA that differs from the accepted one
 * @name: how the test is called
 * @reason: why it is refused, NULL if it is taken
 * @changes: in what it differs
 */
struct test_variant {
	const char *name;
	const char *reason;
	struct test_change changes[3];
};

static const struct test_variant test_taken[] = {
	{ "as it is", NULL, {} },
	{ "192 bit", NULL, { { TEST_KEY_BITS, 192 } } },
	{ "256 bit", NULL, { { TEST_KEY_BITS, 256 } } },
	{ "ICV 64", NULL, { { TEST_ICV_BITS, 64 } } },
	{ "ICV 96", NULL, { { TEST_ICV_BITS, 96 } } },
	{ "transport", NULL, { { TEST_MODE, XFRM_MODE_TRANSPORT } } },
	{ "IPv6", NULL, { { TEST_FAMILY, AF_INET6 } } },
	{ "inbound", NULL, { { TEST_OUTBOUND, false } } },
	{ "IV generator unknown", NULL, { { TEST_GENIV } } },
	{ "interface, outbound", NULL, { { TEST_IF_ID, 7 } } },
	{ "UDP", NULL, { { TEST_ENCAP, UDP_ENCAP_ESPINUDP } } },
	{ "UDP, inbound", NULL, { { TEST_ENCAP, UDP_ENCAP_ESPINUDP },
				  { TEST_OUTBOUND, false } } },
	{ "packet offload", NULL, { { TEST_PACKET_OFFLOAD, true } } },
	{ "packet offload, UDP over IPv6", NULL,
	  { { TEST_PACKET_OFFLOAD, true }, { TEST_ENCAP, UDP_ENCAP_ESPINUDP },
	    { TEST_FAMILY, AF_INET6 } } },
	{ "UDP over IPv6, inbound", NULL,
	  { { TEST_ENCAP, UDP_ENCAP_ESPINUDP }, { TEST_FAMILY, AF_INET6 },
	    { TEST_OUTBOUND, false } } },
	{ "transport over IPv6, 256 bit", NULL,
	  { { TEST_MODE, XFRM_MODE_TRANSPORT }, { TEST_FAMILY, AF_INET6 },
	    { TEST_KEY_BITS, 256 } } },
};

#define REASON_MODE	"Only transport and tunnel mode can be offloaded"
#define REASON_FAMILY	"Only IPv4 and IPv6 can be offloaded"
#define REASON_ENCAP	"Of all encapsulations only ESP in UDP can be offloaded"
#define REASON_UDP6	"Linux cannot offload outbound ESP in UDP over IPv6"
#define REASON_IF_ID	"Inbound SAs with an interface id cannot be offloaded"
#define REASON_TFCPAD	"Traffic flow padding (TFC) cannot be offloaded"
#define REASON_AUTH	"A separate integrity algorithm cannot be offloaded"
#define REASON_ENC	"A cipher that is not an AEAD cannot be offloaded"
#define REASON_NO_AEAD	"An SA without an AEAD algorithm cannot be offloaded"
#define REASON_AEAD	"Of all AEADs only rfc4106(gcm(aes)) can be offloaded"
#define REASON_GENIV	"Only the IV generator seqiv can be offloaded"
#define REASON_KEY	"Only AES keys of 128, 192 or 256 bits can be offloaded"
#define REASON_ICV	"Only ICVs of 64, 96 or 128 bits can be offloaded"

static const struct test_variant test_refused[] = {
	{ "AH", "Only ESP can be offloaded", { { TEST_PROTO, IPPROTO_AH } } },
	{ "IPComp", "Only ESP can be offloaded",
	  { { TEST_PROTO, IPPROTO_COMP } } },
	{ "BEET", REASON_MODE, { { TEST_MODE, XFRM_MODE_BEET } } },
	{ "route optimisation", REASON_MODE,
	  { { TEST_MODE, XFRM_MODE_ROUTEOPTIMIZATION } } },
	{ "trigger", REASON_MODE, { { TEST_MODE, XFRM_MODE_IN_TRIGGER } } },
	{ "no family", REASON_FAMILY, { { TEST_FAMILY, AF_UNSPEC } } },
	{ "ESP in TCP", REASON_ENCAP, { { TEST_ENCAP, TCP_ENCAP_ESPINTCP } } },
	{ "old ESP in UDP", REASON_ENCAP, { { TEST_ENCAP, 1 } } },
	{ "UDP over IPv6", REASON_UDP6,
	  { { TEST_ENCAP, UDP_ENCAP_ESPINUDP }, { TEST_FAMILY, AF_INET6 } } },
	{ "interface, inbound", REASON_IF_ID,
	  { { TEST_IF_ID, 7 }, { TEST_OUTBOUND, false } } },
	{ "padding", REASON_TFCPAD, { { TEST_TFCPAD, 1 } } },
	{ "compression", "Compression cannot be offloaded",
	  { { TEST_COMP, 0, "deflate" } } },
	{ "integrity", REASON_AUTH, { { TEST_AUTH, 0, "hmac(sha256)" } } },
	{ "cipher", REASON_ENC, { { TEST_ENC, 0, "cbc(aes)" } } },
	{ "no AEAD", REASON_NO_AEAD, { { TEST_AEAD } } },
	{ "GMAC", REASON_AEAD, { { TEST_AEAD, 0, "rfc4543(gcm(aes))" } } },
	{ "CCM", REASON_AEAD, { { TEST_AEAD, 0, "rfc4309(ccm(aes))" } } },
	{ "ChaCha", REASON_AEAD,
	  { { TEST_AEAD, 0, "rfc7539esp(chacha20,poly1305)" } } },
	{ "nameless", REASON_AEAD, { { TEST_AEAD, 0, "" } } },
	{ "a longer name", REASON_AEAD,
	  { { TEST_AEAD, 0, "rfc4106(gcm(aes))x" } } },
	{ "other IV generator", REASON_GENIV,
	  { { TEST_GENIV, 0, "echainiv" } } },
	{ "no key", REASON_KEY, { { TEST_KEY_BITS, 0 } } },
	{ "key without salt", REASON_KEY, { { TEST_KEY_BITS, 128 - 32 } } },
	{ "no ICV", REASON_ICV, { { TEST_ICV_BITS, 0 } } },
	{ "ICV 32", REASON_ICV, { { TEST_ICV_BITS, 32 } } },
};

static void test_apply(struct espsimd_sa_desc *desc,
		       const struct test_variant *variant)
{
	const struct test_change *c = variant->changes;
	unsigned int i;

	*desc = test_accepted;
	for (i = 0; i < ARRAY_SIZE(variant->changes); i++, c++)
		test_set(desc, c);
}

static void test_variant_name(const struct test_variant *variant, char *name)
{
	strscpy(name, variant->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(test_taken, test_taken, test_variant_name);
KUNIT_ARRAY_PARAM(test_refused, test_refused, test_variant_name);

static void test_sa_is_taken(struct kunit *test)
{
	const struct test_variant *variant = test->param_value;
	const char *reason = "not set";
	struct espsimd_sa_desc desc;

	test_apply(&desc, variant);
	KUNIT_EXPECT_EQ(test, 0, espsimd_sa_validate(&desc, &reason));
	KUNIT_EXPECT_NULL(test, reason);
}

static void test_sa_is_refused(struct kunit *test)
{
	const struct test_variant *variant = test->param_value;
	const char *reason = NULL;
	struct espsimd_sa_desc desc;

	test_apply(&desc, variant);
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, espsimd_sa_validate(&desc, &reason));
	KUNIT_ASSERT_NOT_NULL(test, reason);
	KUNIT_EXPECT_STREQ(test, reason, variant->reason);
}

/* "espsimd: " and the sentence must fit, or the end of it is cut off. */
static void test_reason_fits_netlink(struct kunit *test)
{
	unsigned int i;
	size_t len;

	for (i = 0; i < ARRAY_SIZE(test_refused); i++) {
		len = strlen(test_refused[i].reason);
		KUNIT_EXPECT_LE_MSG(test, len, 70, "%s",
				    test_refused[i].reason);
		KUNIT_EXPECT_LT(test, strlen("espsimd: ") + len,
				NETLINK_MAX_FMTMSG_LEN);
	}
}

static bool test_is_taken(struct kunit *test,
			  const struct espsimd_sa_desc *desc)
{
	const char *reason;
	int err = espsimd_sa_validate(desc, &reason);

	KUNIT_EXPECT_TRUE_MSG(test, err == 0 || err == -EOPNOTSUPP,
			      "error %d", err);
	KUNIT_EXPECT_EQ(test, !err, !reason);

	return !err;
}

static void test_only_esp_is_taken(struct kunit *test)
{
	struct espsimd_sa_desc desc = test_accepted;
	unsigned int i;

	for (i = 0; i < 256; i++) {
		desc.proto = i;
		KUNIT_EXPECT_EQ_MSG(test, i == IPPROTO_ESP,
				    test_is_taken(test, &desc), "%u", i);
	}
}

static void test_only_two_modes_are_taken(struct kunit *test)
{
	struct espsimd_sa_desc desc = test_accepted;
	unsigned int i;
	bool taken;

	for (i = 0; i < 256; i++) {
		desc.mode = i;
		taken = i == XFRM_MODE_TRANSPORT || i == XFRM_MODE_TUNNEL;
		KUNIT_EXPECT_EQ_MSG(test, taken, test_is_taken(test, &desc),
				    "%u", i);
	}
}

static void test_only_two_families_are_taken(struct kunit *test)
{
	struct espsimd_sa_desc desc = test_accepted;
	unsigned int i;

	for (i = 0; i < 512; i++) {
		desc.family = i;
		KUNIT_EXPECT_EQ_MSG(test, i == AF_INET || i == AF_INET6,
				    test_is_taken(test, &desc), "%u", i);
	}
}

static void test_only_one_encapsulation_is_taken(struct kunit *test)
{
	struct espsimd_sa_desc desc = test_accepted;
	unsigned int i;

	for (i = 0; i < 512; i++) {
		desc.encap = i;
		KUNIT_EXPECT_EQ_MSG(test, i == 0 || i == UDP_ENCAP_ESPINUDP,
				    test_is_taken(test, &desc), "%u", i);
	}
}

static void test_only_three_key_lengths_are_taken(struct kunit *test)
{
	struct espsimd_sa_desc desc = test_accepted;
	unsigned int i;

	for (i = 0; i < 1024; i++) {
		desc.key_bits = i;
		KUNIT_EXPECT_EQ_MSG(test, i == 128 || i == 192 || i == 256,
				    test_is_taken(test, &desc), "%u", i);
	}
}

static void test_only_three_icv_lengths_are_taken(struct kunit *test)
{
	struct espsimd_sa_desc desc = test_accepted;
	unsigned int i;

	for (i = 0; i < 512; i++) {
		desc.icv_bits = i;
		KUNIT_EXPECT_EQ_MSG(test, i == 64 || i == 96 || i == 128,
				    test_is_taken(test, &desc), "%u", i);
	}
}

static void test_cpu_without_engine(struct kunit *test)
{
	const struct espsimd_test_no_engine *seen = &espsimd_test_no_engine;

	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP, seen->err);
	KUNIT_ASSERT_NOT_NULL(test, seen->reason);
	KUNIT_EXPECT_STREQ(test, seen->reason,
			   "This CPU lacks AES-NI and PCLMULQDQ");
}

/**
 * struct test_state - an SA of the stack, with the memory that it refers to
 * @x: the SA
 * @aead: its algorithm
 * @encap: its encapsulation
 */
struct test_state {
	struct xfrm_state x;
	struct xfrm_algo_aead aead;
	struct xfrm_encap_tmpl encap;
};

static struct xfrm_state *test_state(struct kunit *test,
				     struct test_state **state)
{
	struct test_state *s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, s);
	strscpy(s->aead.alg_name, "rfc4106(gcm(aes))");
	s->aead.alg_key_len = 256 + 32;
	s->aead.alg_icv_len = 96;
	s->encap.encap_type = UDP_ENCAP_ESPINUDP;
	s->x.aead = &s->aead;
	s->x.geniv = "seqiv";
	s->x.id.proto = IPPROTO_ESP;
	s->x.props.family = AF_INET6;
	s->x.props.mode = XFRM_MODE_TRANSPORT;
	s->x.xso.dir = XFRM_DEV_OFFLOAD_OUT;
	s->x.xso.type = XFRM_DEV_OFFLOAD_CRYPTO;
	*state = s;

	return &s->x;
}

static void test_describe_outbound(struct kunit *test)
{
	struct espsimd_sa_desc desc;
	struct test_state *state;

	memset(&desc, 0xa5, sizeof(desc));
	espsimd_sa_describe(&desc, test_state(test, &state));
	KUNIT_EXPECT_STREQ(test, desc.aead, "rfc4106(gcm(aes))");
	KUNIT_EXPECT_STREQ(test, desc.geniv, "seqiv");
	KUNIT_EXPECT_NULL(test, desc.auth);
	KUNIT_EXPECT_NULL(test, desc.enc);
	KUNIT_EXPECT_NULL(test, desc.comp);
	KUNIT_EXPECT_EQ(test, desc.key_bits, 256);
	KUNIT_EXPECT_EQ(test, desc.icv_bits, 96);
	KUNIT_EXPECT_EQ(test, desc.tfcpad, 0);
	KUNIT_EXPECT_EQ(test, desc.if_id, 0);
	KUNIT_EXPECT_EQ(test, desc.encap, 0);
	KUNIT_EXPECT_EQ(test, desc.family, AF_INET6);
	KUNIT_EXPECT_EQ(test, desc.mode, XFRM_MODE_TRANSPORT);
	KUNIT_EXPECT_EQ(test, desc.proto, IPPROTO_ESP);
	KUNIT_EXPECT_TRUE(test, desc.outbound);
	KUNIT_EXPECT_FALSE(test, desc.packet_offload);
	KUNIT_EXPECT_TRUE(test, test_is_taken(test, &desc));
}

static void test_describe_everything_else(struct kunit *test)
{
	static struct xfrm_algo_auth auth = { .alg_name = "hmac(sha1)" };
	static struct xfrm_algo enc = { .alg_name = "cbc(aes)" };
	static struct xfrm_algo comp = { .alg_name = "deflate" };
	struct espsimd_sa_desc desc;
	struct test_state *state;
	struct xfrm_state *x = test_state(test, &state);

	x->aead = NULL;
	x->geniv = NULL;
	x->aalg = &auth;
	x->ealg = &enc;
	x->calg = &comp;
	x->encap = &state->encap;
	x->tfcpad = 99;
	x->if_id = 42;
	x->xso.dir = XFRM_DEV_OFFLOAD_IN;
	x->xso.type = XFRM_DEV_OFFLOAD_PACKET;
	espsimd_sa_describe(&desc, x);

	KUNIT_EXPECT_NULL(test, desc.aead);
	KUNIT_EXPECT_NULL(test, desc.geniv);
	KUNIT_EXPECT_STREQ(test, desc.auth, "hmac(sha1)");
	KUNIT_EXPECT_STREQ(test, desc.enc, "cbc(aes)");
	KUNIT_EXPECT_STREQ(test, desc.comp, "deflate");
	KUNIT_EXPECT_EQ(test, desc.key_bits, 0);
	KUNIT_EXPECT_EQ(test, desc.icv_bits, 0);
	KUNIT_EXPECT_EQ(test, desc.tfcpad, 99);
	KUNIT_EXPECT_EQ(test, desc.if_id, 42);
	KUNIT_EXPECT_EQ(test, desc.encap, UDP_ENCAP_ESPINUDP);
	KUNIT_EXPECT_FALSE(test, desc.outbound);
	KUNIT_EXPECT_TRUE(test, desc.packet_offload);
}

/* A key that is shorter than the salt must not become a long one. */
static void test_describe_key_shorter_than_salt(struct kunit *test)
{
	struct espsimd_sa_desc desc;
	struct test_state *state;
	struct xfrm_state *x = test_state(test, &state);
	unsigned int bits;

	for (bits = 0; bits < 160; bits += 8) {
		state->aead.alg_key_len = bits;
		espsimd_sa_describe(&desc, x);
		KUNIT_EXPECT_FALSE_MSG(test, test_is_taken(test, &desc),
				       "%u bits", bits);
	}
	state->aead.alg_key_len = bits;
	espsimd_sa_describe(&desc, x);
	KUNIT_EXPECT_TRUE(test, test_is_taken(test, &desc));
}

static struct kunit_case espsimd_sa_validate_cases[] = {
	KUNIT_CASE_PARAM(test_sa_is_taken, test_taken_gen_params),
	KUNIT_CASE_PARAM(test_sa_is_refused, test_refused_gen_params),
	KUNIT_CASE(test_reason_fits_netlink),
	KUNIT_CASE(test_only_esp_is_taken),
	KUNIT_CASE(test_only_two_modes_are_taken),
	KUNIT_CASE(test_only_two_families_are_taken),
	KUNIT_CASE(test_only_one_encapsulation_is_taken),
	KUNIT_CASE(test_only_three_key_lengths_are_taken),
	KUNIT_CASE(test_only_three_icv_lengths_are_taken),
	KUNIT_CASE(test_cpu_without_engine),
	KUNIT_CASE(test_describe_outbound),
	KUNIT_CASE(test_describe_everything_else),
	KUNIT_CASE(test_describe_key_shorter_than_salt),
	{}
};

static struct kunit_suite espsimd_sa_validate_suite = {
	.name = "espsimd_sa_validate",
	.test_cases = espsimd_sa_validate_cases,
};

kunit_test_suite(espsimd_sa_validate_suite);
