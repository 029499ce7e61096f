/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What `espsimd check` and `espsimd flowpath show` find.
 */
#ifndef ESPSIMD_FINDING_H
#define ESPSIMD_FINDING_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "command.h"

/* Room for the name of any device as a word of the shell. */
#define SHELL_WORD_SIZE	(4 * IFNAMSIZ)

/**
 * enum result - what a finding means
 * @RESULT_OK: as it has to be
 * @RESULT_WARN: offload works, but not at its best, or it could not be seen
 * @RESULT_FAIL: offload does not work, or packets are not protected or lost
 * @RESULT_NOTE: it may be as somebody wants it
 */
enum result {
	RESULT_OK,
	RESULT_WARN,
	RESULT_FAIL,
	RESULT_NOTE,
};

/**
 * struct finding - one thing that was looked at
 * @result: what it means
 * @subject: what was looked at, a word
 * @object: the thing of its kind that it is about, NULL if it is all of them
 * @what: what was found
 * @mend: command that mends it, NULL if none is needed or none can
 * @number: what was counted
 * @counted: something was
 */
struct finding {
	enum result result;
	const char *subject;
	char *object;
	char *what;
	char *mend;
	uint64_t number;
	bool counted;
};

/**
 * struct findings - all of them, in the order they were made
 * @list: the findings
 * @nr: how many
 * @failed: how many of them failed
 */
struct findings {
	struct finding *list;
	size_t nr;
	size_t failed;
};

/**
 * find() - add a finding
 * @findings: where to
 * @result: what it means
 * @subject: what was looked at, a literal
 * @format: what was found, as printf()
 */
__attribute__((format(printf, 4, 5)))
void find(struct findings *findings, enum result result, const char *subject,
	  const char *format, ...);

/**
 * find_object() - say which thing of its kind the last finding is about
 * @findings: the findings
 * @object: the thing
 */
void find_object(struct findings *findings, const char *object);

/**
 * find_mend() - add the command that mends the last finding
 * @findings: the findings
 * @format: the command, as printf()
 */
__attribute__((format(printf, 2, 3)))
void find_mend(struct findings *findings, const char *format, ...);

/**
 * find_number() - give the last finding a number, for programs that read JSON
 * @findings: the findings
 * @number: what was counted
 */
void find_number(struct findings *findings, uint64_t number);

/**
 * shell_word() - a device's name as a word of a command that mends something
 * @name: the name
 * @word: (output) the name, quoted if the shell would not take it as it is
 *
 * Return: @word.
 */
const char *shell_word(const char *name, char word[SHELL_WORD_SIZE]);

/**
 * findings_print() - write all findings, as text with a verdict, or JSON
 * @findings: the findings
 * @options: which of them
 * @good: the verdict if none failed, a sentence without its full stop
 * @bad: the verdict if one did
 */
void findings_print(const struct findings *findings,
		    const struct options *options, const char *good,
		    const char *bad);

/**
 * findings_list() - write all findings, as text or JSON
 * @findings: the findings
 * @options: which of them
 */
void findings_list(const struct findings *findings,
		   const struct options *options);

/**
 * findings_free() - free all findings
 * @findings: the findings
 */
void findings_free(struct findings *findings);

#endif /* ESPSIMD_FINDING_H */
