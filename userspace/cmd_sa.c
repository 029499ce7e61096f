// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd sa: the SAs that devices have taken. The module does not give away
 * keys, so there is none to show.
 */
#include <inttypes.h>
#include <linux/espsimd.h>
#include <stdio.h>

#include "attr.h"
#include "cmd_move.h"
#include "nl.h"
#include "show.h"

static const char *text_of(const struct nlattr **attrs, unsigned int id)
{
	static char text[ATTR_TEXT_SIZE];

	return attr_text(attrs[id], &sa_attrs[id], text);
}

static uint64_t number_of(const struct nlattr **attrs, unsigned int id)
{
	return attr_number(attrs[id], sa_attrs[id].kind);
}

/* Words and values of a line; a word without its value would mislead. */
static void print_pair(const struct nlattr **attrs, const char *word,
		       unsigned int id)
{
	printf("%s %s", word, text_of(attrs, id));
}

static void print_identity(const struct nlattr **attrs)
{
	print_pair(attrs, "src", ESPSIMD_A_SA_SADDR);
	print_pair(attrs, " dst", ESPSIMD_A_SA_DADDR);
	print_pair(attrs, "\n    proto", ESPSIMD_A_SA_PROTO);
	print_pair(attrs, " spi", ESPSIMD_A_SA_SPI);
	print_pair(attrs, " reqid", ESPSIMD_A_SA_REQID);
	print_pair(attrs, " mode", ESPSIMD_A_SA_MODE);
	print_pair(attrs, " dir", ESPSIMD_A_SA_DIRECTION);
	print_pair(attrs, " dev", ESPSIMD_A_SA_IFINDEX);
	putchar('\n');
}

static void print_algorithm(const struct nlattr **attrs)
{
	print_pair(attrs, "    alg", ESPSIMD_A_SA_ALG);
	print_pair(attrs, " key-bits", ESPSIMD_A_SA_KEY_BITS);
	print_pair(attrs, " icv-bits", ESPSIMD_A_SA_ICV_BITS);
	if (attrs[ESPSIMD_A_SA_ESN])
		fputs(" esn", stdout);
	print_pair(attrs, " offload", ESPSIMD_A_SA_OFFLOAD);
	print_pair(attrs, " engine", ESPSIMD_A_SA_ENGINE_ACTIVE);
	putchar('\n');
}

/* What most SAs do not have gets a line only where it is set. */
static void print_selectors(const struct nlattr **attrs)
{
	uint64_t if_id = number_of(attrs, ESPSIMD_A_SA_IF_ID);
	uint64_t mark = number_of(attrs, ESPSIMD_A_SA_MARK);
	uint64_t mask = number_of(attrs, ESPSIMD_A_SA_MARK_MASK);

	if (mark || mask)
		printf("    mark 0x%" PRIx64 "/0x%" PRIx64 "\n", mark, mask);
	if (if_id)
		printf("    if-id 0x%" PRIx64 "\n", if_id);
	if (attrs[ESPSIMD_A_SA_ENCAP]) {
		print_pair(attrs, "    encap", ESPSIMD_A_SA_ENCAP);
		print_pair(attrs, " sport", ESPSIMD_A_SA_ENCAP_SPORT);
		print_pair(attrs, " dport", ESPSIMD_A_SA_ENCAP_DPORT);
		putchar('\n');
	}
}

static void print_counters(const struct nlattr **attrs)
{
	print_pair(attrs, "    packets", ESPSIMD_A_SA_PACKETS);
	print_pair(attrs, " bytes", ESPSIMD_A_SA_BYTES);
	print_pair(attrs, " fallback", ESPSIMD_A_SA_FALLBACK);
	print_pair(attrs, " errors", ESPSIMD_A_SA_ERRORS);
	putchar('\n');
}

static void print_sa(const struct nlattr **attrs)
{
	print_identity(attrs);
	print_algorithm(attrs);
	print_selectors(attrs);
	print_counters(attrs);
}

/*
 * A dump for a device that is none of the module's is empty; that it is none
 * only a question for the device itself tells.
 */
static int get_sas(struct nl *nl, uint8_t command, uint32_t ifindex,
		   struct nl_list *list)
{
	int err = 0;

	if (ifindex)
		err = nl_get(nl, ESPSIMD_CMD_DEV_GET, ifindex, NULL);
	return err ?: nl_dump(nl, command, ifindex, list);
}

const struct show show_sa = {
	.get = get_sas,
	.command = ESPSIMD_CMD_SA_GET,
	.descs = sa_attrs,
	.max = ESPSIMD_A_SA_MAX,
	.print = print_sa,
};

static int sa_show(const struct options *options, char **words)
{
	return show_run(&show_sa, &sa_object, options, words);
}

static const struct command commands[] = {
	{ "show", sa_show },
	{ "offload", sa_offload },
	{ "generic", sa_generic },
	{ NULL }
};

const struct object sa_object = {
	.name = "sa",
	.usage = "Usage: espsimd sa [ show ] [ [ dev ] DEV ]\n"
		 "       espsimd sa offload [ crypto | packet ] dev DEV SAS\n"
		 "       espsimd sa generic [ dev DEV ] SAS\n"
		 "where  SAS := { all | peer ADDR | [ src ADDR ] [ dst ADDR ] [ proto esp ] [ spi SPI ] }\n",
	.commands = commands,
	.bare = true,
};
