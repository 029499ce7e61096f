/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The commands of espsimd sa that move SAs.
 */
#ifndef ESPSIMD_CMD_MOVE_H
#define ESPSIMD_CMD_MOVE_H

#include "command.h"

/**
 * sa_offload() - move SAs to a device
 * @options: options
 * @words: words after the command
 *
 * Return: the exit code.
 */
int sa_offload(const struct options *options, char **words);

/**
 * sa_generic() - move SAs to the stack
 * @options: options
 * @words: words after the command
 *
 * Return: the exit code.
 */
int sa_generic(const struct options *options, char **words);

#endif /* ESPSIMD_CMD_MOVE_H */
