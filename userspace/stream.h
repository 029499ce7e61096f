/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Output of commands that go on and on: each piece is written at once, and
 * nobody may be left to read it.
 */
#ifndef ESPSIMD_STREAM_H
#define ESPSIMD_STREAM_H

#include <stdbool.h>

/**
 * stream_flush() - write to stdout what was collected for it
 */
void stream_flush(void);

/**
 * stream_failed() - could anything not be written?
 *
 * Return: true once something could not.
 */
bool stream_failed(void);

/**
 * stream_end() - output is over
 *
 * That its reader has gone is no error, and neither is that a signal to end
 * came while something was written: what could not be written is forgotten.
 * Other errors stay those of stdout.
 */
void stream_end(void);

#endif /* ESPSIMD_STREAM_H */
