// SPDX-License-Identifier: GPL-2.0
/*
 * Errors, and words that several commands understand.
 */
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "command.h"

void error(const char *format, ...)
{
	char text[1024];
	size_t length;
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);

	length = strlen(text);
	fprintf(stderr, "Error: %s%s\n", text,
		length && text[length - 1] == '.' ? "" : ".");
}

int usage_error(const struct object *object, const char *format, ...)
{
	va_list args;

	fputs("Error: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, ", try \"espsimd %s%shelp\".\n",
		object ? object->name : "", object ? " " : "");
	return EXIT_USAGE;
}

void no_memory(void)
{
	error("out of memory");
	exit(EXIT_FAILURE);
}

bool take_device(char ***words, const char **name)
{
	*name = NULL;
	if (!**words)
		return true;
	if (!strcmp(**words, "dev")) {
		(*words)++;
		if (!**words)
			return false;
	}
	*name = *(*words)++;
	return true;
}

unsigned int device_index(const char *name)
{
	unsigned int ifindex = if_nametoindex(name);

	if (!ifindex)
		error("there is no device \"%s\"", name);
	return ifindex;
}

int only_device(const struct object *object, char **words, const char **name,
		unsigned int *ifindex)
{
	*ifindex = 0;
	if (!take_device(&words, name))
		return usage_error(object, "\"dev\" needs a device");
	if (*words)
		return usage_error(object, "\"%s\" is not expected", *words);
	if (!*name)
		return EXIT_SUCCESS;

	*ifindex = device_index(*name);
	return *ifindex ? EXIT_SUCCESS : EXIT_FAILURE;
}
