// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd devices, as the module describes them.
 */
#include <errno.h>
#include <linux/espsimd.h>

#include "device.h"

static uint32_t number_of(const struct nlattr **attrs, unsigned int id)
{
	return attr_number(attrs[id], dev_attrs[id].kind);
}

int dev_parse(const struct nlmsghdr *nlh, struct dev *dev)
{
	const struct nlattr *attrs[ESPSIMD_A_DEV_MAX + 1];

	if (attr_parse(nlh, dev_attrs, ESPSIMD_A_DEV_MAX, attrs))
		return -EBADMSG;

	dev->ifindex = number_of(attrs, ESPSIMD_A_DEV_IFINDEX);
	dev->lower_ifindex = number_of(attrs, ESPSIMD_A_DEV_LOWER_IFINDEX);
	dev->engine = number_of(attrs, ESPSIMD_A_DEV_ENGINE_ACTIVE);
	dev->usable = number_of(attrs, ESPSIMD_A_DEV_ENGINE_USABLE);
	attr_text(attrs[ESPSIMD_A_DEV_IFINDEX],
		  &dev_attrs[ESPSIMD_A_DEV_IFINDEX], dev->name);
	attr_text(attrs[ESPSIMD_A_DEV_LOWER_IFINDEX],
		  &dev_attrs[ESPSIMD_A_DEV_LOWER_IFINDEX], dev->lower);
	return 0;
}
