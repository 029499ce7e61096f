// SPDX-License-Identifier: GPL-2.0
/*
 * faulty.so: preloaded into a program, makes one allocation of the kernel fail
 * while that works on a netlink request of the program's that changes
 * something. In the environment are
 *
 *	FAULTY_NTH	which allocation, from 1 on
 *	FAULTY_LEFT	file for how many more there would have had to be: 0
 *			says that an allocation failed
 *
 * All requests of the program count on from each other.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* What is left to count down, -1 before the first request. */
static long left = -1;

static void die(const char *what)
{
	perror(what);
	_exit(125);
}

/* The count of this thread, which a kernel with fault injection offers. */
static int open_count(int flags)
{
	int fd = open("/proc/thread-self/fail-nth", flags | O_CLOEXEC);

	if (fd < 0)
		die("fail-nth");
	return fd;
}

static void write_count(int fd, long count)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%ld", count);

	if (pwrite(fd, text, len, 0) != len)
		die("fail-nth");
}

static long read_count(int fd)
{
	char text[16] = "";

	if (pread(fd, text, sizeof(text) - 1, 0) < 1)
		die("fail-nth");
	return atol(text);
}

/* A request that changes something is acknowledged, and no question. */
static bool changes(int socket, const struct nlmsghdr *request, size_t len)
{
	socklen_t size = sizeof(int);
	int domain, protocol;

	if (getsockopt(socket, SOL_SOCKET, SO_DOMAIN, &domain, &size) ||
	    domain != AF_NETLINK || len < sizeof(*request) ||
	    getsockopt(socket, SOL_SOCKET, SO_PROTOCOL, &protocol, &size))
		return false;
	if (!(request->nlmsg_flags & NLM_F_ACK))
		return false;
	switch (protocol) {
	case NETLINK_ROUTE:
		/* Of each object's four messages the third is the question. */
		return (request->nlmsg_type - RTM_BASE) % 4 != 2;
	case NETLINK_GENERIC:
		return request->nlmsg_type != GENL_ID_CTRL;
	default:
		return true;
	}
}

/* Begins to count; returns what ends it. */
static int begin(void)
{
	const char *nth = getenv("FAULTY_NTH");
	int fd;

	if (left < 0)
		left = nth ? atol(nth) : 0;
	fd = open_count(O_RDWR);
	write_count(fd, left);
	return fd;
}

static void end(int fd)
{
	const char *name = getenv("FAULTY_LEFT");
	FILE *file;

	left = read_count(fd);
	write_count(fd, 0);
	close(fd);
	file = name ? fopen(name, "w") : NULL;
	if (!file || fprintf(file, "%ld\n", left) < 0 || fclose(file))
		die("FAULTY_LEFT");
}

ssize_t sendmsg(int socket, const struct msghdr *msg, int flags)
{
	ssize_t (*next)(int, const struct msghdr *, int) =
		dlsym(RTLD_NEXT, "sendmsg");
	ssize_t ret;
	int fd;

	if (!msg->msg_iovlen || !changes(socket, msg->msg_iov->iov_base,
					 msg->msg_iov->iov_len))
		return next(socket, msg, flags);
	fd = begin();
	ret = next(socket, msg, flags);
	end(fd);
	return ret;
}

ssize_t sendto(int socket, const void *data, size_t len, int flags,
	       const struct sockaddr *to, socklen_t to_len)
{
	ssize_t (*next)(int, const void *, size_t, int,
			const struct sockaddr *, socklen_t) =
		dlsym(RTLD_NEXT, "sendto");
	ssize_t ret;
	int fd;

	if (!changes(socket, data, len))
		return next(socket, data, len, flags, to, to_len);
	fd = begin();
	ret = next(socket, data, len, flags, to, to_len);
	end(fd);
	return ret;
}
