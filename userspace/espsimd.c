// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd: shows and configures espsimd devices. The options, and the table of
 * objects.
 */
#include <stdio.h>
#include <string.h>

#include "command.h"

static const struct object *const objects[] = {
	&dev_object,
	&sa_object,
	&stats_object,
	&check_object,
	&flowpath_object,
	&fallback_object,
	&monitor_object,
	&top_object,
};

static void print_usage(FILE *file)
{
	fputs("Usage: espsimd [ OPTIONS ] OBJECT { COMMAND | help }\n"
	      "       espsimd { -V | --version | -h | --help }\n"
	      "where  OBJECT := { dev | sa | stats | check | flowpath | fallback |\n"
	      "                   monitor | top }\n"
	      "       OPTIONS := { -j | --json | -p | --pretty | -t | --timestamp }\n",
	      file);
}

static bool is_word(const char *word, const char *const *spellings)
{
	for (; *spellings; spellings++)
		if (!strcmp(word, *spellings))
			return true;
	return false;
}

/* Options of one letter can be written together. */
static bool take_letters(struct options *options, const char *word)
{
	if (!*++word || word[strspn(word, "jpt")])
		return false;
	for (; *word; word++) {
		options->json |= *word == 'j';
		options->pretty |= *word == 'p';
		options->timestamp |= *word == 't';
	}
	return true;
}

/*
 * Takes the options off the words. Returns the exit code if nothing else is to
 * be done, -1 otherwise.
 */
static int take_options(struct options *options, char ***words)
{
	static const char *const version[] = { "-V", "--version", NULL };
	static const char *const help[] = { "-h", "--help", NULL };

	for (; **words && ***words == '-'; (*words)++) {
		const char *word = **words;

		if (take_letters(options, word))
			continue;
		if (!strcmp(word, "--json")) {
			options->json = true;
		} else if (!strcmp(word, "--pretty")) {
			options->pretty = true;
		} else if (!strcmp(word, "--timestamp")) {
			options->timestamp = true;
		} else if (is_word(word, version)) {
			puts("espsimd " ESPSIMD_VERSION);
			return EXIT_SUCCESS;
		} else if (is_word(word, help)) {
			print_usage(stdout);
			return EXIT_SUCCESS;
		} else {
			return usage_error(NULL, "option \"%s\" is unknown",
					   word);
		}
	}
	return -1;
}

static int run_object(const struct object *object,
		      const struct options *options, char **words)
{
	const struct command *command;

	if (!*words)
		return object->commands->run(options, words);
	if (!strcmp(*words, "help")) {
		fputs(object->usage, stdout);
		return EXIT_SUCCESS;
	}
	for (command = object->commands; command->run; command++)
		if (command->name && !strcmp(*words, command->name))
			return command->run(options, words + 1);
	if (object->bare)
		return object->commands->run(options, words);
	return usage_error(object, "command \"%s\" is unknown", *words);
}

static int run(char **words)
{
	struct options options = { .json = false };
	int code = take_options(&options, &words);
	size_t i;

	if (code >= 0)
		return code;
	if (!*words) {
		print_usage(stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(*words, "help")) {
		print_usage(stdout);
		return EXIT_SUCCESS;
	}
	for (i = 0; i < ARRAY_SIZE(objects); i++)
		if (!strcmp(*words, objects[i]->name))
			return run_object(objects[i], &options, words + 1);
	return usage_error(NULL, "object \"%s\" is unknown", *words);
}

int main(int argc, char **argv)
{
	int code = run(argv + (argc > 0));

	/* A full disk must not look like an empty answer. */
	if (fflush(stdout) || ferror(stdout)) {
		error("the output could not be written: %m");
		return EXIT_FAILURE;
	}
	return code;
}
