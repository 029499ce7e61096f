// SPDX-License-Identifier: GPL-2.0
/*
 * Moving SAs, and in packet mode their policies.
 *
 * An SA cannot be changed from one place to another. It is deleted, and added
 * again as it was when it died. Between the two, some hundred microseconds, its
 * packets are dropped, and counted by XFRM.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>

#include "plan.h"

/* Longer than XFRM takes to look up an SA. */
#define LOOKUP_NS	20000000

static const struct place stack = { XFRM_GENERIC, 0 };

/* ---- what there is ---- */

static bool is_local(const struct move *move, uint16_t family,
		     const xfrm_address_t *addr, const char **name)
{
	const struct ifaddrs *ifa;
	const void *local;
	size_t size;

	for (ifa = move->addrs; ifa; ifa = ifa->ifa_next) {
		if (!ifa->ifa_addr || ifa->ifa_addr->sa_family != family)
			continue;
		if (family == AF_INET) {
			local = &((struct sockaddr_in *)
				  ifa->ifa_addr)->sin_addr;
			size = sizeof(struct in_addr);
		} else {
			local = &((struct sockaddr_in6 *)
				  ifa->ifa_addr)->sin6_addr;
			size = sizeof(struct in6_addr);
		}
		if (memcmp(local, addr, size))
			continue;
		*name = ifa->ifa_name;
		return true;
	}
	return false;
}

/* SAs that do not say their direction have it by their addresses. */
static void set_dir(const struct move *move, struct move_sa *sa)
{
	const struct xfrm_usersa_info *info = &sa->sa.info;
	const char *name;
	bool in, out;

	sa->dir = sa->sa.dir;
	if (sa->dir)
		return;
	in = is_local(move, info->family, &info->id.daddr, &name);
	out = is_local(move, info->family, &info->saddr, &name);
	if (in != out)
		sa->dir = in ? XFRM_DIR_IN : XFRM_DIR_OUT;
}

const char *move_local(const struct move *move, const struct move_sa *sa)
{
	const struct xfrm_usersa_info *info = &sa->sa.info;
	const char *name = NULL;

	if (sa->dir)
		is_local(move, info->family, sa->dir == XFRM_DIR_IN ?
			 &info->id.daddr : &info->saddr, &name);
	return name;
}

/* Larval SAs, which have no algorithm yet, are not for us. */
static int add_sa(struct move *move, const struct nlmsghdr *nlh)
{
	struct move_sa *sa = &move->sas[move->nr_sas];
	int err = xfrm_sa_parse(nlh, &sa->sa);

	if (err)
		return err;
	if (sa->sa.info.id.proto != IPPROTO_ESP ||
	    !(sa->sa.aead[0] || sa->sa.enc[0] || sa->sa.auth[0]))
		return 0;
	set_dir(move, sa);
	sa->was = (struct place){ sa->sa.way, sa->sa.ifindex };
	sa->now = sa->was;
	move->nr_sas++;
	return 0;
}

static int add_pol(struct move *move, const struct nlmsghdr *nlh)
{
	struct move_pol *pol = &move->pols[move->nr_pols];
	int err = xfrm_pol_parse(nlh, &pol->pol);

	if (err)
		return err;
	if (pol->pol.info.dir >= XFRM_POLICY_MAX)
		return 0;
	pol->was = pol->pol.ifindex;
	pol->now = pol->was;
	move->nr_pols++;
	return 0;
}

static void *get_room(size_t nr, size_t size)
{
	void *room = calloc(nr ?: 1, size);

	if (!room)
		no_memory();
	return room;
}

static int load_sas(struct move *move)
{
	struct nl_list list = { .nr = 0 };
	int err = xfrm_sas(&move->xfrm, &list);
	size_t i;

	move->sas = get_room(list.nr, sizeof(move->sas[0]));
	move->unit.sas = get_room(list.nr, sizeof(move->unit.sas[0]));
	for (i = 0; !err && i < list.nr; i++)
		err = add_sa(move, list.messages[i]);
	xfrm_list_free(&list);
	return err;
}

static int load_pols(struct move *move)
{
	struct nl_list list = { .nr = 0 };
	int err = xfrm_policies(&move->xfrm, &list);
	size_t i;

	move->pols = get_room(list.nr, sizeof(move->pols[0]));
	move->unit.pols = get_room(list.nr, sizeof(move->unit.pols[0]));
	for (i = 0; !err && i < list.nr; i++)
		err = add_pol(move, list.messages[i]);
	xfrm_list_free(&list);
	return err;
}

