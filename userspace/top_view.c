// SPDX-License-Identifier: GPL-2.0
/*
 * Rates as text or JSON.
 */
#include <linux/espsimd.h>
#include <stdio.h>
#include <string.h>

#include "out.h"
#include "show.h"
#include "top.h"

/* Lines that are there whatever there is to show. */
#define HEADINGS	3

/* How many lines each part has. */
struct parts {
	size_t sas;
	size_t cpus;
	size_t drops;
};

static size_t min(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Drops are rare and matter most, CPUs are as many as they are; these get up to
 * a quarter and up to a third, and SAs what is left. What SAs do not need, CPUs
 * get.
 */
static struct parts divide(const struct top_sample *sample,
			   const struct top_rates *rates, unsigned int rows)
{
	struct parts parts = {
		sample->nr_sas, sample->nr_cpus, rates->nr_drops
	};
	size_t left;

	if (!rows)
		return parts;
	left = rows > HEADINGS ? rows - HEADINGS : 0;
	/* They have a heading only if there are any. */
	if (parts.drops && left) {
		left--;
		parts.drops = min(parts.drops, left / 4);
		left -= parts.drops;
	}
	parts.cpus = min(sample->nr_cpus, left / 3);
	parts.sas = min(sample->nr_sas, left - parts.cpus);
	parts.cpus = min(sample->nr_cpus, left - parts.sas);
	return parts;
}

static void put_number(double number, bool scaled, FILE *file)
{
	static const char units[] = " kMGTPE";
	size_t unit = 0;

	if (!scaled) {
		fprintf(file, "%15.1f ", number);
		return;
	}
	while (number >= 9999.5 && units[unit + 1]) {
		number /= 1000;
		unit++;
	}
	fprintf(file, "%9.*f%c ", unit ? 1 : 0, number, units[unit]);
}

static void put_heading(const char *what, bool scaled, FILE *file)
{
	int width = scaled ? 10 : 15;

	fprintf(file, "%*s %*s %*s %*s %s\n", width, "packets/s", width,
		"bits/s", width, "fallback/s", width, "errors/s", what);
}

static void put_rate(const struct top_rate *rate, bool scaled, FILE *file)
{
	put_number(rate->packets, scaled, file);
	put_number(rate->bits, scaled, file);
	put_number(rate->fallback, scaled, file);
	put_number(rate->errors, scaled, file);
}

void top_text(const struct top_sample *sample, const struct top_rates *rates,
	      const struct top_room *room, FILE *file)
{
	struct parts parts = divide(sample, rates, room->rows);
	const struct attr_desc *descs = show_stats.descs;
	size_t i;

	fprintf(file, "espsimd top: %zu SAs, %zu CPUs, %.3f s\n",
		sample->nr_sas, sample->nr_cpus, rates->seconds);
	put_heading("SA", room->scaled, file);
	for (i = 0; i < parts.sas; i++) {
		const struct top_sa *sa = &sample->sas[rates->sas[i].of];

		put_rate(&rates->sas[i], room->scaled, file);
		fprintf(file, "%s %s 0x%08x %s > %s\n", sa->dev,
			sa->outbound ? "out" : "in", sa->spi, sa->saddr,
			sa->daddr);
	}
	put_heading("CPU", room->scaled, file);
	for (i = 0; i < parts.cpus; i++) {
		put_rate(&rates->cpus[i], room->scaled, file);
		fprintf(file, "cpu %u\n", sample->cpus[rates->cpus[i].of].cpu);
	}
	if (rates->nr_drops)
		fprintf(file, "%*s reason\n", room->scaled ? 10 : 15,
			"drops/s");
	for (i = 0; i < parts.drops; i++) {
		const struct top_drop *drop =
			&sample->drops[rates->drops[i].of];

		put_number(rates->drops[i].packets, room->scaled, file);
		fprintf(file, "%s %s  %s\n", drop->dev, descs[drop->id].name,
			descs[drop->id].meaning);
	}
}

static struct json_object *rate_object(const struct top_rate *rate)
{
	struct json_object *map = out_map();

	out_put(map, "packets", out_real(rate->packets));
	out_put(map, "bits", out_real(rate->bits));
	out_put(map, "fallback", out_real(rate->fallback));
	out_put(map, "errors", out_real(rate->errors));
	return map;
}

static struct json_object *sa_object_of(const struct top_sa *sa,
					const struct top_rate *rate)
{
	struct json_object *map = rate_object(rate);
	char spi[16];

	snprintf(spi, sizeof(spi), "0x%08x", sa->spi);
	out_put(map, "ifname", out_string(sa->dev));
	out_put(map, "ifindex", out_number(sa->ifindex));
	out_put(map, "direction", out_string(sa->outbound ? "out" : "in"));
	out_put(map, "spi", out_string(spi));
	out_put(map, "saddr", out_string(sa->saddr));
	out_put(map, "daddr", out_string(sa->daddr));
	return map;
}

struct json_object *top_json(const struct top_sample *sample,
			     const struct top_rates *rates)
{
	struct json_object *map = out_map(), *sas = out_array();
	struct json_object *cpus = out_array(), *drops = out_array(), *one;
	size_t i;

	for (i = 0; i < sample->nr_sas; i++)
		out_append(sas, sa_object_of(&sample->sas[rates->sas[i].of],
					     &rates->sas[i]));
	for (i = 0; i < sample->nr_cpus; i++) {
		one = rate_object(&rates->cpus[i]);
		out_put(one, "cpu",
			out_number(sample->cpus[rates->cpus[i].of].cpu));
		out_append(cpus, one);
	}
	for (i = 0; i < rates->nr_drops; i++) {
		const struct top_drop *drop =
			&sample->drops[rates->drops[i].of];

		one = out_map();
		out_put(one, "packets", out_real(rates->drops[i].packets));
		out_put(one, "ifname", out_string(drop->dev));
		out_put(one, "ifindex", out_number(drop->ifindex));
		out_put(one, "counter",
			out_string(show_stats.descs[drop->id].name));
		out_append(drops, one);
	}
	out_put(map, "seconds", out_real(rates->seconds));
	out_put(map, "sa", sas);
	out_put(map, "cpu", cpus);
	out_put(map, "drop", drops);
	return map;
}
