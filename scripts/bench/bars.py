# SPDX-License-Identifier: GPL-2.0
"""Groups of bars with their spread, for the plots of all benchmarks.

Imported by what Debian's python3 runs, which its matplotlib is for.
"""
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402


def draw(axes, groups, series, unit):
    """A group of bars for each of groups.

    series: (label, colour, hatch, values), values being a median and its
    quartiles for each group.
    """
    width = 0.85 / len(series)
    for number, (label, colour, hatch, values) in enumerate(series):
        medians = [median for median, _, _ in values]
        errors = [[median - low for median, low, _ in values],
                  [high - median for median, _, high in values]]
        places = [at + (number + 0.5) * width - 0.425
                  for at in range(len(groups))]
        axes.bar(places, medians, width * 0.92, yerr=errors, label=label,
                 color=colour, ecolor="#00000060", hatch=hatch,
                 edgecolor="white", linewidth=0.5)
    axes.set_xticks(range(len(groups)))
    axes.set_xticklabels(groups, fontsize=8)
    axes.set_ylabel(unit)
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", linewidth=0.4)
    axes.set_axisbelow(True)


def panels(number):
    """A figure with that many axes, two in a row."""
    rows = (number + 1) // 2
    figure, grid = plt.subplots(rows, 2, figsize=(13, 3.6 * rows),
                                squeeze=False, layout="constrained")
    places = list(grid.flat)
    for axes in places[number:]:
        axes.remove()
    return figure, places[:number]


def finish(figure, first, title, path):
    """Puts a legend above the bars of the first axes, and writes the file."""
    first.set_ylim(top=1.4 * first.get_ylim()[1])
    first.legend(fontsize=8, ncols=2, loc="upper left")
    figure.suptitle(title, fontsize=11)
    figure.savefig(path, metadata={"Date": None})
