#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Writes the table of counters for the command from the netlink spec.

    gen-stats.py SPEC [--check FILE | -o FILE]

The counters' order in the spec gives their attribute ids, and their doc gives
the meaning that `espsimd stats` prints. With --check nothing is written: the
exit code is 1 and a diff is printed if FILE is not what would be written.
"""

import argparse
import difflib
import sys

import yaml

HEAD = """\
/* SPDX-License-Identifier: GPL-2.0 */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/espsimd.yaml */
/* To regenerate run: make -C userspace generate */

#ifndef ESPSIMD_STATS_GEN_H
#define ESPSIMD_STATS_GEN_H

#include <linux/espsimd.h>

#include "attr.h"

static const struct attr_desc stats_attrs[ESPSIMD_A_STATS_MAX + 1] = {
	[ESPSIMD_A_STATS_IFINDEX] = {
		"ifindex", ATTR_LINK, .link_name = "ifname",
	},
"""

TAIL = """\
};

#endif /* ESPSIMD_STATS_GEN_H */
"""


def quoted(text):
    """The text, on one line, as a C string."""
    text = " ".join(text.split())
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def table(spec):
    """The lines of the table's entries."""
    for attributes in spec["attribute-sets"]:
        if attributes["name"] == "stats":
            break
    else:
        sys.exit("the spec has no attribute set 'stats'")

    for attribute in attributes["attributes"]:
        name = attribute["name"]
        if name == "ifindex":
            continue
        if attribute["type"] != "uint":
            sys.exit(f"counter {name} is not of type uint")
        if not attribute.get("doc", "").strip():
            sys.exit(f"counter {name} has no doc")
        constant = "ESPSIMD_A_STATS_" + name.upper().replace("-", "_")
        yield f"\t[{constant}] = {{\n"
        yield f"\t\t{quoted(name)}, ATTR_UINT, .meaning =\n"
        yield f"\t\t{quoted(attribute['doc'])},\n"
        yield "\t},\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("spec")
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("-o", metavar="FILE", dest="output")
    where.add_argument("--check", metavar="FILE")
    args = parser.parse_args()

    with open(args.spec, encoding="utf-8") as file:
        spec = yaml.safe_load(file)
    text = HEAD + "".join(table(spec)) + TAIL

    if args.output:
        with open(args.output, "w", encoding="utf-8") as file:
            file.write(text)
        return 0

    with open(args.check, encoding="utf-8") as file:
        present = file.read()
    sys.stdout.writelines(difflib.unified_diff(
        present.splitlines(keepends=True), text.splitlines(keepends=True),
        args.check, args.check + ", generated"))
    return int(present != text)


if __name__ == "__main__":
    sys.exit(main())
