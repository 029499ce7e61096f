// SPDX-License-Identifier: GPL-2.0
/*
 * Sequence numbers, associated data and lengths of ESP.
 */
#include <kunit/test.h>

#include "../esp.h"

/* A whole packet: struct xfrm_offload holds just its number. */
static void test_tx_seq_whole_packet(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 1ULL, espsimd_esp_tx_seq(1, 1, 0, true));
	KUNIT_EXPECT_EQ(test, 0x500000009ULL,
			espsimd_esp_tx_seq(9, 9, 5, true));
	KUNIT_EXPECT_EQ(test, 0x5ffffffffULL,
			espsimd_esp_tx_seq(U32_MAX, U32_MAX, 5, true));
	KUNIT_EXPECT_EQ(test, 0x600000000ULL,
			espsimd_esp_tx_seq(0, 0, 6, true));
}

/* A segment: struct xfrm_offload is one ahead. */
static void test_tx_seq_segment(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 1ULL, espsimd_esp_tx_seq(1, 2, 0, true));
	KUNIT_EXPECT_EQ(test, 0x500000009ULL,
			espsimd_esp_tx_seq(9, 10, 5, true));
	KUNIT_EXPECT_EQ(test, 0x5fffffffeULL,
			espsimd_esp_tx_seq(U32_MAX - 1, U32_MAX, 5, true));
}

/* One ahead is beyond the wrap, the segment itself is not. */
static void test_tx_seq_segment_before_wrap(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0x5ffffffffULL,
			espsimd_esp_tx_seq(U32_MAX, 0, 6, true));
	KUNIT_EXPECT_EQ(test, 0xffffffffULL,
			espsimd_esp_tx_seq(U32_MAX, 0, 1, true));
}

static void test_tx_seq_segment_after_wrap(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 0x600000000ULL,
			espsimd_esp_tx_seq(0, 1, 6, true));
	KUNIT_EXPECT_EQ(test, 0x600000001ULL,
			espsimd_esp_tx_seq(1, 2, 6, true));
}

/* The segments of a packet that crosses the wrap, as esp_xmit() counts. */
static void test_tx_seq_segments_over_wrap(struct kunit *test)
{
	const u64 first = 0x7fffffffdULL;
	u32 low = lower_32_bits(first), high = upper_32_bits(first);
	unsigned int i;

	for (i = 0; i < 6; i++) {
		u32 wire = low;

		if (++low < wire)
			high++;
		KUNIT_EXPECT_EQ(test, first + i,
				espsimd_esp_tx_seq(wire, low, high, true));
	}
}

static void test_tx_seq_last_of_all(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, U64_MAX,
			espsimd_esp_tx_seq(U32_MAX, U32_MAX, U32_MAX, true));
	KUNIT_EXPECT_EQ(test, U64_MAX - 1,
			espsimd_esp_tx_seq(U32_MAX - 1, U32_MAX, U32_MAX,
					   true));
}

/* Whatever the stack keeps in the high half, the number has none. */
static void test_tx_seq_without_esn(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 7ULL, espsimd_esp_tx_seq(7, 7, 0, false));
	KUNIT_EXPECT_EQ(test, 7ULL, espsimd_esp_tx_seq(7, 8, 0, false));
	KUNIT_EXPECT_EQ(test, (u64)U32_MAX,
			espsimd_esp_tx_seq(U32_MAX, U32_MAX, 0, false));
	KUNIT_EXPECT_EQ(test, (u64)U32_MAX,
			espsimd_esp_tx_seq(U32_MAX, 0, 1, false));
	KUNIT_EXPECT_EQ(test, 7ULL, espsimd_esp_tx_seq(7, 7, 9, false));
}

/* RFC 4106 section 5, figure 2. */
static void test_aad_without_esn(struct kunit *test)
{
	static const u8 wanted[] = {
		0xde, 0xad, 0xbe, 0xef, 0x00, 0x00, 0x00, 0x2a,
	};
	struct espsimd_aead_msg msg = {};

	memset(msg.aad, 0xaa, sizeof(msg.aad));
	espsimd_esp_set_aad(&msg, htonl(0xdeadbeef), 42, false);
	KUNIT_EXPECT_EQ(test, msg.aad_len, 8);
	KUNIT_EXPECT_MEMEQ(test, msg.aad, wanted, sizeof(wanted));
	KUNIT_EXPECT_EQ(test, msg.aad[8], 0xaa);
}

/* RFC 4106 section 5, figure 3. */
static void test_aad_with_esn(struct kunit *test)
{
	static const u8 wanted[] = {
		0x00, 0x00, 0x43, 0x21, 0x87, 0x65, 0x43, 0x21,
		0x01, 0x02, 0x03, 0x04,
	};
	struct espsimd_aead_msg msg = {};

	espsimd_esp_set_aad(&msg, htonl(0x4321), 0x8765432101020304ULL, true);
	KUNIT_EXPECT_EQ(test, msg.aad_len, 12);
	KUNIT_EXPECT_MEMEQ(test, msg.aad, wanted, sizeof(wanted));
}

