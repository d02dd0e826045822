# SPDX-License-Identifier: LGPL-2.1-or-later
"""What was tried, and what came of it."""
import sys


class Tally:
    """Points tried and survived, and what was wrong at the others."""

    def __init__(self, what):
        self.what, self.tried, self.faults, self.figures = what, 0, [], []
        self.not_made = 0

    def add(self, point, fault):
        self.tried += 1
        if fault:
            self.faults.append(f"{point}: {fault}")

    def calls_not_made(self, most, whose):
        """Points that were not reached, counted in `not_made`: with more than `most` it says nothing."""
        if self.not_made:
            self.figures.append(f"{self.not_made} calls not made each time")
        if self.not_made > most:
            self.faults.append(f"too many: that is another {whose} each time")

    def report(self):
        survived = max(self.tried - len(self.faults), 0)
        return {"what": self.what, "tried": self.tried, "survived": survived, "faults": self.faults,
                "figures": self.figures}


def sample(points, every):
    """Each of them, or every n-th with the last; and a figure that says so."""
    points = list(points)
    some = points[::every] + ([points[-1]] if points and (len(points) - 1) % every else [])
    return some, [] if every == 1 else [f"{len(some)} of {len(points)} points"]


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
