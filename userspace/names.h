/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of the values that users read and write.
 */
#ifndef ESPSIMD_NAMES_H
#define ESPSIMD_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of the kernel's headers, for older ones that lack it. */
#ifndef XFRM_OFFLOAD_PACKET
#define XFRM_OFFLOAD_PACKET	4
#endif

/**
 * struct name - a value's name
 * @name: the name; NULL ends a table
 * @value: the value
 */
struct name {
	const char *name;
	uint32_t value;
};

extern const struct name engine_names[];
extern const struct name direction_names[];
extern const struct name offload_names[];
extern const struct name family_names[];
extern const struct name mode_names[];
extern const struct name proto_names[];
extern const struct name encap_names[];

/**
 * name_of() - name of a value
 * @names: the table
 * @value: the value
 *
 * Return: the name, NULL if the value has none.
 */
const char *name_of(const struct name *names, uint32_t value);

/**
 * name_value() - value of a name, which has to be spelled exactly
 * @names: the table
 * @word: the name
 * @value: (output) its value
 *
 * Return: false if there is no such name.
 */
bool name_value(const struct name *names, const char *word, uint32_t *value);

/**
 * name_list() - all names, for a message
 * @names: the table
 * @text: (output) the names, with commas between them; cut off if need be
 * @size: size of @text
 */
void name_list(const struct name *names, char *text, size_t size);

#endif /* ESPSIMD_NAMES_H */
