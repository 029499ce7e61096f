// SPDX-License-Identifier: GPL-2.0
/*
 * Checked traffic of UDP and TCP:
 *   traffic server PORT [frag]
 *	echoes datagrams and serves bulk transfers, in the background; "frag"
 *	as below
 *   traffic sink PORT FILE
 *	takes datagrams and says nothing, in the background; their number is in
 *	the file
 *   traffic udp ADDR PORT FROM TO STEP [df|frag|whole]
 *	sends datagrams of these payload sizes and checks their echoes; "df"
 *	(the default) lets the path's MTU be discovered first, "whole" also
 *	stops at the largest size that needs no fragmentation, "frag" never
 *	sets the don't-fragment bit
 *   traffic tcp ADDR PORT UP DOWN
 *	sends UP bytes, then receives DOWN bytes
 *   traffic mtu ADDR PORT
 *	prints the MTU that the kernel knows for the path
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "traffic.h"

#define CHUNK (256 * 1024)

/* What a client asks of the TCP server, in the client's byte order. */
struct request {
	uint64_t seed;
	uint64_t up;
	uint64_t down;
};

static uint8_t chunk[CHUNK];

static void bulk_send(int fd, uint64_t seed, uint64_t total)
{
	uint64_t done = 0;
	size_t n;

	while (done < total) {
		n = total - done < CHUNK ? total - done : CHUNK;
		traffic_fill(chunk, n, seed, done);
		traffic_write_all(fd, chunk, n);
		done += n;
	}
}

static void bulk_receive(int fd, uint64_t seed, uint64_t total)
{
	uint64_t done = 0;
	ssize_t n, bad;

	while (done < total) {
		n = total - done < CHUNK ? total - done : CHUNK;
		n = read(fd, chunk, n);
		if (n < 0)
			traffic_die(1, "read");
		if (!n)
			traffic_die(0, "closed after %llu of %llu bytes",
				    (unsigned long long)done,
				    (unsigned long long)total);
		bad = traffic_check(chunk, n, seed, done);
		if (bad >= 0)
			traffic_die(0, "wrong byte at %llu",
				    (unsigned long long)done + bad);
		done += n;
	}
}

/* bounded() - No transfer hangs for ever. */
static void bounded(int fd)
{
	struct timeval limit = { .tv_sec = traffic_patience() };

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)))
		traffic_die(1, "setsockopt");
}

static void tcp_serve(int fd)
{
	struct request request;

	bounded(fd);
	traffic_read_all(fd, &request, sizeof(request));
	bulk_receive(fd, request.seed, request.up);
	/* An echo of the request says that all was right. */
	traffic_write_all(fd, &request, sizeof(request));
	bulk_send(fd, request.seed + 1, request.down);
	exit(0);
}

static int tcp_client(const char *host, const char *port, uint64_t up,
		      uint64_t down)
{
	struct traffic_addr addr = traffic_addr(host, port);
	struct request request = { .seed = up ^ down, .up = up, .down = down };
	struct request echo;
	int fd;

	fd = traffic_connect(&addr, SOCK_STREAM, traffic_patience());
	bounded(fd);
	traffic_write_all(fd, &request, sizeof(request));
	bulk_send(fd, request.seed, up);
	traffic_read_all(fd, &echo, sizeof(echo));
	if (memcmp(&echo, &request, sizeof(echo)))
		traffic_die(0, "the server's answer is wrong");
	bulk_receive(fd, request.seed + 1, down);
	/* The server's end of stream says that it is done as well. */
	if (read(fd, chunk, 1) != 0)
		traffic_die(0, "more came than was asked for");
	close(fd);
	printf("%llu bytes sent, %llu received\n", (unsigned long long)up,
	       (unsigned long long)down);
	return 0;
}

/* may_fragment() - Let IPv4 fragment datagrams of the socket on their way. */
static void may_fragment(int fd)
{
	int dont = IP_PMTUDISC_DONT;

	if (setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &dont, sizeof(dont)))
		traffic_die(1, "IP_MTU_DISCOVER");
}

static void serve(const char *port, int frag)
{
	struct pollfd fds[2];
	struct traffic_addr peer;
	ssize_t n;
	int fd;

	fds[0].fd = traffic_bind(SOCK_DGRAM, port);
	if (frag)
		may_fragment(fds[0].fd);
	fds[1].fd = traffic_bind(SOCK_STREAM, port);
	fds[0].events = POLLIN;
	fds[1].events = POLLIN;
	if (listen(fds[1].fd, 16))
		traffic_die(1, "listen");
	signal(SIGCHLD, SIG_IGN);
	traffic_background();

	while (poll(fds, 2, -1) > 0) {
		if (fds[0].revents) {
			peer.len = sizeof(peer.in6);
			n = recvfrom(fds[0].fd, chunk, CHUNK, 0, &peer.sa,
				     &peer.len);
			if (n >= 0)
				sendto(fds[0].fd, chunk, n, 0, &peer.sa,
				       peer.len);
		}
		if (fds[1].revents) {
			fd = accept(fds[1].fd, NULL, NULL);
			if (fd >= 0 && !fork())
				tcp_serve(fd);
			close(fd);
		}
	}
}

static void sink(const char *port, const char *path)
{
	int fd = traffic_bind(SOCK_DGRAM, port);
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	unsigned long count = 0;
	char text[24];

	if (file < 0 || pwrite(file, "0\n", 2, 0) != 2)
		traffic_die(1, "%s", path);
	traffic_background();
	while (recv(fd, chunk, CHUNK, 0) >= 0) {
		int len = snprintf(text, sizeof(text), "%lu\n", ++count);

		if (pwrite(file, text, len, 0) != len)
			exit(1);
	}
}

