// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd top: rates of SAs and CPUs, again and again.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "command.h"
#include "nl.h"
#include "out.h"
#include "screen.h"
#include "signals.h"
#include "stream.h"
#include "top.h"

/* Seconds between two looks at the counters. */
#define INTERVAL	1.0
#define INTERVAL_MIN	0.1
#define INTERVAL_MAX	86400.0

/**
 * struct top - what is shown, and how
 * @options: text or JSON
 * @dev: name of the device to look at, NULL for all
 * @ifindex: its interface index
 * @interval: seconds between two looks
 * @count: how often rates are shown, 0 for no end
 * @screen: on a screen, and not one after the other
 * @signals: readable when a signal has come
 * @nl: the socket
 * @before: the last but one look
 * @now: the last look
 */
struct top {
	const struct options *options;
	const char *dev;
	unsigned int ifindex;
	double interval;
	unsigned long count;
	bool screen;
	int signals;
	struct nl nl;
	struct top_sample before;
	struct top_sample now;
};

static double clock_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

static void show_screen(const struct top *top, const struct top_rates *rates)
{
	struct top_room room = { .scaled = true };
	unsigned int columns;
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		no_memory();
	screen_size(&room.rows, &columns);
	top_text(&top->now, rates, &room, file);
	if (ferror(file) || fclose(file))
		no_memory();
	screen_draw(text);
	free(text);
}

static void show(const struct top *top)
{
	/* One object on a line, as programs read what never ends. */
	static const struct options line = { .json = true };
	static const struct top_room room = { .rows = 0 };
	struct top_rates rates;

	top_rates(&top->before, &top->now, &rates);
	if (top->screen) {
		show_screen(top, &rates);
	} else if (top->options->json) {
		out_print(top_json(&top->now, &rates), &line);
		stream_flush();
	} else {
		top_text(&top->now, &rates, &room, stdout);
		putchar('\n');
		stream_flush();
	}
	top_rates_free(&rates);
}

static bool is_over(void)
{
	return signals_ended() || stream_failed();
}

/* Stops as any program does, with the terminal as it was. */
static void stop(void)
{
	screen_end();
	raise(SIGSTOP);
	screen_begin();
}

/* Returns whether a key says that it is enough. */
static bool read_keys(void)
{
	char keys[32];
	ssize_t size = read(STDIN_FILENO, keys, sizeof(keys));

	/* A keyboard that is gone would be readable for ever. */
	return size == 0 || (size < 0 && errno != EINTR) ||
	       (size > 0 && memchr(keys, 'q', size));
}

/* Waits until a moment. Returns whether to go on then. */
static bool wait_until(const struct top *top, double moment)
{
	struct pollfd files[3] = {
		{ .fd = top->signals, .events = POLLIN },
		{ .fd = STDOUT_FILENO },
		{ .fd = top->screen ? screen_keys() : -1, .events = POLLIN },
	};
	double left;

	while (!is_over() && (left = moment - clock_seconds()) > 0) {
		if (poll(files, ARRAY_SIZE(files), left * 1000 + 1) <= 0)
			continue;
		if (files[0].revents)
			signals_forget();
		if (files[1].revents & (POLLERR | POLLHUP) ||
		    (files[2].revents && read_keys()))
			return false;
		if (signals_stopped()) {
			stop();
			show(top);
		}
		if (signals_resized())
			show(top);
	}
	return !is_over();
}

static int look(struct top *top)
{
	top_sample_free(&top->before);
	top->before = top->now;
	return top_sample(&top->nl, top->ifindex, &top->now);
}

static int repeat(struct top *top)
{
	unsigned long shown = 0;
	double next;
	int err = look(top);

	next = clock_seconds();
	/* There is something to see from the beginning. */
	if (!err && top->screen)
		show(top);
	while (!err) {
		next += top->interval;
		/* Nobody waits for what a stopped program has missed. */
		if (next < clock_seconds())
			next = clock_seconds() + top->interval;
		if (!wait_until(top, next))
			break;
		err = look(top);
		if (err)
			break;
		show(top);
		if (++shown == top->count)
			break;
	}
	return err;
}

static int run(struct top *top)
{
	int err;

	if (top->dev) {
		top->ifindex = device_index(top->dev);
		if (!top->ifindex)
			return EXIT_FAILURE;
	}
	top->screen = !top->options->json && screen_usable();
	top->signals = signals_begin(top->screen);
	if (top->signals < 0) {
		error("signals cannot be waited for: %s",
		      strerror(-top->signals));
		return EXIT_FAILURE;
	}
	err = nl_open(&top->nl);
	if (!err) {
		if (top->screen)
			screen_begin();
		err = repeat(top);
		/* The error is for the terminal as it was. */
		screen_end();
	}
	if (err)
		nl_error(&top->nl, err);
	nl_close(&top->nl);
	top_sample_free(&top->before);
	top_sample_free(&top->now);
	stream_end();
	signals_end();
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

static bool parse_interval(const char *word, double *interval)
{
	char *end;

	*interval = strtod(word, &end);
	return *word && !*end && *interval >= INTERVAL_MIN &&
	       *interval <= INTERVAL_MAX;
}

static bool parse_count(const char *word, unsigned long *count)
{
	char *end;

	errno = 0;
	*count = strtoul(word, &end, 10);
	return *word >= '0' && *word <= '9' && !*end && !errno && *count;
}

static int parse(struct top *top, char **words)
{
	for (; *words; words += 2) {
		const char *keyword = words[0], *value = words[1];

		if (strcmp(keyword, "dev") && strcmp(keyword, "interval") &&
		    strcmp(keyword, "count"))
			return usage_error(&top_object,
					   "\"%s\" is not expected", keyword);
		if (!value)
			return usage_error(&top_object, "\"%s\" needs a %s",
					   keyword, *keyword == 'd' ?
					   "device" : "number");
		if (*keyword == 'd')
			top->dev = value;
		else if (*keyword == 'i' &&
			 !parse_interval(value, &top->interval))
			return usage_error(&top_object,
					   "interval \"%s\" is no number of seconds from %g to %g",
					   value, INTERVAL_MIN, INTERVAL_MAX);
		else if (*keyword == 'c' && !parse_count(value, &top->count))
			return usage_error(&top_object,
					   "count \"%s\" is no number above 0",
					   value);
	}
	return EXIT_SUCCESS;
}

static int top_run(const struct options *options, char **words)
{
	struct top top = { .options = options, .interval = INTERVAL };
	int code = parse(&top, words);

	return code ? code : run(&top);
}

static const struct command commands[] = {
	{ NULL, top_run },
	{ NULL }
};

const struct object top_object = {
	.name = "top",
	.usage = "Usage: espsimd top [ dev DEV ] [ interval SECONDS ] [ count NUMBER ]\n",
	.commands = commands,
	.bare = true,
};
