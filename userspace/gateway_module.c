// SPDX-License-Identifier: GPL-2.0
/*
 * What the module knows of a gateway: its devices, and which SAs it would take.
 */
#include <errno.h>
#include <linux/espsimd.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "device.h"
#include "gateway.h"
#include "link.h"

/* Bits of salt that follow an AES-GCM key, RFC 4106 section 8.1. */
#define SALT_BITS	32

static void number(struct sa_query *query, unsigned int attr, uint32_t value)
{
	query->given[attr] = true;
	query->numbers[attr] = value;
}

static void string(struct sa_query *query, unsigned int attr,
		   const char *value)
{
	query->given[attr] = value[0];
	query->strings[attr] = value;
}

/* Crypto mode is what a daemon falls back to, and takes the most. */
static void describe(const struct gw_sa *sa, struct sa_query *query)
{
	*query = (struct sa_query){ .given = { false } };
	number(query, ESPSIMD_A_SA_DIRECTION, sa->dir == GW_DIR_IN ?
	       ESPSIMD_DIRECTION_IN : ESPSIMD_DIRECTION_OUT);
	number(query, ESPSIMD_A_SA_OFFLOAD, ESPSIMD_OFFLOAD_CRYPTO);
	number(query, ESPSIMD_A_SA_FAMILY, sa->info.family);
	number(query, ESPSIMD_A_SA_PROTO, sa->info.id.proto);
	number(query, ESPSIMD_A_SA_MODE, sa->info.mode);
	string(query, ESPSIMD_A_SA_ALG, sa->aead);
	string(query, ESPSIMD_A_SA_AUTH_ALG, sa->auth);
	string(query, ESPSIMD_A_SA_ENC_ALG, sa->enc);
	string(query, ESPSIMD_A_SA_COMP_ALG, sa->comp);
	if (sa->aead[0] && sa->key_bits > SALT_BITS) {
		number(query, ESPSIMD_A_SA_KEY_BITS, sa->key_bits - SALT_BITS);
		number(query, ESPSIMD_A_SA_ICV_BITS, sa->icv_bits);
	}
	query->given[ESPSIMD_A_SA_ESN] = sa->esn;
	if (sa->encap)
		number(query, ESPSIMD_A_SA_ENCAP, sa->encap);
	if (sa->if_id)
		number(query, ESPSIMD_A_SA_IF_ID, sa->if_id);
	if (sa->tfcpad)
		number(query, ESPSIMD_A_SA_TFCPAD, sa->tfcpad);
}

static void ask(struct nl *nl, struct gw_sa *sa)
{
	struct sa_query query;
	int err;

	describe(sa, &query);
	err = sa_ask(nl, &query);
	sa->asked = true;
	if (err)
		snprintf(sa->refusal, sizeof(sa->refusal), "%s",
			 nl->reason[0] ? nl->reason : strerror(-err));
}

static void add_device(struct gateway *gw, const struct dev *dev)
{
	struct gw_link *link = gw_link(gw, dev->ifindex);
	struct link state;

	if (!link)
		return;
	link->espsimd = true;
	link->lower = dev->lower_ifindex;
	if (!link_read(link->name, &state))
		link->feature = link_feature(&state, "esp-hw-offload");
	link_free(&state);
}

static int list_devices(struct gateway *gw, struct nl *nl)
{
	struct nl_list list = { .nr = 0 };
	struct dev dev;
	size_t i;
	int err;

	err = nl_get(nl, ESPSIMD_CMD_DEV_GET, 0, &list);
	for (i = 0; !err && i < list.nr; i++) {
		err = dev_parse(list.messages[i], &dev);
		if (!err)
			add_device(gw, &dev);
	}
	nl_list_free(&list);
	return err;
}

int gw_module_read(struct gateway *gw, struct nl *nl)
{
	int err = list_devices(gw, nl);
	size_t i;

	gw->module = true;
	for (i = 0; !err && i < gw->nr_sas; i++) {
		struct gw_sa *sa = &gw->sas[i];
		const struct gw_link *link = gw_link(gw, sa->ifindex);

		if (sa->info.id.proto == IPPROTO_ESP &&
		    !(link && link->espsimd))
			ask(nl, sa);
	}
	return err;
}
