# SPDX-License-Identifier: LGPL-2.1-or-later
"""Errors inside netlink messages, which no tracer can inject: the session's tests on a fake kernel."""
import json
import os
import subprocess

from host import ROOT
from tally import Tally

TESTS = "*WhicheverCall*:*WhicheverError*:*WhereverTheHook*:*WhereverDetach*"


def fake_kernel(host, build):
    tally = Tally("all modes: errors and kills on a fake kernel")
    program = os.path.join(ROOT, build, "tests/airtap_unit_tests")
    if not os.access(program, os.X_OK):
        tally.faults.append(f"{program} is missing: cmake --build --preset debug --target airtap_unit_tests")
        return tally.report()
    answer = os.path.join(host.scratch, "unit.json")
    subprocess.run([program, f"--gtest_filter={TESTS}", f"--gtest_output=json:{answer}"],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(answer) as file:
        suites = json.load(file)["testsuites"]
    cases = [case for suite in suites for case in suite["testsuite"]]
    for case in cases:
        if "failures" in case:
            tally.faults.append(f"{case['classname']}.{case['name']}: {case['failures'][0]['failure']}")
        tally.tried += int(case.get("points", 0))
    tally.figures = [f"{len(cases)} tests, each mode's every call"]
    return tally.report()
