// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd sa offload, espsimd sa generic: the grammar, and which SAs are meant.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/espsimd.h>
#include <stdio.h>
#include <string.h>

#include "cmd_move.h"
#include "move.h"
#include "names.h"

/* An address to compare with, of no family if it was not given. */
struct address {
	uint16_t family;
	xfrm_address_t addr;
};

/*
 * What the command line says: where to, and which SAs. @dev is the device to
 * move to, or that to move from.
 */
struct request {
	enum xfrm_way way;
	const char *dev;
	bool all;
	struct address peer, src, dst;
	bool has_spi;
	uint32_t spi;
};

/* ---- the grammar ---- */

static int parse_address(const char *keyword, const char *word,
			 struct address *address)
{
	address->family = strchr(word, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(address->family, word, &address->addr) == 1)
		return 0;
	return usage_error(&sa_object, "%s \"%s\" is not an address", keyword,
			   word);
}

static int parse_spi(const char *word, struct request *request)
{
	unsigned long long value;
	char *end;

	/* strtoull() would take signs and spaces. */
	errno = 0;
	value = strtoull(word, &end, 0);
	if (word[0] < '0' || word[0] > '9' || errno || *end || !value ||
	    value > UINT32_MAX)
		return usage_error(&sa_object, "spi \"%s\" is not an SPI",
				   word);
	request->has_spi = true;
	request->spi = value;
	return 0;
}

static int parse_value(const char *keyword, const char *word,
		       struct request *request)
{
	if (!strcmp(keyword, "dev"))
		request->dev = word;
	else if (!strcmp(keyword, "peer"))
		return parse_address(keyword, word, &request->peer);
	else if (!strcmp(keyword, "src"))
		return parse_address(keyword, word, &request->src);
	else if (!strcmp(keyword, "dst"))
		return parse_address(keyword, word, &request->dst);
	else if (!strcmp(keyword, "spi"))
		return parse_spi(word, request);
	else if (strcmp(word, "esp"))
		return usage_error(&sa_object, "proto \"%s\" is not esp", word);
	return 0;
}

static bool has_value(const char *word)
{
	static const char *const keywords[] = {
		"dev", "peer", "src", "dst", "proto", "spi"
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keywords); i++)
		if (!strcmp(word, keywords[i]))
			return true;
	return false;
}

static int parse(char **words, bool offload, struct request *request)
{
	uint32_t way = offload ? XFRM_CRYPTO : XFRM_GENERIC;

	*request = (struct request){ .dev = NULL };
	if (offload && *words && strcmp(*words, "generic") &&
	    name_value(xfrm_way_names, *words, &way))
		words++;
	request->way = way;
	for (; *words; words++) {
		if (!strcmp(*words, "all")) {
			request->all = true;
			continue;
		}
		if (!has_value(*words))
			return usage_error(&sa_object, "\"%s\" is not expected",
					   *words);
		if (!words[1])
			return usage_error(&sa_object, "\"%s\" needs a value",
					   *words);
		if (parse_value(words[0], words[1], request))
			return EXIT_USAGE;
		words++;
	}
	if (offload && !request->dev)
		return usage_error(&sa_object,
				   "the device to offload to is missing");
	if (!request->all && !request->peer.family && !request->src.family &&
	    !request->dst.family && !request->has_spi)
		return usage_error(&sa_object,
				   "which SAs is missing, or \"all\"");
	return 0;
}

/* ---- which SAs ---- */

static bool is_address(const struct address *address, uint16_t family,
		       const xfrm_address_t *addr)
{
	return address->family == family &&
	       !memcmp(&address->addr, addr,
		       family == AF_INET ? sizeof(addr->a4) : sizeof(*addr));
}

static bool is_named(const struct request *request, const struct move_sa *sa)
{
	const struct xfrm_usersa_info *info = &sa->sa.info;
	uint16_t family = info->family;

	if (request->has_spi && ntohl(info->id.spi) != request->spi)
		return false;
	if (request->src.family &&
	    !is_address(&request->src, family, &info->saddr))
		return false;
	if (request->dst.family &&
	    !is_address(&request->dst, family, &info->id.daddr))
		return false;
	return !request->peer.family ||
	       is_address(&request->peer, family,
			  sa->dir == XFRM_DIR_IN ? &info->saddr :
						   &info->id.daddr);
}

/*
 * Of many SAs those are meant that the device could be for: they are on no
 * other device, and their local address is not another's.
 */
static bool is_for_device(const struct move *move,
			  const struct request *request, uint32_t ifindex,
			  const struct move_sa *sa)
{
	const char *local;

	if (request->has_spi)
		return true;
	if (sa->now.ifindex && sa->now.ifindex != ifindex)
		return false;
	local = move_local(move, sa);
	return !local || !strcmp(local, request->dev) || !strcmp(local, "lo");
}

/* Returns how many are meant. */
static size_t choose(struct move *move, const struct request *request,
		     uint32_t ifindex)
{
	bool offload = request->way != XFRM_GENERIC;
	struct place to = { request->way, offload ? ifindex : 0 };
	size_t i, nr = 0;

	for (i = 0; i < move->nr_sas; i++) {
		struct move_sa *sa = &move->sas[i];

		if (!is_named(request, sa))
			continue;
		if (offload ? !is_for_device(move, request, ifindex, sa) :
			      ifindex && sa->now.ifindex != ifindex)
			continue;
		move_want(sa, to);
		nr++;
	}
	return nr;
}

static int check_device(struct move *move, uint32_t ifindex)
{
	int err = nl_get(&move->module, ESPSIMD_CMD_DEV_GET, ifindex, NULL);

	if (err)
		nl_error(&move->module, err);
	return err;
}

static int run(const struct options *options, char **words, bool offload)
{
	struct request request;
	uint32_t ifindex = 0;
	struct move move;
	int code;

	if (parse(words, offload, &request))
		return EXIT_USAGE;
	if (request.dev) {
		ifindex = device_index(request.dev);
		if (!ifindex)
			return EXIT_FAILURE;
	}
	code = EXIT_FAILURE;
	if (!move_begin(&move) &&
	    (!ifindex || !check_device(&move, ifindex))) {
		if (!choose(&move, &request, ifindex) && !request.all) {
			error("there is no such SA");
		} else {
			move_run(&move);
			code = move_show(&move, options);
		}
	}
	/* Before a signal that waits ends the command. */
	fflush(stdout);
	move_end(&move);
	return code;
}

int sa_offload(const struct options *options, char **words)
{
	return run(options, words, true);
}

int sa_generic(const struct options *options, char **words)
{
	return run(options, words, false);
}
