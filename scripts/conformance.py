#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The conformance table: what RFCs demand, and the tests that show it.

conformance.py ID...|all   runs the tests of these rows in a user-mode kernel,
                           all of them in one, and prints a line of TAP for
                           each row
conformance.py --logs FILE...
                           the same lines, by what these logs of test runs say
conformance.py --check     prints what is wrong with the table itself, such as
                           a test that does not exist
"""

import csv
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TABLE = os.path.join(TOP, "Documentation", "conformance.csv")
RUN = "selftests/run.sh"
LEVELS = {"MUST", "SHOULD", "MAY"}
FIELDS = ["id", "requirement", "level", "by", "tests"]


def rows():
    with open(TABLE, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def split_tests(row):
    """The tests of a row as pairs of test and case, None for all cases."""
    pairs = []
    for word in row["tests"].split():
        test, _, cases = word.partition(":")
        if test != "-":
            pairs += [(test, case) for case in cases.split(",")] \
                if cases else [(test, None)]
    return pairs


def list_cases(tests):
    """The cases that these tests have: sets by the name of the test."""
    output = subprocess.run([RUN, "--list", *tests], cwd=TOP, check=True,
                            stdout=subprocess.PIPE, text=True).stdout
    cases = {}
    for line in output.splitlines():
        test, case = line.split()
        cases.setdefault(test, set()).add(case)
    return cases


def check():
    table = rows()
    tests = sorted({test for row in table for test, _ in split_tests(row)})
    cases = list_cases(tests)
    seen = set()
    for row in table:
        name = row["id"]
        if list(row) != FIELDS or None in row.values():
            print(f"{name}: has not {len(FIELDS)} fields")
        if name in seen:
            print(f"{name}: is there twice")
        seen.add(name)
        if row["level"] not in LEVELS:
            print(f"{name}: {row['level']} is no level")
        for test, case in split_tests(row):
            if test not in cases:
                print(f"{name}: there is no test {test}")
            elif case and case not in cases[test]:
                print(f"{name}: {test} has no case {case}")


def merge(pairs):
    """Words for run.sh: each test once, with all cases that are wanted."""
    wanted = {}
    for test, case in pairs:
        wanted.setdefault(test, {})[case] = True
    return [test if None in cases else test + ":" + ",".join(cases)
            for test, cases in wanted.items()]


def read_results(lines, results):
    """Adds the results that a run of the tests printed, by test and case."""
    test = None
    for line in lines:
        match = re.match(r"# selftests: (\S+?)\.sh\s*$", line)
        if match:
            test = match[1]
        match = re.match(r"(not )?ok \d+ (\S+)( # SKIP)?", line)
        if match:
            result = "failed" if match[1] else \
                "skipped" if match[3] else "passed"
            results[test, match[2]] = result


def echo(lines):
    """Shows lines as comments, since results at the margin are those of rows."""
    for line in lines:
        print("#", line, end="", flush=True)
        yield line


def run_tests(words):
    command = ["scripts/uml-run.sh", "--flavour", "uml", "--timeout", "4500",
               "--", RUN, *words]
    results = {}
    with subprocess.Popen(command, cwd=TOP, stdout=subprocess.PIPE, text=True,
                          stderr=subprocess.STDOUT) as process:
        read_results(echo(process.stdout), results)
    return results


def result_of(row, results):
    """ok, not ok or a reason for skipping it."""
    pairs = split_tests(row)
    found = []
    for test, case in pairs:
        if case:
            found.append(results.get((test, case), "failed"))
        else:
            found += [result for (name, _), result in results.items()
                      if name == test] or ["failed"]
    if "failed" in found:
        return "failed"
    if not found or "passed" not in found:
        return "skipped"
    return "passed"


def report(table, results):
    """Prints a line for each row; returns how many failed."""
    print("TAP version 13")
    print(f"1..{len(table)}")
    failed = 0
    for number, row in enumerate(table, 1):
        result = result_of(row, results)
        failed += result == "failed"
        print("not ok" if result == "failed" else "ok", number, row["id"] +
              (" # SKIP no test shows it" if result == "skipped" else ""))
    return failed


def run(names):
    table = rows()
    unknown = set(names) - {row["id"] for row in table} - {"all"}
    if unknown:
        sys.exit("conformance.py: there is no row " + ", ".join(unknown))
    if "all" not in names:
        table = [row for row in table if row["id"] in names]
    words = merge(pair for row in table for pair in split_tests(row))
    return report(table, run_tests(words) if words else {})


def read_logs(names):
    results = {}
    for name in names:
        with open(name, encoding="utf-8", errors="replace") as file:
            read_results(file, results)
    return report(rows(), results)


def main():
    if sys.argv[1:] == ["--check"]:
        check()
    elif sys.argv[1:2] == ["--logs"]:
        sys.exit(1 if read_logs(sys.argv[2:]) else 0)
    elif len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        sys.exit(1 if run(sys.argv[1:]) else 0)
    else:
        print(__doc__, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
