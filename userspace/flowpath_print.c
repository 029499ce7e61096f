// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd flowpath print: the rules, and the setting, that are proposed.
 *
 * No rule sees packets of a flow that is in the table, so all rules have to
 * have let the flow pass before, in both directions. A packet of the LAN shows
 * it by coming to the chain, which is behind all others. Of an answer the
 * tracking knows even if a rule drops it then, hence the set of connections of
 * which one came to the chain.
 */
#include <ctype.h>
#include <stdio.h>

#include "flowpath.h"
#include "noxfrm.h"

const char *flowpath_table(const char *name, char table[FLOWPATH_TABLE_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	char *end = table + sprintf(table, "espsimd_flowpath_");

	for (; *name; name++) {
		unsigned char byte = *name;

		if (isalnum(byte) || byte == '_') {
			*end++ = byte;
			continue;
		}
		/* No name of a device has a slash, so this is unambiguous. */
		*end++ = '/';
		*end++ = digits[byte >> 4];
		*end++ = digits[byte & 15];
	}
	*end = '\0';
	return table;
}

/*
 * Strings of nft cannot have quotes in them, backslashes and asterisks have
 * meanings of their own, and control characters would end comments.
 */
bool flowpath_name_fits(const char *name)
{
	for (; *name; name++) {
		unsigned char byte = *name;

		if (byte <= ' ' || byte == 0x7f || byte == '"' ||
		    byte == '\\' || byte == '*')
			return false;
	}
	return true;
}

static void print_names(const struct links *links)
{
	size_t i;

	fputs("{ ", stdout);
	for (i = 0; i < links->nr; i++)
		printf("%s\"%s\"", i ? ", " : "", links->list[i].name);
	fputs(" }", stdout);
}

static void print_head(const char *name, const char *table)
{
	printf("# Flow table for the tunnels of the device %s in packet mode.\n"
	       "#\n"
	       "# Load or replace: nft -f FILE    Remove: nft delete table inet %s\n"
	       "# See whether it works: espsimd flowpath show\n"
	       "#\n"
	       "# Packets of a flow that is in the table go from device to device. The rules of\n"
	       "# prerouting, forward and postrouting hooks see its first packets only, and what\n"
	       "# such rules are changed to later holds for new flows; loading this file again\n"
	       "# sends all flows through the rules once more.\n"
	       "table inet %s\n"
	       "delete table inet %s\n\n", name, table, table, table);
}

static void print_table(const char *name, const struct links *hooks)
{
	fputs("\tflowtable fast {\n"
	      "\t\t# Behind the filters of ingress hooks, which still see all.\n"
	      "\t\thook ingress priority 1000\n"
	      "\t\tdevices = ", stdout);
	print_names(hooks);
	printf("\n"
	       "\t}\n\n"
	       "\t# Connections of which a packet that came by %s got past all rules.\n"
	       "\tset answered {\n"
	       "\t\ttypeof ct id\n"
	       "\t\tsize 262144\n"
	       "\t\tflags dynamic,timeout\n"
	       "\t\ttimeout 1m\n"
	       "\t}\n\n"
	       "\t# Flows that were added.\n"
	       "\tcounter flows { }\n\n", name);
}

static void print_adding(const char *name, const struct links *lan,
			 const char *condition)
{
	fputs("\t\tiifname ", stdout);
	print_names(lan);
	printf(" oifname \"%s\" %s ct id @answered flow add @fast counter name flows\n",
	       name, condition);
}

static void print_chain(const char *name, const struct links *lan, bool noxfrm)
{
	printf("\tchain forward {\n"
	       "\t\t# Behind all filters: what they drop does not come here.\n"
	       "\t\ttype filter hook forward priority 1000; policy accept;\n\n"
	       "\t\t# The kernel would seal rewritten packets by the policy for their old\n"
	       "\t\t# addresses, so NAT stays on the long way. So does the handshake of TCP,\n"
	       "\t\t# where rules clamp the MSS, and, without a rule here, fragments, packets\n"
	       "\t\t# with options or extension headers, and those that do not fit.\n"
	       "\t\tmeta l4proto != { tcp, udp } return\n"
	       "\t\tct state != established return\n"
	       "\t\tct status & (snat | dnat) != 0 return\n\n"
	       "\t\tiifname \"%s\" oifname ", name);
	print_names(lan);
	fputs(" update @answered { ct id }\n\n", stdout);
	if (noxfrm) {
		printf("\t\t# disable_xfrm of %s was set when this was printed: it applies policies to\n"
		       "\t\t# IPv4 itself, to packets of flows as well. The kernel does not know then\n"
		       "\t\t# which are about to be sealed.\n", name);
		print_adding(name, lan, "meta nfproto ipv4");
		putchar('\n');
	}
	fputs("\t\t# Only packets that are about to be sealed add flows. For one out of\n"
	      "\t\t# the tunnel the kernel would look up the way back without policies.\n",
	      stdout);
	print_adding(name, lan, noxfrm ? "meta nfproto ipv6 rt ipsec exists" :
					 "rt ipsec exists");
	puts("\t}");
}

void flowpath_print(const char *name, const struct links *lan,
		    const struct links *hooks, bool noxfrm)
{
	char table[FLOWPATH_TABLE_SIZE];

	print_head(name, flowpath_table(name, table));
	printf("table inet %s {\n", table);
	print_table(name, hooks);
	print_chain(name, lan, noxfrm);
	puts("}");
}

void flowpath_print_sysctl(const char *name)
{
	char off[NOXFRM_COMMAND_SIZE], on[NOXFRM_COMMAND_SIZE];

	printf("# Let the device %s apply its outbound policies to IPv4 itself.\n"
	       "#\n"
	       "# Run: sh FILE    Undo: %s\n"
	       "# See whether all is well: espsimd flowpath show\n"
	       "#\n"
	       "# The kernel then leaves outbound policies out for IPv4 whose route leads out of\n"
	       "# the device. The device applies those that are offloaded to it. If there are\n"
	       "# others in the network namespace, for whatever device or family, it asks the\n"
	       "# kernel about each packet, which is slow, and drops what they protect.\n"
	       "#\n"
	       "# Routes into a tunnel need a gateway that can be resolved on the device, which is\n"
	       "# the other end of the tunnel or the router on the way there. Packets that are\n"
	       "# too long for the tunnel are dropped; give the routes an mtu.\n"
	       "%s\n", name, noxfrm_command(name, false, off),
	       noxfrm_command(name, true, on));
}
