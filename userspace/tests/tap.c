// SPDX-License-Identifier: GPL-2.0
/*
 * Test results in TAP.
 */
#include "tap.h"

#include <stdarg.h>
#include <stdio.h>

static const char *tap_prefix = "";
static unsigned int tap_planned, tap_count, tap_failed;

void tap_plan(const char *prefix, unsigned int count)
{
	tap_prefix = prefix;
	tap_planned = count;
	/* What a crash would leave in the buffer is what one wants to see. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n1..%u\n", count);
}

static void tap_line(bool ok, const char *name, va_list args)
{
	tap_count++;
	if (!ok)
		tap_failed++;
	printf("%s %u %s: ", ok ? "ok" : "not ok", tap_count, tap_prefix);
	vprintf(name, args);
}

void tap_result(bool ok, const char *name, ...)
{
	va_list args;

	va_start(args, name);
	tap_line(ok, name, args);
	va_end(args);
	putchar('\n');
}

void tap_skip(const char *why, const char *name, ...)
{
	va_list args;

	va_start(args, name);
	tap_line(true, name, args);
	va_end(args);
	printf(" # SKIP %s\n", why);
}

void tap_note(const char *text, ...)
{
	va_list args;

	fputs("# ", stdout);
	va_start(args, text);
	vprintf(text, args);
	va_end(args);
	putchar('\n');
}

int tap_finish(void)
{
	return tap_failed || !tap_count || tap_count != tap_planned;
}
