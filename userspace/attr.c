// SPDX-License-Identifier: GPL-2.0
/*
 * Attributes of the family's messages: reading and checking them, and writing
 * them as JSON.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <linux/espsimd.h>
#include <linux/genetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "attr.h"
#include "out.h"

const struct attr_desc dev_attrs[ESPSIMD_A_DEV_MAX + 1] = {
	[ESPSIMD_A_DEV_IFINDEX] = {
		"ifindex", ATTR_LINK, .link_name = "ifname"
	},
	[ESPSIMD_A_DEV_LOWER_IFINDEX] = {
		"lower-ifindex", ATTR_LINK, .link_name = "lower-ifname"
	},
	[ESPSIMD_A_DEV_ENGINE] = { "engine", ATTR_U32, engine_names },
	[ESPSIMD_A_DEV_ENGINE_ACTIVE] = {
		"engine-active", ATTR_U32, engine_names
	},
	[ESPSIMD_A_DEV_SA_IN] = { "sa-in", ATTR_U32 },
	[ESPSIMD_A_DEV_SA_OUT] = { "sa-out", ATTR_U32 },
	[ESPSIMD_A_DEV_ENGINE_USABLE] = {
		"engine-usable", ATTR_BITS, engine_names
	},
};

const struct attr_desc sa_attrs[ESPSIMD_A_SA_MAX + 1] = {
	[ESPSIMD_A_SA_IFINDEX] = {
		"ifindex", ATTR_LINK, .link_name = "ifname"
	},
	[ESPSIMD_A_SA_DIRECTION] = { "direction", ATTR_U32, direction_names },
	[ESPSIMD_A_SA_OFFLOAD] = { "offload", ATTR_U32, offload_names },
	[ESPSIMD_A_SA_FAMILY] = { "family", ATTR_U16, family_names },
	[ESPSIMD_A_SA_MODE] = { "mode", ATTR_U8, mode_names },
	[ESPSIMD_A_SA_PROTO] = { "proto", ATTR_U8, proto_names },
	[ESPSIMD_A_SA_SPI] = { "spi", ATTR_SPI },
	[ESPSIMD_A_SA_SADDR] = { "saddr", ATTR_ADDRESS },
	[ESPSIMD_A_SA_DADDR] = { "daddr", ATTR_ADDRESS },
	[ESPSIMD_A_SA_REQID] = { "reqid", ATTR_U32 },
	[ESPSIMD_A_SA_MARK] = { "mark", ATTR_U32 },
	[ESPSIMD_A_SA_MARK_MASK] = { "mark-mask", ATTR_U32 },
	[ESPSIMD_A_SA_IF_ID] = { "if-id", ATTR_U32 },
	[ESPSIMD_A_SA_ESN] = { "esn", ATTR_FLAG },
	[ESPSIMD_A_SA_ENCAP] = { "encap", ATTR_U16, encap_names },
	[ESPSIMD_A_SA_ENCAP_SPORT] = { "encap-sport", ATTR_BE16 },
	[ESPSIMD_A_SA_ENCAP_DPORT] = { "encap-dport", ATTR_BE16 },
	[ESPSIMD_A_SA_ALG] = { "alg", ATTR_STRING },
	[ESPSIMD_A_SA_KEY_BITS] = { "key-bits", ATTR_U32 },
	[ESPSIMD_A_SA_ICV_BITS] = { "icv-bits", ATTR_U32 },
	[ESPSIMD_A_SA_ENGINE_ACTIVE] = {
		"engine-active", ATTR_U32, engine_names
	},
	[ESPSIMD_A_SA_PACKETS] = { "packets", ATTR_UINT },
	[ESPSIMD_A_SA_BYTES] = { "bytes", ATTR_UINT },
	[ESPSIMD_A_SA_FALLBACK] = { "fallback", ATTR_UINT },
	[ESPSIMD_A_SA_ERRORS] = { "errors", ATTR_UINT },
	[ESPSIMD_A_SA_TFCPAD] = { "tfcpad", ATTR_U32 },
	[ESPSIMD_A_SA_AUTH_ALG] = { "auth-alg", ATTR_STRING },
	[ESPSIMD_A_SA_ENC_ALG] = { "enc-alg", ATTR_STRING },
	[ESPSIMD_A_SA_COMP_ALG] = { "comp-alg", ATTR_STRING },
};

static bool is_well_formed(const struct nlattr *attr, enum attr_kind kind)
{
	uint16_t length = mnl_attr_get_payload_len(attr);

	switch (kind) {
	case ATTR_NONE:
		return true;
	case ATTR_FLAG:
		return length == 0;
	case ATTR_U8:
		return length == 1;
	case ATTR_U16:
	case ATTR_BE16:
		return length == 2;
	case ATTR_U32:
	case ATTR_SPI:
	case ATTR_BITS:
	case ATTR_LINK:
		return length == 4;
	case ATTR_UINT:
		return length == 4 || length == 8;
	case ATTR_ADDRESS:
		return length == sizeof(struct in_addr) ||
		       length == sizeof(struct in6_addr);
	case ATTR_STRING:
		return !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING);
	}
	return false;
}

int attr_parse(const struct nlmsghdr *nlh, const struct attr_desc *descs,
	       unsigned int max, const struct nlattr **attrs)
{
	const struct nlattr *attr;
	unsigned int i;

	for (i = 0; i <= max; i++)
		attrs[i] = NULL;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct genlmsghdr))
		return -EBADMSG;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		unsigned int type = mnl_attr_get_type(attr);

		if (type > max || descs[type].kind == ATTR_NONE)
			continue;
		if (!is_well_formed(attr, descs[type].kind))
			return -EBADMSG;
		attrs[type] = attr;
	}
	return 0;
}

uint64_t attr_number(const struct nlattr *attr, enum attr_kind kind)
{
	uint64_t number64;
	uint32_t number32;
	uint16_t number16;

	if (!attr)
		return 0;

	/* Attributes are aligned to 4 bytes, which is not enough for 8. */
	switch (mnl_attr_get_payload_len(attr)) {
	case 1:
		return mnl_attr_get_u8(attr);
	case 2:
		number16 = mnl_attr_get_u16(attr);
		return kind == ATTR_BE16 ? ntohs(number16) : number16;
	case 4:
		number32 = mnl_attr_get_u32(attr);
		return kind == ATTR_SPI ? ntohl(number32) : number32;
	case 8:
		memcpy(&number64, mnl_attr_get_payload(attr), sizeof(number64));
		return number64;
	}
	return 0;
}

