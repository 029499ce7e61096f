/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The parts of `espsimd flowpath`.
 */
#ifndef ESPSIMD_FLOWPATH_H
#define ESPSIMD_FLOWPATH_H

#include "device.h"
#include "finding.h"
#include "lower.h"
#include "nl.h"

/* Room for the name of a device's table: a prefix, and each byte as three. */
#define FLOWPATH_TABLE_SIZE	(32 + 3 * IF_NAMESIZE)

/**
 * struct sa_count - how a device's SAs are offloaded
 * @packet_in: inbound SAs in packet mode
 * @packet_out: outbound SAs in packet mode
 * @crypto: SAs in crypto mode
 */
struct sa_count {
	size_t packet_in;
	size_t packet_out;
	size_t crypto;
};

/**
 * flowpath_count_sas() - count the SAs of a device
 * @nl: socket to the module
 * @ifindex: the device
 * @count: (output) the numbers
 *
 * Return: as nl_dump().
 */
int flowpath_count_sas(struct nl *nl, uint32_t ifindex,
		       struct sa_count *count);

/**
 * flowpath_table() - name of the table that print makes for a device
 * @name: the device's name
 * @table: (output) the table's name, which nft takes without quotes
 *
 * Return: @table.
 */
const char *flowpath_table(const char *name, char table[FLOWPATH_TABLE_SIZE]);

/**
 * flowpath_name_fits() - can a device's name be written in nft's language?
 * @name: the name
 *
 * Return: true if nft takes it, in quotes, for this name and no other.
 */
bool flowpath_name_fits(const char *name);

/**
 * flowpath_print() - write rules for a device
 * @name: the device's name
 * @lan: devices whose packets may add flows
 * @hooks: devices of the flow table
 * @noxfrm: the device applies policies to IPv4 itself
 */
void flowpath_print(const char *name, const struct links *lan,
		    const struct links *hooks, bool noxfrm);

/**
 * flowpath_print_sysctl() - write the setting that has a device apply policies
 * @name: the device's name
 */
void flowpath_print_sysctl(const char *name);

/**
 * flowpath_check() - find out whether flows of a device take the flow table
 * @findings: where to add what is found
 * @nl: socket to the module
 * @dev: the device
 */
void flowpath_check(struct findings *findings, struct nl *nl,
		    const struct dev *dev);

/**
 * flowpath_check_system() - find out what does not depend on a device
 * @findings: where to add what is found
 */
void flowpath_check_system(struct findings *findings);

#endif /* ESPSIMD_FLOWPATH_H */