/* RFC 4106 section 5: 12 bytes with ESN, even if the high half is 0. */
static void test_aad_with_esn_in_first_cycle(struct kunit *test)
{
	static const u8 wanted[] = {
		0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
		0xff, 0xff, 0xff, 0xfe,
	};
	struct espsimd_aead_msg msg = {};

	espsimd_esp_set_aad(&msg, htonl(U32_MAX), U32_MAX - 1, true);
	KUNIT_EXPECT_EQ(test, msg.aad_len, 12);
	KUNIT_EXPECT_MEMEQ(test, msg.aad, wanted, sizeof(wanted));
}

/* Header 8, IV 8, payload 4 at least, ICV: RFC 4303 section 2. */
static void test_payload_len_of_each_icv(struct kunit *test)
{
	static const unsigned int icvs[] = { 8, 12, 16 };
	unsigned int i, payload;

	for (i = 0; i < ARRAY_SIZE(icvs); i++) {
		unsigned int min = 8 + 8 + 4 + icvs[i];

		payload = 0;
		KUNIT_EXPECT_TRUE(test, espsimd_esp_payload_len(min, icvs[i],
								&payload));
		KUNIT_EXPECT_EQ(test, payload, 4);
		KUNIT_EXPECT_TRUE(test,
				  espsimd_esp_payload_len(min + 1, icvs[i],
							  &payload));
		KUNIT_EXPECT_EQ(test, payload, 5);
		KUNIT_EXPECT_TRUE(test,
				  espsimd_esp_payload_len(65535, icvs[i],
							  &payload));
		KUNIT_EXPECT_EQ(test, payload, 65535 - 16 - icvs[i]);
	}
}

static void test_payload_len_too_short(struct kunit *test)
{
	static const unsigned int icvs[] = { 8, 12, 16 };
	unsigned int i, len, payload = 4711;
	bool enough;

	for (i = 0; i < ARRAY_SIZE(icvs); i++)
		for (len = 0; len < 8 + 8 + 4 + icvs[i]; len++) {
			enough = espsimd_esp_payload_len(len, icvs[i],
							 &payload);
			KUNIT_EXPECT_FALSE_MSG(test, enough,
					       "%u bytes, ICV %u", len,
					       icvs[i]);
		}
	KUNIT_EXPECT_EQ(test, payload, 4711);
}

/*
 * RFC 4303 section 2.4: behind pad length and next header a 4-byte word ends,
 * and no padding is longer than that takes.
 */
static void test_pad_len_aligns(struct kunit *test)
{
	unsigned int len, pad_len;

	for (len = 0; len <= 65535; len++) {
		pad_len = espsimd_esp_pad_len(len);
		KUNIT_ASSERT_LT_MSG(test, pad_len, 4, "%u bytes", len);
		KUNIT_ASSERT_EQ_MSG(test, (len + pad_len + 2) % 4, 0,
				    "%u bytes", len);
	}
}

/* RFC 4303 section 2.4: 1, 2, 3 and so on, then the pad length. */
static void test_trailer_of_each_pad_len(struct kunit *test)
{
	static const u8 wanted[][6] = {
		{ 0, 4, 0xaa, 0xaa, 0xaa, 0xaa },
		{ 1, 1, 41, 0xaa, 0xaa, 0xaa },
		{ 1, 2, 2, 6, 0xaa, 0xaa },
		{ 1, 2, 3, 3, 17, 0xaa },
	};
	unsigned int i;
	u8 buf[6];

	for (i = 0; i < ARRAY_SIZE(wanted); i++) {
		memset(buf, 0xaa, sizeof(buf));
		espsimd_esp_put_trailer(buf, i, wanted[i][i + 1]);
		KUNIT_EXPECT_MEMEQ(test, buf, wanted[i], sizeof(buf));
	}
}

/* A longest one, which hides how long the packet inside is. */
static void test_trailer_of_255_bytes(struct kunit *test)
{
	unsigned int i;
	u8 buf[258];

	memset(buf, 0xaa, sizeof(buf));
	espsimd_esp_put_trailer(buf, 255, 59);
	for (i = 0; i < 255; i++)
		KUNIT_EXPECT_EQ(test, buf[i], i + 1);
	KUNIT_EXPECT_EQ(test, buf[255], 255);
	KUNIT_EXPECT_EQ(test, buf[256], 59);
	KUNIT_EXPECT_EQ(test, buf[257], 0xaa);
}

static struct kunit_case espsimd_esp_cases[] = {
	KUNIT_CASE(test_tx_seq_whole_packet),
	KUNIT_CASE(test_tx_seq_segment),
	KUNIT_CASE(test_tx_seq_segment_before_wrap),
	KUNIT_CASE(test_tx_seq_segment_after_wrap),
	KUNIT_CASE(test_tx_seq_segments_over_wrap),
	KUNIT_CASE(test_tx_seq_last_of_all),
	KUNIT_CASE(test_tx_seq_without_esn),
	KUNIT_CASE(test_aad_without_esn),
	KUNIT_CASE(test_aad_with_esn),
	KUNIT_CASE(test_aad_with_esn_in_first_cycle),
	KUNIT_CASE(test_payload_len_of_each_icv),
	KUNIT_CASE(test_payload_len_too_short),
	KUNIT_CASE(test_pad_len_aligns),
	KUNIT_CASE(test_trailer_of_each_pad_len),
	KUNIT_CASE(test_trailer_of_255_bytes),
	{}
};

static struct kunit_suite espsimd_esp_suite = {
	.name = "espsimd_esp",
	.test_cases = espsimd_esp_cases,
};

kunit_test_suite(espsimd_esp_suite);
