/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Files that others read at any time.
 */
#ifndef ESPSIMD_REPLACE_H
#define ESPSIMD_REPLACE_H

#include <stddef.h>

/**
 * replace_file() - put a new file in the place of an old one, if there is one
 * @path: the file, which anybody may read afterwards
 * @text: what it is to have
 * @size: how much of that there is
 *
 * Whoever opens the file has all of the old text, or all of the new one, even
 * if the machine stops meanwhile. The file in which the text is collected has
 * a name that begins with @path and does not end as it does.
 *
 * Return: 0 or a negative errno; nothing is left behind then.
 */
int replace_file(const char *path, const char *text, size_t size);

#endif /* ESPSIMD_REPLACE_H */
