#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""plot.py DIR: draws what DIR/path.json says, as DIR/path.svg.

Run by the Python that Debian's packages of matplotlib are for.
"""
import json
import os
import sys

import bars

COLOURS = {"plain": "#9e9e9e", "stock": "#c62828", "crypto": "#ef9a3c",
           "packet": "#2e7d32", "direct": "#00838f"}


def draw(axes, report, variants, workloads, unit):
    """A group of bars for each workload, with their quartiles."""
    series = []
    for variant in variants:
        results = [report[w]["variants"][variant] for w in workloads]
        series.append((variant, COLOURS[variant.split("+")[0]],
                       "///" if variant.endswith("+ft") else None,
                       [(r["median"], *r["quartiles"]) for r in results]))
    groups = [w.replace("-f", "\nflows: ").replace("-s", "\nSAs: ")
              for w in workloads]
    bars.draw(axes, groups, series, unit)


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

    figure, places = bars.panels(len(panels))
    for axes, (workloads, title) in zip(places, panels):
        draw(axes, report, variants, workloads, report[workloads[0]]["unit"])
        axes.set_title(title, fontsize=10)
    bars.finish(figure, places[0],
                f"Two gateways on kernel {result['facts']['kernel']}, "
                f"medians and quartiles of {result['rounds']} rounds; "
                "+ft: with flow tables", os.path.join(directory, "path.svg"))


if __name__ == "__main__":
    main()
