// SPDX-License-Identifier: GPL-2.0
/*
 * The show commands: get objects from the module, and write each of them.
 */
#include <assert.h>
#include <errno.h>
#include <linux/espsimd.h>

#include "out.h"
#include "show.h"

static_assert(SHOW_MAX_ATTRS > (int)ESPSIMD_A_DEV_MAX &&
	      SHOW_MAX_ATTRS > (int)ESPSIMD_A_SA_MAX &&
	      SHOW_MAX_ATTRS > (int)ESPSIMD_A_STATS_MAX,
	      "attributes of all sets have room");

int show_list(const struct show *show, const struct nl_list *list,
	      const struct options *options)
{
	const struct nlattr *attrs[SHOW_MAX_ATTRS];
	struct json_object *array;
	size_t i;

	for (i = 0; i < list->nr; i++)
		if (attr_parse(list->messages[i], show->descs, show->max,
			       attrs))
			return -EBADMSG;

	array = out_array();
	for (i = 0; i < list->nr; i++) {
		attr_parse(list->messages[i], show->descs, show->max, attrs);
		if (options->json)
			out_append(array, attr_object(show->descs, show->max,
						      attrs));
		else
			show->print(attrs);
	}
	if (options->json)
		out_print(array, options);
	else
		json_object_put(array);
	return 0;
}

int show_run(const struct show *show, const struct object *object,
	     const struct options *options, char **words)
{
	struct nl_list list = { .nr = 0 };
	unsigned int ifindex;
	const char *name;
	struct nl nl;
	int code, err;

	code = only_device(object, words, &name, &ifindex);
	if (code)
		return code;

	err = nl_open(&nl);
	if (!err)
		err = show->get(&nl, show->command, ifindex, &list);
	if (!err)
		err = show_list(show, &list, options);
	if (err)
		nl_error(&nl, err);
	nl_list_free(&list);
	nl_close(&nl);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
