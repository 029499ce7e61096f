// SPDX-License-Identifier: GPL-2.0
/* See traffic.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "traffic.h"

void traffic_die(int error, const char *format, ...)
{
	int saved = errno;
	va_list args;

	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	if (error)
		fprintf(stderr, ": %s", strerror(saved));
	fputc('\n', stderr);
	exit(1);
}

unsigned long traffic_number(const char *arg)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(arg, &end, 0);
	if (errno || end == arg || *end)
		traffic_die(0, "not a number: %s", arg);
	return value;
}

struct traffic_addr traffic_addr(const char *host, const char *port)
{
	struct traffic_addr addr;

	memset(&addr, 0, sizeof(addr));
	if (inet_pton(AF_INET, host, &addr.in.sin_addr) == 1) {
		addr.in.sin_family = AF_INET;
		addr.in.sin_port = htons(traffic_number(port));
		addr.len = sizeof(addr.in);
	} else if (inet_pton(AF_INET6, host, &addr.in6.sin6_addr) == 1) {
		addr.in6.sin6_family = AF_INET6;
		addr.in6.sin6_port = htons(traffic_number(port));
		addr.len = sizeof(addr.in6);
	} else {
		traffic_die(0, "not a numeric address: %s", host);
	}
	return addr;
}

int traffic_patience(void)
{
	const char *slow = getenv("KSFT_MACHINE_SLOW");

	return slow && !strcmp(slow, "yes") ? 180 : 60;
}

int traffic_connect(const struct traffic_addr *addr, int type, int seconds)
{
	time_t end = time(NULL) + seconds;
	int fd;

	for (;;) {
		fd = socket(addr->sa.sa_family, type | SOCK_CLOEXEC, 0);
		if (fd < 0)
			traffic_die(1, "socket");
		if (!connect(fd, &addr->sa, addr->len))
			return fd;
		if (time(NULL) >= end)
			traffic_die(1, "connect");
		close(fd);
		usleep(20000);
	}
}

int traffic_bind(int type, const char *port)
{
	struct sockaddr_in6 addr = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(traffic_number(port)),
		.sin6_addr = IN6ADDR_ANY_INIT,
	};
	int fd, one = 1, zero = 0;

	fd = socket(AF_INET6, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		traffic_die(1, "socket");
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero)))
		traffic_die(1, "setsockopt");
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		traffic_die(1, "bind to port %s", port);
	return fd;
}

void traffic_background(void)
{
	switch (fork()) {
	case -1:
		traffic_die(1, "fork");
	case 0:
		setsid();
		if (!freopen("/dev/null", "r", stdin) ||
		    !freopen("/dev/null", "w", stdout) ||
		    !freopen("/dev/null", "w", stderr))
			_exit(1);
		return;
	default:
		_exit(0);
	}
}

/* A word of the stream: splitmix64's output function of its place. */
static uint64_t word(uint64_t seed, uint64_t index)
{
	uint64_t z = (seed * 0x2545f4914f6cdd1dULL) +
		     (index + 1) * 0x9e3779b97f4a7c15ULL;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
	return z ^ (z >> 31);
}

/* stream() - Copies the stream to @buf piece by piece, or compares with it. */
static ssize_t stream(uint8_t *to, const uint8_t *with, size_t len,
		      uint64_t seed, uint64_t offset)
{
	uint8_t bytes[8];
	size_t done = 0, skip, n;
	uint64_t w;

	while (done < len) {
		w = word(seed, offset / 8);
		memcpy(bytes, &w, 8);
		skip = offset % 8;
		n = 8 - skip;
		if (n > len - done)
			n = len - done;
		if (to) {
			memcpy(to + done, bytes + skip, n);
		} else if (memcmp(with + done, bytes + skip, n)) {
			while (with[done] == bytes[skip]) {
				done++;
				skip++;
			}
			return done;
		}
		done += n;
		offset += n;
	}
	return -1;
}

void traffic_fill(void *buf, size_t len, uint64_t seed, uint64_t offset)
{
	stream(buf, NULL, len, seed, offset);
}

ssize_t traffic_check(const void *buf, size_t len, uint64_t seed,
		      uint64_t offset)
{
	return stream(NULL, buf, len, seed, offset);
}

void traffic_write_all(int fd, const void *buf, size_t len)
{
	const uint8_t *at = buf;
	ssize_t n;

	while (len) {
		n = write(fd, at, len);
		if (n < 0)
			traffic_die(1, "write");
		at += n;
		len -= n;
	}
}

void traffic_read_all(int fd, void *buf, size_t len)
{
	uint8_t *at = buf;
	ssize_t n;

	while (len) {
		n = read(fd, at, len);
		if (n < 0)
			traffic_die(1, "read");
		if (!n)
			traffic_die(0, "the other side closed early");
		at += n;
		len -= n;
	}
}
