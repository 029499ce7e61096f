// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd dev: the devices and their configuration.
 */
#include <inttypes.h>
#include <linux/espsimd.h>
#include <stdio.h>
#include <string.h>

#include "attr.h"
#include "command.h"
#include "nl.h"
#include "out.h"
#include "show.h"
#include "takeover.h"

static const char *text_of(const struct nlattr **attrs, unsigned int id,
			   char text[ATTR_TEXT_SIZE])
{
	return attr_text(attrs[id], &dev_attrs[id], text);
}

static void print_dev(const struct nlattr **attrs)
{
	char name[ATTR_TEXT_SIZE], lower[ATTR_TEXT_SIZE];
	char asked[ATTR_TEXT_SIZE], active[ATTR_TEXT_SIZE];
	char usable[ATTR_TEXT_SIZE];

	printf("%" PRIu64 ": %s@%s: engine %s active %s usable %s\n",
	       attr_number(attrs[ESPSIMD_A_DEV_IFINDEX], ATTR_LINK),
	       text_of(attrs, ESPSIMD_A_DEV_IFINDEX, name),
	       text_of(attrs, ESPSIMD_A_DEV_LOWER_IFINDEX, lower),
	       text_of(attrs, ESPSIMD_A_DEV_ENGINE, asked),
	       text_of(attrs, ESPSIMD_A_DEV_ENGINE_ACTIVE, active),
	       text_of(attrs, ESPSIMD_A_DEV_ENGINE_USABLE, usable));
	printf("    sa in %" PRIu64 " out %" PRIu64 "\n",
	       attr_number(attrs[ESPSIMD_A_DEV_SA_IN], ATTR_U32),
	       attr_number(attrs[ESPSIMD_A_DEV_SA_OUT], ATTR_U32));
}

const struct show show_dev = {
	.get = nl_get,
	.command = ESPSIMD_CMD_DEV_GET,
	.descs = dev_attrs,
	.max = ESPSIMD_A_DEV_MAX,
	.print = print_dev,
};

static int dev_show(const struct options *options, char **words)
{
	return show_run(&show_dev, &dev_object, options, words);
}

static int set_engine(unsigned int ifindex, uint32_t engine)
{
	struct nlmsghdr *request;
	union nl_request buffer;
	struct nl nl;
	int err;

	err = nl_open(&nl);
	if (!err) {
		request = nl_start(&nl, &buffer, ESPSIMD_CMD_DEV_SET);
		mnl_attr_put_u32(request, ESPSIMD_A_DEV_IFINDEX, ifindex);
		mnl_attr_put_u32(request, ESPSIMD_A_DEV_ENGINE, engine);
		err = nl_do(&nl, request, NULL);
	}
	if (err)
		nl_error(&nl, err);
	nl_close(&nl);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int dev_set(const struct options *options, char **words)
{
	char names[ATTR_TEXT_SIZE];
	unsigned int ifindex;
	const char *name;
	uint32_t engine;

	(void)options;
	if (!take_device(&words, &name) || !name)
		return usage_error(&dev_object, "the device to set is missing");
	if (!*words)
		return usage_error(&dev_object, "there is nothing to set");
	if (strcmp(*words, "engine"))
		return usage_error(&dev_object, "\"%s\" is not expected",
				   *words);
	if (!*++words)
		return usage_error(&dev_object, "\"engine\" needs a value");
	if (!name_value(engine_names, *words, &engine)) {
		name_list(engine_names, names, sizeof(names));
		return usage_error(&dev_object,
				   "engine \"%s\" is none of %s", *words,
				   names);
	}
	if (*++words)
		return usage_error(&dev_object, "\"%s\" is not expected",
				   *words);

	ifindex = device_index(name);
	return ifindex ? set_engine(ifindex, engine) : EXIT_FAILURE;
}

static int dev_takeover(const struct options *options, char **words)
{
	const char *name;

	(void)options;
	if (!take_device(&words, &name) || !name)
		return usage_error(&dev_object,
				   "the device to take over is missing");
	if (*words)
		return usage_error(&dev_object, "\"%s\" is not expected",
				   *words);
	return takeover(name) ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int dev_release(const struct options *options, char **words)
{
	bool force = false;
	const char *name;

	(void)options;
	if (!take_device(&words, &name) || !name)
		return usage_error(&dev_object,
				   "the device to release is missing");
	if (*words && !strcmp(*words, "force")) {
		force = true;
		words++;
	}
	if (*words)
		return usage_error(&dev_object, "\"%s\" is not expected",
				   *words);
	return takeover_release(name, force) ? EXIT_FAILURE : EXIT_SUCCESS;
}

static const struct command commands[] = {
	{ "show", dev_show },
	{ "set", dev_set },
	{ "takeover", dev_takeover },
	{ "release", dev_release },
	{ NULL }
};

const struct object dev_object = {
	.name = "dev",
	.usage = "Usage: espsimd dev [ show [ DEV ] ]\n"
		 "       espsimd dev set DEV engine ENGINE\n"
		 "       espsimd dev takeover DEV\n"
		 "       espsimd dev release DEV [ force ]\n"
		 "where  ENGINE := { auto | avx512 | avx2 | aesni | generic }\n",
	.commands = commands,
};
