/* SPDX-License-Identifier: GPL-2.0 */
/*
 * JSON output. All of these exit if memory is used up, so that an answer is
 * either whole or missing.
 */
#ifndef ESPSIMD_OUT_H
#define ESPSIMD_OUT_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

#include "command.h"

/**
 * out_map() - make an empty object
 *
 * Return: the object.
 */
struct json_object *out_map(void);

/**
 * out_array() - make an empty array
 *
 * Return: the array.
 */
struct json_object *out_array(void);

/**
 * out_string() - make a string
 * @text: the string
 *
 * Return: the string.
 */
struct json_object *out_string(const char *text);

/**
 * out_number() - make a number
 * @number: the number
 *
 * Return: the number.
 */
struct json_object *out_number(uint64_t number);

/**
 * out_real() - make a number that need not be whole
 * @number: the number
 *
 * Return: the number.
 */
struct json_object *out_real(double number);

/**
 * out_bool() - make a truth value
 * @truth: the value
 *
 * Return: the value.
 */
struct json_object *out_bool(bool truth);

/**
 * out_put() - add a member to an object
 * @map: the object
 * @key: name of the member
 * @value: the member, which the object owns from now on
 */
void out_put(struct json_object *map, const char *key,
	     struct json_object *value);

/**
 * out_append() - add an element to an array
 * @array: the array
 * @value: the element, which the array owns from now on
 */
void out_append(struct json_object *array, struct json_object *value);

/**
 * out_print() - write a value to stdout, and free it
 * @value: the value
 * @options: says whether to indent it
 */
void out_print(struct json_object *value, const struct options *options);

#endif /* ESPSIMD_OUT_H */
