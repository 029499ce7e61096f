// SPDX-License-Identifier: GPL-2.0
/*
 * Sequence numbers, replay windows and lifetimes of SAs.
 */
#include <netinet/in.h>

#include "doctor.h"

/* Numbers of an SA without ESN, RFC 4303 section 3.3.3. */
#define NUMBERS	(UINT64_C(1) << 32)

/* So near the end of them it has to be replaced soon, and now. */
#define NEAR	(NUMBERS / 8 * 7)
#define NEARER	(NUMBERS / 256 * 255)

/* How long an SA that has no lifetime should last: a day. */
#define LONG	86400

/* Seconds that a daemon has to replace an SA. */
#define GRACE	30

/* The window that a receiver should have, RFC 4303 section 3.4.3. */
#define WINDOW	64

static uint64_t last_number(const struct gw_sa *sa)
{
	return sa->dir == GW_DIR_IN ? sa->seq : sa->oseq;
}

static uint64_t age_of(const struct gateway *gw, const struct gw_sa *sa)
{
	uint64_t since = sa->info.curlft.add_time;

	return since && gw->now > since ? gw->now - since : 0;
}

/* A GSO packet counts as one packet, but takes a number for each segment. */
static uint64_t rate_of(const struct gateway *gw, const struct gw_sa *sa)
{
	uint64_t age = age_of(gw, sa), count = last_number(sa);

	if (sa->info.curlft.packets > count)
		count = sa->info.curlft.packets;
	return age ? count / age : 0;
}

static bool is_limit(uint64_t limit)
{
	return limit && limit != XFRM_INF;
}

static void judge_rate(const struct gateway *gw, const struct gw_sa *sa,
		       struct findings *findings)
{
	uint64_t life = sa->info.lft.hard_add_expires_seconds;
	uint64_t rate = rate_of(gw, sa);

	if (sa->esn || !rate)
		return;
	if (!is_limit(life))
		life = LONG;
	if (NUMBERS / rate >= life)
		return;
	find(findings, RESULT_WARN, "esn-missing",
	     "at %llu packets a second its 2^32 sequence numbers last %llu s, less than the %llu s that it is to live; set %s",
	     (unsigned long long)rate, (unsigned long long)(NUMBERS / rate),
	     (unsigned long long)life,
	     setting(gw, "esp_proposals = aes128gcm16-esn in swanctl.conf",
		     "esn=yes in ipsec.conf", "flag esn"));
	find_sa(findings, sa);
	mend_anew(findings, gw, sa);
}

static void judge_end(const struct gateway *gw, const struct gw_sa *sa,
		      struct findings *findings)
{
	uint64_t last = last_number(sa);

	if (sa->esn || last < NEAR)
		return;
	find(findings, last < NEARER ? RESULT_WARN : RESULT_FAIL,
	     "seq-near-end",
	     "%llu of 2^32 sequence numbers are used, and without any it sends nothing",
	     (unsigned long long)last);
	find_sa(findings, sa);
	mend_rekey(findings, gw, sa);
}

static void judge_window(const struct gateway *gw, const struct gw_sa *sa,
			 struct findings *findings)
{
	const char *how = setting(gw, "replay_window = 1024 in swanctl.conf",
				  "replay-window=1024 in ipsec.conf",
				  "replay-window 1024");

	if (sa->dir != GW_DIR_IN)
		return;
	if (!sa->window)
		find(findings, RESULT_WARN, "replay-off",
		     "packets that are replayed are taken: its replay window is off; set %s",
		     how);
	else if (sa->window < WINDOW)
		find(findings, RESULT_WARN, "replay-small",
		     "its replay window holds %u packets; RFC 4303 says that %d SHOULD be the default; set %s",
		     sa->window, WINDOW, how);
	else if (sa->info.stats.replay_window)
		find(findings, RESULT_WARN, "replay-late",
		     "%u packets came too late for its replay window of %u; set %s",
		     sa->info.stats.replay_window, sa->window,
		     sa->window < 1024 ? how :
		     setting(gw, "replay_window = 4096 in swanctl.conf",
			     "replay-window=4096 in ipsec.conf",
			     "replay-window 4096"));
	else
		return;
	find_sa(findings, sa);
	mend_anew(findings, gw, sa);
}

