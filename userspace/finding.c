// SPDX-License-Identifier: GPL-2.0
/*
 * What `espsimd check` finds.
 */
#include <stdarg.h>
#include <stdio.h>

#include "finding.h"
#include "out.h"

static const char *const result_names[] = {
	[RESULT_OK] = "ok",
	[RESULT_WARN] = "warn",
	[RESULT_FAIL] = "fail",
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

	finding->result = result;
	finding->subject = subject;
	finding->mend = NULL;
	va_start(args, format);
	finding->what = formatted(format, args);
	va_end(args);
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
		out_put(map, "what", out_string(finding->what));
		if (finding->mend)
			out_put(map, "mend", out_string(finding->mend));
		out_append(array, map);
	}
	out_print(array, options);
}

void findings_print(const struct findings *findings,
		    const struct options *options)
{
	size_t i;

	if (options->json) {
		print_json(findings, options);
		return;
	}
	for (i = 0; i < findings->nr; i++) {
		const struct finding *finding = &findings->list[i];

		printf("%-5s %-13s %s\n", result_names[finding->result],
		       finding->subject, finding->what);
		if (finding->mend)
			printf("%20smend: %s\n", "", finding->mend);
	}
	if (findings->failed)
		printf("Offload would not work: %zu of %zu checks failed.\n",
		       findings->failed, findings->nr);
	else
		puts("Offload would work.");
}

void findings_free(struct findings *findings)
{
	while (findings->nr--) {
		free(findings->list[findings->nr].what);
		free(findings->list[findings->nr].mend);
	}
	free(findings->list);
	*findings = (struct findings){ .list = NULL };
}
