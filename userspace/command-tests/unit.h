/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the unit tests of the command share: results, captured output, and
 * stand-ins for the kernel's side of netlink and for its files.
 */
#ifndef ESPSIMD_UNIT_H
#define ESPSIMD_UNIT_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdint.h>

#include "../command.h"

#define FAKE_FAMILY	0x21

/**
 * ok() - write a result as TAP
 * @passed: the result
 * @format: name of the test, as printf()
 */
__attribute__((format(printf, 2, 3)))
void ok(bool passed, const char *format, ...);

/**
 * ok_text() - test that a text is as expected, and show both if not
 * @text: the text
 * @expected: what it has to be
 * @name: name of the test
 */
void ok_text(const char *text, const char *expected, const char *name);

/**
 * capture_begin() - keep what is written to stdout and stderr from now on
 */
void capture_begin(void);

/**
 * capture_end() - stop keeping it
 *
 * Return: what was written, in the order it was; valid until the next capture.
 */
const char *capture_end(void);

/* More than any line of a test has. */
#define MAX_WORDS	32

/**
 * split() - split a line into words
 * @line: words, with one space or tabulator after each but the last
 * @words: (output) the words, ended by NULL; valid until the next split
 */
void split(const char *line, char *words[MAX_WORDS]);

/**
 * run() - run a command of an object, and keep what it writes
 * @command: the command
 * @options: options
 * @line: words after the command, as for split()
 * @code: (output) its exit code
 *
 * Return: its output, as capture_end() does.
 */
const char *run(const struct command *command, const struct options *options,
		const char *line, int *code);

/**
 * typedef fake_kernel - answers requests to the family
 * @request: the request
 */
typedef void fake_kernel(const struct nlmsghdr *request);

/**
 * fake_set() - choose who answers from now on
 * @kernel: gets all requests to the family; NULL if there is no module
 */
void fake_set(fake_kernel *kernel);

/**
 * fake_set_rest() - choose who answers what is not for the family
 * @kernel: gets all such requests
 */
void fake_set_rest(fake_kernel *kernel);

/**
 * fake_protocol() - which netlink family the last request was sent to
 *
 * Return: its number, such as NETLINK_ROUTE.
 */
int fake_protocol(void);

/**
 * fake_wiped() - was the memory wiped into which the last answer was read?
 *
 * Return: true if all of it was, after that.
 */
bool fake_wiped(void);

/**
 * fake_message_of() - begin a message of a dump of another netlink family
 * @request: the request
 * @header: (output) the family's own header, zeroes
 * @size: size of that header
 *
 * Return: the message; attributes can be added until the next one begins.
 */
struct nlmsghdr *fake_message_of(const struct nlmsghdr *request, void **header,
				 size_t size);

/**
 * fake_message() - begin a message of the answer
 * @request: the request
 * @flags: flags of the message
 *
 * Return: the message; attributes can be added until the next one begins.
 */
struct nlmsghdr *fake_message(const struct nlmsghdr *request, uint16_t flags);

/**
 * fake_event() - tell everybody something
 * @request: the request that it is about
 * @header: (output) the family's own header, zeroes
 * @size: size of that header
 *
 * Return: the message, to which attributes can be added.
 */
struct nlmsghdr *fake_event(const struct nlmsghdr *request, void **header,
			    size_t size);

/**
 * fake_lose_events() - have what everybody is told get lost
 * @lose: from now on, or no more
 */
void fake_lose_events(bool lose);

/**
 * fake_ack() - end an answer that is no dump
 * @request: the request
 * @err: 0 or a negative errno
 * @reason: sentence on the error, or NULL
 * @capped: do not quote the request
 */
void fake_ack(const struct nlmsghdr *request, int err, const char *reason,
	      bool capped);

/**
 * fake_done() - end a dump
 * @request: the request
 * @err: 0 or a negative errno
 * @reason: sentence on the error, or NULL
 */
void fake_done(const struct nlmsghdr *request, int err, const char *reason);

/**
 * root_begin() - make an empty file system
 *
 * Return: where its root is.
 */
const char *root_begin(void);

/**
 * root_place() - make room for a file
 * @name: path of the file below the root
 *
 * Directories are made, and all is noted for removal.
 *
 * Return: path of the file; valid until the next call.
 */
const char *root_place(const char *name);

/**
 * root_file() - make a file, or another one in its place
 * @name: as for root_place()
 * @text: what the file has
 */
void root_file(const char *name, const char *text);

/**
 * root_remove_last() - remove the file that was made last
 */
void root_remove_last(void);

/**
 * root_end() - remove the file system
 *
 * Return: true if nothing was left of it.
 */
bool root_end(void);

/* What the linker puts in place of libmnl's functions. */
ssize_t __wrap_mnl_socket_sendto(const struct mnl_socket *nl, const void *buf,
				 size_t len);
ssize_t __wrap_mnl_socket_recvfrom(const struct mnl_socket *nl, void *buf,
				   size_t size);
void __wrap_explicit_bzero(void *memory, size_t size);
void __real_explicit_bzero(void *memory, size_t size);
int __wrap_mnl_socket_setsockopt(const struct mnl_socket *nl, int type,
				 void *buf, socklen_t len);
int __real_mnl_socket_setsockopt(const struct mnl_socket *nl, int type,
				 void *buf, socklen_t len);

void test_attr(void);
void test_check(void);
void test_cpu(void);
void test_doctor(void);
void test_flowpath(void);
void test_gateway(void);
void test_gateway_host(void);
void test_kernel(void);
void test_monitor(void);
void test_move(void);
void test_nl(void);
void test_noxfrm(void);
void test_prometheus(void);
void test_query(void);
void test_remember(void);
void test_show(void);
void test_takeover(void);
void test_top(void);

#endif /* ESPSIMD_UNIT_H */
