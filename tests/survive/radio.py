# SPDX-License-Identifier: LGPL-2.1-or-later
"""The same in the testbed's machine, which has a radio and ipvlan: its case `survive`."""
import os
import re
import subprocess
import tempfile

from host import ROOT
from tally import Tally

REPORT = re.compile(r"# (.*\S) +(\d+) tried +(\d+) survived,? ?(.*)")


def start(build, traffic):
    """The case, on its own way: the virtual machine leaves a processor to the other parts."""
    said = tempfile.TemporaryFile("w+")
    return said, subprocess.Popen([os.path.join(ROOT, "tests/testbed/run-case"), "--build",
                                   os.path.join(ROOT, build), "survive"], stdout=said,
                                  env=os.environ | {"AIRTAP_SURVIVE_TRAFFIC": str(traffic)})


def reports_of(said, case):
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
