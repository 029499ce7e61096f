// SPDX-License-Identifier: GPL-2.0
/*
 * Events as lines: text, or JSON with one object on each line.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "event.h"
#include "stream.h"

/* Room for the time as RFC 3339 has it. */
#define TIME_SIZE	48

__attribute__((format(printf, 2, 3)))
static void add(struct event *event, const char *format, ...)
{
	va_list args;

	if (event->length >= sizeof(event->text))
		return;
	va_start(args, format);
	event->length += vsnprintf(event->text + event->length,
				   sizeof(event->text) - event->length, format,
				   args);
	va_end(args);
}

/* Local time, and how far it is from UTC. */
static void time_text(char text[TIME_SIZE])
{
	char second[TIME_SIZE / 2];
	struct timespec now;
	struct tm local;
	long minutes;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &local);
	strftime(second, sizeof(second), "%Y-%m-%dT%H:%M:%S", &local);
	minutes = labs(local.tm_gmtoff / 60);
	snprintf(text, TIME_SIZE, "%s.%06ld%c%02ld:%02ld", second,
		 now.tv_nsec / 1000, local.tm_gmtoff < 0 ? '-' : '+',
		 minutes / 60 % 24, minutes % 60);
}

void event_begin(struct event *event, const struct options *options,
		 const char *object, const char *name)
{
	char text[TIME_SIZE];

	event->options = options;
	event->map = out_map();
	event->length = 0;
	if (options->timestamp) {
		time_text(text);
		add(event, "[%s] ", text);
		out_put(event->map, "timestamp", out_string(text));
	}
	add(event, "%s %s", object, name);
	out_put(event->map, "object", out_string(object));
	out_put(event->map, "event", out_string(name));
}

void event_word(struct event *event, const char *keyword, const char *member,
		const char *value)
{
	add(event, " %s %s", keyword, value);
	out_put(event->map, member, out_string(value));
}

void event_number(struct event *event, const char *keyword, const char *member,
		  uint64_t value)
{
	if (keyword)
		add(event, " %s %" PRIu64, keyword, value);
	out_put(event->map, member, out_number(value));
}

void event_end(struct event *event)
{
	/* Each is on one line, whether it was to be indented or not. */
	static const struct options line = { .json = true };

	if (event->options->json) {
		out_print(event->map, &line);
	} else {
		puts(event->text);
		json_object_put(event->map);
	}
	stream_flush();
}
