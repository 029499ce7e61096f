// SPDX-License-Identifier: GPL-2.0
/*
 * Counters in the text format of Prometheus. Metrics are named after the
 * counters in the netlink spec, so that new ones need nothing here.
 */
#include <errno.h>
#include <inttypes.h>
#include <linux/espsimd.h>
#include <string.h>

#include "attr.h"
#include "command.h"
#include "prometheus.h"
#include "show.h"

/* Room for the name of any metric. */
#define NAME_SIZE	64

/*
 * A counter as a metric: the direction becomes a label, and so does the reason
 * of a drop.
 */
struct metric {
	char name[NAME_SIZE];
	const char *direction;
	const char *reason;
};

/* What is asked for, and where it is written. */
struct exposition {
	struct nl *nl;
	uint32_t ifindex;
	FILE *file;
};

/*
 * Values are UTF-8 by definition, but names of devices are any bytes. What
 * could be something else is written as text, so that names remain distinct.
 */
void prometheus_label(FILE *file, const char *name, const char *value)
{
	fprintf(file, "%s=\"", name);
	for (; *value; value++) {
		unsigned char byte = *value;

		if (byte == '\n')
			fputs("\\n", file);
		else if (byte == '"' || byte == '\\')
			fprintf(file, "\\%c", byte);
		else if (byte < 0x20 || byte >= 0x7f)
			fprintf(file, "\\\\x%02x", byte);
		else
			putc(byte, file);
	}
	putc('"', file);
}

static void put_attr(FILE *file, const char *name, const struct nlattr *attr,
		     const struct attr_desc *desc)
{
	char text[ATTR_TEXT_SIZE];

	prometheus_label(file, name, attr_text(attr, desc, text));
}

static void put_head(FILE *file, const char *name, const char *type,
		     const char *help)
{
	fprintf(file, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text);

	return length >= strlen(end) &&
	       !strcmp(text + length - strlen(end), end);
}

static bool metric_of(const char *counter, struct metric *metric)
{
	static const char drop[] = "drop-";
	char *dash;

	if (!counter || (strncmp(counter, "tx-", 3) &&
			 strncmp(counter, "rx-", 3)))
		return false;
	metric->direction = counter[0] == 't' ? "out" : "in";
	metric->reason = NULL;
	counter += 3;
	if (!strncmp(counter, drop, strlen(drop))) {
		metric->reason = counter + strlen(drop);
		counter = "dropped";
	}
	snprintf(metric->name, sizeof(metric->name), "espsimd_%s%s_total",
		 counter, ends_with(counter, "-bytes") ? "" : "_packets");
	while ((dash = strchr(metric->name, '-')))
		*dash = '_';
	return true;
}

/* Counter @id belongs to the metric that counter @first is the first one of. */
static bool is_of(unsigned int first, unsigned int id, struct metric *metric)
{
	const struct attr_desc *descs = show_stats.descs;
	struct metric wanted;

	return metric_of(descs[first].name, &wanted) &&
	       metric_of(descs[id].name, metric) &&
	       !strcmp(wanted.name, metric->name);
}

static bool is_first(unsigned int id)
{
	struct metric metric;
	unsigned int i;

	for (i = 0; i < id; i++)
		if (is_of(i, id, &metric))
			return false;
	return metric_of(show_stats.descs[id].name, &metric);
}

/* The spec has a meaning for each direction, the format one for both. */
static void put_counter_head(FILE *file, unsigned int first)
{
	char help[512] = "";
	struct metric metric;
	unsigned int id;
	size_t length = 0;

	for (id = first; id <= show_stats.max; id++)
		if (is_of(first, id, &metric) && length < sizeof(help))
			length += snprintf(help + length, sizeof(help) - length,
					   "%s%s: %s", length ? " " : "",
					   metric.direction,
					   show_stats.descs[id].meaning);
	metric_of(show_stats.descs[first].name, &metric);
	put_head(file, metric.name, "counter", metric.reason ?
		 "Packets dropped by the device, each with its reason." : help);
}