static void block_signals(struct move *move)
{
	sigset_t all;

	sigfillset(&all);
	move->blocked = !sigprocmask(SIG_BLOCK, &all, &move->signals);
}

int move_begin(struct move *move)
{
	int err;

	memset(move, 0, sizeof(*move));
	/* No key goes into a core file. */
	prctl(PR_SET_DUMPABLE, 0);
	block_signals(move);
	err = nl_open(&move->module);
	if (err) {
		nl_error(&move->module, err);
		return err;
	}
	err = xfrm_open(&move->xfrm);
	if (!err && getifaddrs(&move->addrs))
		err = -errno;
	err = err ?: load_sas(move) ?: load_pols(move);
	if (err)
		error("SAs and policies cannot be read: %s", strerror(-err));
	return err;
}

void move_end(struct move *move)
{
	xfrm_close(&move->xfrm);
	nl_close(&move->module);
	if (move->addrs)
		freeifaddrs(move->addrs);
	free(move->sas);
	free(move->pols);
	free(move->unit.sas);
	free(move->unit.pols);
	if (move->blocked)
		sigprocmask(SIG_SETMASK, &move->signals, NULL);
}

void move_want(struct move_sa *sa, struct place to)
{
	sa->wanted = true;
	sa->to = to;
}

/* ---- one after the other ---- */

/*
 * Adds the SA that was taken. Returns 1 if crypto mode was wanted, but refused:
 * it is in the stack then.
 */
static int put_sa(struct move *move, struct move_sa *sa, struct place to)
{
	struct nl *nl = &move->xfrm.nl;
	int err = xfrm_put_sa(&move->xfrm, sa->dir, to.way, to.ifindex);

	if (err) {
		move_say(sa, "%s", move_why(nl, err));
		return err;
	}
	sa->now = to;
	if (to.way == XFRM_CRYPTO && nl->reason[0]) {
		move_say(sa, "%s", nl->reason);
		sa->now = stack;
		return 1;
	}
	return 0;
}

/* Adds it wherever it can be. The last place is the stack, without device. */
static void put_back(struct move *move, struct move_sa *sa)
{
	int err = put_sa(move, sa, sa->now);

	/* Somebody else has added it meanwhile. */
	if (err == -EEXIST)
		return;
	if (err < 0 && put_sa(move, sa, stack))
		sa->result = MOVE_LOST;
}

/* Returns as put_sa(). */
static int move_sa(struct move *move, struct move_sa *sa, struct place to)
{
	struct nl *nl = &move->xfrm.nl;
	bool guessed;
	int err;

	err = xfrm_take_sa(&move->xfrm, &sa->sa, sa->dir, &guessed);
	sa->guessed |= guessed;
	if (err) {
		move_say(sa, "%s", err == -EOVERFLOW ?
		    "it is not known which numbers were sent" :
		    err == -ENOTUNIQ ? "there is another one like it" :
		    move_why(nl, err));
		if (err == -ESRCH)
			sa->result = MOVE_GONE;
		else if (err == -EOVERFLOW)
			sa->result = MOVE_LOST;
		return err;
	}
	err = put_sa(move, sa, to);
	if (err < 0)
		put_back(move, sa);
	explicit_bzero(&move->xfrm.sa, sizeof(move->xfrm.sa));
	return err;
}

static int put_pol(struct move *move, struct move_pol *pol, uint32_t ifindex)
{
	char text[XFRM_TEXT_SIZE];
	struct unit *unit = &move->unit;
	size_t i;
	int err;

	if (pol->now == ifindex)
		return 0;
	err = xfrm_put_policy(&move->xfrm, &pol->pol, ifindex);
	/* One that is not there any more does no harm. */
	if (!err || err == -ENOENT) {
		pol->now = ifindex;
		return 0;
	}
	xfrm_pol_text(&pol->pol, text);
	for (i = 0; i < unit->nr_sas; i++)
		move_say(unit->sas[i], "the policy %s cannot be moved: %s",
			 text, move_why(&move->xfrm.nl, err));
	return err;
}

/*
 * Policies of a device leave it first, and come to it last. In between they
 * find neither the SAs of the device nor, while one is missing, anything but
 * the larval SA that keeps XFRM from asking for another.
 */
