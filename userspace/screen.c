// SPDX-License-Identifier: GPL-2.0
/*
 * A terminal as a screen, by the control sequences that all terminals of today
 * know (ECMA-48, and xterm's alternate screen).
 */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "command.h"
#include "screen.h"
#include "stream.h"

/* The other screen, without a cursor; and back. */
#define TAKE	"\033[?1049h\033[?25l"
#define GIVE	"\033[?25h\033[?1049l"
#define HOME	"\033[H"
#define CLEAR_LINE	"\033[K"
#define CLEAR_REST	"\033[J"

static struct termios before;
static atomic_bool taken, has_keys;

bool screen_usable(void)
{
	const char *terminal = getenv("TERM");

	return isatty(STDOUT_FILENO) && terminal && *terminal &&
	       strcmp(terminal, "dumb");
}

static void put(const char *text)
{
	/* To a terminal that is gone nothing has to be said. */
	if (write(STDOUT_FILENO, text, strlen(text)) < 0)
		return;
}

/* The signal comes again when this returns, and does what it always does. */
static void on_crash(int number)
{
	screen_end();
	raise(number);
}

static void end_by_crash_too(void)
{
	static const int crashes[] = {
		SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV
	};
	struct sigaction action = {
		.sa_handler = on_crash,
		.sa_flags = SA_RESETHAND | SA_NODEFER,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(crashes); i++)
		sigaction(crashes[i], &action, NULL);
}

void screen_begin(void)
{
	static bool registered;
	struct termios keys;

	if (!registered) {
		atexit(screen_end);
		end_by_crash_too();
	}
	registered = true;

	has_keys = isatty(STDIN_FILENO) && !tcgetattr(STDIN_FILENO, &before);
	taken = true;
	if (has_keys) {
		keys = before;
		/* Signals stay keys. */
		keys.c_lflag &= ~(ICANON | ECHO);
		keys.c_cc[VMIN] = 1;
		keys.c_cc[VTIME] = 0;
		tcsetattr(STDIN_FILENO, TCSADRAIN, &keys);
	}
	put(TAKE);
}

void screen_end(void)
{
	if (!atomic_exchange(&taken, false))
		return;
	put(GIVE);
	if (has_keys)
		tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
}

void screen_size(unsigned int *rows, unsigned int *columns)
{
	struct winsize size = { .ws_row = 0 };

	ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	*rows = size.ws_row ? size.ws_row : 24;
	*columns = size.ws_col ? size.ws_col : 80;
}

void screen_draw(const char *text)
{
	unsigned int rows, columns, row;

	screen_size(&rows, &columns);
	fputs(HOME, stdout);
	for (row = 0; row < rows && *text; row++) {
		size_t length = strcspn(text, "\n");
		size_t shown = length < columns ? length : columns;

		/* A newline behind the last line would scroll. */
		if (row)
			putchar('\n');
		fwrite(text, 1, shown, stdout);
		/* In the last column it would clear what was just written. */
		if (shown < columns)
			fputs(CLEAR_LINE, stdout);
		text += length + (text[length] == '\n');
	}
	if (row < rows)
		fputs("\n" CLEAR_REST, stdout);
	stream_flush();
}

int screen_keys(void)
{
	return has_keys ? STDIN_FILENO : -1;
}
