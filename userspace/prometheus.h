/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counters in the text format of Prometheus, version 0.0.4.
 */
#ifndef ESPSIMD_PROMETHEUS_H
#define ESPSIMD_PROMETHEUS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "nl.h"

/**
 * prometheus_label() - write a label
 * @file: (output) the text
 * @name: name of the label
 * @value: its value, any bytes
 */
void prometheus_label(FILE *file, const char *name, const char *value);

/**
 * prometheus_write() - write the counters of devices, and of their SAs
 * @nl: the socket
 * @ifindex: the device to write of, 0 for all
 * @sas: write of SAs as well, which makes a time series for each
 * @file: (output) the text; incomplete after an error
 *
 * Return: 0 or a negative errno; @nl->reason says why if the kernel did.
 */
int prometheus_write(struct nl *nl, uint32_t ifindex, bool sas, FILE *file);

#endif /* ESPSIMD_PROMETHEUS_H */
