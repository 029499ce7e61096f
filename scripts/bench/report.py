#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""report.py DIR ROUNDS: makes DIR/path.json of DIR/raw, and prints a table.

Fails if a measurement is missing.
"""
import json
import os
import statistics
import sys

VARIANTS = ("plain", "stock", "offloaded")
WORKLOADS = {
    "udp64": "UDP 64 B",
    "udp576": "UDP 576 B",
    "udp1400": "UDP 1400 B",
    "tcp": "TCP bulk",
    "tcp-cpu": "TCP bulk",
}
UNITS = {"udp64": "cycles/packet", "udp576": "cycles/packet",
         "udp1400": "cycles/packet", "tcp": "Mbit/s", "tcp-cpu": "cycles/KiB"}


def read_raw(path, rounds):
    values = {}
    with open(path, encoding="ascii") as file:
        for line in file:
            variant, workload, value = line.split()
            values.setdefault((workload, variant), []).append(int(value))
    for workload in WORKLOADS:
        for variant in VARIANTS:
            number = len(values.get((workload, variant), []))
            if number != rounds:
                sys.exit(f"report.py: {workload} {variant}: "
                         f"{number} of {rounds} measurements")
    return values


def summarise(values):
    low, _, high = statistics.quantiles(values, n=4, method="inclusive")
    return {
        "median": statistics.median(values),
        "quartiles": [low, high],
        "min": min(values),
        "max": max(values),
        "values": values,
    }


def ratios(workload, values):
    """What is compared: medians of the ratios within each round."""
    rounds = list(zip(values["plain"], values["stock"], values["offloaded"]))
    result = {}
    if workload.startswith("udp"):
        result["stock/plain"] = [s / p for p, s, _ in rounds]
        result["offloaded/plain"] = [o / p for p, _, o in rounds]
        result["added cost offloaded/stock"] = [
            (o - p) / (s - p) for p, s, o in rounds]
    else:
        result["offloaded/stock"] = [o / s for _, s, o in rounds]
    return {name: statistics.median(each) for name, each in result.items()}


def main():
    directory, rounds = sys.argv[1], int(sys.argv[2])
    values = read_raw(os.path.join(directory, "raw"), rounds)
    with open(os.path.join(directory, "facts"), encoding="ascii") as file:
        facts = dict(line.rstrip("\n").split(" ", 1) for line in file)
    report = {"facts": facts, "rounds": rounds, "workloads": {}}

    for key, value in facts.items():
        print(f"{key:12} {value}")
    print(f"{'rounds':12} {rounds}\n")
    print("median (quartiles)")
    head = "".join(f"{variant:>26}" for variant in VARIANTS)
    print(f"{'':12}{'':14}{head}")
    for workload, title in WORKLOADS.items():
        results = {variant: summarise(values[workload, variant])
                   for variant in VARIANTS}
        compared = ratios(workload, {variant: values[workload, variant]
                                     for variant in VARIANTS})
        report["workloads"][workload] = {
            "unit": UNITS[workload], "variants": results, "ratios": compared}
        cells = "".join(
            f"{r['median']:>10.0f} {'({:.0f}-{:.0f})'.format(*r['quartiles']):>15}"
            for r in results.values())
        print(f"{title:12}{UNITS[workload]:14}{cells}")
    print()
    for workload, title in WORKLOADS.items():
        text = ", ".join(
            f"{name} {value:.2f}" for name, value
            in report["workloads"][workload]["ratios"].items())
        print(f"{title:12}{UNITS[workload]:14}{text}")

    path = os.path.join(directory, "path.json")
    with open(path, "w", encoding="ascii") as file:
        json.dump(report, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main()
