/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel says of any network device: flags and features.
 */
#ifndef ESPSIMD_LINK_H
#define ESPSIMD_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct link - state of a network device
 * @up: it is set up
 * @carrier: its lower layer is ready
 * @features: names of features, each in ETH_GSTRING_LEN bytes
 * @active: whether the feature of that number is active
 * @nr_features: number of features
 */
struct link {
	bool up;
	bool carrier;
	char *features;
	bool *active;
	size_t nr_features;
};

/**
 * link_read() - read the state of a device
 * @name: its name
 * @link: (output) the state; to be freed even after an error
 *
 * Return: 0 or a negative errno.
 */
int link_read(const char *name, struct link *link);

/**
 * link_free() - free a state
 * @link: the state
 */
void link_free(struct link *link);

/**
 * link_feature() - is a feature of a device active?
 * @link: state of the device
 * @name: the feature, as ethtool names it
 *
 * Return: true if it is known and active.
 */
bool link_feature(const struct link *link, const char *name);

#endif /* ESPSIMD_LINK_H */
