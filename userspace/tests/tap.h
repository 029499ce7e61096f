/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Test results in TAP version 13, on standard output.
 */
#ifndef ESPSIMD_TESTS_TAP_H
#define ESPSIMD_TESTS_TAP_H

#include <stdbool.h>

/**
 * tap_plan() - begin a test program
 * @prefix: begins the name of each result
 * @count: number of results to come
 */
void tap_plan(const char *prefix, unsigned int count);

/**
 * tap_result() - one result
 * @ok: did it pass?
 * @name: what was tested, as printf() formats it
 */
void tap_result(bool ok, const char *name, ...)
	__attribute__((__format__(__printf__, 2, 3)));

/**
 * tap_skip() - one test that cannot run here
 * @why: the reason
 * @name: what would have been tested, as printf() formats it
 */
void tap_skip(const char *why, const char *name, ...)
	__attribute__((__format__(__printf__, 2, 3)));

/**
 * tap_note() - a line of diagnosis, for the result that follows
 * @text: as printf() formats it
 */
void tap_note(const char *text, ...)
	__attribute__((__format__(__printf__, 1, 2)));

/**
 * tap_finish() - end a test program
 *
 * Return: its exit code: 0 if all results that were planned are there, and none
 * is a failure.
 */
int tap_finish(void);

#endif /* ESPSIMD_TESTS_TAP_H */
