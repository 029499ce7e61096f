// SPDX-License-Identifier: GPL-2.0
/*
 * Core cycles per packet of each tier, next to libipsec-mb, OpenSSL and what
 * the stock kernel has.
 *
 * The candidates take turns, so that all of them see the same machine; samples
 * during which the clock changed or the core was shared are dropped.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench_clock.h"
#include "bench_peers.h"
#include "engine.h"

/* Long enough for the overhead of a sample not to matter. */
#define BENCH_BYTES	16384

/* Turns until messages are laid out anew. */
#define BENCH_LAYOUT	5

/* How often a sample that is of no use is tried again, on average. */
#define BENCH_PATIENCE	20

struct bench_job {
	enum bench_who who;
	struct bench_shape shape;
};

struct bench_cell {
	double *samples;
	unsigned int nr;
};

/* A list of numbers. */
struct bench_list {
	unsigned int nr, value[16];
};

static struct bench_list bench_bursts = { 4, { 1, 4, 8, 32 } };
static struct bench_list bench_lens = {
	.nr = 8,
	.value = { 64, 128, 256, 576, 1424, 4096, 9000, BENCH_IMIX },
};

static unsigned int bench_turns = 200, bench_sas = 1;
static FILE *bench_json;

static void bench_one(void *arg)
{
	const struct bench_job *job = arg;

	bench_run(job->who, &job->shape);
}

