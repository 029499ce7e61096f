// SPDX-License-Identifier: GPL-2.0
/*
 * Modules and options of a kernel, in a file system made for it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "../kernel.h"
#include "unit.h"

static char root[32];
static char made[32][128];
static size_t nr_made;

static const struct kernel kernel = { .root = root, .release = "6.12-test" };

/* A path below the root, whose directories are made and noted for removal. */
static const char *place(const char *name)
{
	static char path[128];
	size_t i;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	for (i = strlen(root) + 1; path[i]; i++) {
		if (path[i] != '/')
			continue;
		path[i] = '\0';
		if (!mkdir(path, 0700))
			snprintf(made[nr_made++], sizeof(made[0]), "%s", path);
		path[i] = '/';
	}
	return path;
}

static void make_file(const char *name, const char *text)
{
	const char *path = place(name);
	FILE *file = fopen(path, "we");

	if (!file)
		abort();
	fputs(text, file);
	fclose(file);
	snprintf(made[nr_made++], sizeof(made[0]), "%s", path);
}

/* Cuts off the last bytes of the compressed text. */
static void make_gzip(const char *name, const char *text, off_t cut)
{
	const char *path = place(name);
	gzFile file = gzopen(path, "wb");
	struct stat status;

	if (!file)
		abort();
	gzputs(file, text);
	gzclose(file);
	if (stat(path, &status) || truncate(path, status.st_size - cut))
		abort();
	snprintf(made[nr_made++], sizeof(made[0]), "%s", path);
}

static void remove_last(void)
{
	remove(made[--nr_made]);
}

static void test_modules(void)
{
	ok(kernel_module(&kernel, "espsimd") == MODULE_MISSING,
	   "kernel: no indexes, no modules");

	make_file("lib/modules/6.12-test/modules.dep",
		  "kernel/net/ipv4/esp4_offload.ko.xz: kernel/net/esp4.ko.xz\n"
		  "updates/dkms/espsimd.ko.zst:\n"
		  "kernel/lib/dash-ed.ko:");
	make_file("lib/modules/6.12-test/modules.builtin",
		  "kernel/net/ipv6/esp6_offload.ko\n");
	ok(kernel_module(&kernel, "esp4_offload") == MODULE_LOADABLE,
	   "kernel: compressed module");
	ok(kernel_module(&kernel, "espsimd") == MODULE_LOADABLE,
	   "kernel: module outside of the kernel");
	ok(kernel_module(&kernel, "dash_ed") == MODULE_LOADABLE,
	   "kernel: module with a dash");
	ok(kernel_module(&kernel, "esp4") == MODULE_MISSING,
	   "kernel: a dependency has no line of its own");
	ok(kernel_module(&kernel, "simd") == MODULE_MISSING &&
	   kernel_module(&kernel, "espsim") == MODULE_MISSING,
	   "kernel: part of a name");
	ok(kernel_module(&kernel, "esp6_offload") == MODULE_BUILTIN,
	   "kernel: part of the kernel");

	make_file("proc/modules",
		  "esp4_offload 20480 0 - Live 0x0\nxespsimd 1 0 - Live 0x0\n");
	ok(kernel_module(&kernel, "esp4_offload") == MODULE_LOADED,
	   "kernel: loaded, by the list of modules");
	ok(kernel_module(&kernel, "espsimd") == MODULE_LOADABLE,
	   "kernel: end of a name in the list of modules");
	make_file("sys/module/espsimd/initstate", "live\n");
	ok(kernel_module(&kernel, "espsimd") == MODULE_LOADED,
	   "kernel: loaded, by sysfs");
	make_file("sys/module/xfrm_core/parameters", "");
	ok(kernel_module(&kernel, "xfrm_core") == MODULE_BUILTIN,
	   "kernel: part of the kernel, by sysfs");
}

static void test_options(void)
{
	static const char config[] =
		"CONFIG_XFRM_OFFLOAD_NOT=m\n"
		"# CONFIG_NOT is not set\n"
		"CONFIG_XFRM_OFFLOAD=y\n"
		"CONFIG_INET_ESP_OFFLOAD=m\n";

	ok(kernel_option(&kernel, "CONFIG_NOT") == 0,
	   "kernel: no configuration");

	make_file("boot/config-6.12-test", config);
	ok(kernel_option(&kernel, "CONFIG_XFRM_OFFLOAD") == 'y',
	   "kernel: option of the kernel");
	ok(kernel_option(&kernel, "CONFIG_INET_ESP_OFFLOAD") == 'm',
	   "kernel: option of a module");
	ok(kernel_option(&kernel, "CONFIG_NOT") == 'n' &&
	   kernel_option(&kernel, "CONFIG_XFRM") == 'n',
	   "kernel: option that is not set");

	make_gzip("proc/config.gz", "CONFIG_NOT=y\n", 0);
	ok(kernel_option(&kernel, "CONFIG_NOT") == 'y',
	   "kernel: the running kernel's own configuration");
	remove_last();
	make_gzip("proc/config.gz", config, 20);
	ok(kernel_option(&kernel, "CONFIG_MISSING") == 0,
	   "kernel: configuration that is cut off");
	remove_last();
}

void test_kernel(void)
{
	snprintf(root, sizeof(root), "/tmp/espsimd-unit-XXXXXX");
	if (!mkdtemp(root))
		abort();
	test_modules();
	test_options();
	while (nr_made)
		remove_last();
	ok(!rmdir(root), "kernel: all files were of this test");
}
