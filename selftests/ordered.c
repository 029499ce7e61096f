// SPDX-License-Identifier: GPL-2.0
/*
 * Datagrams that have a place:
 *   ordered send ADDR PORT COUNT SIZE BURST [gso]
 *	sends COUNT numbered datagrams of SIZE bytes; after every BURST of them
 *	waits until the receiver has the last one, so that no queue on the way
 *	overflows; with "gso" a burst is one send that the kernel segments
 *   ordered receive PORT
 *	receives them, and answers the last one of each burst; in the background
 * The receiver answers with what it has seen so far, and the sender checks that
 * all datagrams arrived, in order and unharmed.
 */
#include <errno.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "traffic.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

#define BURST_MAX 64
#define DATAGRAM_MAX 1472

/* Head of a datagram, in the byte order of the machine that runs both ends. */
struct head {
	uint32_t number;
	uint32_t last;
};

/* What the receiver has seen. */
struct report {
	uint32_t number;
	uint32_t received;
	uint32_t out_of_order;
	uint32_t damaged;
};

static uint8_t buffer[BURST_MAX * DATAGRAM_MAX];

static int receive(const char *port)
{
	int fd = traffic_bind(SOCK_DGRAM, port), size = 16 << 20;
	struct report report = { 0 };
	struct traffic_addr peer;
	struct head head;
	ssize_t n;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	traffic_background();
	for (;;) {
		peer.len = sizeof(peer.in6);
		n = recvfrom(fd, buffer, sizeof(buffer), 0, &peer.sa,
			     &peer.len);
		if (n < 0)
			return 1;
		memcpy(&head, buffer, sizeof(head));
		if (!head.number)
			memset(&report, 0, sizeof(report));
		if (head.number != report.received)
			report.out_of_order++;
		if ((size_t)n < sizeof(head) ||
		    traffic_check(buffer + sizeof(head), n - sizeof(head),
				  head.number, 0) >= 0)
			report.damaged++;
		report.received++;
		report.number = head.number;
		if (head.last)
			sendto(fd, &report, sizeof(report), 0, &peer.sa,
			       peer.len);
	}
}

/* fill() - One burst of datagrams, one after the other in the buffer. */
static void fill(uint32_t number, unsigned int count, size_t size)
{
	struct head head;
	unsigned int i;

	for (i = 0; i < count; i++) {
		head.number = number + i;
		head.last = i + 1 == count;
		memcpy(buffer + i * size, &head, sizeof(head));
		traffic_fill(buffer + i * size + sizeof(head),
			     size - sizeof(head), head.number, 0);
	}
}

static void send_burst(int fd, unsigned int count, size_t size, int gso)
{
	struct mmsghdr messages[BURST_MAX];
	struct iovec vectors[BURST_MAX];
	unsigned int done;
	int n;

	if (gso) {
		if (send(fd, buffer, count * size, 0) < 0)
			traffic_die(1, "send with segmentation");
		return;
	}
	memset(messages, 0, sizeof(messages));
	for (done = 0; done < count; done++) {
		vectors[done].iov_base = buffer + done * size;
		vectors[done].iov_len = size;
		messages[done].msg_hdr.msg_iov = &vectors[done];
		messages[done].msg_hdr.msg_iovlen = 1;
	}
	for (done = 0; done < count; done += n) {
		n = sendmmsg(fd, messages + done, count - done, 0);
		if (n < 0)
			traffic_die(1, "sendmmsg");
	}
}

static void check_report(int fd, uint32_t number)
{
	struct pollfd pollfd = { .fd = fd, .events = POLLIN };
	struct report report;

	if (poll(&pollfd, 1, traffic_patience() * 1000) <= 0)
		traffic_die(0, "no answer to datagram %u", number);
	if (recv(fd, &report, sizeof(report), 0) != sizeof(report))
		traffic_die(1, "answer to datagram %u", number);
	if (report.number != number || report.received != number + 1 ||
	    report.out_of_order || report.damaged)
		traffic_die(0, "%u of %u received, %u unordered, %u damaged",
			    report.received, number + 1, report.out_of_order,
			    report.damaged);
}

/*
 * stay() - Do not move to another processor. Each has a queue of its own in
 * veth, so what is sent from the next one may overtake what waits in the last
 * one's.
 */
static void stay(void)
{
	int cpu = sched_getcpu();
	cpu_set_t set;

	if (cpu < 0)
		traffic_die(1, "sched_getcpu");
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		traffic_die(1, "sched_setaffinity");
}

static int send_all(const char *host, const char *port, unsigned int total,
		    size_t size, unsigned int burst, int gso)
{
	struct traffic_addr addr = traffic_addr(host, port);
	unsigned int number = 0, count;
	int fd, segment = size;

	if (!burst || burst > BURST_MAX || size < sizeof(struct head) ||
	    size > DATAGRAM_MAX)
		traffic_die(0, "bursts of 1 to %d, sizes of %zu to %d",
			    BURST_MAX, sizeof(struct head), DATAGRAM_MAX);
	stay();
	fd = traffic_connect(&addr, SOCK_DGRAM, 0);
	if (gso && setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &segment,
			      sizeof(segment)))
		traffic_die(1, "UDP_SEGMENT");
	while (number < total) {
		count = total - number < burst ? total - number : burst;
		if (gso && count * size > 65000)
			count = 65000 / size;
		fill(number, count, size);
		send_burst(fd, count, size, gso);
		number += count;
		check_report(fd, number - 1);
	}
	printf("%u datagrams of %zu bytes in order\n", number, size);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "receive"))
		return receive(argv[2]);
	if ((argc == 7 || argc == 8) && !strcmp(argv[1], "send"))
		return send_all(argv[2], argv[3], traffic_number(argv[4]),
				traffic_number(argv[5]),
				traffic_number(argv[6]),
				argc == 8 && !strcmp(argv[7], "gso"));
	traffic_die(0, "usage: ordered send|receive ...");
}
