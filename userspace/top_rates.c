// SPDX-License-Identifier: GPL-2.0
/*
 * What happened between two samples.
 */
#include <stdlib.h>

#include "command.h"
#include "top.h"

static struct top_rate *new_rates(size_t nr)
{
	struct top_rate *rates = calloc(nr ? nr : 1, sizeof(*rates));

	if (!rates)
		no_memory();
	return rates;
}

static double rate(uint64_t before, uint64_t after, double seconds)
{
	if (seconds <= 0)
		return 0;
	return (after < before ? after : after - before) / seconds;
}

static struct top_rate rate_of(const struct top_count *before,
			       const struct top_count *after, double seconds)
{
	static const struct top_count zero;

	if (!before || after->packets < before->packets)
		before = &zero;
	return (struct top_rate){
		.packets = rate(before->packets, after->packets, seconds),
		.bits = 8 * rate(before->bytes, after->bytes, seconds),
		.fallback = rate(before->fallback, after->fallback, seconds),
		.errors = rate(before->errors, after->errors, seconds),
	};
}

/* Those that are equal stay as they are in the sample. */
static int compare_rates(const void *a, const void *b)
{
	const struct top_rate *one = a, *other = b;

	if (one->bits != other->bits)
		return one->bits < other->bits ? 1 : -1;
	if (one->packets != other->packets)
		return one->packets < other->packets ? 1 : -1;
	if (one->errors != other->errors)
		return one->errors < other->errors ? 1 : -1;
	return one->of < other->of ? -1 : 1;
}

static const void *find(const void *key, const void *array, size_t nr,
			size_t size,
			int (*compare)(const void *a, const void *b))
{
	return nr ? bsearch(key, array, nr, size, compare) : NULL;
}

static struct top_rate *rates_of_sas(const struct top_sample *before,
				     const struct top_sample *after,
				     double seconds)
{
	struct top_rate *rates = new_rates(after->nr_sas);
	const struct top_sa *sa;
	size_t i;

	for (i = 0; i < after->nr_sas; i++) {
		sa = find(&after->sas[i], before->sas, before->nr_sas,
			  sizeof(*sa), top_compare_sa);
		rates[i] = rate_of(sa ? &sa->count : NULL,
				   &after->sas[i].count, seconds);
		rates[i].of = i;
	}
	qsort(rates, after->nr_sas, sizeof(*rates), compare_rates);
	return rates;
}

static struct top_rate *rates_of_cpus(const struct top_sample *before,
				      const struct top_sample *after,
				      double seconds)
{
	struct top_rate *rates = new_rates(after->nr_cpus);
	const struct top_cpu *cpu;
	size_t i;

	for (i = 0; i < after->nr_cpus; i++) {
		cpu = find(&after->cpus[i], before->cpus, before->nr_cpus,
			   sizeof(*cpu), top_compare_cpu);
		rates[i] = rate_of(cpu ? &cpu->count : NULL,
				   &after->cpus[i].count, seconds);
		rates[i].of = i;
	}
	qsort(rates, after->nr_cpus, sizeof(*rates), compare_rates);
	return rates;
}

static struct top_rate *rates_of_drops(const struct top_sample *before,
				       const struct top_sample *after,
				       double seconds, size_t *nr)
{
	struct top_rate *rates = new_rates(after->nr_drops);
	const struct top_drop *drop;
	double packets;
	size_t i;

	*nr = 0;
	for (i = 0; i < after->nr_drops; i++) {
		drop = find(&after->drops[i], before->drops, before->nr_drops,
			    sizeof(*drop), top_compare_drop);
		packets = rate(drop ? drop->packets : 0,
			       after->drops[i].packets, seconds);
		if (packets > 0)
			rates[(*nr)++] = (struct top_rate){
				.of = i, .packets = packets
			};
	}
	qsort(rates, *nr, sizeof(*rates), compare_rates);
	return rates;
}

void top_rates(const struct top_sample *before, const struct top_sample *after,
	       struct top_rates *rates)
{
	double seconds = after->seconds - before->seconds;

	rates->seconds = seconds;
	rates->sas = rates_of_sas(before, after, seconds);
	rates->cpus = rates_of_cpus(before, after, seconds);
	rates->drops = rates_of_drops(before, after, seconds,
				      &rates->nr_drops);
}

void top_rates_free(struct top_rates *rates)
{
	free(rates->sas);
	free(rates->cpus);
	free(rates->drops);
}
