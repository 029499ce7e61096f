/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the running kernel has: its modules, its options, devices' settings.
 */
#ifndef ESPSIMD_KERNEL_H
#define ESPSIMD_KERNEL_H

#include <stdbool.h>

/**
 * enum module_state - where a module is
 * @MODULE_MISSING: nowhere
 * @MODULE_LOADABLE: in the file system
 * @MODULE_LOADED: in the kernel
 * @MODULE_BUILTIN: a part of the kernel
 */
enum module_state {
	MODULE_MISSING,
	MODULE_LOADABLE,
	MODULE_LOADED,
	MODULE_BUILTIN,
};

/**
 * struct kernel - a kernel to look at
 * @root: where its file system is, "" for /
 * @release: its release, as uname -r prints it
 */
struct kernel {
	const char *root;
	const char *release;
};

/**
 * kernel_module() - find a module
 * @kernel: the kernel
 * @name: the module's name, with underscores
 *
 * Return: where it is.
 */
enum module_state kernel_module(const struct kernel *kernel, const char *name);

/**
 * kernel_option() - find an option of the kernel's configuration
 * @kernel: the kernel
 * @option: the option, with CONFIG_ before it
 *
 * Return: 'y' or 'm', 'n' if it is not set, 0 if no configuration can be read.
 */
char kernel_option(const struct kernel *kernel, const char *option);

/**
 * kernel_conf() - read a setting that each device has
 * @root: where the kernel's file system is, "" for /
 * @family: "ipv4" or "ipv6"
 * @name: name of the device, or "all"
 * @setting: the setting
 *
 * Return: true if it is on. One that the kernel does not have is off.
 */
bool kernel_conf(const char *root, const char *family, const char *name,
		 const char *setting);

#endif /* ESPSIMD_KERNEL_H */
