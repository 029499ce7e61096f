// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel says of any network device, by the ioctls of ethtool.
 */
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "command.h"
#include "link.h"

static void *allocated(size_t nr, size_t size)
{
	void *memory = calloc(nr ? nr : 1, size);

	if (!memory)
		no_memory();
	return memory;
}

static int ethtool(int fd, struct ifreq *request, void *command)
{
	request->ifr_data = command;
	return ioctl(fd, SIOCETHTOOL, request) < 0 ? -errno : 0;
}

static int read_flags(int fd, struct ifreq *request, struct link *link)
{
	if (ioctl(fd, SIOCGIFFLAGS, request) < 0)
		return -errno;
	link->up = request->ifr_flags & IFF_UP;
	link->carrier = request->ifr_flags & IFF_RUNNING;
	return 0;
}

static int count_features(int fd, struct ifreq *request, struct link *link)
{
	struct ethtool_sset_info *info;
	int err;

	info = allocated(1, sizeof(*info) + sizeof(info->data[0]));
	info->cmd = ETHTOOL_GSSET_INFO;
	info->sset_mask = UINT64_C(1) << ETH_SS_FEATURES;
	err = ethtool(fd, request, info);
	if (!err && info->sset_mask)
		link->nr_features = info->data[0];
	free(info);
	return err;
}

static int read_names(int fd, struct ifreq *request, struct link *link)
{
	struct ethtool_gstrings *strings;
	int err;

	strings = allocated(1, sizeof(*strings) +
			    link->nr_features * ETH_GSTRING_LEN);
	strings->cmd = ETHTOOL_GSTRINGS;
	strings->string_set = ETH_SS_FEATURES;
	strings->len = link->nr_features;
	err = ethtool(fd, request, strings);
	link->features = allocated(link->nr_features, ETH_GSTRING_LEN);
	if (!err)
		memcpy(link->features, strings->data,
		       link->nr_features * ETH_GSTRING_LEN);
	free(strings);
	return err;
}

static int read_active(int fd, struct ifreq *request, struct link *link)
{
	size_t blocks = (link->nr_features + 31) / 32, i;
	struct ethtool_gfeatures *features;
	int err;

	features = allocated(1, sizeof(*features) +
			     blocks * sizeof(features->features[0]));
	features->cmd = ETHTOOL_GFEATURES;
	features->size = blocks;
	err = ethtool(fd, request, features);
	link->active = allocated(link->nr_features, sizeof(link->active[0]));
	for (i = 0; !err && i < link->nr_features; i++)
		link->active[i] = features->features[i / 32].active >>
				  i % 32 & 1;
	free(features);
	return err;
}

int link_read(const char *name, struct link *link)
{
	struct ifreq request = { .ifr_ifindex = 0 };
	int fd, err;

	*link = (struct link){ .up = false };
	if (strlen(name) >= sizeof(request.ifr_name))
		return -ENODEV;
	memcpy(request.ifr_name, name, strlen(name));

	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	err = read_flags(fd, &request, link);
	if (!err)
		err = count_features(fd, &request, link);
	if (!err)
		err = read_names(fd, &request, link);
	if (!err)
		err = read_active(fd, &request, link);
	close(fd);
	return err;
}

void link_free(struct link *link)
{
	free(link->features);
	free(link->active);
	*link = (struct link){ .up = false };
}

bool link_feature(const struct link *link, const char *name)
{
	size_t i;

	for (i = 0; i < link->nr_features; i++)
		if (!strncmp(link->features + i * ETH_GSTRING_LEN, name,
			     ETH_GSTRING_LEN))
			return link->active[i];
	return false;
}
