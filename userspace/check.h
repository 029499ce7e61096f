/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts of `espsimd check`.
 */
#ifndef ESPSIMD_CHECK_H
#define ESPSIMD_CHECK_H

#include <linux/espsimd.h>
#include <stdbool.h>
#include <stdint.h>

#include "finding.h"
#include "nl.h"

/**
 * struct check - what to check, and what it was found to be
 * @findings: what was found
 * @nl: socket to the module
 * @nl_err: 0 if it could be opened, or why not
 * @cpu_engines: engines that the CPU has what they need for, as a bitmap
 */
struct check {
	struct findings findings;
	struct nl nl;
	int nl_err;
	uint32_t cpu_engines;
};

/**
 * struct sa_query - properties of an SA to ask for
 * @given: those that were given; one is set if any was
 * @numbers: values of those that are numbers or flags
 * @strings: values of those that are strings, NULL for the others
 */
struct sa_query {
	bool given[ESPSIMD_A_SA_MAX + 1];
	uint32_t numbers[ESPSIMD_A_SA_MAX + 1];
	const char *strings[ESPSIMD_A_SA_MAX + 1];
};

/**
 * check_system() - check the kernel, its modules and the CPU
 * @check: the check
 */
void check_system(struct check *check);

/**
 * check_devices() - check espsimd devices and their lower devices
 * @check: the check
 * @name: the device, NULL for all that there are
 */
void check_devices(struct check *check, const char *name);

/**
 * check_sa() - ask the module whether it would take an SA
 * @check: the check
 * @query: the SA; if it says no direction, both are asked for
 */
void check_sa(struct check *check, const struct sa_query *query);

/**
 * sa_ask() - ask the module whether it would take an SA of one direction
 * @nl: socket to the module
 * @query: the SA, with its direction
 *
 * Return: 0, or a negative errno; @nl->reason says why if the module did.
 */
int sa_ask(struct nl *nl, const struct sa_query *query);

/**
 * check_gateway() - judge the SAs and policies that there are
 * @check: the check
 * @root: where the kernel's file system is, "" for /
 * @release: release of the kernel
 */
void check_gateway(struct check *check, const char *root,
		   const char *release);

/**
 * parse_sa() - read the properties of an SA from the command line
 * @words: keywords and values, ended by NULL
 * @query: (output) the properties
 *
 * Return: 0, or EXIT_USAGE after reporting what is wrong.
 */
int parse_sa(char **words, struct sa_query *query);

#endif /* ESPSIMD_CHECK_H */
