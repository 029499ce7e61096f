// SPDX-License-Identifier: GPL-2.0
/*
 * Sends memory that belongs to somebody else:
 *   pages sendfile|splice|zerocopy|mmap ADDR PORT FILE [ROUNDS]
 *	sends the file over TCP to a `traffic server`-like sink by handing its
 *	pages to the kernel, ROUNDS times, each time over a new connection
 *   pages udp ADDR PORT FILE SIZE
 *	the same by UDP datagrams of SIZE bytes, spliced from the file
 *   pages sink PORT FILE
 *	takes TCP connections in the background; every one has to carry the
 *	contents of the file, and is answered with one byte: 1 if it did
 *   pages memory ADDR PORT FILE
 *	sends a copy of the file in anonymous memory with MSG_ZEROCOPY, and
 *	looks at it again after the kernel has given it back
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/errqueue.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "traffic.h"

#ifndef SO_ZEROCOPY
#define SO_ZEROCOPY 60
#endif
#ifndef MSG_ZEROCOPY
#define MSG_ZEROCOPY 0x4000000
#endif

static uint8_t *map_file(const char *path, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	void *map;

	if (fd < 0 || fstat(fd, &stat))
		traffic_die(1, "%s", path);
	map = mmap(NULL, stat.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		traffic_die(1, "mmap of %s", path);
	close(fd);
	*len = stat.st_size;
	return map;
}

static void send_by_sendfile(int sock, int file, size_t len)
{
	ssize_t n;

	while (len) {
		n = sendfile(sock, file, NULL, len);
		if (n <= 0)
			traffic_die(1, "sendfile");
		len -= n;
	}
}

static void send_by_splice(int sock, int file, size_t len, size_t most,
			   int flags)
{
	ssize_t in, out;
	int pipes[2];

	if (pipe(pipes))
		traffic_die(1, "pipe");
	while (len) {
		in = splice(file, NULL, pipes[1], NULL, len < most ? len : most,
			    SPLICE_F_MOVE);
		if (in <= 0)
			traffic_die(1, "splice from the file");
		len -= in;
		while (in) {
			out = splice(pipes[0], NULL, sock, NULL, in,
				     SPLICE_F_MOVE | (len ? flags : 0));
			if (out <= 0)
				traffic_die(1, "splice to the socket");
			in -= out;
		}
	}
	close(pipes[0]);
	close(pipes[1]);
}

/* completions() - Waits until the kernel is done with @count sends. */
static void completions(int fd, unsigned int count)
{
	struct pollfd pollfd = { .fd = fd };
	struct sock_extended_err *error;
	union {
		struct cmsghdr align;
		char buf[256];
	} control;
	struct msghdr message;
	struct cmsghdr *cmsg;
	unsigned int done = 0;

	while (done < count) {
		if (poll(&pollfd, 1, traffic_patience() * 1000) <= 0)
			traffic_die(0, "%u of %u sends not given back",
				    count - done, count);
		memset(&message, 0, sizeof(message));
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		if (recvmsg(fd, &message, MSG_ERRQUEUE) < 0) {
			if (errno == EAGAIN)
				continue;
			traffic_die(1, "error queue");
		}
		cmsg = CMSG_FIRSTHDR(&message);
		if (!cmsg)
			traffic_die(0, "empty message on the error queue");
		error = (struct sock_extended_err *)CMSG_DATA(cmsg);
		if (error->ee_origin != SO_EE_ORIGIN_ZEROCOPY)
			traffic_die(0, "another error came");
		done += error->ee_data - error->ee_info + 1;
	}
}

static void send_by_zerocopy(int sock, const uint8_t *map, size_t len)
{
	unsigned int count = 0;
	int one = 1;
	ssize_t n;

	if (setsockopt(sock, SOL_SOCKET, SO_ZEROCOPY, &one, sizeof(one)))
		traffic_die(1, "SO_ZEROCOPY");
	while (len) {
		n = send(sock, map, len < 65536 ? len : 65536, MSG_ZEROCOPY);
		if (n < 0 && errno == ENOBUFS) {
			completions(sock, count);
			count = 0;
			continue;
		}
		if (n <= 0)
			traffic_die(1, "send");
		map += n;
		len -= n;
		count++;
	}
	completions(sock, count);
}

static int tcp_socket(const char *host, const char *port)
{
	struct traffic_addr addr = traffic_addr(host, port);
	struct timeval limit = { .tv_sec = traffic_patience() };
	int fd;

	fd = traffic_connect(&addr, SOCK_STREAM, traffic_patience());
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)))
		traffic_die(1, "setsockopt");
	return fd;
}

