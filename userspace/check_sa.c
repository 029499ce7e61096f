// SPDX-License-Identifier: GPL-2.0
/*
 * espsimd check: would the module take an SA?
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "attr.h"
#include "check.h"

/* Longest name of an algorithm, without its NUL, as in XFRM. */
#define ALG_MAX		63

/* Keywords, in the order in which a finding repeats them. */
static const struct keyword {
	const char *word;
	unsigned int attr;
} keywords[] = {
	{ "dir", ESPSIMD_A_SA_DIRECTION },
	{ "offload", ESPSIMD_A_SA_OFFLOAD },
	{ "family", ESPSIMD_A_SA_FAMILY },
	{ "proto", ESPSIMD_A_SA_PROTO },
	{ "mode", ESPSIMD_A_SA_MODE },
	{ "alg", ESPSIMD_A_SA_ALG },
	{ "key-bits", ESPSIMD_A_SA_KEY_BITS },
	{ "icv-bits", ESPSIMD_A_SA_ICV_BITS },
	{ "auth", ESPSIMD_A_SA_AUTH_ALG },
	{ "enc", ESPSIMD_A_SA_ENC_ALG },
	{ "comp", ESPSIMD_A_SA_COMP_ALG },
	{ "esn", ESPSIMD_A_SA_ESN },
	{ "encap", ESPSIMD_A_SA_ENCAP },
	{ "if-id", ESPSIMD_A_SA_IF_ID },
	{ "tfcpad", ESPSIMD_A_SA_TFCPAD },
};

static const struct keyword *find_keyword(const char *word)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(keywords); i++)
		if (!strcmp(keywords[i].word, word))
			return &keywords[i];
	return NULL;
}

static bool parse_number(const char *word, uint32_t *number)
{
	unsigned long long value;
	char *end;

	/* strtoull() would take signs and spaces. */
	if (word[0] < '0' || word[0] > '9')
		return false;
	errno = 0;
	value = strtoull(word, &end, 0);
	if (errno || *end || value > UINT32_MAX)
		return false;
	*number = value;
	return true;
}

static int parse_value(const struct keyword *keyword, const char *word,
		       struct sa_query *query)
{
	const struct attr_desc *desc = &sa_attrs[keyword->attr];
	char names[ATTR_TEXT_SIZE];

	if (desc->kind == ATTR_STRING) {
		query->strings[keyword->attr] = word;
		if (strlen(word) > ALG_MAX)
			return usage_error(&check_object,
					   "the name after \"%s\" is too long",
					   keyword->word);
		return 0;
	}
	if (!desc->names) {
		if (!parse_number(word, &query->numbers[keyword->attr]))
			return usage_error(&check_object,
					   "%s \"%s\" is not a number",
					   keyword->word, word);
		return 0;
	}
	if (!name_value(desc->names, word, &query->numbers[keyword->attr])) {
		name_list(desc->names, names, sizeof(names));
		return usage_error(&check_object, "%s \"%s\" is none of %s",
				   keyword->word, word, names);
	}
	return 0;
}

static void add_number(struct sa_query *query, unsigned int attr,
		       uint32_t number)
{
	if (query->given[attr])
		return;
	query->given[attr] = true;
	query->numbers[attr] = number;
}

/* What most SAs are, so that a question need only say what is special. */
static void add_defaults(struct sa_query *query)
{
	bool other = query->given[ESPSIMD_A_SA_AUTH_ALG] ||
		     query->given[ESPSIMD_A_SA_ENC_ALG] ||
		     query->given[ESPSIMD_A_SA_COMP_ALG];

	add_number(query, ESPSIMD_A_SA_OFFLOAD, ESPSIMD_OFFLOAD_CRYPTO);
	add_number(query, ESPSIMD_A_SA_FAMILY, AF_INET);
	add_number(query, ESPSIMD_A_SA_PROTO, IPPROTO_ESP);
	add_number(query, ESPSIMD_A_SA_MODE, 1);
	if (!query->given[ESPSIMD_A_SA_ALG] && !other) {
		query->given[ESPSIMD_A_SA_ALG] = true;
		query->strings[ESPSIMD_A_SA_ALG] = "rfc4106(gcm(aes))";
	}
	if (query->given[ESPSIMD_A_SA_ALG]) {
		add_number(query, ESPSIMD_A_SA_KEY_BITS, 128);
		add_number(query, ESPSIMD_A_SA_ICV_BITS, 128);
	}
}

