# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same in machines of the testbed, which have radios and ipvlan: its cases `survive` and `survive-more`."""
import os
import re
import subprocess
import tempfile

from host import ROOT
from tally import Tally

REPORT = re.compile(r"# (.*\S) +(\d+) tried +(\d+) survived,? ?(.*)")
CASES = ("survive", "survive-more")
# A cycle takes seconds there.
CYCLES = 300


def start(options):
    """A virtual machine for each case, beside the other parts."""
    environment = os.environ | {"AIRTAP_SURVIVE_TRAFFIC": str(options.traffic),
                                "AIRTAP_SURVIVE_CYCLES": str(min(options.cycles, CYCLES)),
                                "AIRTAP_SURVIVE_EVERY": str(options.every)}
    return [start_case(case, os.path.join(ROOT, options.build), environment) for case in CASES]


def start_case(case, build, environment):
    said = tempfile.TemporaryFile("w+")
    command = [os.path.join(ROOT, "tests/testbed/run-case"), "--no-turn", "--build", build, case]
    return said, subprocess.Popen(command, stdout=said, env=environment)


def reports_of(cases):
    for said, case in cases:
        yield from reports_of_case(said, case)


def reports_of_case(said, case):
    """A report for each of the case's own, and one for its other checks."""
    status = case.wait()
    said.seek(0)
    checks, reports = Tally("testbed: checks"), []
    for line in said:
        line = line.rstrip()
        if found := REPORT.fullmatch(line):
            what, tried, survived, figures = found.groups()
            reports.append({"what": "testbed: " + what, "tried": int(tried), "survived": int(survived),
                            "faults": [], "figures": [figures] if figures else []})
        elif line.startswith(("ok - ", "not ok - ")):
            checks.add(line, None if line.startswith("ok") else "not so")
        elif line.startswith("# ") and (" answers of " in line or " maps" in line):
            checks.figures.append(line[2:])
        elif reports and line.startswith("#  "):
            reports[-1]["faults"].append(line[1:].strip())
    if status == 77:
        checks.faults.append("the testbed cannot run here")
    elif status and not checks.faults:
        checks.faults.append(f"run-case ended {status}")
    yield from reports
    yield checks.report()
