// SPDX-License-Identifier: GPL-2.0
/*
 * Requests and answers: ends, errors with and without reasons, dumps that
 * change while they are read.
 */
#include <errno.h>
#include <linux/espsimd.h>
#include <linux/genetlink.h>
#include <string.h>

#include "../command.h"
#include "../nl.h"
#include "unit.h"

static const char reason[] = "espsimd: the reason";
static unsigned int requests, interruptions;

static void refuse_capped(const struct nlmsghdr *request)
{
	fake_ack(request, -EOPNOTSUPP, reason, true);
}

static void refuse_quoting(const struct nlmsghdr *request)
{
	fake_ack(request, -EOPNOTSUPP, reason, false);
}

static void refuse_silently(const struct nlmsghdr *request)
{
	fake_ack(request, -EPERM, NULL, false);
}

static void take(const struct nlmsghdr *request)
{
	fake_ack(request, 0, NULL, true);
}

static void refuse_dump(const struct nlmsghdr *request)
{
	fake_message(request, NLM_F_MULTI);
	fake_done(request, -ENODEV, reason);
}

/* An error before the first message ends a dump as any other request. */
static void refuse_dump_early(const struct nlmsghdr *request)
{
	fake_ack(request, -EPERM, NULL, true);
}

static void change(const struct nlmsghdr *request)
{
	bool interrupted = requests++ < interruptions;

	fake_message(request, NLM_F_MULTI);
	fake_message(request, NLM_F_MULTI |
		     (interrupted ? NLM_F_DUMP_INTR : 0));
	fake_done(request, 0, NULL);
}

static int request_once(fake_kernel *kernel, struct nl *nl)
{
	union nl_request request;
	int err;

	fake_set(kernel);
	err = nl_open(nl);
	if (!err)
		err = nl_do(nl, nl_start(nl, &request, ESPSIMD_CMD_DEV_SET),
			    NULL);
	nl_close(nl);
	return err;
}

static int dump_once(fake_kernel *kernel, struct nl *nl, size_t *nr)
{
	struct nl_list list = { .nr = 0 };
	int err;

	fake_set(kernel);
	err = nl_open(nl);
	if (!err)
		err = nl_dump(nl, ESPSIMD_CMD_SA_GET, 0, &list);
	nl_close(nl);
	*nr = list.nr;
	nl_list_free(&list);
	return err;
}

static void test_errors(void)
{
	struct nl nl;

	ok(request_once(NULL, &nl) == -ENOENT, "nl: no module");
	capture_begin();
	nl_error(&nl, -ENOENT);
	ok_text(capture_end(),
		"Error: the module espsimd is not loaded, try \"modprobe espsimd\".\n",
		"nl: no module, in words");

	ok(request_once(take, &nl) == 0 && !nl.reason[0], "nl: accepted");

	ok(request_once(refuse_capped, &nl) == -EOPNOTSUPP &&
	   !strcmp(nl.reason, reason), "nl: refused with a reason");
	capture_begin();
	nl_error(&nl, -EOPNOTSUPP);
	ok_text(capture_end(), "Error: espsimd: the reason.\n",
		"nl: the reason is repeated");
	ok(request_once(refuse_quoting, &nl) == -EOPNOTSUPP &&
	   !strcmp(nl.reason, reason),
	   "nl: refused with a reason behind the request");

	ok(request_once(refuse_silently, &nl) == -EPERM && !nl.reason[0],
	   "nl: refused without a reason");
	capture_begin();
	nl_error(&nl, -EPERM);
	ok_text(capture_end(), "Error: Operation not permitted.\n",
		"nl: an error without a reason");
}

static void test_dumps(void)
{
	struct nl nl;
	size_t nr;

	ok(dump_once(refuse_dump, &nl, &nr) == -ENODEV &&
	   !strcmp(nl.reason, reason), "nl: dump that fails on its way");
	ok(dump_once(refuse_dump_early, &nl, &nr) == -EPERM && !nr,
	   "nl: dump that is refused");

	requests = 0;
	interruptions = 0;
	ok(dump_once(change, &nl, &nr) == 0 && nr == 2 && requests == 1,
	   "nl: dump");
	requests = 0;
	interruptions = 3;
	ok(dump_once(change, &nl, &nr) == 0 && nr == 2 && requests == 4,
	   "nl: dump that changes is repeated");
	requests = 0;
	interruptions = 1000;
	ok(dump_once(change, &nl, &nr) == -EINTR && !nr && requests < 100,
	   "nl: dump that never stops changing is given up");
}

/* What dev set sends: the device and the engine, and nothing else. */
static bool set_as_expected;

static void expect_set(const struct nlmsghdr *request)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(request);
	const struct nlattr *attr;
	bool ifindex = false, engine = false, other = false;

	mnl_attr_for_each(attr, request, sizeof(*genl)) {
		if (mnl_attr_get_type(attr) == ESPSIMD_A_DEV_IFINDEX)
			ifindex = mnl_attr_get_u32(attr) == 1;
		else if (mnl_attr_get_type(attr) == ESPSIMD_A_DEV_ENGINE)
			engine = mnl_attr_get_u32(attr) ==
				 ESPSIMD_ENGINE_AVX2;
		else
			other = true;
	}
	set_as_expected = genl->cmd == ESPSIMD_CMD_DEV_SET && ifindex &&
			  engine && !other;
	fake_ack(request, 0, NULL, true);
}

/* The loopback device is number 1 in every network namespace. */
static void test_set(void)
{
	static const struct options options = { .json = false };
	const struct command *set = &dev_object.commands[1];
	int code;

	fake_set(expect_set);
	ok_text(run(set, &options, "lo engine avx2", &code), "",
		"nl: dev set writes nothing");
	ok(code == EXIT_SUCCESS && set_as_expected, "nl: dev set");

	fake_set(refuse_capped);
	ok_text(run(set, &options, "lo engine avx2", &code),
		"Error: espsimd: the reason.\n",
		"nl: dev set that is refused");
	ok(code == EXIT_FAILURE, "nl: dev set that is refused: exit code");
}

void test_nl(void)
{
	test_errors();
	test_dumps();
	test_set();
}