static void put_counters(FILE *file, const struct nlattr **attrs,
			 unsigned int first)
{
	const struct attr_desc *descs = show_stats.descs;
	struct metric metric;
	unsigned int id;

	for (id = first; id <= show_stats.max; id++) {
		if (!attrs[id] || !is_of(first, id, &metric))
			continue;
		fprintf(file, "%s{", metric.name);
		put_attr(file, "dev", attrs[ESPSIMD_A_STATS_IFINDEX],
			 &descs[ESPSIMD_A_STATS_IFINDEX]);
		fprintf(file, ",direction=\"%s\"", metric.direction);
		if (metric.reason) {
			putc(',', file);
			prometheus_label(file, "reason", metric.reason);
		}
		fprintf(file, "} %" PRIu64 "\n",
			attr_number(attrs[id], descs[id].kind));
	}
}

/* Gets objects, and sees that none is malformed. */
static int get(const struct exposition *to, const struct show *show,
	       struct nl_list *list)
{
	const struct nlattr *attrs[SHOW_MAX_ATTRS];
	size_t i;
	int err = show->get(to->nl, show->command, to->ifindex, list);

	for (i = 0; !err && i < list->nr; i++)
		err = attr_parse(list->messages[i], show->descs, show->max,
				 attrs);
	return err;
}

static int write_stats(const struct exposition *to)
{
	const struct nlattr *attrs[SHOW_MAX_ATTRS];
	struct nl_list list = { .nr = 0 };
	int err = get(to, &show_stats, &list);
	unsigned int id;
	size_t i;

	for (id = 0; !err && id <= show_stats.max; id++) {
		if (!is_first(id))
			continue;
		put_counter_head(to->file, id);
		for (i = 0; i < list.nr; i++) {
			attr_parse(list.messages[i], show_stats.descs,
				   show_stats.max, attrs);
			put_counters(to->file, attrs, id);
		}
	}
	nl_list_free(&list);
	return err;
}

static void put_info(FILE *file, const struct nlattr **attrs)
{
	fputs("espsimd_device_info{", file);
	put_attr(file, "dev", attrs[ESPSIMD_A_DEV_IFINDEX],
		 &dev_attrs[ESPSIMD_A_DEV_IFINDEX]);
	put_attr(file, ",lower", attrs[ESPSIMD_A_DEV_LOWER_IFINDEX],
		 &dev_attrs[ESPSIMD_A_DEV_LOWER_IFINDEX]);
	put_attr(file, ",engine", attrs[ESPSIMD_A_DEV_ENGINE],
		 &dev_attrs[ESPSIMD_A_DEV_ENGINE]);
	put_attr(file, ",engine_active", attrs[ESPSIMD_A_DEV_ENGINE_ACTIVE],
		 &dev_attrs[ESPSIMD_A_DEV_ENGINE_ACTIVE]);
	fputs("} 1\n", file);
}

static void put_numbers(FILE *file, const struct nlattr **attrs)
{
	static const struct {
		const char *direction;
		unsigned int id;
	} numbers[] = {
		{ "in", ESPSIMD_A_DEV_SA_IN },
		{ "out", ESPSIMD_A_DEV_SA_OUT },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(numbers); i++) {
		fputs("espsimd_sas{", file);
		put_attr(file, "dev", attrs[ESPSIMD_A_DEV_IFINDEX],
			 &dev_attrs[ESPSIMD_A_DEV_IFINDEX]);
		fprintf(file, ",direction=\"%s\"} %" PRIu64 "\n",
			numbers[i].direction,
			attr_number(attrs[numbers[i].id], ATTR_U32));
	}
}