static int send_file(const char *how, const char *host, const char *port,
		     const char *path, unsigned long rounds)
{
	int file = open(path, O_RDONLY | O_CLOEXEC), sock;
	unsigned long i;
	uint8_t *map, verdict;
	size_t len;

	if (file < 0)
		traffic_die(1, "%s", path);
	map = map_file(path, &len);
	for (i = 0; i < rounds; i++) {
		sock = tcp_socket(host, port);
		lseek(file, 0, SEEK_SET);
		if (!strcmp(how, "sendfile"))
			send_by_sendfile(sock, file, len);
		else if (!strcmp(how, "splice"))
			send_by_splice(sock, file, len, 65536, SPLICE_F_MORE);
		else if (!strcmp(how, "zerocopy"))
			send_by_zerocopy(sock, map, len);
		else
			traffic_write_all(sock, map, len);
		traffic_read_all(sock, &verdict, 1);
		if (verdict != 1)
			traffic_die(0, "other contents arrived");
		close(sock);
	}
	printf("%lu times %zu bytes by %s\n", rounds, len, how);
	return 0;
}

static int send_udp(const char *host, const char *port, const char *path,
		    size_t size)
{
	struct traffic_addr addr = traffic_addr(host, port);
	int file = open(path, O_RDONLY | O_CLOEXEC), fd, count = 0;
	size_t len, done;

	if (file < 0)
		traffic_die(1, "%s", path);
	map_file(path, &len);
	fd = traffic_connect(&addr, SOCK_DGRAM, 0);
	for (done = 0; done + size <= len; done += size) {
		send_by_splice(fd, file, size, size, 0);
		count++;
	}
	printf("%d datagrams of %zu bytes\n", count, size);
	return 0;
}

static int send_memory(const char *host, const char *port, const char *path)
{
	int sock = tcp_socket(host, port);
	uint8_t *memory, *map, verdict;
	size_t len;

	map = map_file(path, &len);
	memory = mmap(NULL, len, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		traffic_die(1, "mmap");
	memcpy(memory, map, len);
	send_by_zerocopy(sock, memory, len);
	if (memcmp(memory, map, len))
		traffic_die(0, "memory was changed");
	traffic_read_all(sock, &verdict, 1);
	if (verdict != 1)
		traffic_die(0, "other contents arrived");
	printf("%zu bytes of memory\n", len);
	return 0;
}

static void take(int fd, const uint8_t *map, size_t len)
{
	struct timeval limit = { .tv_sec = traffic_patience() };
	uint8_t *buf, verdict;

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	buf = malloc(len);
	if (!buf)
		exit(1);
	traffic_read_all(fd, buf, len);
	verdict = !memcmp(buf, map, len);
	traffic_write_all(fd, &verdict, 1);
	exit(0);
}

static int sink(const char *port, const char *path)
{
	int listener = traffic_bind(SOCK_STREAM, port), fd;
	uint8_t *map, *copy;
	size_t len;

	/* A copy: the file's own pages are what is under test. */
	map = map_file(path, &len);
	copy = malloc(len);
	if (!copy)
		traffic_die(1, "malloc");
	memcpy(copy, map, len);
	if (listen(listener, 16))
		traffic_die(1, "listen");
	signal(SIGCHLD, SIG_IGN);
	traffic_background();
	for (;;) {
		fd = accept(listener, NULL, NULL);
		if (fd >= 0 && !fork())
			take(fd, copy, len);
		close(fd);
	}
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";

	signal(SIGPIPE, SIG_IGN);
	if (argc == 4 && !strcmp(how, "sink"))
		return sink(argv[2], argv[3]);
	if (argc == 5 && !strcmp(how, "memory"))
		return send_memory(argv[2], argv[3], argv[4]);
	if (argc == 6 && !strcmp(how, "udp"))
		return send_udp(argv[2], argv[3], argv[4],
				traffic_number(argv[5]));
	if ((argc == 5 || argc == 6) &&
	    (!strcmp(how, "sendfile") || !strcmp(how, "splice") ||
	     !strcmp(how, "zerocopy") || !strcmp(how, "mmap")))
		return send_file(how, argv[2], argv[3], argv[4],
				 argc == 6 ? traffic_number(argv[5]) : 1);
	traffic_die(0, "usage: pages HOW ...");
}
