/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Moving SAs, and in packet mode their policies, between the stack and a
 * device, or between the modes of one.
 */
#ifndef ESPSIMD_MOVE_H
#define ESPSIMD_MOVE_H

#include <net/if.h>
#include <signal.h>

#include "command.h"
#include "xfrm.h"

struct ifaddrs;

/* Room for why something was not done. */
#define MOVE_REASON_SIZE	640

/**
 * enum move_result - what became of an SA
 * @MOVE_LEFT: it was not to be moved
 * @MOVE_SAME: it was there already
 * @MOVE_DONE: it was moved
 * @MOVE_KEPT: it could not be moved, and works on elsewhere
 * @MOVE_GONE: somebody else deleted it meanwhile
 * @MOVE_LOST: it could not be added again
 */
enum move_result {
	MOVE_LEFT,
	MOVE_SAME,
	MOVE_DONE,
	MOVE_KEPT,
	MOVE_GONE,
	MOVE_LOST,
};

/**
 * struct place - where the ESP of an SA is done
 * @way: how
 * @ifindex: the device, 0 for none
 */
struct place {
	enum xfrm_way way;
	uint32_t ifindex;
};

/**
 * struct move_sa - an SA that may be moved
 * @sa: the SA as it was found
 * @dir: its direction, if it can be told
 * @was: where it was found
 * @now: where it is
 * @to: where it is to be; meaningful if @wanted
 * @wanted: it is to be moved
 * @unit: number of the unit that it is moved in, 0 for none
 * @result: what became of it
 * @guessed: how it ended in its old place had to be guessed
 * @hold: what xfrm_hold() said, 0 for nothing
 * @reason: why it was not moved, or empty
 */
struct move_sa {
	struct xfrm_sa sa;
	enum xfrm_dir dir;
	struct place was;
	struct place now;
	struct place to;
	bool wanted;
	unsigned int unit;
	enum move_result result;
	bool guessed;
	uint32_t hold;
	char reason[MOVE_REASON_SIZE];
};

/**
 * struct move_pol - a policy that may have to go with SAs
 * @pol: the policy as it was found
 * @was: the device that it was offloaded to, 0 for none
 * @now: the one that it is offloaded to
 * @to: the one that it is to be offloaded to; meaningful in a unit
 * @unit: number of the unit that it is moved in, 0 for none
 */
struct move_pol {
	struct xfrm_pol pol;
	uint32_t was;
	uint32_t now;
	uint32_t to;
	unsigned int unit;
};

/**
 * struct unit - what is moved together
 * @number: which one it is, from 1
 * @to: where its SAs are to be
 * @sas: its SAs
 * @nr_sas: how many
 * @pols: its policies
 * @nr_pols: how many
 */
struct unit {
	unsigned int number;
	struct place to;
	struct move_sa **sas;
	size_t nr_sas;
	struct move_pol **pols;
	size_t nr_pols;
};

/**
 * struct move - what there is to move
 * @xfrm: connection to XFRM
 * @module: connection to the module
 * @sas: all ESP SAs
 * @nr_sas: how many
 * @pols: all policies but those of sockets
 * @nr_pols: how many
 * @unit: the unit that is being moved, with room for everything
 * @addrs: addresses of this network namespace
 * @signals: those that were blocked before; meaningful if @blocked
 * @blocked: signals are blocked
 */
struct move {
	struct xfrm xfrm;
	struct nl module;
	struct move_sa *sas;
	size_t nr_sas;
	struct move_pol *pols;
	size_t nr_pols;
	struct unit unit;
	struct ifaddrs *addrs;
	sigset_t signals;
	bool blocked;
};

/**
 * move_begin() - find out what there is
 * @move: (output) what there is; to be ended even after an error
 *
 * Signals are blocked from here to move_end(), so that no SA is lost by one.
 *
 * Return: 0 or a negative errno; errors were reported.
 */
int move_begin(struct move *move);

/**
 * move_end() - forget everything
 * @move: what there is
 *
 * A signal that came meanwhile has its effect now.
 */
void move_end(struct move *move);

/**
 * move_local() - the device that has the local address of an SA
 * @move: what there is
 * @sa: the SA
 *
 * Return: its name, NULL if none has it or the direction is not known.
 */
const char *move_local(const struct move *move, const struct move_sa *sa);

/**
 * move_want() - say where an SA is to be
 * @sa: the SA
 * @to: where
 */
void move_want(struct move_sa *sa, struct place to);

/**
 * place_same() - is that one place?
 * @a: one
 * @b: the other
 *
 * Return: true if it is.
 */
bool place_same(struct place a, struct place b);

/**
 * move_why() - why a request failed
 * @nl: the socket
 * @err: a negative errno
 *
 * Return: the kernel's sentence, or that of the errno.
 */
const char *move_why(const struct nl *nl, int err);

/**
 * move_say() - say why an SA is not where it is to be
 * @sa: the SA
 * @format: as printf()
 *
 * The first reason is the one of all that follows, which are not kept.
 */
__attribute__((format(printf, 2, 3)))
void move_say(struct move_sa *sa, const char *format, ...);

/**
 * move_keep() - decide that an SA is not moved
 * @sa: the SA
 * @reason: why
 */
void move_keep(struct move_sa *sa, const char *reason);

/**
 * move_check() - find SAs that are not to be moved, or need not be
 * @move: what there is
 */
void move_check(struct move *move);

/**
 * move_run() - move what is wanted
 * @move: what there is
 *
 * All SAs that were wanted have a result afterwards.
 */
void move_run(struct move *move);

/**
 * move_policy() - offload a policy that goes with no SA, or take it back
 * @move: what there is
 * @pol: the policy
 * @ifindex: the device, 0 for none
 *
 * Return: true if it is so now; failure was reported.
 */
bool move_policy(struct move *move, struct move_pol *pol, uint32_t ifindex);

/**
 * move_show() - write what became of the SAs that were wanted
 * @move: what there is
 * @options: says whether to write JSON
 *
 * Return: EXIT_SUCCESS if all are where they are to be.
 */
int move_show(const struct move *move, const struct options *options);

#endif /* ESPSIMD_MOVE_H */
