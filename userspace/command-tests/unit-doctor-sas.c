// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd check gateway: algorithms, numbers and lifetimes of SAs.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "unit-doctor.h"

static void single_des(void)
{
	doctor_cipher("cbc(des)", "hmac(sha256)", 128);
}

static void with_blowfish(void)
{
	doctor_cipher("cbc(blowfish)", "hmac(sha256)", 128);
}

static void cast(void)
{
	doctor_cipher("cbc(cast5)", "hmac(sha256)", 128);
}

static void des3(void)
{
	doctor_cipher("cbc(des3_ede)", "hmac(sha256)", 128);
}

static void null_cipher(void)
{
	doctor_cipher("ecb(cipher_null)", "hmac(sha256)", 128);
}

static void gmac(void)
{
	doctor_text(sas[OUT].aead, "rfc4543(gcm(aes))");
}

static void no_auth(void)
{
	doctor_cipher("cbc(aes)", "", 0);
}

static void null_auth(void)
{
	doctor_cipher("cbc(aes)", "digest_null", 0);
}

static void md5(void)
{
	doctor_cipher("cbc(aes)", "hmac(md5)", 96);
}

static void sha1(void)
{
	doctor_cipher("cbc(aes)", "hmac(sha1)", 96);
}

static void icv64(void)
{
	sas[OUT].icv_bits = 64;
}

static void icv96(void)
{
	sas[OUT].icv_bits = 96;
}

static void sha256_96(void)
{
	doctor_cipher("cbc(aes)", "hmac(sha256)", 96);
}

static void cmac_96(void)
{
	doctor_cipher("cbc(aes)", "cmac(aes)", 96);
}

static void ah(void)
{
	sas[2] = sas[OUT];
	gw.nr_sas = 3;
	sas[2].info.id.proto = IPPROTO_AH;
	sas[2].aead[0] = '\0';
	doctor_text(sas[2].auth, "hmac(sha256)");
	doctor_addr(AF_INET, &sas[2].info.id.daddr, "203.0.113.99");
}

static void ah_and_esp(void)
{
	ah();
	sas[2].info.id.daddr = sas[OUT].info.id.daddr;
}

static void fast(void)
{
	sas[OUT].oseq = 100 * UINT64_C(2000000);
}

static void fast_esn(void)
{
	fast();
	sas[OUT].esn = true;
}

static void fast_short(void)
{
	fast();
	sas[OUT].info.lft.hard_add_expires_seconds = 600;
}

static void near_end(void)
{
	sas[OUT].oseq = 0xf0000000;
	sas[OUT].info.curlft.add_time = NOW - 3000;
	sas[OUT].info.lft.hard_add_expires_seconds = 3100;
}

static void nearer_end(void)
{
	near_end();
	sas[OUT].oseq = 0xfffffff0;
}

static void not_near_end(void)
{
	near_end();
	sas[OUT].oseq = 0xd0000000;
}

static void near_end_esn(void)
{
	near_end();
	sas[OUT].esn = true;
}

static void window_off(void)
{
	sas[IN].window = 0;
}

static void window_small(void)
{
	sas[IN].window = 32;
}

static void window_64(void)
{
	sas[IN].window = 64;
}

static void window_late(void)
{
	sas[IN].info.stats.replay_window = 9;
}

static void window_late_large(void)
{
	sas[IN].info.stats.replay_window = 9;
	gw.daemon = GW_PLUTO;
}

static void replays(void)
{
	sas[IN].info.stats.replay = 9;
}

static void forged(void)
{
	sas[IN].info.stats.integrity_failed = 3;
}

static void no_lifetime(void)
{
	sas[OUT].info.lft.soft_add_expires_seconds = 0;
	sas[OUT].info.lft.hard_add_expires_seconds = 0;
}

static void lifetime_by_bytes(void)
{
	no_lifetime();
	sas[OUT].info.lft.hard_byte_limit = 1000000000;
}

static void past_soft(void)
{
	sas[OUT].info.lft.soft_packet_limit = 999;
}

static void past_soft_time(void)
{
	sas[OUT].info.lft.soft_add_expires_seconds = 69;
}

static void just_past_soft_time(void)
{
	sas[OUT].info.lft.soft_add_expires_seconds = 70;
}

