// SPDX-License-Identifier: GPL-2.0
/*
 * JSON output.
 */
#include <stdio.h>

#include "out.h"

static struct json_object *made(struct json_object *value)
{
	if (!value)
		no_memory();
	return value;
}

struct json_object *out_map(void)
{
	return made(json_object_new_object());
}

struct json_object *out_array(void)
{
	return made(json_object_new_array());
}

struct json_object *out_string(const char *text)
{
	return made(json_object_new_string(text));
}

struct json_object *out_number(uint64_t number)
{
	return made(json_object_new_uint64(number));
}

struct json_object *out_real(double number)
{
	return made(json_object_new_double(number));
}

struct json_object *out_bool(bool truth)
{
	return made(json_object_new_boolean(truth));
}

void out_put(struct json_object *map, const char *key,
	     struct json_object *value)
{
	if (json_object_object_add(map, key, value))
		no_memory();
}

void out_append(struct json_object *array, struct json_object *value)
{
	if (json_object_array_add(array, value))
		no_memory();
}

void out_print(struct json_object *value, const struct options *options)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;
	const char *text;

	if (options->pretty)
		flags |= JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED;
	text = json_object_to_json_string_ext(value, flags);
	if (!text)
		no_memory();
	puts(text);
	json_object_put(value);
}
