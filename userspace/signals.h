/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Signals for commands that run until they are told to end.
 */
#ifndef ESPSIMD_SIGNALS_H
#define ESPSIMD_SIGNALS_H

#include <stdbool.h>

/**
 * signals_begin() - note signals from now on, instead of dying of them
 * @screen: the signals that matter to a program with a screen, too
 *
 * Noted are SIGINT, SIGTERM, SIGHUP and SIGQUIT, and with a screen SIGWINCH and
 * SIGTSTP. They interrupt system calls. SIGPIPE is ignored, so that writing to
 * a pipe that nobody reads is an error.
 *
 * Return: a file descriptor that can be read when one has come, or a negative
 * errno.
 */
int signals_begin(bool screen);

/**
 * signals_ended() - is the command to end?
 *
 * Return: true once one of the signals for that has come.
 */
bool signals_ended(void);

/**
 * signals_resized() - has the screen another size now?
 *
 * Return: true once for each time.
 */
bool signals_resized(void);

/**
 * signals_stopped() - is the command to stop until it is continued?
 *
 * Return: true once for each time.
 */
bool signals_stopped(void);

/**
 * signals_forget() - read what makes the file descriptor readable
 */
void signals_forget(void);

/**
 * signals_end() - undo signals_begin()
 */
void signals_end(void);

#endif /* ESPSIMD_SIGNALS_H */
