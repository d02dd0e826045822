# SPDX-License-Identifier: LGPL-2.1-or-later
"""Samples of two sides into ratios and verdicts, and both onto the screen."""
import math
import os
import statistics
import sys


def spread(values):
    """Median and the quartiles around it."""
    low, middle, high = statistics.quantiles(values, n=4, method="inclusive")
    return {"median": middle, "quartiles": [low, high]}


def confidence(values):
    """95% interval of the median, by order: no assumption about how the values are spread."""
    ordered, half = sorted(values), len(values) / 2
    margin = 0.98 * math.sqrt(len(values))
    return [ordered[max(0, math.floor(half - margin))],
            ordered[min(len(values) - 1, math.ceil(half + margin))]]


def is_met(ratio, goal):
    comparison, limit = goal
    return ratio >= limit if comparison == ">=" else ratio <= limit


def judged(ratio, goal):
    """What a figure says of its goal; `ratio` has its median and its confidence."""
    return {"goal": " ".join(map(str, goal)), "met": is_met(ratio["median"], goal),
            "decided": len({is_met(end, goal) for end in ratio["confidence"]}) == 1}


def compared(ours, theirs, goal=None):
    """Of nanoseconds, sample by sample, in milliseconds; a goal is of the ratio."""
    ratios = [a / b for a, b in zip(ours, theirs)]
    ratio = spread(ratios) | {"confidence": confidence(ratios)}
    return {"unit": "ms", "ratio": ratio, "ours": spread([value / 1e6 for value in ours]),
            "theirs": spread([value / 1e6 for value in theirs]), **(judged(ratio, goal) if goal else {})}


def cell(one, digits):
    low, high = one["quartiles"]
    return f"{one['median']:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"


def verdict(figure):
    if "met" not in figure:
        return ""
    met = figure["met"]
    text = ("met" if met else "MISSED") + ("" if figure["decided"] else ", by chance?")
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR"):
        return text
    return f"\033[{32 if met else 31}m{text}\033[0m"


def print_rows(rows):
    """In columns; the last one may have colours."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]) - 1)]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths + [0])).rstrip())
