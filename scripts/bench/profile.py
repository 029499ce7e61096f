#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""profile.py KALLSYMS: where the addresses on the standard input are.

Prints the share of each function, and of each module, of a user-mode kernel.
perf knows the functions of the program, but not those of its modules.
"""
import bisect
import collections
import sys

LINES = 150


def read_symbols(path):
    """Addresses and names of functions, by rising address."""
    symbols = []
    with open(path, encoding="ascii") as file:
        for line in file:
            address, kind, name, *module = line.split()
            if kind in "tTwW":
                module = module[0].strip("[]") if module else "kernel"
                symbols.append((int(address, 16), name, module))
    symbols.sort()
    return symbols


def main():
    symbols = read_symbols(sys.argv[1])
    starts = [symbol[0] for symbol in symbols]
    functions = collections.Counter()
    modules = collections.Counter()
    for line in sys.stdin:
        address = int(line, 16)
        index = bisect.bisect_right(starts, address) - 1
        # Far behind a symbol, or before all, is no code of this kernel.
        if index < 0 or address - starts[index] > 1 << 20:
            name, module = "(elsewhere)", "host"
        else:
            _, name, module = symbols[index]
        functions[name, module] += 1
        modules[module] += 1
    total = sum(functions.values())
    if not total:
        sys.exit("profile.py: no samples")
    print(f"{total} samples")
    for module, number in modules.most_common():
        print(f"{100 * number / total:6.2f} %  [{module}]")
    print()
    for (name, module), number in functions.most_common(LINES):
        print(f"{100 * number / total:6.2f} %  {name} [{module}]")


if __name__ == "__main__":
    main()
