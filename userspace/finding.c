// SPDX-License-Identifier: GPL-2.0
/*
 * What `espsimd check` and `espsimd flowpath show` find.
 */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "finding.h"
#include "out.h"

static const char *const result_names[] = {
	[RESULT_OK] = "ok",
	[RESULT_WARN] = "warn",
	[RESULT_FAIL] = "fail",
	[RESULT_NOTE] = "note",
};

static __attribute__((format(printf, 1, 0)))
char *formatted(const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		no_memory();
	return text;
}

void find(struct findings *findings, enum result result, const char *subject,
	  const char *format, ...)
{
	struct finding *finding;
	va_list args;

	findings->list = reallocarray(findings->list, findings->nr + 1,
				      sizeof(findings->list[0]));
	if (!findings->list)
		no_memory();
	finding = &findings->list[findings->nr++];
	findings->failed += result == RESULT_FAIL;

	*finding = (struct finding){ .result = result, .subject = subject };
	va_start(args, format);
	finding->what = formatted(format, args);
	va_end(args);
}

void find_object(struct findings *findings, const char *object)
{
	struct finding *finding = &findings->list[findings->nr - 1];

	free(finding->object);
	finding->object = strdup(object);
	if (!finding->object)
		no_memory();
}

void find_mend(struct findings *findings, const char *format, ...)
{
	struct finding *finding = &findings->list[findings->nr - 1];
	va_list args;

	free(finding->mend);
	va_start(args, format);
	finding->mend = formatted(format, args);
	va_end(args);
}

void find_number(struct findings *findings, uint64_t number)
{
	struct finding *finding = &findings->list[findings->nr - 1];

	finding->number = number;
	finding->counted = true;
}

/* Is it made of characters only that have no meaning to the shell? */
static bool is_plain(const char *name)
{
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && !strchr("_.@%+-", *name))
			return false;
	return true;
}

/* Names may have any characters but slashes, colons and spaces. */
const char *shell_word(const char *name, char word[SHELL_WORD_SIZE])
{
	size_t length = 0;

	if (is_plain(name)) {
		snprintf(word, SHELL_WORD_SIZE, "%s", name);
		return word;
	}
	word[length++] = '\'';
	for (; *name && length < SHELL_WORD_SIZE - 6; name++) {
		if (*name == '\'') {
			memcpy(word + length, "'\\'", 3);
			length += 3;
		}
		word[length++] = *name;
	}
	snprintf(word + length, SHELL_WORD_SIZE - length, "'");
	return word;
}

static void print_json(const struct findings *findings,
		       const struct options *options)
{
	struct json_object *array = out_array();
	size_t i;

	for (i = 0; i < findings->nr; i++) {
		const struct finding *finding = &findings->list[i];
		struct json_object *map = out_map();

		out_put(map, "check", out_string(finding->subject));
		out_put(map, "result",
			out_string(result_names[finding->result]));
		if (finding->object)
			out_put(map, "object", out_string(finding->object));
		out_put(map, "what", out_string(finding->what));
		if (finding->mend)
			out_put(map, "mend", out_string(finding->mend));
		if (finding->counted)
			out_put(map, "number", out_number(finding->number));
		out_append(array, map);
	}
	out_print(array, options);
}

void findings_list(const struct findings *findings,
		   const struct options *options)
{
	size_t i;

	if (options->json) {
		print_json(findings, options);
		return;
	}
	for (i = 0; i < findings->nr; i++) {
		const struct finding *finding = &findings->list[i];

		printf("%-5s %-13s ", result_names[finding->result],
		       finding->subject);
		if (finding->object)
			printf("%s: ", finding->object);
		printf("%s\n", finding->what);
		if (finding->mend)
			printf("%20smend: %s\n", "", finding->mend);
	}
}

void findings_print(const struct findings *findings,
		    const struct options *options, const char *good,
		    const char *bad)
{
	findings_list(findings, options);
	if (options->json)
		return;
	if (findings->failed)
		printf("%s: %zu of %zu checks failed.\n", bad,
		       findings->failed, findings->nr);
	else
		printf("%s.\n", good);
}

void findings_free(struct findings *findings)
{
	while (findings->nr--) {
		free(findings->list[findings->nr].object);
		free(findings->list[findings->nr].what);
		free(findings->list[findings->nr].mend);
	}
	free(findings->list);
	*findings = (struct findings){ .list = NULL };
}
