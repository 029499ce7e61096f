// SPDX-License-Identifier: GPL-2.0
/*
 * Modules and options of a kernel, in a file system made for it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "../kernel.h"
#include "unit.h"

static struct kernel kernel = { .release = "6.12-test" };

/* Cuts off the last bytes of the compressed text. */
static void make_gzip(const char *name, const char *text, off_t cut)
{
	const char *path = root_place(name);
	gzFile file = gzopen(path, "wb");
	struct stat status;

	if (!file)
		abort();
	gzputs(file, text);
	gzclose(file);
	if (stat(path, &status) || truncate(path, status.st_size - cut))
		abort();
}

static void test_modules(void)
{
	ok(kernel_module(&kernel, "espsimd") == MODULE_MISSING,
	   "kernel: no indexes, no modules");

	root_file("lib/modules/6.12-test/modules.dep",
		  "kernel/net/ipv4/esp4_offload.ko.xz: kernel/net/esp4.ko.xz\n"
		  "updates/dkms/espsimd.ko.zst:\n"
		  "kernel/lib/dash-ed.ko:");
	root_file("lib/modules/6.12-test/modules.builtin",
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

	root_file("proc/modules",
		  "esp4_offload 20480 0 - Live 0x0\nxespsimd 1 0 - Live 0x0\n");
	ok(kernel_module(&kernel, "esp4_offload") == MODULE_LOADED,
	   "kernel: loaded, by the list of modules");
	ok(kernel_module(&kernel, "espsimd") == MODULE_LOADABLE,
	   "kernel: end of a name in the list of modules");
	root_file("sys/module/espsimd/initstate", "live\n");
	ok(kernel_module(&kernel, "espsimd") == MODULE_LOADED,
	   "kernel: loaded, by sysfs");
	root_file("sys/module/xfrm_core/parameters", "");
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

	root_file("boot/config-6.12-test", config);
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
	root_remove_last();
	make_gzip("proc/config.gz", config, 20);
	ok(kernel_option(&kernel, "CONFIG_MISSING") == 0,
	   "kernel: configuration that is cut off");
	root_remove_last();
}

void test_kernel(void)
{
	kernel.root = root_begin();
	test_modules();
	test_options();
	ok(root_end(), "kernel: all files were of this test");
}
