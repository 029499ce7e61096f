// SPDX-License-Identifier: GPL-2.0
/*
 * A file system for a test, in which it puts files of the kernel.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit.h"

static char root[32];
static char made[64][128];
static size_t nr_made;

const char *root_begin(void)
{
	snprintf(root, sizeof(root), "/tmp/espsimd-unit-XXXXXX");
	if (!mkdtemp(root))
		abort();
	return root;
}

static void note(const char *path)
{
	if (nr_made == ARRAY_SIZE(made))
		abort();
	snprintf(made[nr_made++], sizeof(made[0]), "%s", path);
}

const char *root_place(const char *name)
{
	static char path[128];
	size_t i;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	for (i = strlen(root) + 1; path[i]; i++) {
		if (path[i] != '/')
			continue;
		path[i] = '\0';
		if (!mkdir(path, 0700))
			note(path);
		path[i] = '/';
	}
	note(path);
	return path;
}

void root_file(const char *name, const char *text)
{
	FILE *file = fopen(root_place(name), "we");

	if (!file)
		abort();
	fputs(text, file);
	fclose(file);
}

void root_remove_last(void)
{
	remove(made[--nr_made]);
}

bool root_end(void)
{
	while (nr_made)
		root_remove_last();
	return !rmdir(root);
}