static size_t path_mtu(int fd, int family)
{
	socklen_t len = sizeof(int);
	int mtu;

	if (family == AF_INET ? getsockopt(fd, IPPROTO_IP, IP_MTU, &mtu, &len) :
	    getsockopt(fd, IPPROTO_IPV6, IPV6_MTU, &mtu, &len))
		traffic_die(1, "getsockopt of the path's MTU");
	return mtu;
}

/* Datagrams whose echo did not come in time. It can still come. */
static struct {
	size_t size;
	uint64_t seed;
} unanswered[50];
static unsigned int nr_unanswered;

static void udp_give_up(size_t size, uint64_t seed)
{
	if (nr_unanswered == sizeof(unanswered) / sizeof(unanswered[0]))
		traffic_die(0, "too many datagrams without an echo");
	unanswered[nr_unanswered].size = size;
	unanswered[nr_unanswered++].seed = seed;
}

static int udp_is_late(const uint8_t *got, size_t size)
{
	static uint8_t sent[TRAFFIC_UDP_MAX];
	unsigned int i;

	for (i = 0; i < nr_unanswered; i++) {
		if (unanswered[i].size != size)
			continue;
		traffic_fill(sent, size, unanswered[i].seed, 0);
		if (!memcmp(sent, got, size))
			return 1;
	}
	return 0;
}

/*
 * udp_echo() - One datagram there and back. Answers 0 if @millis passed or the
 * kernel said that the datagram does not fit; content that is wrong is fatal.
 */
static int udp_echo(int fd, size_t size, uint64_t seed, int millis)
{
	static uint8_t sent[TRAFFIC_UDP_MAX], got[TRAFFIC_UDP_MAX + 1];
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	ssize_t n;

	traffic_fill(sent, size, seed, 0);
	if (send(fd, sent, size, 0) < 0) {
		if (errno == EMSGSIZE)
			return 0;
		traffic_die(1, "send of %zu bytes", size);
	}
	while (poll(&pollfd, 1, millis) > 0) {
		n = recv(fd, got, sizeof(got), 0);
		if (n < 0 && errno != EMSGSIZE)
			traffic_die(1, "recv");
		if (n < 0)
			break;
		if ((size_t)n == size && !memcmp(sent, got, size))
			return 1;
		if (!udp_is_late(got, n))
			traffic_die(0, "the echo of %zu bytes is wrong (%zd bytes)",
				    size, n);
	}
	udp_give_up(size, seed);
	return 0;
}

/*
 * udp_learn() - Exchange datagrams that are as large as the link allows until
 * both ends know the MTU of the path. Larger ones would go as fragments, which
 * may be fragmented further and so teach nothing. With @whole not even those
 * become fragments that turn out to be too large.
 */
static void udp_learn(int fd, int family, size_t size, size_t headers,
		      int whole)
{
	size_t most = path_mtu(fd, family) - headers;
	int tries;

	for (tries = 0; tries < 50; tries++) {
		if (whole)
			most = path_mtu(fd, family) - headers;
		if (most < size)
			size = most;
		if (udp_echo(fd, size, 1 + tries, 200))
			return;
	}
	traffic_die(0, "%zu bytes do not get through", size);
}

static int udp_client(const char *host, const char *port, size_t from,
		      size_t to, size_t step, const char *how)
{
	struct traffic_addr addr = traffic_addr(host, port);
	int fd, count = 0, family = addr.sa.sa_family;
	size_t size, whole, headers = family == AF_INET ? 28 : 48;

	if (to > TRAFFIC_UDP_MAX || !step)
		traffic_die(0, "sizes out of range");
	fd = traffic_connect(&addr, SOCK_DGRAM, 0);
	if (!strcmp(how, "frag")) {
		if (family == AF_INET)
			may_fragment(fd);
	} else {
		udp_learn(fd, family, to, headers, !strcmp(how, "whole"));
	}
	if (!strcmp(how, "whole")) {
		whole = path_mtu(fd, family) - headers;
		if (whole < to)
			to = whole;
	}
	for (size = from; size <= to; size += step) {
		if (!udp_echo(fd, size, size, traffic_patience() * 1000))
			traffic_die(0, "no echo of %zu bytes", size);
		count++;
	}
	if (!count)
		traffic_die(0, "no size between %zu and %zu", from, to);
	printf("%d datagrams of %zu to %zu bytes, path MTU %zu\n", count, from,
	       to, path_mtu(fd, family));
	return 0;
}

int main(int argc, char **argv)
{
	struct traffic_addr addr;

	signal(SIGPIPE, SIG_IGN);
	if ((argc == 3 || argc == 4) && !strcmp(argv[1], "server")) {
		serve(argv[2], argc == 4 && !strcmp(argv[3], "frag"));
		return 1;
	}
	if (argc == 4 && !strcmp(argv[1], "sink")) {
		sink(argv[2], argv[3]);
		return 1;
	}
	if ((argc == 7 || argc == 8) && !strcmp(argv[1], "udp"))
		return udp_client(argv[2], argv[3], traffic_number(argv[4]),
				  traffic_number(argv[5]),
				  traffic_number(argv[6]),
				  argc == 8 ? argv[7] : "df");
	if (argc == 6 && !strcmp(argv[1], "tcp"))
		return tcp_client(argv[2], argv[3], traffic_number(argv[4]),
				  traffic_number(argv[5]));
	if (argc == 4 && !strcmp(argv[1], "mtu")) {
		addr = traffic_addr(argv[2], argv[3]);
		printf("%zu\n",
		       path_mtu(traffic_connect(&addr, SOCK_DGRAM, 0),
				addr.sa.sa_family));
		return 0;
	}
	traffic_die(0, "usage: traffic server|sink|udp|tcp|mtu ...");
}
