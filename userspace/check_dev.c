// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd check: espsimd devices and the devices below them.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "attr.h"
#include "check.h"
#include "device.h"
#include "link.h"
#include "noxfrm.h"

static void check_feature(struct check *check, const struct dev *dev,
			  const struct link *link, const char *feature,
			  enum result otherwise)
{
	struct findings *findings = &check->findings;
	char word[SHELL_WORD_SIZE];

	if (link_feature(link, feature)) {
		find(findings, RESULT_OK, "feature", "%s of %s is active",
		     feature, dev->name);
		return;
	}
	find(findings, otherwise, "feature", "%s of %s is not active",
	     feature, dev->name);
	find_mend(findings, "ethtool -K %s %s on", shell_word(dev->name, word),
		  feature);
}

static void check_up(struct check *check, const char *name,
		     const struct link *link)
{
	struct findings *findings = &check->findings;
	char word[SHELL_WORD_SIZE];

	if (!link->up) {
		find(findings, RESULT_FAIL, "up", "%s is down", name);
		find_mend(findings, "ip link set %s up",
			  shell_word(name, word));
	} else if (!link->carrier) {
		find(findings, RESULT_WARN, "up", "%s is up without carrier",
		     name);
	} else {
		find(findings, RESULT_OK, "up", "%s is up", name);
	}
}

/* The stack would take ESP of frames that it merges before the device does. */
static void check_gro(struct check *check, const char *name,
		      const struct link *link)
{
	struct findings *findings = &check->findings;
	char word[SHELL_WORD_SIZE];

	if (link_feature(link, "rx-gro")) {
		find(findings, RESULT_FAIL, "gro",
		     "GRO of %s is on: it decrypts before offload can", name);
		find_mend(findings, "ethtool -K %s gro off",
			  shell_word(name, word));
	} else {
		find(findings, RESULT_OK, "gro", "GRO of %s is off", name);
	}
}

static void check_engine(struct check *check, const struct dev *dev)
{
	struct findings *findings = &check->findings;
	const char *name = name_of(engine_names, dev->engine) ?: "unknown";
	char refused[ATTR_TEXT_SIZE], word[SHELL_WORD_SIZE];
	uint32_t tiers = dev->usable & ~(UINT32_C(1) << ESPSIMD_ENGINE_AUTO |
					 UINT32_C(1) << ESPSIMD_ENGINE_GENERIC);
	struct name missing[8];
	size_t i, nr = 0;

	if (dev->engine != ESPSIMD_ENGINE_GENERIC) {
		find(findings, RESULT_OK, "engine", "%s uses %s", dev->name,
		     name);
	} else {
		find(findings, RESULT_WARN, "engine",
		     "%s uses generic: the kernel's AEAD does all packets",
		     dev->name);
		if (tiers)
			find_mend(findings, "espsimd dev set %s engine auto",
				  shell_word(dev->name, word));
	}

	/* A tier that fails its known-answer test is not used. */
	for (i = 0; engine_names[i].name && nr < 7; i++)
		if (check->cpu_engines & ~tiers &
		    UINT32_C(1) << engine_names[i].value)
			missing[nr++] = engine_names[i];
	missing[nr] = (struct name){ NULL };
	if (nr) {
		name_list(missing, refused, sizeof(refused));
		find(findings, RESULT_WARN, "engine",
		     "the module does not use %s, though the CPU could",
		     refused);
		find_mend(findings, "dmesg | grep espsimd");
	}
}

static void check_dev(struct check *check, const struct dev *dev)
{
	struct findings *findings = &check->findings;
	struct link link;
	int err;

	find(findings, RESULT_OK, "device",
	     "%s is an espsimd device on %s", dev->name, dev->lower);

	err = link_read(dev->name, &link);
	if (err) {
		find(findings, RESULT_FAIL, "device", "%s: %s", dev->name,
		     strerror(-err));
	} else {
		check_up(check, dev->name, &link);
		check_feature(check, dev, &link, "esp-hw-offload",
			      RESULT_FAIL);
		check_feature(check, dev, &link, "esp-tx-csum-hw-offload",
			      RESULT_WARN);
	}
	link_free(&link);
	check_engine(check, dev);
	noxfrm_check(findings, "", dev);

	err = link_read(dev->lower, &link);
	if (err) {
		find(findings, RESULT_WARN, "device",
		     "the lower device %s: %s", dev->lower, strerror(-err));
	} else {
		check_up(check, dev->lower, &link);
		check_gro(check, dev->lower, &link);
	}
	link_free(&link);
}

/* A device that is not ours may have one of ours on it, which is meant. */
static bool check_as_lower(struct check *check, const struct nl_list *list,
			   const char *name)
{
	unsigned int ifindex = if_nametoindex(name);
	struct dev dev;
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (dev_parse(list->messages[i], &dev) ||
		    dev.lower_ifindex != ifindex)
			continue;
		find(&check->findings, RESULT_WARN, "device",
		     "%s is the lower device of %s, which SAs have to name",
		     name, dev.name);
		check_dev(check, &dev);
		return true;
	}
	return false;
}

static void check_list(struct check *check, const struct nl_list *list,
		       const char *name)
{
	struct findings *findings = &check->findings;
	unsigned int ifindex = name ? if_nametoindex(name) : 0;
	char word[SHELL_WORD_SIZE];
	bool any = false;
	struct dev dev;
	size_t i;

	for (i = 0; i < list->nr; i++) {
		if (dev_parse(list->messages[i], &dev)) {
			find(findings, RESULT_FAIL, "device",
			     "the module's answer is malformed");
			return;
		}
		if (name && dev.ifindex != ifindex)
			continue;
		any = true;
		check_dev(check, &dev);
	}
	if (any || (name && check_as_lower(check, list, name)))
		return;
	if (name)
		find(findings, RESULT_FAIL, "device",
		     "%s is not an espsimd device", name);
	else
		find(findings, RESULT_WARN, "device",
		     "there is no espsimd device yet");
	find_mend(findings, "ip link add esp0 link %s type espsimd",
		  name ? shell_word(name, word) : "DEV");
}

void check_devices(struct check *check, const char *name)
{
	struct nl_list list = { .nr = 0 };
	int err = check->nl_err;

	/* That there is no module was found already. */
	if (err)
		return;
	err = nl_get(&check->nl, ESPSIMD_CMD_DEV_GET, 0, &list);
	if (err)
		find(&check->findings, RESULT_FAIL, "device",
		     "devices cannot be listed: %s",
		     check->nl.reason[0] ? check->nl.reason : strerror(-err));
	else
		check_list(check, &list, name);
	nl_list_free(&list);
}