static int bench_order(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The value that the given part of all samples is below. */
static double bench_quantile(const struct bench_cell *cell, double part)
{
	return cell->nr ? cell->samples[(unsigned int)(part * cell->nr)] : 0;
}

static const char *bench_len_name(unsigned int len)
{
	static char name[16];

	if (len == BENCH_IMIX)
		return "imix";
	snprintf(name, sizeof(name), "%u", len);
	return name;
}

static void bench_put_json(const struct bench_job *job, unsigned int bits,
			   const struct bench_cell *cell)
{
	const double bytes = (double)bench_bytes(&job->shape) / BENCH_MSGS;
	static bool more;

	if (!bench_json)
		return;
	fprintf(bench_json,
		"%s\n{\"who\": \"%s\", \"bits\": %u, \"dir\": \"%s\", \"len\": \"%s\", \"bytes\": %.1f, \"burst\": %u, \"sas\": %u, \"samples\": %u, \"p5\": %.1f, \"p25\": %.1f, \"median\": %.1f, \"p75\": %.1f}",
		more ? "," : "", bench_name(job->who), bits,
		job->shape.seal ? "seal" : "open",
		bench_len_name(job->shape.len), bytes, job->shape.burst,
		bench_sas, cell->nr,
		bench_quantile(cell, 0.05), bench_quantile(cell, 0.25),
		bench_quantile(cell, 0.5), bench_quantile(cell, 0.75));
	more = true;
}

/* Takes one sample of each candidate, of those that have not got enough. */
static bool bench_turn(struct bench_cell cells[BENCH_NR], struct bench_job *job)
{
	const unsigned int msgs = BENCH_MSGS * job->shape.rounds;
	bool more = false;
	double cycles;

	for (job->who = 0; job->who < BENCH_NR; job->who++) {
		struct bench_cell *cell = &cells[job->who];

		if (!bench_usable(job->who) || cell->nr == bench_turns)
			continue;
		/* Code and branches are to be known already. */
		bench_run(job->who, &job->shape);
		cycles = bench_clock_sample(bench_one, job);
		if (cycles >= 0)
			cell->samples[cell->nr++] = cycles / msgs;
		more |= cell->nr < bench_turns;
	}
	return more;
}

static void bench_measure(struct bench_cell cells[BENCH_NR],
			  struct bench_job *job)
{
	unsigned int left = bench_turns * BENCH_PATIENCE;

	while (bench_turn(cells, job) && --left)
		if (left % BENCH_LAYOUT == 0)
			bench_prepare(&job->shape);
	if (!left)
		fputs("few samples: the machine is busy\n", stderr);
}

static void bench_row(unsigned int bits, const struct bench_shape *shape)
{
	struct bench_job job = { .shape = *shape };
	struct bench_cell cells[BENCH_NR] = { 0 };
	double peer = 1e9, own = 0, median;

	for (job.who = 0; job.who < BENCH_NR; job.who++)
		cells[job.who].samples = calloc(bench_turns, sizeof(double));
	bench_prepare(shape);
	if (!bench_agree(shape))
		exit(1);
	bench_measure(cells, &job);

	printf("%3u %-4s %5s %3u", bits, shape->seal ? "seal" : "open",
	       bench_len_name(shape->len), shape->burst);
	for (job.who = 0; job.who < BENCH_NR; job.who++) {
		struct bench_cell *cell = &cells[job.who];

		qsort(cell->samples, cell->nr, sizeof(double), bench_order);
		median = bench_quantile(cell, 0.5);
		if (cell->nr)
			printf(" %6.0f/%-6.0f", bench_quantile(cell, 0.05),
			       median);
		else
			printf(" %6s/%-6s", "-", "-");
		if (job.who == BENCH_AVX512)
			own = median;
		if (job.who > BENCH_AVX512 && cell->nr && median < peer)
			peer = median;
		bench_put_json(&job, bits, cell);
		free(cell->samples);
	}
	printf(" %5.2f\n", own ? peer / own : 0);
	fflush(stdout);
}

static void bench_table(unsigned int bits, bool seal)
{
	struct bench_shape shape = { .seal = seal };
	unsigned int i, j;

	bench_setup(bits / 8, bench_sas);
	for (i = 0; i < bench_lens.nr; i++) {
		shape.len = bench_lens.value[i];
		shape.rounds = BENCH_BYTES / bench_bytes(&shape) + 1;
		for (j = 0; j < bench_bursts.nr; j++) {
			shape.burst = bench_bursts.value[j];
			bench_row(bits, &shape);
		}
	}
}

static void bench_head(void)
{
	enum bench_who who;

	printf("core cycles per packet, 5th percentile/median; %u SAs; last column: fastest peer / avx512\n%-4s%-5s%5s%4s",
	       bench_sas, "key", "", "bytes", "n");
	for (who = 0; who < BENCH_NR; who++)
		printf(" %13s", bench_name(who));
	printf("\n");
}

static void bench_parse(struct bench_list *list, char *words, unsigned int max)
{
	char *word;

	list->nr = 0;
	for (word = strtok(words, ","); word; word = strtok(NULL, ",")) {
		unsigned int value = atoi(word);

		if (list == &bench_lens && !strcmp(word, "imix"))
			value = BENCH_IMIX;
		else if (!value)
			value = max + 1;
		if (value > max ||
		    list->nr == ARRAY_SIZE(list->value)) {
			fprintf(stderr, "bad number %s\n", word);
			exit(2);
		}
		list->value[list->nr++] = value;
	}
}

static void bench_usage(void)
{
	fputs("usage: bench_engine [-b 128|256] [-l LEN,...] [-n BURST,...] [-t TURNS] [-s SAS] [-j JSON-FILE]\n",
	      stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	unsigned int bits = 0, b;
	int opt;

	while ((opt = getopt(argc, argv, "b:l:n:t:s:j:")) != -1) {
		switch (opt) {
		case 'b':
			bits = atoi(optarg);
			break;
		case 'l':
			bench_parse(&bench_lens, optarg, BENCH_MAX);
			break;
		case 'n':
			/* All messages are done, so it has to divide them. */
			bench_parse(&bench_bursts, optarg, BENCH_MSGS);
			break;
		case 't':
			bench_turns = atoi(optarg);
			break;
		case 's':
			bench_sas = atoi(optarg);
			break;
		case 'j':
			bench_json = fopen(optarg, "w");
			if (!bench_json) {
				perror(optarg);
				return 1;
			}
			break;
		default:
			bench_usage();
		}
	}
	if (!bench_turns || !bench_sas || optind != argc)
		bench_usage();

	espsimd_aead_init();
	bench_clock_init();
	bench_head();
	if (bench_json)
		fputc('[', bench_json);
	for (b = 128; b <= 256; b += 128) {
		if (bits && bits != b)
			continue;
		bench_table(b, true);
		/* What is opened has no more keys than there are messages. */
		if (bench_sas <= BENCH_MSGS)
			bench_table(b, false);
	}
	if (bench_json) {
		fputs("\n]\n", bench_json);
		fclose(bench_json);
	}
	return 0;
}
