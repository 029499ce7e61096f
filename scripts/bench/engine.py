#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""engine.py DIR: what DIR/engine-warm.json and DIR/engine-cold.json say.

Makes DIR/engine.json of both, with the machine and the date; DIR/engine.svg, a
plot; and DIR/engine.rst, the table that is in the documentation. Run by the
Python that Debian's packages of matplotlib are for.
"""
import datetime
import json
import os
import sys

import bars

COLOURS = {"aesni": "#a5d6a7", "avx2": "#66bb6a", "avx512": "#2e7d32",
           "libipsec-mb": "#1565c0", "openssl": "#c62828"}
MB = ("mb-direct", "mb-job", "mb-burst")
BURST = 32


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


def candidates(cell):
    """The tiers, libipsec-mb by its fastest interface, and OpenSSL."""
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


def table(cells, facts, path):
    """Rows for each length, in bursts and one by one."""
    head = ["Key", "", "Bytes", "Burst", *COLOURS]
    rows = []
    for (bits, seal, length, burst, keys), cell in cells.items():
        if keys != "warm" or burst not in (1, BURST):
            continue
        found = candidates(cell)
        rows.append([str(bits), seal, length, str(burst),
                     *(f"{found[who]['median']:.0f}" if who in found else "-"
                       for who in COLOURS)])
    widths = [max(len(row[at]) for row in [head, *rows])
              for at in range(len(head))]
    rule = "  ".join("=" * max(width, 2) for width in widths)
    with open(path, "w", encoding="ascii") as file:
        print(f"Measured on {facts['cpu']}, {facts['date']}:\n", file=file)
        print(rule, file=file)
        for number, row in enumerate([head, *rows]):
            cell = [(text or "\\").ljust(width)
                    for text, width in zip(row, widths)]
            print("  ".join(cell).rstrip(), file=file)
            if not number:
                print(rule, file=file)
        print(rule, file=file)


def main():
    directory = sys.argv[1]
    facts = {"cpu": cpu(), "date": datetime.date.today().isoformat()}
    cells = read(directory)
    if not cells:
        sys.exit("engine.py: nothing was measured")
    with open(os.path.join(directory, "engine.json"), "w",
              encoding="ascii") as file:
        json.dump({"facts": facts, "results": [
            {**row, "keys": where[4]} for where, cell in cells.items()
            for row in cell.values()]}, file, indent=1)
    plot(cells, facts, os.path.join(directory, "engine.svg"))
    table(cells, facts, os.path.join(directory, "engine.rst"))


if __name__ == "__main__":
    main()
