// SPDX-License-Identifier: GPL-2.0
/*
 * All counters at a moment.
 */
#include <errno.h>
#include <linux/espsimd.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "show.h"
#include "top.h"

static int compare_numbers(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int top_compare_sa(const void *a, const void *b)
{
	const struct top_sa *one = a, *other = b;

	return compare_numbers(one->ifindex, other->ifindex) ?:
	       compare_numbers(one->outbound, other->outbound) ?:
	       compare_numbers(one->spi, other->spi) ?:
	       compare_numbers(one->mark, other->mark) ?:
	       compare_numbers(one->mask, other->mask) ?:
	       strcmp(one->daddr, other->daddr);
}

int top_compare_cpu(const void *a, const void *b)
{
	const struct top_cpu *one = a, *other = b;

	return compare_numbers(one->cpu, other->cpu);
}

int top_compare_drop(const void *a, const void *b)
{
	const struct top_drop *one = a, *other = b;

	return compare_numbers(one->ifindex, other->ifindex) ?:
	       compare_numbers(one->id, other->id);
}

/* An array with one more element, which is all zeroes. */
static void *one_more(void *array, size_t *nr, size_t size)
{
	array = reallocarray(array, *nr + 1, size);
	if (!array)
		no_memory();
	memset((char *)array + *nr * size, 0, size);
	(*nr)++;
	return array;
}

static uint64_t number_of(const struct nlattr **attrs, unsigned int id)
{
	return attr_number(attrs[id], sa_attrs[id].kind);
}

static int add_sa(struct top_sample *sample, const struct nlmsghdr *nlh)
{
	const struct nlattr *attrs[ESPSIMD_A_SA_MAX + 1];
	struct top_sa *sa;

	if (attr_parse(nlh, sa_attrs, ESPSIMD_A_SA_MAX, attrs))
		return -EBADMSG;
	sample->sas = one_more(sample->sas, &sample->nr_sas, sizeof(*sa));
	sa = &sample->sas[sample->nr_sas - 1];
	sa->ifindex = number_of(attrs, ESPSIMD_A_SA_IFINDEX);
	sa->spi = number_of(attrs, ESPSIMD_A_SA_SPI);
	sa->mark = number_of(attrs, ESPSIMD_A_SA_MARK);
	sa->mask = number_of(attrs, ESPSIMD_A_SA_MARK_MASK);
	sa->outbound = number_of(attrs, ESPSIMD_A_SA_DIRECTION) ==
		       ESPSIMD_DIRECTION_OUT;
	attr_text(attrs[ESPSIMD_A_SA_IFINDEX], &sa_attrs[ESPSIMD_A_SA_IFINDEX],
		  sa->dev);
	attr_text(attrs[ESPSIMD_A_SA_SADDR], &sa_attrs[ESPSIMD_A_SA_SADDR],
		  sa->saddr);
	attr_text(attrs[ESPSIMD_A_SA_DADDR], &sa_attrs[ESPSIMD_A_SA_DADDR],
		  sa->daddr);
	sa->count.packets = number_of(attrs, ESPSIMD_A_SA_PACKETS);
	sa->count.bytes = number_of(attrs, ESPSIMD_A_SA_BYTES);
	sa->count.fallback = number_of(attrs, ESPSIMD_A_SA_FALLBACK);
	sa->count.errors = number_of(attrs, ESPSIMD_A_SA_ERRORS);
	return 0;
}

/* Of a CPU there is a message for each device. */
static struct top_count *cpu_of(struct top_sample *sample, uint32_t number)
{
	size_t i;

	for (i = 0; i < sample->nr_cpus; i++)
		if (sample->cpus[i].cpu == number)
			return &sample->cpus[i].count;
	sample->cpus = one_more(sample->cpus, &sample->nr_cpus,
				sizeof(sample->cpus[0]));
	sample->cpus[i].cpu = number;
	return &sample->cpus[i].count;
}

static uint64_t *drop_of(struct top_sample *sample, const struct nlattr *link,
			 unsigned int id)
{
	uint32_t ifindex = attr_number(link, ATTR_LINK);
	size_t i;

	for (i = 0; i < sample->nr_drops; i++)
		if (sample->drops[i].ifindex == ifindex &&
		    sample->drops[i].id == id)
			return &sample->drops[i].packets;
	sample->drops = one_more(sample->drops, &sample->nr_drops,
				 sizeof(sample->drops[0]));
	sample->drops[i].ifindex = ifindex;
	sample->drops[i].id = id;
	attr_text(link, &dev_attrs[ESPSIMD_A_DEV_IFINDEX],
		  sample->drops[i].dev);
	return &sample->drops[i].packets;
}

static bool is_drop(const char *name)
{
	return !strncmp(name + strlen("tx-"), "drop-", strlen("drop-"));
}

static void add_counter(struct top_sample *sample, struct top_count *count,
			const struct nlattr *link, unsigned int id,
			uint64_t value)
{
	switch (id) {
	case ESPSIMD_A_STATS_TX_IPSEC:
	case ESPSIMD_A_STATS_RX_IPSEC:
		count->packets += value;
		break;
	case ESPSIMD_A_STATS_TX_IPSEC_BYTES:
	case ESPSIMD_A_STATS_RX_IPSEC_BYTES:
		count->bytes += value;
		break;
	case ESPSIMD_A_STATS_TX_FALLBACK:
	case ESPSIMD_A_STATS_RX_FALLBACK:
		count->fallback += value;
		break;
	case ESPSIMD_A_STATS_RX_AUTH_FAIL:
		count->errors += value;
		break;
	default:
		if (!is_drop(show_stats.descs[id].name))
			break;
		count->errors += value;
		*drop_of(sample, link, id) += value;
	}
}

/* The counters are one array, which a later module may make longer. */
static int add_cpu(struct top_sample *sample, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr, *attrs[ESPSIMD_A_CPU_STATS_MAX + 1] = { 0 };
	const struct nlattr *link, *counters;
	unsigned int id = ESPSIMD_A_STATS_TX_IPSEC;
	struct top_count *count;
	const char *bytes;
	uint64_t value;
	size_t size;

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(struct genlmsghdr))
		return -EBADMSG;
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) <= ESPSIMD_A_CPU_STATS_MAX)
			attrs[mnl_attr_get_type(attr)] = attr;
	link = attrs[ESPSIMD_A_CPU_STATS_IFINDEX];
	counters = attrs[ESPSIMD_A_CPU_STATS_COUNTERS];
	if (!link || !counters || !attrs[ESPSIMD_A_CPU_STATS_CPU])
		return -EBADMSG;

	count = cpu_of(sample, attr_number(attrs[ESPSIMD_A_CPU_STATS_CPU],
					   ATTR_U32));
	bytes = mnl_attr_get_payload(counters);
	size = mnl_attr_get_payload_len(counters);
	for (; size >= sizeof(value) && id <= ESPSIMD_A_STATS_MAX; id++) {
		memcpy(&value, bytes, sizeof(value));
		add_counter(sample, count, link, id, value);
		bytes += sizeof(value);
		size -= sizeof(value);
	}
	return 0;
}

