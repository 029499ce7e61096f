// SPDX-License-Identifier: GPL-2.0
/*
 * What `espsimd fallback` remembers: written, read again, forgotten.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../remember.h"
#include "unit.h"

static const char *root;

static struct move_sa make_sa(uint16_t family, uint32_t spi, enum xfrm_way way)
{
	struct move_sa sa = { .dir = XFRM_DIR_OUT };

	sa.sa.info.family = family;
	sa.sa.info.id.spi = htonl(spi);
	inet_pton(family, family == AF_INET ? "192.0.2.1" : "2001:db8::1",
		  &sa.sa.info.id.daddr);
	sa.sa.mark.v = 5;
	sa.sa.mark.m = 0xff;
	sa.now.way = way;
	sa.now.ifindex = if_nametoindex("lo");
	return sa;
}

static void test_kept(void)
{
	struct move_sa four = make_sa(AF_INET, 0x1001, XFRM_PACKET);
	struct move_sa six = make_sa(AF_INET6, 0x1001, XFRM_CRYPTO);
	struct move_pol pol = { .now = if_nametoindex("lo") };
	struct memory memory;

	pol.pol.info.index = 0x91;
	pol.pol.info.dir = 1;
	ok(!memory_open(&memory, root) && !memory.nr, "remember: nothing yet");
	memory_add_sa(&memory, &four);
	four.now.way = XFRM_CRYPTO;
	memory_add_sa(&memory, &four);
	memory_add_sa(&memory, &six);
	memory_add_policy(&memory, &pol);
	ok(!memory_save(&memory), "remember: written");
	memory_close(&memory);

	ok(!memory_open(&memory, root) && memory.nr == 3,
	   "remember: read, each once");
	if (memory.nr != 3)
		return;
	ok(memo_is_sa(&memory.memos[0], &four) &&
	   memory.memos[0].way == XFRM_CRYPTO &&
	   !strcmp(memory.memos[0].dev, "lo"), "remember: an SA of IPv4");
	ok(memo_is_sa(&memory.memos[1], &six) &&
	   !memo_is_sa(&memory.memos[1], &four), "remember: one of IPv6");
	ok(memo_is_policy(&memory.memos[2], &pol) &&
	   !memo_is_sa(&memory.memos[2], &four), "remember: a policy");
	four.sa.mark.v = 6;
	ok(!memo_is_sa(&memory.memos[0], &four), "remember: not another mark");
	pol.pol.info.dir = 0;
	ok(!memo_is_policy(&memory.memos[2], &pol),
	   "remember: not another direction");
	memory.memos[0].done = true;
	memory.memos[1].done = true;
	ok(!memory_save(&memory), "remember: some forgotten");
	memory_close(&memory);

	ok(!memory_open(&memory, root) && memory.nr == 1 &&
	   memory.memos[0].policy, "remember: the others are left");
	memory.memos[0].done = true;
	ok(!memory_save(&memory), "remember: all forgotten");
	ok(access(memory.path, F_OK), "remember: no file is left");
	memory_close(&memory);
}

/* Lines that are none of ours. */
static void test_malformed(void)
{
	struct memory memory;
	FILE *file;

	if (memory_open(&memory, root))
		return;
	file = fopen(memory.path, "we");
	fputs("sa lo packet 192.0.2.1 1001\n"
	      "sa lo nothing 192.0.2.1 1001 0/0\n"
	      "sa lo packet 192.0.2 1001 0/0\n"
	      "policy lo\n"
	      "\n"
	      "sa lo packet 192.0.2.1 1001 0/0\n", file);
	fclose(file);
	memory_close(&memory);
	ok(!memory_open(&memory, root) && memory.nr == 1 &&
	   memory.memos[0].spi == htonl(0x1001),
	   "remember: only whole lines count");
	unlink(memory.path);
	memory_close(&memory);
}

void test_remember(void)
{
	root = root_begin();
	root_place("run/espsimd/x");
	test_kept();
	test_malformed();
	root_end();
}
