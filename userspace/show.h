/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The show commands: get objects from the module, and write each of them.
 */
#ifndef ESPSIMD_SHOW_H
#define ESPSIMD_SHOW_H

#include "attr.h"
#include "command.h"
#include "nl.h"

/* No attribute set of the family has more attributes. */
#define SHOW_MAX_ATTRS	64

/**
 * struct show - a kind of object to show
 * @get: nl_get(), nl_dump() or the like
 * @command: command of the family that gets it
 * @descs: its attributes
 * @max: number of the last one
 * @print: writes one as text
 */
struct show {
	int (*get)(struct nl *nl, uint8_t command, uint32_t ifindex,
		   struct nl_list *list);
	uint8_t command;
	const struct attr_desc *descs;
	unsigned int max;
	void (*print)(const struct nlattr **attrs);
};

extern const struct show show_dev;
extern const struct show show_sa;
extern const struct show show_stats;

/**
 * show_list() - write the objects of an answer
 * @show: the kind of object
 * @list: the answer
 * @options: text or JSON
 *
 * Return: 0, or -EBADMSG, with nothing written, if the answer is malformed.
 */
int show_list(const struct show *show, const struct nl_list *list,
	      const struct options *options);

/**
 * show_run() - run a show command
 * @show: the kind of object
 * @object: object of the command line
 * @options: text or JSON
 * @words: words after the command: a device, or none for all
 *
 * Return: an exit code; errors were reported.
 */
int show_run(const struct show *show, const struct object *object,
	     const struct options *options, char **words);

#endif /* ESPSIMD_SHOW_H */
