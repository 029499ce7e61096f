#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""report.py DIR ROUNDS VARIANT...: makes DIR/path.json of DIR/raw, and prints it.

Fails if a measurement is missing. All ratios are medians of what the rounds
give, each of them compared with the other variants' values of the same round.
Beside them is what the best values of all rounds give: on a busy host, where a
measurement is disturbed or not, these are the ones that were not. The added
cost of a variant is what a packet costs more than in the variant plain.
"""
import json
import os
import re
import statistics
import sys

UNITS = {"udp": "cycles/packet", "imix": "cycles/packet", "tcp": "Mbit/s",
         "tcp-cpu": "cycles/KiB", "latency": "ns"}
# What is to be reached: variant, workload, what of it, limit, and what would
# be better still. Throughput is to be above, all else below.
TARGETS = (
    ("crypto", "udp64-f1-s1", "added cost / stock", 0.9, 0.75),
    ("crypto", "udp576-f1-s1", "added cost / stock", 0.9, 0.75),
    ("crypto", "udp1400-f1-s1", "added cost / stock", 0.9, 0.75),
    ("packet", "udp64-f1-s1", "added cost / stock", 0.45, 0.35),
    ("packet", "udp1400-f1-s1", "added cost / stock", 0.65, 0.5),
    ("packet+ft", "udp64-f1-s1", "added cost / stock", 0.1, 0),
    ("packet+ft", "udp1400-f1-s1", "added cost / stock", 0.3, 0),
    ("direct", "udp64-f1-s1", "added cost / stock", 0.45, 0.35),
    ("direct", "udp1400-f1-s1", "added cost / stock", 0.65, 0.5),
    ("direct+ft", "udp64-f1-s1", "added cost / stock", 0.1, 0),
    ("direct+ft", "udp1400-f1-s1", "added cost / stock", 0.3, 0),
    ("crypto", "tcp", "value / stock", 1.5, None),
    ("packet", "tcp", "value / stock", 2.5, None),
    ("crypto", "udp64-f10000-s10000", "value / one SA", 1.3, None),
    ("packet", "udp64-f10000-s10000", "value / one SA", 1.3, None),
    ("crypto", "udp1400-f10000-s10000", "value / one SA", 1.3, None),
    ("packet", "udp1400-f10000-s10000", "value / one SA", 1.3, None),
    ("crypto", "latency", "value / stock", 1, None),
    ("packet", "latency", "value / stock", 1, None),
)


def unit(workload):
    return UNITS[re.sub(r"(udp)?\d*(-f\d+-s\d+)?$", r"\1", workload)]


def read_raw(path, rounds, workloads, variants):
    """Values of each workload by variant, in the order of the rounds."""
    values = {workload: {variant: [] for variant in variants}
              for workload in workloads}
    with open(path, encoding="ascii") as file:
        for line in file:
            variant, workload, value = line.split()
            values[workload][variant].append(int(value))
    for workload, each in values.items():
        for variant, measured in each.items():
            if len(measured) != rounds:
                sys.exit(f"report.py: {workload} {variant}: "
                         f"{len(measured)} of {rounds} measurements")
    return values


def summarise(values):
    low, high = min(values), max(values)
    if len(values) > 1:
        low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return {"median": statistics.median(values), "quartiles": [low, high],
            "values": values}


def ratio(above, below):
    """A round in which the clock had a hiccup may give no ratio."""
    return [a / b for a, b in zip(above, below) if b > 0]


def ratios(workload, variant, values):
    """Lists of ratios by name, of lists of values of the same length."""
    here = values[workload]
    result = {}
    if variant != "stock" and "stock" in here:
        result["value / stock"] = ratio(here[variant], here["stock"])
    if unit(workload) == "cycles/packet":
        if variant not in ("plain", "stock") and {"plain", "stock"} <= set(here):
            added = [v - p for v, p in zip(here[variant], here["plain"])]
            stock = [s - p for s, p in zip(here["stock"], here["plain"])]
            result["added cost / stock"] = ratio(added, stock)
        one = re.sub(r"-f\d+-s\d+$", "-f1-s1", workload)
        if not workload.endswith("-s1") and one in values:
            result["value / one SA"] = ratio(here[variant],
                                             values[one][variant])
    return result


def best(workload, values):
    """The same form, with the best value only."""
    choose = max if unit(workload) == "Mbit/s" else min
    return {variant: [choose(each)] for variant, each in values.items()}


def compare(workload, variant, values):
    """The ratios, summarised, by name."""
    least = {w: best(w, each) for w, each in values.items()}
    fastest = ratios(workload, variant, least)
    result = {}
    for name, each in ratios(workload, variant, values).items():
        if each and fastest[name]:
            result[name] = summarise(each)
            result[name]["best"] = fastest[name][0]
    return result


def results(values):
    report = {}
    for workload, each in values.items():
        report[workload] = {"unit": unit(workload), "variants": {}}
        for variant, measured in each.items():
            summary = summarise(measured)
            summary["ratios"] = compare(workload, variant, values)
            report[workload]["variants"][variant] = summary
    return report


def targets(report):
    found = []
    for variant, workload, name, limit, better in TARGETS:
        here = report.get(workload, {}).get("variants", {}).get(variant)
        if not here or name not in here["ratios"]:
            continue
        value = here["ratios"][name]["median"]
        above = unit(workload) == "Mbit/s"
        found.append({
            "variant": variant, "workload": workload, "of": name,
            "value": value, "best": here["ratios"][name]["best"],
            "limit": limit, "better": better, "above": above,
            "reached": value >= limit if above else value <= limit})
    return found


def print_values(report, variants):
    print("median (quartiles)")
    print(f"{'':22}{'':14}" + "".join(f"{v:>22}" for v in variants))
    for workload, each in report.items():
        cells = ""
        for variant in variants:
            result = each["variants"][variant]
            quartiles = "({:.0f}-{:.0f})".format(*result["quartiles"])
            cells += f"{result['median']:>9.0f} {quartiles:>12}"
        print(f"{workload:22}{each['unit']:14}{cells}")


def print_ratios(report, variants, name):
    rows = {}
    for workload, each in report.items():
        for variant in variants:
            ratios = each["variants"][variant]["ratios"]
            if name in ratios:
                rows.setdefault(workload, {})[variant] = ratios[name]
    if not rows:
        return
    shown = [v for v in variants if any(v in row for row in rows.values())]
    print(f"\n{name + ', median (best)':36}"
          + "".join(f"{v:>14}" for v in shown))
    for workload, row in rows.items():
        print(f"{workload:36}" + "".join(
            f"{row[v]['median']:>7.2f} ({row[v]['best']:4.2f})" if v in row
            else f"{'':14}" for v in shown))


def print_targets(found):
    if not found:
        return
    print(f"\n{'target':58}{'median':>8}{'best':>6}{'':4}{'limit':>6}{'better':>8}")
    for target in found:
        sign = ">=" if target["above"] else "<="
        better = "" if target["better"] is None else f"{target['better']:.2f}"
        print(f"{target['variant']:12}{target['workload']:24}"
              f"{target['of']:22}{target['value']:>8.2f}{target['best']:>6.2f} {sign} "
              f"{target['limit']:>6.2f}{better:>8}  "
              f"{'reached' if target['reached'] else 'NOT REACHED'}")


def main():
    directory, rounds, variants = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    with open(os.path.join(directory, "workloads"), encoding="ascii") as file:
        workloads = file.read().split()
    if "tcp" in workloads:
        workloads.insert(workloads.index("tcp") + 1, "tcp-cpu")
    with open(os.path.join(directory, "facts"), encoding="ascii") as file:
        facts = dict(line.rstrip("\n").split(" ", 1) for line in file)
    values = read_raw(os.path.join(directory, "raw"), rounds, workloads,
                      variants)
    report = results(values)
    found = targets(report)

    for key, value in facts.items():
        print(f"{key:12} {value}")
    print(f"{'rounds':12} {rounds}\n")
    print_values(report, variants)
    for name in ("added cost / stock", "value / stock", "value / one SA"):
        print_ratios(report, variants, name)
    print_targets(found)
    if rounds < 8:
        print(f"\nOnly {rounds} rounds: no more than an impression.")
    with open(os.path.join(directory, "path.json"), "w",
              encoding="ascii") as file:
        json.dump({"facts": facts, "rounds": rounds, "variants": variants,
                   "workloads": report, "targets": found}, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main()
