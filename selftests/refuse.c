// SPDX-License-Identifier: GPL-2.0
/*
 * To be preloaded into a program: has the kernel refuse one of the changes of
 * the network that the program asks for. REFUSE is the number of that change,
 * the first is 1; REFUSED names a file that is made when it comes to it.
 *
 * Changes are messages of rtnetlink that are neither reads nor part of a dump,
 * and writes to files below /proc/sys. A message is given a type that there is
 * not, so that the kernel itself answers; a write fails with EIO.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define NO_TYPE	0x7000

/* is_the_one() - Counts a change, and tells whether it is to be refused. */
static bool is_the_one(void)
{
	const char *number = getenv("REFUSE"), *file = getenv("REFUSED");
	static int count;
	int fd;

	if (!number || ++count != atoi(number))
		return false;
	fd = file ? open(file, O_CREAT | O_WRONLY | O_CLOEXEC, 0600) : -1;
	if (fd >= 0)
		close(fd);
	return true;
}

static bool is_rtnetlink(int fd)
{
	int protocol = -1, domain = -1;
	socklen_t size = sizeof(int);

	getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size);
	getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size);
	return domain == AF_NETLINK && protocol == NETLINK_ROUTE;
}

/* Types of a kind follow each other: new, delete, get, set. */
static bool is_change(const struct nlmsghdr *nlh)
{
	return nlh->nlmsg_type >= RTM_BASE && (nlh->nlmsg_type & 3) != 2;
}

ssize_t sendto(int fd, const void *buffer, size_t size, int flags,
	       const struct sockaddr *address, socklen_t length)
{
	static ssize_t (*next)(int fd, const void *buffer, size_t size,
			       int flags, const struct sockaddr *address,
			       socklen_t length);
	struct nlmsghdr *copy, *nlh;
	int rest = size;
	ssize_t sent;

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "sendto");
	if (!is_rtnetlink(fd))
		return next(fd, buffer, size, flags, address, length);

	copy = malloc(size);
	if (!copy)
		abort();
	memcpy(copy, buffer, size);
	for (nlh = copy; NLMSG_OK(nlh, (unsigned int)rest);
	     nlh = NLMSG_NEXT(nlh, rest))
		if (is_change(nlh) && is_the_one())
			nlh->nlmsg_type = NO_TYPE;
	sent = next(fd, copy, size, flags, address, length);
	free(copy);
	return sent;
}

ssize_t write(int fd, const void *buffer, size_t size)
{
	static ssize_t (*next)(int fd, const void *buffer, size_t size);
	char link[64], path[256];
	ssize_t length;

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "write");
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, path, sizeof(path) - 1);
	path[length > 0 ? length : 0] = '\0';
	if (!strncmp(path, "/proc/sys/", 10) && is_the_one()) {
		errno = EIO;
		return -1;
	}
	return next(fd, buffer, size);
}