/* Names of the bits that are set, as far as there is room. */
static void bits_text(uint32_t bits, const struct name *names, char *text)
{
	size_t length = 0;

	text[0] = '\0';
	for (; names->name && length < ATTR_TEXT_SIZE; names++)
		if (names->value < 32 && bits & UINT32_C(1) << names->value)
			length += snprintf(text + length,
					   ATTR_TEXT_SIZE - length, "%s%s",
					   length ? "," : "", names->name);
}

static void address_text(const struct nlattr *attr, char *text)
{
	int family = mnl_attr_get_payload_len(attr) == sizeof(struct in_addr) ?
		     AF_INET : AF_INET6;

	if (!inet_ntop(family, mnl_attr_get_payload(attr), text,
		       ATTR_TEXT_SIZE))
		text[0] = '\0';
}

const char *attr_text(const struct nlattr *attr, const struct attr_desc *desc,
		      char text[ATTR_TEXT_SIZE])
{
	uint64_t number = attr_number(attr, desc->kind);
	char ifname[IF_NAMESIZE];
	const char *name = NULL;

	if (!attr) {
		snprintf(text, ATTR_TEXT_SIZE, "-");
		return text;
	}

	switch (desc->kind) {
	case ATTR_BITS:
		bits_text(number, desc->names, text);
		return text;
	case ATTR_LINK:
		if (if_indextoname(number, ifname))
			snprintf(text, ATTR_TEXT_SIZE, "%s", ifname);
		else
			snprintf(text, ATTR_TEXT_SIZE, "if%" PRIu64, number);
		return text;
	case ATTR_SPI:
		snprintf(text, ATTR_TEXT_SIZE, "0x%08" PRIx64, number);
		return text;
	case ATTR_ADDRESS:
		address_text(attr, text);
		return text;
	case ATTR_STRING:
		snprintf(text, ATTR_TEXT_SIZE, "%s", mnl_attr_get_str(attr));
		return text;
	default:
		if (desc->names)
			name = name_of(desc->names, number);
		if (name)
			snprintf(text, ATTR_TEXT_SIZE, "%s", name);
		else
			snprintf(text, ATTR_TEXT_SIZE, "%" PRIu64, number);
		return text;
	}
}

static struct json_object *bits_value(uint32_t bits, const struct name *names)
{
	struct json_object *array = out_array();

	for (; names->name; names++)
		if (names->value < 32 && bits & UINT32_C(1) << names->value)
			out_append(array, out_string(names->name));
	return array;
}

static struct json_object *attr_value(const struct nlattr *attr,
				      const struct attr_desc *desc)
{
	uint64_t number = attr_number(attr, desc->kind);
	char text[ATTR_TEXT_SIZE];

	switch (desc->kind) {
	case ATTR_FLAG:
		return out_bool(attr);
	case ATTR_BITS:
		return bits_value(number, desc->names);
	case ATTR_SPI:
	case ATTR_ADDRESS:
	case ATTR_STRING:
		return out_string(attr_text(attr, desc, text));
	default:
		if (desc->names && name_of(desc->names, number))
			return out_string(name_of(desc->names, number));
		return out_number(number);
	}
}

struct json_object *attr_object(const struct attr_desc *descs,
				unsigned int max,
				const struct nlattr **attrs)
{
	struct json_object *object = out_map();
	char text[ATTR_TEXT_SIZE];
	unsigned int i;

	for (i = 0; i <= max; i++) {
		const struct attr_desc *desc = &descs[i];

		/* A flag says no by its absence. */
		if (!attrs[i] && desc->kind != ATTR_FLAG)
			continue;
		if (desc->link_name)
			out_put(object, desc->link_name,
				out_string(attr_text(attrs[i], desc, text)));
		out_put(object, desc->name, attr_value(attrs[i], desc));
	}
	return object;
}