static void judge_forgeries(const struct gateway *gw, const struct gw_sa *sa,
			    struct findings *findings)
{
	if (sa->dir != GW_DIR_IN || !sa->info.stats.integrity_failed)
		return;
	find(findings, RESULT_WARN, "auth-failed",
	     "%u packets were not authentic: the peer has another key, or they were forged or damaged",
	     sa->info.stats.integrity_failed);
	find_sa(findings, sa);
	mend_rekey(findings, gw, sa);
}

static void judge_limits(const struct gateway *gw, const struct gw_sa *sa,
			 struct findings *findings)
{
	const struct xfrm_lifetime_cfg *lft = &sa->info.lft;

	if (is_limit(lft->hard_byte_limit) ||
	    is_limit(lft->hard_packet_limit) ||
	    is_limit(lft->hard_add_expires_seconds) ||
	    is_limit(lft->hard_use_expires_seconds))
		return;
	find(findings, RESULT_WARN, "lifetime-missing",
	     "it has no lifetime: its key is used for ever; set %s",
	     setting(gw, "rekey_time = 1h in swanctl.conf",
		     "salifetime=1h in ipsec.conf",
		     "limit time-soft 3240 limit time-hard 3600"));
	find_sa(findings, sa);
	mend_anew(findings, gw, sa);
}

static bool is_past(uint64_t limit, uint64_t value)
{
	return is_limit(limit) && value > limit;
}

/* A daemon that is told of a limit takes some time. */
static bool is_long_past(uint64_t limit, uint64_t seconds)
{
	return is_limit(limit) && seconds > limit + GRACE;
}

static bool is_soft_expired(const struct gateway *gw, const struct gw_sa *sa)
{
	const struct xfrm_lifetime_cfg *lft = &sa->info.lft;
	const struct xfrm_lifetime_cur *cur = &sa->info.curlft;

	return is_past(lft->soft_byte_limit, cur->bytes) ||
	       is_past(lft->soft_packet_limit, cur->packets) ||
	       is_long_past(lft->soft_add_expires_seconds, age_of(gw, sa)) ||
	       (cur->use_time && gw->now > cur->use_time &&
		is_long_past(lft->soft_use_expires_seconds,
			     gw->now - cur->use_time));
}

/* Is there one that its packets may take in its place? */
static bool is_replaced(const struct gateway *gw, const struct gw_sa *sa)
{
	uint16_t family = sa->info.family;
	size_t i;

	for (i = 0; i < gw->nr_sas; i++) {
		const struct gw_sa *other = &gw->sas[i];

		if (other != sa && other->info.family == family &&
		    other->info.id.proto == sa->info.id.proto &&
		    other->info.reqid == sa->info.reqid &&
		    other->info.mode == sa->info.mode &&
		    gw_same_addr(family, &other->info.saddr,
				 &sa->info.saddr) &&
		    gw_same_addr(family, &other->info.id.daddr,
				 &sa->info.id.daddr) &&
		    !is_soft_expired(gw, other))
			return true;
	}
	return false;
}

static void judge_soft(const struct gateway *gw, const struct gw_sa *sa,
		       struct findings *findings)
{
	if (!is_soft_expired(gw, sa) || is_replaced(gw, sa))
		return;
	find(findings, RESULT_WARN, "soft-limit-passed",
	     "it is past its soft limit, and nobody has replaced it: at the hard limit its packets are lost");
	find_sa(findings, sa);
	mend_rekey(findings, gw, sa);
}

void judge_numbers(const struct gateway *gw, struct findings *findings)
{
	size_t i;

	for (i = 0; i < gw->nr_sas; i++) {
		const struct gw_sa *sa = &gw->sas[i];

		if (sa->info.id.proto != IPPROTO_ESP &&
		    sa->info.id.proto != IPPROTO_AH)
			continue;
		judge_rate(gw, sa, findings);
		judge_end(gw, sa, findings);
		judge_window(gw, sa, findings);
		judge_forgeries(gw, sa, findings);
		judge_limits(gw, sa, findings);
		judge_soft(gw, sa, findings);
	}
}
