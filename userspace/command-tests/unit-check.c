// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd check: questions to a stand-in for the module. What is found of this
 * machine differs from one to the next, so only lines about devices and SAs
 * are looked at.
 */
#include <errno.h>
#include <linux/espsimd.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

#include "../command.h"
#include "unit.h"

static const struct options text = { .json = false };
static unsigned int asked;

/* Takes outbound SAs, and has a device that sits on the loopback device. */
static void module(const struct nlmsghdr *request)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(request);
	const struct nlattr *attr;
	struct nlmsghdr *nlh;
	bool in = false;

	if (genl->cmd == ESPSIMD_CMD_DEV_GET) {
		nlh = fake_message(request, NLM_F_MULTI);
		mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_IFINDEX, 2147483647);
		mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_LOWER_IFINDEX, 1);
		mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_ENGINE_ACTIVE,
				 ESPSIMD_ENGINE_GENERIC);
		mnl_attr_put_u32(nlh, ESPSIMD_A_DEV_ENGINE_USABLE,
				 1 << ESPSIMD_ENGINE_AESNI);
		fake_done(request, 0, NULL);
		return;
	}
	mnl_attr_for_each(attr, request, sizeof(*genl))
		if (mnl_attr_get_type(attr) == ESPSIMD_A_SA_DIRECTION)
			in = mnl_attr_get_u32(attr) == ESPSIMD_DIRECTION_IN;
	asked++;
	if (in)
		fake_ack(request, -EOPNOTSUPP, "espsimd: not inbound", true);
	else
		fake_ack(request, 0, NULL, true);
}

static void no_devices(const struct nlmsghdr *request)
{
	fake_done(request, 0, NULL);
}

static const char *check(const char *line, int *code)
{
	return run(check_object.commands, &text, line, code);
}

static void has(const char *output, const char *line, const char *name)
{
	const char *found = strstr(output, line);

	if (!found)
		printf("# %s\n", output);
	ok(found && (found == output || found[-1] == '\n'), "check: %s", name);
}

static void test_devices(void)
{
	const char *output;
	int code;

	fake_set(module);
	output = check("", &code);
	has(output,
	    "ok    device        if2147483647 is an espsimd device on lo\n",
	    "a device");
	has(output,
	    "fail  device        if2147483647: No such device\n",
	    "a device that vanishes");
	has(output,
	    "warn  engine        if2147483647 uses generic: the kernel's AEAD does all packets\n"
	    "                    mend: espsimd dev set if2147483647 engine auto\n",
	    "a generic engine");
	ok(code == EXIT_FAILURE, "check: exit code");

	output = check("lo", &code);
	has(output,
	    "warn  device        lo is the lower device of if2147483647, which SAs have to name\n",
	    "a lower device");

	fake_set(no_devices);
	output = check("", &code);
	has(output,
	    "warn  device        there is no espsimd device yet\n"
	    "                    mend: ip link add esp0 link DEV type espsimd\n",
	    "no device");
	output = check("lo", &code);
	has(output,
	    "fail  device        lo is not an espsimd device\n"
	    "                    mend: ip link add esp0 link lo type espsimd\n",
	    "a device of another kind");
}

static void test_sas(void)
{
	const char *output;
	int code;

	fake_set(module);
	asked = 0;
	output = check("--sa", &code);
	has(output, "fail  sa in         espsimd: not inbound\n",
	    "the module's reason is repeated");
	has(output,
	    "ok    sa out        would be taken: offload crypto family inet proto esp mode tunnel alg rfc4106(gcm(aes)) key-bits 128 icv-bits 128\n",
	    "an SA that would be taken");
	ok(asked == 2, "check: both directions are asked for");

	asked = 0;
	output = check("dev lo sa dir out esn", &code);
	has(output,
	    "ok    sa out        would be taken: offload crypto family inet proto esp mode tunnel alg rfc4106(gcm(aes)) key-bits 128 icv-bits 128 esn\n",
	    "one direction");
	ok(asked == 1 && !strstr(output, "sa in"),
	   "check: the other direction is not asked for");

	fake_set(NULL);
	output = check("dev lo sa dir out esn", &code);
	has(output,
	    "fail  sa            cannot be asked for without the module\n",
	    "no module");
	ok(code == EXIT_FAILURE, "check: exit code without the module");
}

void test_check(void)
{
	test_devices();
	test_sas();
}
