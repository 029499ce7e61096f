/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A terminal as a screen that is drawn again and again.
 */
#ifndef ESPSIMD_SCREEN_H
#define ESPSIMD_SCREEN_H

#include <stdbool.h>

/**
 * screen_usable() - is stdout a terminal that can be drawn on?
 *
 * Return: true if it is.
 */
bool screen_usable(void);

/**
 * screen_begin() - take the terminal
 *
 * Its settings and what it shows come back with screen_end(), which also is
 * called when the program exits, and when it crashes.
 */
void screen_begin(void);

/**
 * screen_end() - give the terminal back
 *
 * Does nothing if it was not taken.
 *
 * Context: signal handlers too.
 */
void screen_end(void);

/**
 * screen_size() - how much fits on the terminal
 * @rows: (output) lines
 * @columns: (output) characters of a line
 */
void screen_size(unsigned int *rows, unsigned int *columns);

/**
 * screen_draw() - replace what is shown
 * @text: lines; what does not fit is left out
 */
void screen_draw(const char *text);

/**
 * screen_keys() - where keys come from
 *
 * Return: a file descriptor, -1 if there is no keyboard.
 */
int screen_keys(void);

#endif /* ESPSIMD_SCREEN_H */
