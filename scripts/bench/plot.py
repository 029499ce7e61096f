#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""plot.py DIR: draws what DIR/path.json says, as DIR/path.svg.

Run by the Python that Debian's packages of matplotlib are for.
"""
import json
import os
import sys

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

COLOURS = {"plain": "#9e9e9e", "stock": "#c62828", "crypto": "#ef9a3c",
           "packet": "#2e7d32"}


def draw(axes, report, variants, workloads, unit):
    """A group of bars for each workload, with their quartiles."""
    width = 0.85 / len(variants)
    for number, variant in enumerate(variants):
        results = [report[w]["variants"][variant] for w in workloads]
        medians = [r["median"] for r in results]
        errors = [[m - r["quartiles"][0] for m, r in zip(medians, results)],
                  [r["quartiles"][1] - m for m, r in zip(medians, results)]]
        places = [at + (number + 0.5) * width - 0.425
                  for at in range(len(workloads))]
        axes.bar(places, medians, width * 0.92, yerr=errors, label=variant,
                 color=COLOURS[variant.split("+")[0]], ecolor="#00000060",
                 hatch="///" if variant.endswith("+ft") else None,
                 edgecolor="white", linewidth=0.5)
    axes.set_xticks(range(len(workloads)))
    axes.set_xticklabels([w.replace("-f", "\nflows: ").replace("-s", "\nSAs: ")
                          for w in workloads], fontsize=8)
    axes.set_ylabel(unit)
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", linewidth=0.4)
    axes.set_axisbelow(True)


def main():
    directory = sys.argv[1]
    with open(os.path.join(directory, "path.json"), encoding="ascii") as file:
        result = json.load(file)
    report, variants = result["workloads"], result["variants"]
    one_sa = [w for w in report if w.endswith("-f1-s1")]
    more = [w for w in report
            if report[w]["unit"] == "cycles/packet" and w not in one_sa]
    panels = [(one_sa, "one flow, one SA")]
    panels += [(more[at:at + 6], "several flows or SAs")
               for at in range(0, len(more), 6)]
    panels += [([w], w) for w in ("tcp", "tcp-cpu", "latency") if w in report]
    panels = [panel for panel in panels if panel[0]]

    rows = (len(panels) + 1) // 2
    figure, grid = plt.subplots(rows, 2, figsize=(13, 3.6 * rows),
                                squeeze=False, layout="constrained")
    places = list(grid.flat)
    for axes, (workloads, title) in zip(places, panels):
        draw(axes, report, variants, workloads, report[workloads[0]]["unit"])
        axes.set_title(title, fontsize=10)
    for axes in places[len(panels):]:
        axes.remove()
    # Above the bars.
    places[0].set_ylim(top=1.4 * places[0].get_ylim()[1])
    places[0].legend(fontsize=8, ncols=2, loc="upper left")
    figure.suptitle(f"Two gateways on kernel {result['facts']['kernel']}, "
                    f"medians and quartiles of {result['rounds']} rounds; "
                    "+ft: with flow tables", fontsize=11)
    figure.savefig(os.path.join(directory, "path.svg"),
                   metadata={"Date": None})


if __name__ == "__main__":
    main()
