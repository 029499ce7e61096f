/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What XFRM says of outbound policies, by its netlink family.
 */
#ifndef ESPSIMD_POLICY_H
#define ESPSIMD_POLICY_H

#include <stddef.h>
#include <stdint.h>

/* Room for two addresses of any family with the lengths of their prefixes. */
#define POLICY_TEXT_SIZE	128

/**
 * struct policy_count - outbound policies of this network namespace
 * @own: those that are offloaded to a device
 * @others: those that are not
 * @others_ip4: those of @others that are for IPv4
 * @example: addresses of one of @others, for IPv4 if there is one, or empty
 */
struct policy_count {
	size_t own;
	size_t others;
	size_t others_ip4;
	char example[POLICY_TEXT_SIZE];
};

/**
 * policy_count_out() - count outbound policies
 * @ifindex: the device that they are or are not offloaded to
 * @count: (output) the numbers
 *
 * Policies of sockets are not counted.
 *
 * Return: 0 or a negative errno.
 */
int policy_count_out(uint32_t ifindex, struct policy_count *count);

/**
 * policy_count_on() - count policies that are offloaded to a device
 * @ifindex: the device
 * @nr: (output) how many, of all directions
 *
 * Return: 0 or a negative errno.
 */
int policy_count_on(uint32_t ifindex, size_t *nr);

#endif /* ESPSIMD_POLICY_H */
