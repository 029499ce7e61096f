// SPDX-License-Identifier: GPL-2.0
/*
 * Unit tests of the command, as TAP.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

/* How many results there will be: a test that is left out shows. */
#define PLAN	647

static unsigned int tests, failures;

/* Output of the test itself, wherever stdout points. */
static FILE *tap;

static struct {
	FILE *file, *out, *err;
	char *text;
	size_t size;
} capture;

void ok(bool passed, const char *format, ...)
{
	va_list args;

	tests++;
	failures += !passed;
	fprintf(tap, "%sok %u ", passed ? "" : "not ", tests);
	va_start(args, format);
	vfprintf(tap, format, args);
	va_end(args);
	putc('\n', tap);
}

static void show_lines(const char *title, const char *text)
{
	fprintf(tap, "# %s:\n", title);
	while (*text) {
		size_t length = strcspn(text, "\n");

		fprintf(tap, "#   %.*s\n", (int)length, text);
		text += length + (text[length] == '\n');
	}
}

void ok_text(const char *text, const char *expected, const char *name)
{
	bool passed = !strcmp(text, expected);

	if (!passed) {
		show_lines("got", text);
		show_lines("expected", expected);
	}
	ok(passed, "%s", name);
}

void capture_begin(void)
{
	free(capture.text);
	capture.file = open_memstream(&capture.text, &capture.size);
	if (!capture.file)
		abort();
	capture.out = stdout;
	capture.err = stderr;
	stdout = capture.file;
	stderr = capture.file;
}

const char *capture_end(void)
{
	stdout = capture.out;
	stderr = capture.err;
	fclose(capture.file);
	return capture.text;
}

void split(const char *line, char *words[MAX_WORDS])
{
	static char copy[512];
	char *rest = copy;
	size_t nr = 0;

	if (strlen(line) >= sizeof(copy))
		abort();
	memcpy(copy, line, strlen(line) + 1);
	while (*line && rest && nr < MAX_WORDS - 1)
		words[nr++] = strsep(&rest, " \t");
	words[nr] = NULL;
}

const char *run(const struct command *command, const struct options *options,
		const char *line, int *code)
{
	char *words[MAX_WORDS];

	split(line, words);
	capture_begin();
	*code = command->run(options, words);
	return capture_end();
}

int main(void)
{
	tap = stdout;
	printf("TAP version 13\n1..%u\n", PLAN);
	test_attr();
	test_show();
	test_nl();
	test_query();
	test_check();
	test_cpu();
	test_kernel();
	test_noxfrm();
	test_flowpath();
	test_prometheus();
	test_monitor();
	test_top();
	test_doctor();
	test_gateway();
	test_gateway_host();
	test_move();
	test_remember();
	test_takeover();
	if (tests != PLAN)
		printf("# %u tests were planned, but %u were run\n", PLAN,
		       tests);
	free(capture.text);
	return failures || tests != PLAN ? EXIT_FAILURE : EXIT_SUCCESS;
}
