/* SPDX-License-Identifier: GPL-2.0 */
/*
 * espsimd devices, as the module describes them.
 */
#ifndef ESPSIMD_DEVICE_H
#define ESPSIMD_DEVICE_H

#include <linux/netlink.h>
#include <stdint.h>

#include "attr.h"

/**
 * struct dev - an espsimd device
 * @name: its name
 * @lower: name of its lower device
 * @ifindex: its interface index
 * @lower_ifindex: interface index of its lower device
 * @engine: the engine in use
 * @usable: engines that it can use, as a bitmap
 */
struct dev {
	char name[ATTR_TEXT_SIZE];
	char lower[ATTR_TEXT_SIZE];
	uint32_t ifindex;
	uint32_t lower_ifindex;
	uint32_t engine;
	uint32_t usable;
};

/**
 * dev_parse() - read the description of a device
 * @nlh: a message of the module's answer
 * @dev: (output) the device
 *
 * Return: 0, or -EBADMSG if the message is malformed.
 */
int dev_parse(const struct nlmsghdr *nlh, struct dev *dev);

#endif /* ESPSIMD_DEVICE_H */
