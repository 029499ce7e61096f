// SPDX-License-Identifier: GPL-2.0
/*
 * What the running kernel has: its modules and its options.
 */
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "command.h"
#include "kernel.h"

/*
 * File names write dashes where the kernel's list of modules has underscores.
 */
static bool is_file_of(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	const char *file = slash ? slash + 1 : path;

	for (; *name; name++, file++)
		if (*file != *name && !(*file == '-' && *name == '_'))
			return false;
	return !strncmp(file, ".ko", 3) && (!file[3] || file[3] == '.');
}

/* Is the module in an index of depmod, or of the kernel's build? */
static bool is_indexed(const struct kernel *kernel, const char *index,
		       const char *name)
{
	char path[PATH_MAX], *line = NULL;
	bool found = false;
	size_t room = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/lib/modules/%s/%s", kernel->root,
		 kernel->release, index);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && getline(&line, &room, file) > 0) {
		line[strcspn(line, ":\n")] = '\0';
		found = is_file_of(line, name);
	}
	free(line);
	fclose(file);
	return found;
}

static bool is_in_sysfs(const struct kernel *kernel, const char *name,
			const char *file)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/sys/module/%s%s", kernel->root, name,
		 file);
	return !access(path, F_OK);
}

/* The list of loaded modules, for where sysfs is not mounted. */
static bool is_in_proc(const struct kernel *kernel, const char *name)
{
	char path[PATH_MAX], *line = NULL;
	size_t length = strlen(name), room = 0;
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), "%s/proc/modules", kernel->root);
	file = fopen(path, "re");
	if (!file)
		return false;
	while (!found && getline(&line, &room, file) > 0)
		found = !strncmp(line, name, length) && line[length] == ' ';
	free(line);
	fclose(file);
	return found;
}

enum module_state kernel_module(const struct kernel *kernel, const char *name)
{
	/* Parts of the kernel have a directory there too, but no state. */
	if (is_in_sysfs(kernel, name, "/initstate") ||
	    is_in_proc(kernel, name))
		return MODULE_LOADED;
	if (is_in_sysfs(kernel, name, "") ||
	    is_indexed(kernel, "modules.builtin", name))
		return MODULE_BUILTIN;
	if (is_indexed(kernel, "modules.dep", name))
		return MODULE_LOADABLE;
	return MODULE_MISSING;
}

/* zlib reads files that are not compressed as they are. */
static gzFile open_config(const struct kernel *kernel)
{
	static const struct {
		const char *before, *after;
		bool has_release;
	} places[] = {
		{ "/proc/config.gz", "", false },
		{ "/boot/config-", "", true },
		{ "/lib/modules/", "/config", true },
	};
	char path[PATH_MAX];
	gzFile file = NULL;
	size_t i;

	for (i = 0; !file && i < ARRAY_SIZE(places); i++) {
		snprintf(path, sizeof(path), "%s%s%s%s", kernel->root,
			 places[i].before,
			 places[i].has_release ? kernel->release : "",
			 places[i].after);
		file = gzopen(path, "rbe");
	}
	return file;
}

char kernel_option(const struct kernel *kernel, const char *option)
{
	size_t length = strlen(option);
	gzFile file = open_config(kernel);
	char line[1024], value = 'n';
	int status;

	if (!file)
		return 0;
	while (value == 'n' && gzgets(file, line, sizeof(line)))
		if (!strncmp(line, option, length) && line[length] == '=')
			value = line[length + 1];
	gzerror(file, &status);
	gzclose(file);
	/* A file that ends too early says nothing about what is missing. */
	return value == 'n' && status < 0 ? 0 : value;
}

bool kernel_conf(const char *root, const char *family, const char *name,
		 const char *setting)
{
	char path[256];
	int value = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/proc/sys/net/%s/conf/%s/%s", root,
		 family, name, setting);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fscanf(file, "%d", &value) != 1)
		value = 0;
	fclose(file);
	return value;
}
