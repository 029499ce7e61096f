/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events as lines: text, or JSON with one object on each line.
 */
#ifndef ESPSIMD_EVENT_H
#define ESPSIMD_EVENT_H

#include <stdint.h>

#include "out.h"

/* More than any event says. */
#define EVENT_TEXT_SIZE	512

/**
 * struct event - an event as it is put together
 * @options: text or JSON, with or without time
 * @map: the JSON object
 * @text: the text
 * @length: length of the text, as it would be if it had room
 */
struct event {
	const struct options *options;
	struct json_object *map;
	char text[EVENT_TEXT_SIZE];
	size_t length;
};

/**
 * event_begin() - begin an event
 * @event: (output) the event
 * @options: text or JSON, with or without time
 * @object: what something has happened to
 * @name: what has happened
 */
void event_begin(struct event *event, const struct options *options,
		 const char *object, const char *name);

/**
 * event_word() - add a word
 * @event: the event
 * @keyword: the word before it in text
 * @member: its name in JSON
 * @value: the word
 */
void event_word(struct event *event, const char *keyword, const char *member,
		const char *value);

/**
 * event_number() - add a number
 * @event: the event
 * @keyword: the word before it in text; NULL if it is for JSON only
 * @member: its name in JSON
 * @value: the number
 */
void event_number(struct event *event, const char *keyword, const char *member,
		  uint64_t value);

/**
 * event_end() - write an event to stdout at once, and free it
 * @event: the event
 */
void event_end(struct event *event);

#endif /* ESPSIMD_EVENT_H */
