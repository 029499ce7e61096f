/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What `espsimd fallback on` has moved to the stack, so that `off` can put it
 * back: a file of this network namespace, without keys, that does not survive a
 * boot.
 */
#ifndef ESPSIMD_REMEMBER_H
#define ESPSIMD_REMEMBER_H

#include <net/if.h>

#include "move.h"

/**
 * struct memo - an SA or a policy that was on a device
 * @policy: it is a policy
 * @dev: name of the device
 * @way: SA: its mode there
 * @family: SA: family of @daddr
 * @daddr: SA: its destination
 * @spi: SA: its SPI, in network order
 * @mark: SA: its mark
 * @dir: policy: its direction
 * @index: policy: its number in the kernel
 * @done: it is to be forgotten
 */
struct memo {
	bool policy;
	char dev[IF_NAMESIZE];
	enum xfrm_way way;
	uint16_t family;
	xfrm_address_t daddr;
	uint32_t spi;
	struct xfrm_mark mark;
	uint8_t dir;
	uint32_t index;
	bool done;
};

/**
 * struct memory - all of them
 * @path: the file
 * @lock: file descriptor that keeps others away, -1 for none
 * @memos: what is remembered
 * @nr: how many
 */
struct memory {
	char path[128];
	int lock;
	struct memo *memos;
	size_t nr;
};

/**
 * memory_open() - read what is remembered
 * @memory: (output) what is; to be closed even after an error
 * @root: where the file system is, "" for /
 *
 * Waits for others that have it open.
 *
 * Return: 0 or a negative errno; errors were reported.
 */
int memory_open(struct memory *memory, const char *root);

/**
 * memory_close() - let others have it
 * @memory: what is remembered
 */
void memory_close(struct memory *memory);

/**
 * memory_add_sa() - remember an SA
 * @memory: what is remembered
 * @sa: the SA, which is on a device
 *
 * What was remembered of it before is replaced.
 */
void memory_add_sa(struct memory *memory, const struct move_sa *sa);

/**
 * memory_add_policy() - remember a policy
 * @memory: what is remembered
 * @pol: the policy, which is offloaded
 */
void memory_add_policy(struct memory *memory, const struct move_pol *pol);

/**
 * memo_is_sa() - is it about this SA?
 * @memo: what is remembered
 * @sa: the SA
 *
 * Return: true if it is.
 */
bool memo_is_sa(const struct memo *memo, const struct move_sa *sa);

/**
 * memo_is_policy() - is it about this policy?
 * @memo: what is remembered
 * @pol: the policy
 *
 * Return: true if it is.
 */
bool memo_is_policy(const struct memo *memo, const struct move_pol *pol);

/**
 * memory_save() - write what is remembered, but for what is to be forgotten
 * @memory: what is remembered
 *
 * Return: 0 or a negative errno; errors were reported.
 */
int memory_save(const struct memory *memory);

#endif /* ESPSIMD_REMEMBER_H */
