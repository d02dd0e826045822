#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Counts a CTest run and holds the number of skipped tests to a limit.

usage: summary.py RESULTS.xml LIMIT-FILE
"""
import re
import sys
import xml.etree.ElementTree as ElementTree


def reason_of(case):
    output = case.findtext("system-out") or ""
    lines = [line.strip() for line in output.splitlines()]
    for line in lines:
        if line.lower().startswith("skip:"):
            return line[5:].strip()
    for at, line in enumerate(lines):
        # gtest: "file:line: Skipped", then the reason
        if line.endswith(": Skipped") and at + 1 < len(lines):
            return lines[at + 1]
    return "no reason given"


def main():
    results, limit_file = sys.argv[1:3]
    limit = int(re.search(r"^\d+", open(limit_file).read(), re.M).group())
    passed, failed, skipped = 0, [], []
    for case in ElementTree.parse(results).getroot().iter("testcase"):
        if case.get("status") == "run":
            passed += 1
        elif case.find("failure") is not None or case.get("status") == "fail":
            failed.append(case.get("name"))
        else:
            skipped.append((case.get("name"), reason_of(case)))
    for name, reason in skipped:
        print(f"skipped {name}: {reason}")
    for name in failed:
        print(f"FAILED {name}")
    print(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
    if len(skipped) > limit:
        print(f"{len(skipped)} tests were skipped and {limit_file} allows {limit}: "
              "a test that ran before must not stop running")
    return 1 if failed or len(skipped) > limit else 0


sys.exit(main())
