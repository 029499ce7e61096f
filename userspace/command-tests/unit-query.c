// SPDX-License-Identifier: GPL-2.0
/*
 * Properties of an SA on the command line of `espsimd check`.
 */
#include <linux/espsimd.h>
#include <linux/udp.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "../check.h"
#include "unit.h"

static struct sa_query query;

static int parse(const char *line)
{
	char *words[MAX_WORDS];

	split(line, words);
	return parse_sa(words, &query);
}

static void refuse(const char *line, const char *expected)
{
	char name[128];
	int code;

	capture_begin();
	code = parse(line);
	snprintf(name, sizeof(name), "query: refused: %s", line);
	ok_text(capture_end(), expected, name);
	ok(code == EXIT_USAGE, "%s: exit code", name);
}

static bool is_number(unsigned int attr, uint32_t number)
{
	return query.given[attr] && query.numbers[attr] == number;
}

static bool is_string(unsigned int attr, const char *string)
{
	return query.given[attr] && query.strings[attr] &&
	       !strcmp(query.strings[attr], string);
}

static void test_defaults(void)
{
	ok(!parse(""), "query: empty");
	ok(is_number(ESPSIMD_A_SA_OFFLOAD, ESPSIMD_OFFLOAD_CRYPTO) &&
	   is_number(ESPSIMD_A_SA_FAMILY, AF_INET) &&
	   is_number(ESPSIMD_A_SA_PROTO, IPPROTO_ESP) &&
	   is_number(ESPSIMD_A_SA_MODE, XFRM_MODE_TUNNEL) &&
	   is_string(ESPSIMD_A_SA_ALG, "rfc4106(gcm(aes))") &&
	   is_number(ESPSIMD_A_SA_KEY_BITS, 128) &&
	   is_number(ESPSIMD_A_SA_ICV_BITS, 128), "query: defaults");
	ok(!query.given[ESPSIMD_A_SA_DIRECTION] &&
	   !query.given[ESPSIMD_A_SA_ESN] &&
	   !query.given[ESPSIMD_A_SA_ENCAP], "query: no other defaults");

	ok(!parse("auth hmac(sha256) enc cbc(aes)") &&
	   is_string(ESPSIMD_A_SA_AUTH_ALG, "hmac(sha256)") &&
	   is_string(ESPSIMD_A_SA_ENC_ALG, "cbc(aes)") &&
	   !query.given[ESPSIMD_A_SA_ALG] &&
	   !query.given[ESPSIMD_A_SA_KEY_BITS] &&
	   !query.given[ESPSIMD_A_SA_ICV_BITS],
	   "query: no AEAD beside a cipher");
}

static void test_all(void)
{
	ok(!parse("alg gcm(aes) key-bits 256 icv-bits 64 mode transport\t"
		  "dir in offload crypto encap espinudp esn if-id 0x10\t"
		  "family inet6 proto ah comp deflate tfcpad 7"),
	   "query: all keywords");
	ok(is_string(ESPSIMD_A_SA_ALG, "gcm(aes)") &&
	   is_number(ESPSIMD_A_SA_KEY_BITS, 256) &&
	   is_number(ESPSIMD_A_SA_ICV_BITS, 64) &&
	   is_number(ESPSIMD_A_SA_MODE, XFRM_MODE_TRANSPORT) &&
	   is_number(ESPSIMD_A_SA_DIRECTION, ESPSIMD_DIRECTION_IN) &&
	   is_number(ESPSIMD_A_SA_ENCAP, UDP_ENCAP_ESPINUDP) &&
	   query.given[ESPSIMD_A_SA_ESN] &&
	   is_number(ESPSIMD_A_SA_IF_ID, 16) &&
	   is_number(ESPSIMD_A_SA_FAMILY, AF_INET6) &&
	   is_number(ESPSIMD_A_SA_PROTO, IPPROTO_AH) &&
	   is_string(ESPSIMD_A_SA_COMP_ALG, "deflate") &&
	   is_number(ESPSIMD_A_SA_TFCPAD, 7), "query: their values");
}

static void test_refused(void)
{
	char name[4 + 64 + 1] = "";

#define ADVICE	", try \"espsimd check help\".\n"
	refuse("spi 1", "Error: \"spi\" is not expected" ADVICE);
	refuse("key-bit 128", "Error: \"key-bit\" is not expected" ADVICE);
	refuse("key-bits", "Error: \"key-bits\" needs a value" ADVICE);
	refuse("key-bits big",
	       "Error: key-bits \"big\" is not a number" ADVICE);
	refuse("key-bits -1",
	       "Error: key-bits \"-1\" is not a number" ADVICE);
	refuse("key-bits 128x",
	       "Error: key-bits \"128x\" is not a number" ADVICE);
	refuse("if-id 4294967296",
	       "Error: if-id \"4294967296\" is not a number" ADVICE);
	refuse("dir up", "Error: dir \"up\" is none of in, out" ADVICE);
	refuse("offload all",
	       "Error: offload \"all\" is none of crypto, packet" ADVICE);
	refuse("esn esn", "Error: \"esn\" is given twice" ADVICE);
	refuse("alg a alg b", "Error: \"alg\" is given twice" ADVICE);
	memset(name, 'a', sizeof(name) - 1);
	memcpy(name, "alg ", 4);
	refuse(name, "Error: the name after \"alg\" is too long" ADVICE);
#undef ADVICE
}

void test_query(void)
{
	test_defaults();
	test_all();
	test_refused();
}
