// SPDX-License-Identifier: GPL-2.0
/*
 * Output of commands that go on and on.
 */
#include <errno.h>
#include <stdio.h>
#include <stdio_ext.h>

#include "signals.h"
#include "stream.h"

/* The errno of the first failure. */
static int failure;

void stream_flush(void)
{
	if (fflush(stdout) && !failure)
		failure = errno;
}

bool stream_failed(void)
{
	return failure;
}

void stream_end(void)
{
	stream_flush();
	if (failure != EPIPE && !signals_ended())
		return;
	clearerr(stdout);
	__fpurge(stdout);
}
