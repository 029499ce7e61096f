#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""engine.py DIR: what DIR/engine-warm.json and DIR/engine-cold.json say.

Makes DIR/engine.json of both, with the machine, the date and the sizes of code
that DIR/engine.code has; DIR/engine.svg, a plot; and DIR/engine.rst, the tables
that are in the documentation: cycles, how often a tier is as fast as the stock
kernel's code of the same kind, and the sizes. Run by the Python that Debian's
packages of matplotlib are for.
"""
import datetime
import itertools
import json
import os
import statistics
import sys

import bars

COLOURS = {"aesni": "#a5d6a7", "avx2": "#66bb6a", "avx512": "#2e7d32",
           "libipsec-mb": "#1565c0", "openssl": "#c62828",
           "kernel-aesni": "#ffe0b2", "kernel-avx2": "#ffb74d",
           "kernel-avx512": "#f57c00"}
TIERS = ("aesni", "avx2", "avx512")
MB = ("mb-direct", "mb-job", "mb-burst")
BURST = 32

# What a tier is to reach, in speeds of the stock kernel's, at these lengths.
TARGET = 1.2
TARGET_LENGTHS = ("64", "128", "256", "576", "1424")


def cpu():
    with open("/proc/cpuinfo", encoding="ascii") as file:
        facts = dict(line.rstrip("\n").replace("\t", "").split(":", 1)
                     for line in file if ":" in line)
    return (f"{facts['model name'].strip()}, family"
            f"{facts['cpu family']} model{facts['model']}")


def read(directory):
    """Results by key, direction, length, burst, SAs and candidate."""
    cells = {}
    for name in ("warm", "cold"):
        path = os.path.join(directory, f"engine-{name}.json")
        with open(path, encoding="ascii") as file:
            for row in json.load(file):
                if not row["samples"]:
                    continue
                row["median_per_byte"] = round(row["median"] / row["bytes"], 4)
                where = (row["bits"], row["dir"], row["len"], row["burst"],
                         name)
                cells.setdefault(where, {})[row["who"]] = row
    return cells


def read_code(directory):
    """Bytes of functions and of constants, by whose they are."""
    with open(os.path.join(directory, "engine.code"),
              encoding="ascii") as file:
        rows = [line.split() for line in file]
    return {who: {"functions": int(functions), "constants": int(constants)}
            for who, functions, constants in rows}


def candidates(cell):
    """All, of libipsec-mb the fastest interface."""
    found = {who: cell[who] for who in COLOURS if who in cell}
    library = [cell[who] for who in MB if who in cell]
    if library:
        found["libipsec-mb"] = min(library, key=lambda row: row["median"])
    return {who: found[who] for who in COLOURS if who in found}


def plot(cells, facts, path):
    shapes = [(bits, seal, keys) for keys in ("warm", "cold")
              for bits in (128, 256) for seal in ("seal", "open")
              if (bits, seal, "64", BURST, keys) in cells]
    figure, places = bars.panels(len(shapes))
    for axes, (bits, seal, keys) in zip(places, shapes):
        lens = [where[2] for where in cells
                if where[:2] == (bits, seal) and where[3:] == (BURST, keys)
                and where[2] not in ("4096", "9000")]
        found = [candidates(cells[bits, seal, n, BURST, keys]) for n in lens]
        # Out of scale, and in the table.
        names = [who for who in COLOURS if who != "openssl" and
                 all(who in each for each in found)]
        series = [(who, COLOURS[who], None,
                   [(each[who]["median"], each[who]["p25"], each[who]["p75"])
                    for each in found]) for who in names]
        bars.draw(axes, lens, series, "cycles/packet")
        axes.set_title(f"AES-{bits}-GCM, {seal}, {keys} keys", fontsize=10)
    bars.finish(figure, places[0], f"{facts['cpu']}, {facts['date']}: core "
                f"cycles, bursts of {BURST}, medians and quartiles", path)


def ratios(cells):
    """How often each tier is as fast as the kernel's code of its kind.

    By tier, and then by what was measured.
    """
    found = {}
    for where, cell in cells.items():
        for tier in TIERS:
            if tier in cell and f"kernel-{tier}" in cell:
                found.setdefault(tier, {})[where] = (
                    cell[f"kernel-{tier}"]["median"] / cell[tier]["median"])
    return found


def summary(found):
    """Lines for each tier: its ratios where there is a target."""
    lines = []
    for tier, keys in itertools.product(found, ("warm", "cold")):
        by_shape = {where: ratio for where, ratio in found[tier].items()
                    if where[2] in TARGET_LENGTHS and where[4] == keys}
        if not by_shape:
            continue
        bits, seal, length, burst, _ = min(by_shape, key=by_shape.get)
        values = by_shape.values()
        missed = sum(ratio < TARGET for ratio in values)
        lines += [f"{tier}, {keys} keys, of the speed of the kernel's:",
                  f"    from {min(values):.2f} (AES-{bits}, {seal}, {length} "
                  f"bytes, bursts of {burst}) to {max(values):.2f}, median "
                  f"{statistics.median(values):.2f}; less than {TARGET} in "
                  f"{missed} of {len(values)} cases"]
    return lines or ["The stock kernel's code was not measured."]


def put_table(head, rows, file):
    """A simple table of reStructuredText."""
    widths = [max(len(row[at]) for row in [head, *rows])
              for at in range(len(head))]
    rule = "  ".join("=" * max(width, 2) for width in widths)
    print(rule, file=file)
    for number, row in enumerate([head, *rows]):
        cell = [(text or "\\").ljust(width)
                for text, width in zip(row, widths)]
        print("  ".join(cell).rstrip(), file=file)
        if not number:
            print(rule, file=file)
    print(rule, file=file)


def tables(cells, code, facts, path):
    """Rows for each length, in bursts and one by one."""
    head = ["Key", "", "Bytes", "Burst"]
    cycles, times = [], []
    found = ratios(cells)
    for where, cell in cells.items():
        if where[4] != "warm" or where[3] not in (1, BURST):
            continue
        shape = [str(part) for part in where[:4]]
        here = candidates(cell)
        cycles.append([*shape, *(f"{here[who]['median']:.0f}"
                                 if who in here else "-" for who in COLOURS)])
        times.append([*shape, *(f"{found[tier][where]:.2f}"
                                for tier in TIERS if tier in found)])
    with open(path, "w", encoding="ascii") as file:
        print(f"Measured on {facts['cpu']}, {facts['date']}:\n", file=file)
        put_table([*head, *COLOURS], cycles, file)
        if found:
            print("\nTimes as fast as the stock kernel's code of the same "
                  "kind:\n", file=file)
            put_table([*head, *found], times, file)
        print("", *summary(found), sep="\n", file=file)
        print("\nBytes of code:\n", file=file)
        put_table(["", "functions", "constants"], [
            [who, *(str(size) for size in sizes.values())]
            for who, sizes in code.items()], file)


def main():
    directory = sys.argv[1]
    facts = {"cpu": cpu(), "date": datetime.date.today().isoformat()}
    cells = read(directory)
    code = read_code(directory)
    if not cells:
        sys.exit("engine.py: nothing was measured")
    with open(os.path.join(directory, "engine.json"), "w",
              encoding="ascii") as file:
        json.dump({"facts": facts, "code": code, "results": [
            {**row, "keys": where[4]} for where, cell in cells.items()
            for row in cell.values()], "kernel-ratios": [
                {"who": tier, "bits": where[0], "dir": where[1],
                 "len": where[2], "burst": where[3], "keys": where[4],
                 "ratio": round(ratio, 3)}
                for tier, by_shape in ratios(cells).items()
                for where, ratio in by_shape.items()]}, file, indent=1)
    plot(cells, facts, os.path.join(directory, "engine.svg"))
    tables(cells, code, facts, os.path.join(directory, "engine.rst"))


if __name__ == "__main__":
    main()
