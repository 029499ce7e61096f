/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the traffic programs share: contents that can be checked at any place,
 * and sockets. The programs print one line of facts and exit with 0, or print
 * what was wrong and exit with 1.
 */
#ifndef TRAFFIC_H
#define TRAFFIC_H

#include <netinet/in.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

/* Longest datagram that UDP over IPv4 can carry. */
#define TRAFFIC_UDP_MAX 65507

/* An address of either family with its length. */
struct traffic_addr {
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	};
	socklen_t len;
};

/* traffic_die() - Print a message, with errno's text if @error, and exit(1). */
void traffic_die(int error, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/* traffic_number() - The number that the argument is, or usage error. */
unsigned long traffic_number(const char *arg);

/* traffic_addr() - Parse a numeric address of either family. */
struct traffic_addr traffic_addr(const char *host, const char *port);

/* traffic_connect() - A connected socket, with patience for @seconds. */
int traffic_connect(const struct traffic_addr *addr, int type, int seconds);

/* traffic_bind() - A socket bound to a port on all addresses, both families. */
int traffic_bind(int type, const char *port);

/* traffic_patience() - Seconds to wait for something that must come. */
int traffic_patience(void);

/* traffic_background() - Go on as a daemon; the parent exits with 0. */
void traffic_background(void);

/*
 * traffic_fill() - Write the bytes at @offset of the stream @seed.
 * traffic_check() - Compare with them; the offset of the first wrong byte in
 * @buf, or -1.
 */
void traffic_fill(void *buf, size_t len, uint64_t seed, uint64_t offset);
ssize_t traffic_check(const void *buf, size_t len, uint64_t seed,
		      uint64_t offset);

/* traffic_write_all() / traffic_read_all() - Whole buffers, or exit(1). */
void traffic_write_all(int fd, const void *buf, size_t len);
void traffic_read_all(int fd, void *buf, size_t len);

#endif /* TRAFFIC_H */
