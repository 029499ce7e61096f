// SPDX-License-Identifier: GPL-2.0
/*
 * natt PORT [gro] [FILE]: UDP sockets of both families on PORT that have the
 * kernel take ESP out of UDP (RFC 3948), as those of an IKE daemon do; with
 * "gro" also UDP GRO, as newer daemons have it. Runs in the background. What
 * is not ESP comes to the sockets; each such datagram becomes a line of
 * hexadecimal digits in FILE.
 */
#include <linux/xfrm.h>
#include <netinet/udp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "traffic.h"

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

/*
 * bypass() - What the socket sends and receives is not subject to policies, or
 * one for all traffic between two hosts would want ESP inside of ESP's own UDP.
 */
static void bypass(int fd, int family)
{
	struct xfrm_userpolicy_info policy = {
		.action = XFRM_POLICY_ALLOW,
		.sel.family = family,
	};
	int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	int option = family == AF_INET ? IP_XFRM_POLICY : IPV6_XFRM_POLICY;

	policy.dir = XFRM_POLICY_IN;
	if (setsockopt(fd, level, option, &policy, sizeof(policy)))
		traffic_die(1, "policy of the socket");
	policy.dir = XFRM_POLICY_OUT;
	if (setsockopt(fd, level, option, &policy, sizeof(policy)))
		traffic_die(1, "policy of the socket");
}

static int encap_socket(int family, const char *port, int gro)
{
	struct traffic_addr addr;
	int one = 1, type = UDP_ENCAP_ESPINUDP, fd;

	addr = traffic_addr(family == AF_INET ? "0.0.0.0" : "::", port);
	fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		traffic_die(1, "socket");
	if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY,
					     &one, sizeof(one)))
		traffic_die(1, "IPV6_V6ONLY");
	if (gro && setsockopt(fd, IPPROTO_UDP, UDP_GRO, &one, sizeof(one)))
		traffic_die(1, "UDP_GRO");
	if (setsockopt(fd, IPPROTO_UDP, UDP_ENCAP, &type, sizeof(type)))
		traffic_die(1, "UDP_ENCAP");
	bypass(fd, family);
	if (bind(fd, &addr.sa, addr.len))
		traffic_die(1, "bind");
	return fd;
}

int main(int argc, char **argv)
{
	uint8_t buf[TRAFFIC_UDP_MAX];
	struct pollfd fds[2];
	const char *path = "/dev/null";
	int i, gro = 0;
	ssize_t n, j;
	FILE *file;

	if (argc < 2)
		traffic_die(0, "usage: natt PORT [gro] [FILE]");
	for (i = 2; i < argc; i++) {
		if (!strcmp(argv[i], "gro"))
			gro = 1;
		else
			path = argv[i];
	}
	file = fopen(path, "w");
	if (!file)
		traffic_die(1, "%s", path);
	fds[0].fd = encap_socket(AF_INET, argv[1], gro);
	fds[1].fd = encap_socket(AF_INET6, argv[1], gro);
	fds[0].events = POLLIN;
	fds[1].events = POLLIN;
	traffic_background();

	while (poll(fds, 2, -1) > 0) {
		for (i = 0; i < 2; i++) {
			if (!fds[i].revents)
				continue;
			n = recv(fds[i].fd, buf, sizeof(buf), 0);
			for (j = 0; j < n; j++)
				fprintf(file, "%02x", buf[j]);
			fputc('\n', file);
			fflush(file);
		}
	}
	return 1;
}