int parse_sa(char **words, struct sa_query *query)
{
	*query = (struct sa_query){ .given = { false } };
	for (; *words; words++) {
		const struct keyword *keyword = find_keyword(*words);

		if (!keyword)
			return usage_error(&check_object,
					   "\"%s\" is not expected", *words);
		if (query->given[keyword->attr])
			return usage_error(&check_object,
					   "\"%s\" is given twice", *words);
		query->given[keyword->attr] = true;
		if (sa_attrs[keyword->attr].kind == ATTR_FLAG)
			continue;
		if (!words[1])
			return usage_error(&check_object,
					   "\"%s\" needs a value", *words);
		if (parse_value(keyword, *++words, query))
			return EXIT_USAGE;
	}
	add_defaults(query);
	return 0;
}

static void put_attr(struct nlmsghdr *request, const struct sa_query *query,
		     unsigned int attr)
{
	switch (sa_attrs[attr].kind) {
	case ATTR_FLAG:
		mnl_attr_put(request, attr, 0, NULL);
		break;
	case ATTR_U8:
		mnl_attr_put_u8(request, attr, query->numbers[attr]);
		break;
	case ATTR_U16:
		mnl_attr_put_u16(request, attr, query->numbers[attr]);
		break;
	case ATTR_STRING:
		mnl_attr_put_strz(request, attr, query->strings[attr]);
		break;
	default:
		mnl_attr_put_u32(request, attr, query->numbers[attr]);
		break;
	}
}

/* The SA in the words of the command line, defaults included. */
static void describe(const struct sa_query *query, char *text, size_t size)
{
	size_t length = 0, i;

	text[0] = '\0';
	for (i = 0; i < ARRAY_SIZE(keywords) && length < size; i++) {
		unsigned int attr = keywords[i].attr;
		const struct attr_desc *desc = &sa_attrs[attr];
		const char *value = query->strings[attr];
		char number[16];

		if (!query->given[attr] || attr == ESPSIMD_A_SA_DIRECTION)
			continue;
		snprintf(number, sizeof(number), "%u", query->numbers[attr]);
		if (desc->names)
			value = name_of(desc->names, query->numbers[attr]);
		else if (desc->kind == ATTR_FLAG)
			value = "";
		length += snprintf(text + length, size - length, "%s%s%s%s",
				   length ? " " : "", keywords[i].word,
				   desc->kind == ATTR_FLAG ? "" : " ",
				   value ?: number);
	}
}

int sa_ask(struct nl *nl, const struct sa_query *query)
{
	struct nlmsghdr *request;
	union nl_request buffer;
	unsigned int i;

	request = nl_start(nl, &buffer, ESPSIMD_CMD_SA_CHECK);
	for (i = 0; i <= ESPSIMD_A_SA_MAX; i++)
		if (query->given[i])
			put_attr(request, query, i);

	return nl_do(nl, request, NULL);
}

static void ask(struct check *check, const struct sa_query *query)
{
	uint32_t direction = query->numbers[ESPSIMD_A_SA_DIRECTION];
	const char *subject = direction == ESPSIMD_DIRECTION_IN ?
			      "sa in" : "sa out";
	char text[512];
	int err;

	err = sa_ask(&check->nl, query);
	if (err) {
		find(&check->findings, RESULT_FAIL, subject, "%s",
		     check->nl.reason[0] ? check->nl.reason : strerror(-err));
		return;
	}
	describe(query, text, sizeof(text));
	find(&check->findings, RESULT_OK, subject, "would be taken: %s", text);
}

void check_sa(struct check *check, const struct sa_query *query)
{
	struct sa_query one = *query;
	uint32_t direction;

	if (check->nl_err) {
		find(&check->findings, RESULT_FAIL, "sa",
		     "cannot be asked for without the module");
		return;
	}
	if (query->given[ESPSIMD_A_SA_DIRECTION]) {
		ask(check, query);
		return;
	}
	one.given[ESPSIMD_A_SA_DIRECTION] = true;
	for (direction = ESPSIMD_DIRECTION_IN;
	     direction <= ESPSIMD_DIRECTION_OUT; direction++) {
		one.numbers[ESPSIMD_A_SA_DIRECTION] = direction;
		ask(check, &one);
	}
}
