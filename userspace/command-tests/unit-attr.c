// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes: what is well formed, what is not, and bytes at random.
 */
#include <errno.h>
#include <linux/espsimd.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>

#include "../attr.h"
#include "unit.h"

static union {
	struct nlmsghdr header;
	char bytes[4096];
} buffer;

static const struct nlattr *attrs[ESPSIMD_A_SA_MAX + 1];

static struct nlmsghdr *begin(void)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(&buffer);

	mnl_nlmsg_put_extra_header(nlh, sizeof(struct genlmsghdr));
	return nlh;
}

static int parse(void)
{
	return attr_parse(&buffer.header, sa_attrs, ESPSIMD_A_SA_MAX, attrs);
}

/* A value of each length from 0 to 20, of which only some are well formed. */
static void test_lengths(unsigned int attr, uint32_t lengths, const char *name)
{
	static const char zeros[20];
	bool passed = true;
	size_t length;

	for (length = 0; length <= sizeof(zeros); length++) {
		mnl_attr_put(begin(), attr, length, zeros);
		if ((parse() == 0) != (lengths >> length & 1))
			passed = false;
	}
	ok(passed, "attr: lengths of %s", name);
}

static void test_numbers(void)
{
	uint64_t large = UINT64_C(0x123456789abcdef0);
	struct nlmsghdr *nlh = begin();

	/* An odd number of 4-byte units before it: not aligned to 8 bytes. */
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_REQID, 7);
	mnl_attr_put(nlh, ESPSIMD_A_SA_BYTES, sizeof(large), &large);
	mnl_attr_put(nlh, ESPSIMD_A_SA_PACKETS, 4, "\1\0\0\0");
	mnl_attr_put(nlh, ESPSIMD_A_SA_SPI, 4, "\0\0\1\2");
	mnl_attr_put(nlh, ESPSIMD_A_SA_ENCAP_SPORT, 2, "\x11\x94");
	ok(!parse(), "attr: numbers are well formed");
	ok(attr_number(attrs[ESPSIMD_A_SA_BYTES], ATTR_UINT) == large,
	   "attr: number of 8 bytes");
	ok(attr_number(attrs[ESPSIMD_A_SA_PACKETS], ATTR_UINT) == 1,
	   "attr: the same of 4 bytes");
	ok(attr_number(attrs[ESPSIMD_A_SA_SPI], ATTR_SPI) == 0x102,
	   "attr: SPI in network order");
	ok(attr_number(attrs[ESPSIMD_A_SA_ENCAP_SPORT], ATTR_BE16) == 4500,
	   "attr: port in network order");
	ok(attr_number(attrs[ESPSIMD_A_SA_ERRORS], ATTR_UINT) == 0,
	   "attr: absent number");
}

static void test_texts(void)
{
	char text[ATTR_TEXT_SIZE];
	struct nlmsghdr *nlh = begin();

	mnl_attr_put(nlh, ESPSIMD_A_SA_SADDR, 4, "\xc0\0\2\1");
	mnl_attr_put(nlh, ESPSIMD_A_SA_DADDR, 16,
		     "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1");
	mnl_attr_put_u8(nlh, ESPSIMD_A_SA_MODE, 200);
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_IFINDEX, 0x7fffffff);
	ok(!parse(), "attr: texts are well formed");
	ok_text(attr_text(attrs[ESPSIMD_A_SA_SADDR],
			  &sa_attrs[ESPSIMD_A_SA_SADDR], text),
		"192.0.2.1", "attr: IPv4 address");
	ok_text(attr_text(attrs[ESPSIMD_A_SA_DADDR],
			  &sa_attrs[ESPSIMD_A_SA_DADDR], text),
		"2001:db8::1", "attr: IPv6 address");
	ok_text(attr_text(attrs[ESPSIMD_A_SA_MODE],
			  &sa_attrs[ESPSIMD_A_SA_MODE], text),
		"200", "attr: value without a name");
	ok_text(attr_text(attrs[ESPSIMD_A_SA_IFINDEX],
			  &sa_attrs[ESPSIMD_A_SA_IFINDEX], text),
		"if2147483647", "attr: interface that is gone");
	ok_text(attr_text(NULL, &sa_attrs[ESPSIMD_A_SA_ALG], text), "-",
		"attr: absent value");
}

static void test_unknown(void)
{
	struct nlmsghdr *nlh = begin();

	mnl_attr_put(nlh, ESPSIMD_A_SA_MAX + 1, 3, "new");
	mnl_attr_put_u32(nlh, ESPSIMD_A_SA_REQID, 7);
	ok(!parse() && attr_number(attrs[ESPSIMD_A_SA_REQID], ATTR_U32) == 7,
	   "attr: attributes of a later module are left out");

	buffer.header.nlmsg_len = sizeof(struct nlmsghdr);
	ok(parse() == -EBADMSG, "attr: message without a header");
}

/* A generator of our own, so that all runs are the same. */
static uint32_t next_random(void)
{
	static uint32_t state = 1;

	state = state * 1664525 + 1013904223;
	return state >> 8;
}

/* The sanitizers would end the program at any access beyond the message. */
static void test_random(void)
{
	unsigned int round, i, attr, parsed = 0;
	char text[ATTR_TEXT_SIZE];

	for (round = 0; round < 20000; round++) {
		size_t length = 20 + next_random() % 100;
		struct nlmsghdr *nlh = calloc(1, MNL_ALIGN(length));

		if (!nlh)
			abort();
		for (i = 0; i < length; i++)
			((char *)nlh)[i] = next_random();
		/* Else hardly any is anything but an endless attribute. */
		for (i = 20; i + 4 <= length && next_random() % 8; i += 8) {
			((uint16_t *)nlh)[i / 2] = next_random() % 24;
			((uint16_t *)nlh)[i / 2 + 1] =
				next_random() % (ESPSIMD_A_SA_MAX + 2);
		}
		nlh->nlmsg_len = length;
		if (!attr_parse(nlh, sa_attrs, ESPSIMD_A_SA_MAX, attrs)) {
			parsed++;
			for (attr = 1; attr <= ESPSIMD_A_SA_MAX; attr++)
				attr_text(attrs[attr], &sa_attrs[attr], text);
			json_object_put(attr_object(sa_attrs, ESPSIMD_A_SA_MAX,
						    attrs));
		}
		free(nlh);
	}
	ok(parsed > 1000 && parsed < round,
	   "attr: bytes at random, of which some are well formed");
}

void test_attr(void)
{
	test_lengths(ESPSIMD_A_SA_ESN, 1 << 0, "a flag");
	test_lengths(ESPSIMD_A_SA_MODE, 1 << 1, "a number of 1 byte");
	test_lengths(ESPSIMD_A_SA_FAMILY, 1 << 2, "a number of 2 bytes");
	test_lengths(ESPSIMD_A_SA_REQID, 1 << 4, "a number of 4 bytes");
	test_lengths(ESPSIMD_A_SA_BYTES, 1 << 4 | 1 << 8, "a number");
	test_lengths(ESPSIMD_A_SA_ALG, 0x1ffffe, "a string");
	test_lengths(ESPSIMD_A_SA_SADDR, 1 << 4 | 1 << 16, "an address");
	test_numbers();
	test_texts();
	test_unknown();
	test_random();
}
