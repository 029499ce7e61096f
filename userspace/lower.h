/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Devices by which the frames of a device come in.
 */
#ifndef ESPSIMD_LOWER_H
#define ESPSIMD_LOWER_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * struct links - a set of devices, in the order they were added
 * @list: the devices: their interface indices and names
 * @nr: how many
 */
struct links {
	struct {
		unsigned int ifindex;
		char name[IF_NAMESIZE];
	} *list;
	size_t nr;
};

/**
 * links_add_below() - add a device, and those by which its frames come in
 * @links: where to
 * @ifindex: interface index of the device
 *
 * Ports of a bridge and the device below a VLAN are added, since flow tables
 * of newer kernels look for flows there, those of older ones at the device
 * itself. What is in the set already is not added again.
 *
 * Return: 0 or a negative errno.
 */
int links_add_below(struct links *links, unsigned int ifindex);

/**
 * links_have() - is a device in a set?
 * @links: the set
 * @ifindex: interface index of the device
 *
 * Return: true if it is.
 */
bool links_have(const struct links *links, unsigned int ifindex);

/**
 * links_free() - free a set
 * @links: the set, empty afterwards
 */
void links_free(struct links *links);

#endif /* ESPSIMD_LOWER_H */
