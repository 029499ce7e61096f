// SPDX-License-Identifier: GPL-2.0
/*
 * Signals for commands that run until they are told to end. A handler writes
 * to a pipe, since a signal may come just before the command waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "signals.h"

static const int noted[] = {
	SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP
};

/* So many of them are those of a command without a screen. */
#define NOTED_ALWAYS	4

static struct sigaction before[ARRAY_SIZE(noted)], before_pipe;
static size_t nr_noted;
static int ends[2] = { -1, -1 };
static atomic_bool ended, resized, stopped;

static void note(int number)
{
	int saved = errno;

	if (number == SIGWINCH)
		resized = true;
	else if (number == SIGTSTP)
		stopped = true;
	else
		ended = true;
	/* A full pipe wakes as well as one more byte would. */
	if (write(ends[1], "", 1) < 0)
		errno = saved;
	errno = saved;
}

int signals_begin(bool screen)
{
	struct sigaction action = { .sa_handler = note };
	struct sigaction ignore = { .sa_handler = SIG_IGN };
	size_t i;

	ended = false;
	resized = false;
	stopped = false;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK))
		return -errno;
	nr_noted = screen ? ARRAY_SIZE(noted) : NOTED_ALWAYS;
	for (i = 0; i < nr_noted; i++) {
		sigaction(noted[i], NULL, &before[i]);
		/* What nohup has switched off stays off. */
		if (before[i].sa_handler != SIG_IGN)
			sigaction(noted[i], &action, NULL);
	}
	sigaction(SIGPIPE, &ignore, &before_pipe);
	return ends[0];
}

bool signals_ended(void)
{
	return ended;
}

bool signals_resized(void)
{
	return atomic_exchange(&resized, false);
}

bool signals_stopped(void)
{
	return atomic_exchange(&stopped, false);
}

void signals_forget(void)
{
	char bytes[64];

	while (read(ends[0], bytes, sizeof(bytes)) > 0)
		;
}

void signals_end(void)
{
	size_t i;

	for (i = 0; i < nr_noted; i++)
		sigaction(noted[i], &before[i], NULL);
	nr_noted = 0;
	sigaction(SIGPIPE, &before_pipe, NULL);
	close(ends[0]);
	close(ends[1]);
}
