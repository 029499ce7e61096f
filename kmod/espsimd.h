/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names and limits that every part of the driver shares.
 */
#ifndef ESPSIMD_H
#define ESPSIMD_H

#include <linux/types.h>

#define ESPSIMD_KIND		"espsimd"
#define ESPSIMD_VERSION		"0.1.0"

/*
 * Most bytes of payload in one FPU section. Preemption, and on newer kernels
 * softirqs too, are off for its length; 4 KiB is what the kernel's own stream
 * ciphers allow themselves. A single larger packet is one section.
 */
#define ESPSIMD_SECTION_BYTES	4096

/*
 * Frames that are handled together. It is the usual NAPI budget, so that a
 * full poll is one burst.
 */
#define ESPSIMD_BURST		64

/*
 * Frames that may wait for a CPU's poll, in each direction. A few times the
 * burst of a fast NIC; more would only add delay.
 */
#define ESPSIMD_QUEUE_MAX	4096

struct espsimd_dev;
struct espsimd_sa;

#endif /* ESPSIMD_H */
