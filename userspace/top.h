/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What `espsimd top` shows: counters at two moments, the rates between them,
 * and these as text or JSON.
 */
#ifndef ESPSIMD_TOP_H
#define ESPSIMD_TOP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "attr.h"
#include "nl.h"

/**
 * struct top_count - what is counted of an SA or a CPU
 * @packets: packets sealed, or opened and found authentic
 * @bytes: bytes of ESP payload in them
 * @fallback: those of the packets that the kernel's AEAD did
 * @errors: packets that were dropped or not authentic
 */
struct top_count {
	uint64_t packets;
	uint64_t bytes;
	uint64_t fallback;
	uint64_t errors;
};

/**
 * struct top_sa - an SA
 * @ifindex: its device
 * @spi: its SPI, in host order
 * @mark: its mark
 * @mask: mask of that
 * @outbound: its direction
 * @dev: name of the device
 * @saddr: outer source address
 * @daddr: outer destination address
 * @count: its counters
 */
struct top_sa {
	uint32_t ifindex;
	uint32_t spi;
	uint32_t mark;
	uint32_t mask;
	bool outbound;
	char dev[ATTR_TEXT_SIZE];
	char saddr[ATTR_TEXT_SIZE];
	char daddr[ATTR_TEXT_SIZE];
	struct top_count count;
};

/**
 * struct top_cpu - a CPU, with all devices that are looked at
 * @cpu: its number
 * @count: its counters
 */
struct top_cpu {
	uint32_t cpu;
	struct top_count count;
};

/**
 * struct top_drop - a reason for which a device drops
 * @ifindex: the device
 * @id: the counter, an attribute of the netlink spec
 * @dev: name of the device
 * @packets: packets dropped
 */
struct top_drop {
	uint32_t ifindex;
	unsigned int id;
	char dev[ATTR_TEXT_SIZE];
	uint64_t packets;
};

/**
 * struct top_sample - all counters at a moment
 * @seconds: the moment, of a clock that is never set
 * @sas: SAs, ordered
 * @nr_sas: how many
 * @cpus: CPUs, ordered
 * @nr_cpus: how many
 * @drops: reasons, ordered
 * @nr_drops: how many
 */
struct top_sample {
	double seconds;
	struct top_sa *sas;
	size_t nr_sas;
	struct top_cpu *cpus;
	size_t nr_cpus;
	struct top_drop *drops;
	size_t nr_drops;
};

/**
 * struct top_rate - counts of a second
 * @of: what of, in the array of the later sample
 * @packets: packets
 * @bits: bits of ESP payload
 * @fallback: packets
 * @errors: packets
 */
struct top_rate {
	size_t of;
	double packets;
	double bits;
	double fallback;
	double errors;
};

/**
 * struct top_rates - what happened between two samples
 * @seconds: time between them
 * @sas: a rate for each SA of the later sample, the highest first
 * @cpus: the same for CPUs
 * @drops: the same for reasons; @packets only, and none that is 0
 * @nr_drops: how many
 */
struct top_rates {
	double seconds;
	struct top_rate *sas;
	struct top_rate *cpus;
	struct top_rate *drops;
	size_t nr_drops;
};

/**
 * struct top_room - how much room there is for text
 * @rows: lines, 0 for as many as it takes
 * @scaled: numbers are to be short
 */
struct top_room {
	unsigned int rows;
	bool scaled;
};

/**
 * top_sample() - read all counters
 * @nl: the socket
 * @ifindex: the device to look at, 0 for all
 * @sample: (output) the counters; to be freed even after an error
 *
 * Return: 0 or a negative errno; @nl->reason says why if the kernel did.
 */
int top_sample(struct nl *nl, uint32_t ifindex, struct top_sample *sample);

/**
 * top_sample_free() - free a sample
 * @sample: the sample, empty afterwards
 */
void top_sample_free(struct top_sample *sample);

/**
 * top_compare_sa() - order of SAs in a sample
 * @a: a struct top_sa
 * @b: another one
 *
 * Return: as for qsort(); 0 if they are the same SA.
 */
int top_compare_sa(const void *a, const void *b);

/**
 * top_compare_cpu() - order of CPUs in a sample
 * @a: a struct top_cpu
 * @b: another one
 *
 * Return: as for qsort().
 */
int top_compare_cpu(const void *a, const void *b);

/**
 * top_compare_drop() - order of reasons in a sample
 * @a: a struct top_drop
 * @b: another one
 *
 * Return: as for qsort().
 */
int top_compare_drop(const void *a, const void *b);

/**
 * top_rates() - what happened between two samples
 * @before: the earlier one
 * @after: the later one
 * @rates: (output) the rates; to be freed
 *
 * What is not in the earlier one, or has counted more there, since it is
 * another one of the same number, began with 0 in between.
 */
void top_rates(const struct top_sample *before, const struct top_sample *after,
	       struct top_rates *rates);

/**
 * top_rates_free() - free rates
 * @rates: the rates
 */
void top_rates_free(struct top_rates *rates);

/**
 * top_text() - rates as text
 * @sample: the later sample
 * @rates: the rates
 * @room: how much fits
 * @file: (output) the text
 */
void top_text(const struct top_sample *sample, const struct top_rates *rates,
	      const struct top_room *room, FILE *file);

/**
 * top_json() - rates as JSON
 * @sample: the later sample
 * @rates: the rates
 *
 * Return: an object.
 */
struct json_object *top_json(const struct top_sample *sample,
			     const struct top_rates *rates);

#endif /* ESPSIMD_TOP_H */
