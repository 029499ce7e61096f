/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all subcommands share: options, exit codes, errors, and the grammar of
 * objects and their commands.
 */
#ifndef ESPSIMD_COMMAND_H
#define ESPSIMD_COMMAND_H

#include <stdbool.h>
#include <stdlib.h>

/* Beside EXIT_SUCCESS and EXIT_FAILURE: the command line makes no sense. */
#define EXIT_USAGE	2

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/**
 * struct options - what was asked for before the object
 * @json: write JSON, an array of objects
 * @pretty: indent it
 * @timestamp: write when events happened
 */
struct options {
	bool json;
	bool pretty;
	bool timestamp;
};

/**
 * struct command - a command of an object
 * @name: keyword
 * @run: does it; gets the words after the keyword, ended by NULL, and returns
 *	the exit code
 */
struct command {
	const char *name;
	int (*run)(const struct options *options, char **words);
};

/**
 * struct object - what the first word of the command line names
 * @name: keyword
 * @usage: help, complete lines
 * @commands: ended by an empty one; the first is the default
 * @bare: the default command's keyword may be left out before its words
 */
struct object {
	const char *name;
	const char *usage;
	const struct command *commands;
	bool bare;
};

extern const struct object dev_object;
extern const struct object sa_object;
extern const struct object stats_object;
extern const struct object check_object;
extern const struct object flowpath_object;
extern const struct object monitor_object;
extern const struct object top_object;
extern const struct object fallback_object;

/**
 * error() - write an error to stderr, with "Error: " before it
 * @format: as printf(), one sentence; a full stop is added if it has none
 */
__attribute__((format(printf, 1, 2)))
void error(const char *format, ...);

/**
 * usage_error() - write an error of the command line to stderr
 * @object: the object concerned, for the advice to read its help; may be NULL
 * @format: as printf(), without a full stop
 *
 * Return: EXIT_USAGE.
 */
__attribute__((format(printf, 2, 3)))
int usage_error(const struct object *object, const char *format, ...);

/**
 * no_memory() - report that memory is used up, and exit
 */
__attribute__((noreturn)) void no_memory(void);

/**
 * take_device() - take an optional device, `[ dev ] DEV`, off the words
 * @words: (input, output) the words that are left
 * @name: (output) the device's name, NULL if there is no word left
 *
 * Return: false if `dev` is not followed by anything.
 */
bool take_device(char ***words, const char **name);

/**
 * only_device() - as take_device(), for a command that takes nothing else
 * @object: the object concerned
 * @words: all words
 * @name: (output) the device's name, NULL if there are no words
 * @ifindex: (output) its interface index, 0 if there are no words
 *
 * Return: an exit code; errors were reported.
 */
int only_device(const struct object *object, char **words, const char **name,
		unsigned int *ifindex);

/**
 * device_index() - find a device by name
 * @name: its name
 *
 * Return: its interface index; 0, after reporting it, if there is none.
 */
unsigned int device_index(const char *name);

#endif /* ESPSIMD_COMMAND_H */