static int move_pols(struct move *move, bool leaving, bool back)
{
	size_t i;
	int err;

	for (i = 0; i < move->unit.nr_pols; i++) {
		struct move_pol *pol = move->unit.pols[i];
		uint32_t to = back ? pol->was : pol->to;

		if (pol->now == to)
			continue;
		if (leaving && !pol->now)
			continue;
		err = put_pol(move, pol, leaving ? 0 : to);
		if (err)
			return err;
	}
	return 0;
}

static int move_sas(struct move *move, bool back)
{
	size_t i;
	int err;

	for (i = 0; i < move->unit.nr_sas; i++) {
		struct move_sa *sa = move->unit.sas[i];
		struct place to = back ? sa->was : sa->to;

		if (place_same(sa->now, to) || sa->result)
			continue;
		/* One that is in the stack instead works there. */
		err = move_sa(move, sa, to);
		if (err < 0 && !sa->result && !back)
			return err;
	}
	return 0;
}

static int go(struct move *move, bool back)
{
	int err;

	err = move_pols(move, true, back);
	if (err && !back)
		return err;
	err = move_sas(move, back);
	if (err && !back)
		return err;
	return move_pols(move, false, back);
}

/* What was the reason for one of them to stay is the reason for all. */
static void share_reason(const struct unit *unit)
{
	const struct move_sa *with = NULL;
	size_t i;

	for (i = 0; i < unit->nr_sas; i++)
		if (unit->sas[i]->reason[0])
			with = unit->sas[i];
	for (i = 0; with && i < unit->nr_sas; i++)
		if (unit->sas[i] != with)
			move_say(unit->sas[i], "%s", with->reason);
}

static void set_results(const struct unit *unit)
{
	size_t i;

	for (i = 0; i < unit->nr_sas; i++) {
		struct move_sa *sa = unit->sas[i];

		if (!sa->result)
			sa->result = place_same(sa->now, sa->to) ? MOVE_DONE :
								   MOVE_KEPT;
		if (sa->result == MOVE_DONE)
			sa->reason[0] = '\0';
	}
}

/* Without it the kernel may ask for SAs in vain, which is no reason to stop. */
static void hold_unit(struct move *move)
{
	size_t i;

	for (i = 0; i < move->unit.nr_sas; i++)
		if (move->unit.sas[i]->dir == XFRM_DIR_OUT)
			xfrm_hold(&move->xfrm, &move->unit.sas[i]->sa,
				  &move->unit.sas[i]->hold);
}

/* A lookup that began before its SA was back may still need the larval one. */
static void unhold_all(struct move *move)
{
	static const struct timespec lookup = { .tv_nsec = LOOKUP_NS };
	bool waited = false;
	size_t i;

	for (i = 0; i < move->nr_sas; i++) {
		if (!move->sas[i].hold)
			continue;
		if (!waited)
			nanosleep(&lookup, NULL);
		waited = true;
		xfrm_unhold(&move->xfrm, &move->sas[i].sa, move->sas[i].hold);
	}
}

static void move_unit(struct move *move)
{
	hold_unit(move);
	if (go(move, false)) {
		share_reason(&move->unit);
		go(move, true);
	}
	set_results(&move->unit);
}

/* ---- all of them ---- */

static bool is_interrupted(void)
{
	sigset_t pending;

	return !sigpending(&pending) && (sigismember(&pending, SIGINT) ||
					 sigismember(&pending, SIGTERM) ||
					 sigismember(&pending, SIGHUP));
}

void move_run(struct move *move)
{
	size_t i;

	move_check(move);
	for (i = 0; i < move->nr_sas; i++) {
		struct move_sa *sa = &move->sas[i];

		if (!sa->wanted || sa->unit || sa->result)
			continue;
		if (is_interrupted())
			move_keep(sa, "the command was interrupted");
		else if (plan_unit(move, sa))
			move_unit(move);
	}
	unhold_all(move);
}

bool move_policy(struct move *move, struct move_pol *pol, uint32_t ifindex)
{
	char text[XFRM_TEXT_SIZE];
	int err;

	if (pol->now == ifindex)
		return true;
	err = xfrm_put_policy(&move->xfrm, &pol->pol, ifindex);
	if (err && err != -ENOENT) {
		error("the policy %s cannot be moved: %s",
		      xfrm_pol_text(&pol->pol, text),
		      move_why(&move->xfrm.nl, err));
		return false;
	}
	pol->now = ifindex;
	return true;
}
