/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's setting disable_xfrm, by which a device has to apply its
 * outbound policies to IPv4 itself.
 */
#ifndef ESPSIMD_NOXFRM_H
#define ESPSIMD_NOXFRM_H

#include <stdbool.h>

#include "device.h"
#include "finding.h"

/* Room for a command about any device. */
#define NOXFRM_COMMAND_SIZE	(64 + SHELL_WORD_SIZE)

/**
 * struct noxfrm - for what disable_xfrm is set
 * @dev: for the device
 * @all: for all devices of the network namespace
 */
struct noxfrm {
	bool dev;
	bool all;
};

/**
 * noxfrm_read() - read the setting
 * @root: where the file system of the kernel is, "" for /
 * @name: the device's name
 *
 * Return: the setting; not set if the kernel does not have it.
 */
struct noxfrm noxfrm_read(const char *root, const char *name);

/**
 * noxfrm_command() - the command that sets a device's setting
 * @name: the device's name
 * @on: set it, or not
 * @command: (output) the command
 *
 * Return: @command.
 */
const char *noxfrm_command(const char *name, bool on,
			   char command[NOXFRM_COMMAND_SIZE]);

/**
 * noxfrm_check() - find out who applies outbound policies, and whether it can
 * @findings: where to add what is found
 * @root: as for noxfrm_read()
 * @dev: the device
 *
 * The subjects are "device", and "policy" where the device applies them.
 */
void noxfrm_check(struct findings *findings, const char *root,
		  const struct dev *dev);

#endif /* ESPSIMD_NOXFRM_H */
