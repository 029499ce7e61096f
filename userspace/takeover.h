/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Putting an espsimd device in the place of an adapter, and taking it away.
 */
#ifndef ESPSIMD_TAKEOVER_H
#define ESPSIMD_TAKEOVER_H

#include <net/if.h>
#include <stdbool.h>

/**
 * takeover_name() - name that belongs to a device while it is taken over
 * @name: the device's name
 * @prefix: "low-" for the adapter, "tmp-" for the new device at first
 * @derived: (output) the name: the prefix and the device's name; if that is
 *	too long, the end of it is replaced by a number made from it
 */
void takeover_name(const char *name, const char *prefix,
		   char derived[IF_NAMESIZE]);

/**
 * takeover() - put an espsimd device in the place of an adapter
 * @name: the adapter
 *
 * If anything goes wrong all is put back as it was.
 *
 * Return: 0 or a negative errno; it was reported.
 */
int takeover(const char *name);

/**
 * takeover_release() - put an adapter in the place of the device above it
 * @name: the espsimd device
 * @force: do it even if SAs or policies are lost with the device
 *
 * If anything goes wrong all is put back as it was.
 *
 * Return: 0 or a negative errno; it was reported.
 */
int takeover_release(const char *name, bool force);

#endif /* ESPSIMD_TAKEOVER_H */
