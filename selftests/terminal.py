#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Runs a command in a pseudo terminal, and does there what a script says.

    terminal.py SCRIPT COMMAND...

Steps of the script, with ";" between them, are

    see TEXT          wait until it is written, behind what was seen before
    fits              nothing was drawn that is not on the screen
    resize ROWS COLS  give the terminal another size
    send KEYS         type; ^C is one key
    signal NAME       send a signal
    stopped           wait until the command is stopped
    given, taken      the terminal is as it was before; or it is not
    end CODE          wait until the command ends, with that exit code
    killed NAME       or is killed by that signal

After the last two of them the terminal has to be as it was before.
"""

import fcntl
import os
import select
import signal
import struct
import sys
import termios
import time

LIMIT = 60 * (4 if os.environ.get("KSFT_MACHINE_SLOW") == "yes" else 1)
SCREEN, HIDDEN = b"\033[?1049", b"\033[?25"
HOME, CLEAR_LINE, CLEAR_REST = b"\033[H", b"\033[K", b"\033[J"


def fail(text):
    """Says what is wrong, and ends."""
    sys.exit(f"terminal: {text}")


def last_of(output, what):
    """Whether a mode was switched on last ("h"), or off ("l")."""
    at = output.rfind(what)
    return chr(output[at + len(what)]) if at >= 0 else None


class Terminal:
    """A command in a pseudo terminal."""

    def __init__(self, command):
        self.master, self.slave = os.openpty()
        self.resize(24, 80)
        self.before = termios.tcgetattr(self.slave)
        self.output = b""
        self.seen = 0
        self.status = None
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.master)
            os.login_tty(self.slave)
            os.execvp(command[0], command)

    def resize(self, rows, columns):
        """Tells the kernel, which tells the command."""
        self.rows, self.columns = int(rows), int(columns)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ,
                    struct.pack("HHHH", self.rows, self.columns, 0, 0))

    def read(self):
        """Reads what was written meanwhile, for a moment."""
        while select.select([self.master], [], [], 0.05)[0]:
            self.output += os.read(self.master, 65536)

    def until(self, what, condition):
        """Reads until a condition is true."""
        end = time.monotonic() + LIMIT
        while not condition():
            if time.monotonic() > end:
                fail(f"in vain for {what}, in {self.output[-2000:]}")
            self.read()

    def see(self, text):
        """Waits for a text."""
        text = text.encode()
        self.until(text, lambda: self.output.find(text, self.seen) >= 0)
        self.seen = self.output.find(text, self.seen) + len(text)

    def fits(self):
        """Looks at the last frame that was drawn as a whole."""
        self.until("two frames", lambda: self.output.count(HOME) > 1)
        frames = self.output.split(HOME)
        lines = frames[-2].replace(CLEAR_REST, b"").split(b"\r\n")
        for line in lines:
            if len(line.replace(CLEAR_LINE, b"")) > self.columns:
                fail(f"{line} is too long for {self.columns} columns")
        if len(lines) > self.rows:
            fail(f"{len(lines)} lines on {self.rows}")

    def changed(self, flags):
        """Waits for what waitpid() tells of the command."""
        pid, status = os.waitpid(self.pid, flags | os.WNOHANG)
        if pid:
            self.status = status
        return pid != 0

    def stopped(self):
        """Waits until the command has stopped."""
        self.until("the stop", lambda: self.changed(os.WUNTRACED))
        if not os.WIFSTOPPED(self.status):
            fail(f"not stopped, but ended with status {self.status}")
        self.read()
        self.seen = len(self.output)

    def given(self):
        """Looks whether the terminal is as it was."""
        self.read()
        if SCREEN + b"h" not in self.output:
            # It was never taken.
            return termios.tcgetattr(self.slave) == self.before
        return (termios.tcgetattr(self.slave) == self.before and
                last_of(self.output, SCREEN) == "l" and
                last_of(self.output, HIDDEN) == "h")

    def ended(self):
        """Waits for the end, and looks at what the terminal is like then."""
        self.until("the end", lambda: self.changed(0))
        if not self.given():
            fail(f"the terminal is not as before: {self.output[-200:]}, "
                 f"{termios.tcgetattr(self.slave)}, {self.before}")

    def step(self, words):
        """Does one step."""
        name, rest = words[0], " ".join(words[1:])
        if name == "see":
            self.see(rest)
        elif name == "fits":
            self.fits()
        elif name == "resize":
            self.read()
            self.seen = len(self.output)
            self.resize(*words[1:])
            # The first one may have been begun for the old size.
            self.see(HOME.decode())
            self.see(HOME.decode())
            self.output = self.output[self.seen - len(HOME):]
            self.seen = 0
        elif name == "send":
            if rest.startswith("^"):
                rest = chr(ord(rest[1]) - 64)
            os.write(self.master, rest.encode())
        elif name == "signal":
            os.kill(self.pid, getattr(signal, "SIG" + rest))
        elif name == "stopped":
            self.stopped()
        elif name == "given":
            if not self.given():
                fail("the terminal was not given back")
        elif name == "taken":
            self.until("the screen", lambda: not self.given())
        elif name == "end":
            self.ended()
            if os.waitstatus_to_exitcode(self.status) != int(rest):
                fail(f"status {self.status}, not {rest}")
        elif name == "killed":
            self.ended()
            if (not os.WIFSIGNALED(self.status) or os.WTERMSIG(self.status) !=
                    getattr(signal, "SIG" + rest)):
                fail(f"status {self.status}, not {rest}")
        else:
            fail(f"there is no step {name}")


def main():
    terminal = Terminal(sys.argv[2:])
    try:
        for step in sys.argv[1].split(";"):
            terminal.step(step.split())
    finally:
        if terminal.status is None or os.WIFSTOPPED(terminal.status):
            os.kill(terminal.pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
