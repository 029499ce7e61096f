// SPDX-License-Identifier: GPL-2.0
/*
 * Weak or missing algorithms of SAs, by the words of RFC 8221 and, for ciphers
 * that it does not name, of RFC 9395.
 */
#include <netinet/in.h>
#include <string.h>

#include "doctor.h"

#define GMAC	"rfc4543(gcm(aes))"

struct judgement {
	const char *name;
	enum result result;
	const char *words;
};

static const struct judgement ciphers[] = {
	{ "cbc(des)", RESULT_FAIL, "DES: RFC 8221 says MUST NOT" },
	{ "cbc(blowfish)", RESULT_FAIL, "Blowfish: RFC 8221 says MUST NOT" },
	{ "cbc(cast5)", RESULT_FAIL, "CAST: RFC 9395 deprecates it" },
	{ "cbc(cast128)", RESULT_FAIL, "CAST: RFC 9395 deprecates it" },
	{ "cbc(des3_ede)", RESULT_WARN, "3DES: RFC 8221 says SHOULD NOT" },
	{ NULL }
};

static const struct judgement hashes[] = {
	{ "hmac(md5)", RESULT_FAIL, "HMAC-MD5: RFC 8221 says MUST NOT" },
	{ "hmac(sha1)", RESULT_WARN,
	  "HMAC-SHA-1: RFC 8221 says MUST-, which is to become less" },
	{ NULL }
};

/* Bits of an integrity check value by its own RFC, for those that vary. */
static const struct {
	const char *name;
	uint32_t bits;
} lengths[] = {
	{ "hmac(sha256)", 128 },
	{ "hmac(sha384)", 192 },
	{ "hmac(sha512)", 256 },
	{ "hmac(md5)", 96 },
	{ "hmac(sha1)", 96 },
	{ "cmac(aes)", 96 },
	{ "xcbc(aes)", 96 },
};

/* What is good in place of all that is not. */
static const char *better(const struct gateway *gw)
{
	return setting(gw, "set esp_proposals = aes128gcm16 in swanctl.conf",
		       "set esp=aes_gcm128 in ipsec.conf",
		       "take aead 'rfc4106(gcm(aes))'");
}

static void add(const struct gateway *gw, const struct gw_sa *sa,
		struct findings *findings, enum result result, const char *id,
		const char *words)
{
	find(findings, result, id, "%s; %s", words, better(gw));
	find_sa(findings, sa);
	mend_anew(findings, gw, sa);
}

static const struct judgement *of(const struct judgement *list,
				  const char *name)
{
	for (; list->name; list++)
		if (!strcmp(list->name, name))
			return list;
	return NULL;
}

static bool is_null(const char *cipher)
{
	return !strcmp(cipher, "ecb(cipher_null)") ||
	       !strcmp(cipher, "cipher_null");
}

static bool has_integrity(const struct gw_sa *sa)
{
	return sa->aead[0] || (sa->auth[0] && strcmp(sa->auth, "digest_null"));
}

static void judge_cipher(const struct gateway *gw, const struct gw_sa *sa,
			 struct findings *findings)
{
	const struct judgement *found = of(ciphers, sa->enc);

	if (found)
		add(gw, sa, findings, found->result,
		    found->result == RESULT_FAIL ? "enc-broken" : "enc-weak",
		    found->words);
	if (is_null(sa->enc) || !strcmp(sa->aead, GMAC))
		add(gw, sa, findings, RESULT_WARN, "enc-none",
		    "it does not encrypt: anyone can read its packets");
	/* RFC 4303 allows it, RFC 8221 section 4 does not. */
	if (!has_integrity(sa))
		add(gw, sa, findings, RESULT_FAIL, "auth-none",
		    "it has no integrity protection: RFC 8221 says that encryption without authentication MUST NOT be used");
}

static void judge_hash(const struct gateway *gw, const struct gw_sa *sa,
		       struct findings *findings)
{
	const struct judgement *found = of(hashes, sa->auth);

	if (found)
		add(gw, sa, findings, found->result,
		    found->result == RESULT_FAIL ? "auth-broken" : "auth-weak",
		    found->words);
}

static void judge_aead_icv(const struct gateway *gw, const struct gw_sa *sa,
			   struct findings *findings)
{
	if (sa->icv_bits >= 128)
		return;
	find(findings, sa->icv_bits < 96 ? RESULT_WARN : RESULT_NOTE,
	     "icv-short",
	     "its integrity check value has %u bits; RFC 8221 has 128 as MUST; %s",
	     sa->icv_bits, better(gw));
	find_sa(findings, sa);
	mend_anew(findings, gw, sa);
}

static void judge_hash_icv(const struct gateway *gw, const struct gw_sa *sa,
			   struct findings *findings)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		if (strcmp(lengths[i].name, sa->auth) || !sa->icv_bits ||
		    sa->icv_bits >= lengths[i].bits)
			continue;
		find(findings, RESULT_WARN, "icv-truncated",
		     "the integrity check value of %s has %u bits, not %u: weaker, and peers may not agree; %s",
		     sa->auth, sa->icv_bits, lengths[i].bits, better(gw));
		find_sa(findings, sa);
		mend_anew(findings, gw, sa);
	}
}

/* AH beside ESP of the same two addresses is a bundle. */
static bool has_esp(const struct gateway *gw, const struct gw_sa *ah)
{
	uint16_t family = ah->info.family;
	size_t i;

	for (i = 0; i < gw->nr_sas; i++) {
		const struct xfrm_usersa_info *info = &gw->sas[i].info;

		if (info->id.proto == IPPROTO_ESP && info->family == family &&
		    gw_same_addr(family, &info->saddr, &ah->info.saddr) &&
		    gw_same_addr(family, &info->id.daddr, &ah->info.id.daddr))
			return true;
	}
	return false;
}

static void judge_ah(const struct gateway *gw, const struct gw_sa *sa,
		     struct findings *findings)
{
	judge_hash(gw, sa, findings);
	judge_hash_icv(gw, sa, findings);
	if (!has_esp(gw, sa))
		add(gw, sa, findings, RESULT_WARN, "ah-only",
		    "AH without ESP does not encrypt, and cannot be offloaded");
}

void judge_algorithms(const struct gateway *gw, struct findings *findings)
{
	size_t i;

	for (i = 0; i < gw->nr_sas; i++) {
		const struct gw_sa *sa = &gw->sas[i];

		if (sa->info.id.proto == IPPROTO_AH) {
			judge_ah(gw, sa, findings);
		} else if (sa->info.id.proto == IPPROTO_ESP) {
			judge_cipher(gw, sa, findings);
			judge_hash(gw, sa, findings);
			if (sa->aead[0])
				judge_aead_icv(gw, sa, findings);
			else
				judge_hash_icv(gw, sa, findings);
		}
	}
}
