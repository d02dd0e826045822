# SPDX-License-Identifier: LGPL-2.1-or-later
"""Instructions counted by valgrind: what a program does itself, the same on a busy machine."""
import glob
import os
import shutil
import subprocess
import tempfile

from samples import print_rows

ABSENT = None if shutil.which("valgrind") else {"absent": "valgrind is not installed"}


def instructions(command, **options):
    """Of user space, of the command and all that it starts."""
    with tempfile.TemporaryDirectory() as work:
        subprocess.run(["valgrind", "--quiet", "--tool=callgrind", "--trace-children=yes",
                        f"--callgrind-out-file={work}/%p", "--log-file=/dev/null", *command], check=True,
                       stdout=subprocess.DEVNULL, **options)
        total = 0
        for path in glob.glob(os.path.join(work, "*")):
            with open(path) as text:
                total += sum(int(line.split()[1]) for line in text if line.startswith("totals:"))
        return total


def print_instructions(counts, rows):
    """Rows: what is measured, its opponent, and the key of both sides' counts: airtap and other."""
    print()
    if "absent" in counts:
        print(f"Instructions are not counted: {counts['absent']}.")
        return
    print_rows([["instructions, user space", "against", "its", "airtap's", "ratio"]] +
               [[what, against, f"{counts[key]['other']:,}", f"{counts[key]['airtap']:,}",
                 f"{counts[key]['airtap'] / counts[key]['other']:.3f}"] for what, against, key in rows])
