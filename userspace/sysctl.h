/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Settings of a device in /proc/sys/net.
 */
#ifndef ESPSIMD_SYSCTL_H
#define ESPSIMD_SYSCTL_H

#include <stdbool.h>
#include <stddef.h>

/* Room for the longest value, which is an IPv6 address or some numbers. */
#define SYSCTL_VALUE_SIZE	128

/**
 * struct sysctl - a setting
 * @dir: number of its directory
 * @file: its file
 * @value: its value, as it is read
 */
struct sysctl {
	unsigned int dir;
	char *file;
	char *value;
};

/**
 * struct sysctls - all settings of a device
 * @list: the settings, in the order in which they can be set
 * @nr: how many
 */
struct sysctls {
	struct sysctl *list;
	size_t nr;
};

/* Where /proc/sys/net is; unit tests have another one. */
extern const char *sysctl_root;

/**
 * sysctls_read() - read all settings of a device that can be set
 * @name: name of the device
 * @sysctls: (output) the settings
 *
 * Left out are disable_ipv6 and addr_gen_mode of IPv6, as there is a right
 * moment to set them.
 *
 * Return: 0 or a negative errno.
 */
int sysctls_read(const char *name, struct sysctls *sysctls);

/**
 * sysctls_write() - give a device settings
 * @name: name of the device
 * @sysctls: the settings; those that it has already are not written
 *
 * Return: 0 or a negative errno.
 */
int sysctls_write(const char *name, const struct sysctls *sysctls);

/**
 * sysctls_get() - value of a setting
 * @sysctls: the settings
 * @dir: its directory, such as ipv6/conf
 * @file: its file
 *
 * Return: the value, NULL if there is no such setting.
 */
const char *sysctls_get(const struct sysctls *sysctls, const char *dir,
			const char *file);

/**
 * sysctls_free() - wipe and free settings
 * @sysctls: the settings, none afterwards
 */
void sysctls_free(struct sysctls *sysctls);

/**
 * sysctl_read() - read one setting of a device
 * @dir: its directory, such as ipv6/conf
 * @name: name of the device
 * @file: its file
 * @value: (output) the value, without a newline
 *
 * Return: 0 or a negative errno, -ENOENT if there is no such setting.
 */
int sysctl_read(const char *dir, const char *name, const char *file,
		char value[SYSCTL_VALUE_SIZE]);

/**
 * sysctl_write() - write one setting of a device
 * @dir: its directory, such as ipv6/conf
 * @name: name of the device
 * @file: its file
 * @value: the value
 *
 * Return: 0 or a negative errno, -ENOENT if there is no such setting.
 */
int sysctl_write(const char *dir, const char *name, const char *file,
		 const char *value);

#endif /* ESPSIMD_SYSCTL_H */