static void past_soft_replaced(void)
{
	past_soft();
	doctor_sa(&sas[2], GW_DIR_OUT, 0x1003);
	gw.nr_sas = 3;
}

static const struct rule rules[] = {
	FIRES("enc-broken", single_des, FAIL, NEW_OUT, "DES: RFC 8221"),
	FIRES("enc-broken", with_blowfish, FAIL, NEW_OUT, "Blowfish"),
	FIRES("enc-broken", cast, FAIL, NEW_OUT, "RFC 9395"),
	QUIET("enc-broken", des3),
	FIRES("enc-weak", des3, WARN, NEW_OUT, "SHOULD NOT"),
	QUIET("enc-weak", doctor_cbc),
	FIRES("enc-none", null_cipher, WARN, NEW_OUT, "does not encrypt"),
	FIRES("enc-none", gmac, WARN, NEW_OUT, "does not encrypt"),
	QUIET("enc-none", doctor_cbc),
	FIRES("auth-none", no_auth, FAIL, NEW_OUT, "no integrity"),
	FIRES("auth-none", null_auth, FAIL, NEW_OUT, "no integrity"),
	QUIET("auth-none", doctor_cbc),
	QUIET("auth-none", gmac),
	FIRES("auth-broken", md5, FAIL, NEW_OUT, "MUST NOT"),
	QUIET("auth-broken", sha1),
	FIRES("auth-weak", sha1, WARN, NEW_OUT, "MUST-"),
	QUIET("auth-weak", doctor_cbc),
	FIRES("icv-short", icv64, WARN, NEW_OUT, "64 bits"),
	FIRES("icv-short", icv96, NOTE, NEW_OUT, "96 bits"),
	QUIET("icv-short", doctor_nothing),
	FIRES("icv-truncated", sha256_96, WARN, NEW_OUT, "96 bits, not 128"),
	QUIET("icv-truncated", doctor_cbc),
	QUIET("icv-truncated", cmac_96),
	FIRES("ah-only", ah, WARN,
	      "ip xfrm state add src 192.0.2.1 dst 203.0.113.99 proto esp spi NEWSPI reqid 1 mode tunnel aead 'rfc4106(gcm(aes))' \"$(cat NEWKEY)\" 128"
	      LIMITS " offload crypto dev esp0 dir out", "AH without ESP"),
	QUIET("ah-only", ah_and_esp),

	FIRES("esn-missing", fast, WARN, NEW_OUT,
	      "2000000 packets a second its 2^32 sequence numbers last 2147 s"),
	QUIET("esn-missing", fast_esn),
	QUIET("esn-missing", fast_short),
	FIRES("seq-near-end", near_end, WARN, NEW_OUT, "4026531840 of 2^32"),
	FIRES("seq-near-end", nearer_end, FAIL, NEW_OUT, "4294967280 of 2^32"),
	QUIET("seq-near-end", not_near_end),
	QUIET("seq-near-end", near_end_esn),
	FIRES("replay-off", window_off, WARN, NEW_IN, "window is off"),
	QUIET("replay-off", window_small),
	FIRES("replay-small", window_small, WARN, NEW_IN, "holds 32 packets"),
	QUIET("replay-small", window_64),
	FIRES("replay-late", window_late, WARN, NEW_IN, "replay-window 4096"),
	FIRES("replay-late", window_late_large, WARN, PLUTO_ANEW,
	      "replay-window=4096"),
	QUIET("replay-late", replays),
	FIRES("auth-failed", forged, WARN, NEW_IN, "3 packets"),
	QUIET("auth-failed", replays),
	FIRES("lifetime-missing", no_lifetime, WARN, NEW_OUT, "no lifetime"),
	QUIET("lifetime-missing", lifetime_by_bytes),
	FIRES("soft-limit-passed", past_soft, WARN, NEW_OUT, "soft limit"),
	FIRES("soft-limit-passed", past_soft_time, WARN, NEW_OUT,
	      "soft limit"),
	QUIET("soft-limit-passed", just_past_soft_time),
	QUIET("soft-limit-passed", past_soft_replaced),
};

void test_doctor_sas(void)
{
	doctor_rules(rules, ARRAY_SIZE(rules));
}