static int write_devices(const struct exposition *to)
{
	static const struct {
		const char *name;
		const char *help;
		void (*put)(FILE *file, const struct nlattr **attrs);
	} gauges[] = {
		{ "espsimd_device_info",
		  "The device, its lower device, and its engine.", put_info },
		{ "espsimd_sas", "SAs on the device.", put_numbers },
	};
	const struct nlattr *attrs[SHOW_MAX_ATTRS];
	struct nl_list list = { .nr = 0 };
	int err = get(to, &show_dev, &list);
	size_t gauge, i;

	for (gauge = 0; !err && gauge < ARRAY_SIZE(gauges); gauge++) {
		put_head(to->file, gauges[gauge].name, "gauge",
			 gauges[gauge].help);
		for (i = 0; i < list.nr; i++) {
			attr_parse(list.messages[i], show_dev.descs,
				   show_dev.max, attrs);
			gauges[gauge].put(to->file, attrs);
		}
	}
	nl_list_free(&list);
	return err;
}

/* Mark, destination and SPI tell SAs apart; the rest says what they are. */
static void put_sa(FILE *file, const char *name, const struct nlattr **attrs,
		   unsigned int id)
{
	static const struct {
		const char *label;
		unsigned int id;
	} labels[] = {
		{ "dev", ESPSIMD_A_SA_IFINDEX },
		{ ",direction", ESPSIMD_A_SA_DIRECTION },
		{ ",offload", ESPSIMD_A_SA_OFFLOAD },
		{ ",src", ESPSIMD_A_SA_SADDR },
		{ ",dst", ESPSIMD_A_SA_DADDR },
		{ ",spi", ESPSIMD_A_SA_SPI },
		{ ",reqid", ESPSIMD_A_SA_REQID },
		{ ",mark", ESPSIMD_A_SA_MARK },
		{ ",mask", ESPSIMD_A_SA_MARK_MASK },
	};
	size_t i;

	fprintf(file, "%s{", name);
	for (i = 0; i < ARRAY_SIZE(labels); i++)
		put_attr(file, labels[i].label, attrs[labels[i].id],
			 &sa_attrs[labels[i].id]);
	fprintf(file, "} %" PRIu64 "\n", attr_number(attrs[id], ATTR_UINT));
}

static int write_sas(const struct exposition *to)
{
	static const struct {
		const char *name;
		const char *help;
		unsigned int id;
	} metrics[] = {
		{ "espsimd_sa_packets_total",
		  "Packets sealed, or opened and found authentic.",
		  ESPSIMD_A_SA_PACKETS },
		{ "espsimd_sa_bytes_total",
		  "Bytes of ESP payload in these packets.",
		  ESPSIMD_A_SA_BYTES },
		{ "espsimd_sa_fallback_packets_total",
		  "Those of the packets that the kernel's AEAD did.",
		  ESPSIMD_A_SA_FALLBACK },
		{ "espsimd_sa_error_packets_total",
		  "Packets that were dropped or found not authentic.",
		  ESPSIMD_A_SA_ERRORS },
	};
	const struct nlattr *attrs[SHOW_MAX_ATTRS];
	struct nl_list list = { .nr = 0 };
	int err = get(to, &show_sa, &list);
	size_t metric, i;

	for (metric = 0; !err && metric < ARRAY_SIZE(metrics); metric++) {
		put_head(to->file, metrics[metric].name, "counter",
			 metrics[metric].help);
		for (i = 0; i < list.nr; i++) {
			attr_parse(list.messages[i], show_sa.descs,
				   show_sa.max, attrs);
			put_sa(to->file, metrics[metric].name, attrs,
			       metrics[metric].id);
		}
	}
	nl_list_free(&list);
	return err;
}

int prometheus_write(struct nl *nl, uint32_t ifindex, bool sas, FILE *file)
{
	const struct exposition to = {
		.nl = nl, .ifindex = ifindex, .file = file
	};
	int err = write_devices(&to);

	if (!err)
		err = write_stats(&to);
	if (!err && sas)
		err = write_sas(&to);
	return err;
}
