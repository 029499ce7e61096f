// SPDX-License-Identifier: GPL-2.0
/*
 * What of the engine needs no vector registers.
 */
#include "../aead/aead.c"
#include "../aead/cpu.c"
#include "../aead/selftest.c"
