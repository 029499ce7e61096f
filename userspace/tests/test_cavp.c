// SPDX-License-Identifier: GPL-2.0
/*
 * NIST's CAVP vectors for GCM, all with a nonce of 96 bits and a tag of 64, 96
 * or 128: test_cavp DIRECTORY
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "tap.h"

#define CAVP_MAX	256

struct cavp_field {
	u8 data[CAVP_MAX];
	unsigned int len;
};

struct cavp_case {
	struct cavp_field key, iv, pt, aad, ct, tag;
	bool fail;
};

/* Each file has that many with such nonces and tags. */
#define CAVP_FILE_CASES	1125

static const char *cavp_dir;

static bool cavp_hex(struct cavp_field *f, const char *hex)
{
	unsigned int byte;

	for (f->len = 0; hex[0] > ' ' && hex[1] > ' '; hex += 2) {
		if (f->len == CAVP_MAX || sscanf(hex, "%2x", &byte) != 1)
			return false;
		f->data[f->len++] = byte;
	}
	return true;
}

static bool cavp_raw(enum espsimd_tier tier, struct espsimd_aead_msg *msg,
		     const struct cavp_field *aad, bool seal)
{
	switch (tier) {
	case ESPSIMD_TIER_AVX512:
		return espsimd_aead_raw_avx512(msg, aad->data, aad->len, seal);
	case ESPSIMD_TIER_AVX2:
		return espsimd_aead_raw_avx2(msg, aad->data, aad->len, seal);
	default:
		return espsimd_aead_raw_aesni(msg, aad->data, aad->len, seal);
	}
}

static bool cavp_run(enum espsimd_tier tier, const struct cavp_case *c,
		     bool seal)
{
	static struct espsimd_aead_key key;
	u8 out[CAVP_MAX], tag[ESPSIMD_AEAD_TAG_MAX];
	const struct cavp_field *in = seal ? &c->pt : &c->ct;
	struct espsimd_aead_seg seg = { in->data, in->len };
	struct espsimd_aead_msg msg = {
		.key = &key,
		.src = &seg,
		.dst = out,
		.tag = tag,
		.nr_segs = 1,
		.len = in->len,
	};
	bool ok;

	if (espsimd_aead_key_prepare(&key, c->key.data, c->key.len, c->iv.data,
				     c->tag.len))
		return false;
	memcpy(msg.iv, c->iv.data + ESPSIMD_AEAD_SALT_LEN, sizeof(msg.iv));
	memcpy(tag, c->tag.data, c->tag.len);
	if (seal) {
		memset(tag, 0, sizeof(tag));
		cavp_raw(tier, &msg, &c->aad, true);
		return !memcmp(out, c->ct.data, in->len) &&
		       !memcmp(tag, c->tag.data, c->tag.len);
	}
	ok = cavp_raw(tier, &msg, &c->aad, false);
	if (ok == c->fail)
		return false;
	return c->fail ? engine_is_all(out, 0, in->len) :
			 !memcmp(out, c->pt.data, in->len);
}

/* Ours are nonces of 96 bits and tags of 64, 96 and 128. */
static bool cavp_wanted(const struct cavp_case *c)
{
	return c->iv.len == 12 &&
	       (c->tag.len == 8 || c->tag.len == 12 || c->tag.len == 16);
}

/*
 * Takes one line in. Return: true if a case is complete with it, which is when
 * the last of its lines has come.
 */
static bool cavp_line(struct cavp_case *c, char *line, bool seal)
{
	char *value = strstr(line, " =");
	const struct {
		const char *name;
		struct cavp_field *field;
	} fields[] = {
		{ "Key", &c->key }, { "IV", &c->iv }, { "PT", &c->pt },
		{ "AAD", &c->aad }, { "CT", &c->ct }, { "Tag", &c->tag },
	};
	unsigned int i;

	if (!strncmp(line, "FAIL", 4)) {
		c->fail = true;
		return true;
	}
	if (!value || *line == '[')
		return false;
	*value = '\0';
	value += 2 + (value[2] == ' ');
	if (!strcmp(line, "Count")) {
		c->fail = false;
		return false;
	}
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		if (strcmp(line, fields[i].name))
			continue;
		if (!cavp_hex(fields[i].field, value)) {
			puts("Bail out! cannot read the vectors");
			exit(1);
		}
		return !strcmp(line, seal ? "Tag" : "PT");
	}
	return false;
}

static bool cavp_file(enum espsimd_tier tier, unsigned int key_bits, bool seal)
{
	static struct cavp_case c;
	unsigned int cases = 0, wrong = 0;
	char path[1024], line[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/gcm%s%u.rsp", cavp_dir,
		 seal ? "EncryptExtIV" : "Decrypt", key_bits);
	f = fopen(path, "r");
	if (!f) {
		tap_note("cannot open %s", path);
		return false;
	}
	while (fgets(line, sizeof(line), f)) {
		if (!cavp_line(&c, line, seal) || !cavp_wanted(&c))
			continue;
		cases++;
		if (!cavp_run(tier, &c, seal))
			wrong++;
	}
	fclose(f);
	if (wrong || cases != CAVP_FILE_CASES)
		tap_note("%u of %u vectors wrong", wrong, cases);
	return !wrong && cases == CAVP_FILE_CASES;
}

static bool cavp_seal(enum espsimd_tier tier, unsigned int key_bits)
{
	return cavp_file(tier, key_bits, true);
}

static bool cavp_open(enum espsimd_tier tier, unsigned int key_bits)
{
	return cavp_file(tier, key_bits, false);
}

static const struct engine_check cavp_checks[] = {
	{ "NIST vectors, AES-128 encryption", cavp_seal, 128 },
	{ "NIST vectors, AES-192 encryption", cavp_seal, 192 },
	{ "NIST vectors, AES-256 encryption", cavp_seal, 256 },
	{ "NIST vectors, AES-128 decryption", cavp_open, 128 },
	{ "NIST vectors, AES-192 decryption", cavp_open, 192 },
	{ "NIST vectors, AES-256 decryption", cavp_open, 256 },
};

int main(int argc, char **argv)
{
	if (argc != 2) {
		puts("Bail out! usage: test_cavp DIRECTORY");
		return 1;
	}
	cavp_dir = argv[1];
	return engine_run("cavp", cavp_checks, ARRAY_SIZE(cavp_checks));
}