static int add_all(struct nl *nl, const struct show *show, uint32_t ifindex,
		   int (*add)(struct top_sample *sample,
			      const struct nlmsghdr *nlh),
		   struct top_sample *sample)
{
	struct nl_list list = { .nr = 0 };
	int err = show->get(nl, show->command, ifindex, &list);
	size_t i;

	for (i = 0; !err && i < list.nr; i++)
		err = add(sample, list.messages[i]);
	nl_list_free(&list);
	return err;
}

int top_sample(struct nl *nl, uint32_t ifindex, struct top_sample *sample)
{
	static const struct show cpus = {
		.get = nl_dump,
		.command = ESPSIMD_CMD_CPU_STATS_GET,
	};
	struct timespec now;
	int err;

	*sample = (struct top_sample){ .nr_sas = 0 };
	clock_gettime(CLOCK_MONOTONIC, &now);
	sample->seconds = now.tv_sec + now.tv_nsec / 1e9;
	err = add_all(nl, &show_sa, ifindex, add_sa, sample);
	if (!err)
		err = add_all(nl, &cpus, ifindex, add_cpu, sample);
	if (err)
		return err;

	if (sample->nr_sas)
		qsort(sample->sas, sample->nr_sas, sizeof(sample->sas[0]),
		      top_compare_sa);
	if (sample->nr_cpus)
		qsort(sample->cpus, sample->nr_cpus, sizeof(sample->cpus[0]),
		      top_compare_cpu);
	if (sample->nr_drops)
		qsort(sample->drops, sample->nr_drops,
		      sizeof(sample->drops[0]), top_compare_drop);
	return 0;
}

void top_sample_free(struct top_sample *sample)
{
	free(sample->sas);
	free(sample->cpus);
	free(sample->drops);
	*sample = (struct top_sample){ .nr_sas = 0 };
}
