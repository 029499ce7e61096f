// SPDX-License-Identifier: GPL-2.0
/*
 * Names of the values that users read and write.
 */
#include <linux/espsimd.h>
#include <linux/udp.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "names.h"

/* Of the kernel's headers, for older ones that lack them. */
#ifndef TCP_ENCAP_ESPINTCP
#define TCP_ENCAP_ESPINTCP	7
#endif
#ifndef XFRM_MODE_IPTFS
#define XFRM_MODE_IPTFS		5
#endif

/* In the order of a machine's preference. */
const struct name engine_names[] = {
	{ "auto", ESPSIMD_ENGINE_AUTO },
	{ "avx512", ESPSIMD_ENGINE_AVX512 },
	{ "avx2", ESPSIMD_ENGINE_AVX2 },
	{ "aesni", ESPSIMD_ENGINE_AESNI },
	{ "generic", ESPSIMD_ENGINE_GENERIC },
	{ NULL }
};

const struct name direction_names[] = {
	{ "in", ESPSIMD_DIRECTION_IN },
	{ "out", ESPSIMD_DIRECTION_OUT },
	{ NULL }
};

const struct name offload_names[] = {
	{ "crypto", ESPSIMD_OFFLOAD_CRYPTO },
	{ "packet", ESPSIMD_OFFLOAD_PACKET },
	{ NULL }
};

const struct name family_names[] = {
	{ "inet", AF_INET },
	{ "inet6", AF_INET6 },
	{ NULL }
};

/* The spelling of iproute2, here and in the tables below. */
const struct name mode_names[] = {
	{ "transport", XFRM_MODE_TRANSPORT },
	{ "tunnel", XFRM_MODE_TUNNEL },
	{ "ro", XFRM_MODE_ROUTEOPTIMIZATION },
	{ "in_trigger", XFRM_MODE_IN_TRIGGER },
	{ "beet", XFRM_MODE_BEET },
	{ "iptfs", XFRM_MODE_IPTFS },
	{ NULL }
};

const struct name proto_names[] = {
	{ "esp", IPPROTO_ESP },
	{ "ah", IPPROTO_AH },
	{ "comp", IPPROTO_COMP },
	{ NULL }
};

const struct name encap_names[] = {
	{ "espinudp-nonike", UDP_ENCAP_ESPINUDP_NON_IKE },
	{ "espinudp", UDP_ENCAP_ESPINUDP },
	{ "espintcp", TCP_ENCAP_ESPINTCP },
	{ NULL }
};

const char *name_of(const struct name *names, uint32_t value)
{
	for (; names->name; names++)
		if (names->value == value)
			return names->name;
	return NULL;
}

bool name_value(const struct name *names, const char *word, uint32_t *value)
{
	for (; names->name; names++) {
		if (!strcmp(names->name, word)) {
			*value = names->value;
			return true;
		}
	}
	return false;
}

void name_list(const struct name *names, char *text, size_t size)
{
	size_t length = 0;

	text[0] = '\0';
	for (; names->name && length < size; names++)
		length += snprintf(text + length, size - length, "%s%s",
				   length ? ", " : "", names->name);
}
