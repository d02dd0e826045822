# SPDX-License-Identifier: LGPL-2.1-or-later
"""Runs bench_datapath, here or in the testbed, and turns its samples into figures and tables."""
import json
import math
import os
import subprocess

from samples import cell, confidence, judged, print_rows, spread, verdict
from script import ROOT, CannotMeasure, in_testbed, require_iperf3, say

TOOL = "build/bench/tests/bench/bench_datapath"
FEWEST_ROUNDS = 51

# name: text, unit, divisor, goal: a ratio of at least or at most this, or none
FIGURES = {
    "tcp1_from_guest": ("TCP, guest to LAN", "Gbit/s", 1e9, (">=", 0.97)),
    "tcp1_to_guest": ("TCP, LAN to guest", "Gbit/s", 1e9, (">=", 0.97)),
    "tcp8_from_guest": ("TCP, 8 streams, guest to LAN", "Gbit/s", 1e9, (">=", 0.97)),
    "tcp8_to_guest": ("TCP, 8 streams, LAN to guest", "Gbit/s", 1e9, (">=", 0.97)),
    "frames_from_guest": ("64-byte frames, guest to LAN", "1000/s", 1e3, (">=", 0.90)),
    "frames_to_guest": ("64-byte frames, LAN to guest", "1000/s", 1e3, (">=", 0.90)),
    "round_trip_p50": ("round trip, p50", "µs", 1e3, ("<=", 1.05)),
    "round_trip_p99": ("round trip, p99", "µs", 1e3, ("<=", 1.10)),
    "cpu_tcp1_from_guest": ("CPU, guest to LAN", "s/GB", 1, None),
    "cpu_tcp1_to_guest": ("CPU, LAN to guest", "s/GB", 1, None),
    "cpu_tcp8_from_guest": ("CPU, 8 streams, guest to LAN", "s/GB", 1, None),
    "cpu_tcp8_to_guest": ("CPU, 8 streams, LAN to guest", "s/GB", 1, None),
}
NAMES = {"plain": "bridge + TAP", "again": "bridge + TAP, again", "macnat": "airtap macnat", "ipvtap": "airtap ipvtap",
         "bridge": "airtap bridge", "4addr": "airtap 4addr", "station": "airtap station",
         "raw-ipvtap": "raw ipvtap", "macvtap": "macvtap",
         "plain+vhost": "bridge + TAP, vhost-net", "macnat+vhost": "airtap macnat, vhost-net",
         "ipvtap+vhost": "airtap ipvtap, vhost-net", "nat": "libvirt NAT", "passt": "passt", "nft": "nft MAC-NAT", "proxy-arp": "proxy ARP",
         "host": "the host itself"}


def name_of(side):
    if side in NAMES:
        return NAMES[side]
    kind, _, guests = side.rpartition("-")
    return f"{NAMES[kind]}, {int(guests):,} guests"


def place_of(side):
    """Where it stands in a table: crowds of a kind by their size."""
    kind, guests = (side, 1) if side in NAMES else (side.rpartition("-")[0], int(side.rpartition("-")[2]))
    return list(NAMES).index(kind), guests


class Samples:
    """What bench_datapath said: {(side, figure): {round: value}}, and what it said of sides it has not."""

    def __init__(self, entries):
        self.entries, self.values, self.remarks, self.raw, self.rounds = entries, {}, [], {}, 0
        for entry in entries:
            if "value" in entry:
                self.values.setdefault((entry["side"], entry["what"]), {})[entry["round"]] = entry["value"]
                self.raw.setdefault(entry["side"], {}).setdefault(entry["what"], []).append(
                    [entry["round"], entry["value"]])
                self.rounds = max(self.rounds, entry["round"])
            elif "kernel" in entry:
                self.kernel, self.processors = entry["kernel"], entry["processors"]
            else:
                self.remarks.append(entry)
        self.sides = list(self.raw)

    def figures(self, reference_of, has_goal):
        """Each figure of each side against that of its reference."""
        found = []
        for what, (_, unit, divisor, goal) in FIGURES.items():
            for side in sorted(self.sides, key=place_of):
                ours = self.values.get((side, what), {})
                theirs = self.values.get((reference_of(side), what), {})
                both = sorted(ours.keys() & theirs.keys())
                if reference_of(side) == side or len(both) < 2:
                    continue
                ratios = [ratio_of(ours[at], theirs[at]) for at in both]
                ratio = spread(ratios) | {"confidence": confidence(ratios)}
                found.append({"what": what, "side": side, "against": reference_of(side), "unit": unit,
                              "ours": spread([ours[at] / divisor for at in both]),
                              "theirs": spread([theirs[at] / divisor for at in both]), "ratio": ratio}
                             | (judged(ratio, goal) if goal and has_goal(side) else {}))
        return found


def ratio_of(value, reference):
    if reference == 0:  # a moment in which nothing moved, on one side or on both
        return 1.0 if value == 0 else math.inf
    return value / reference


def run_here(options, figures_of):
    """Samples of bench_datapath. All figures have FEWEST_ROUNDS; then those go on that `figures_of` what there is so
    far leaves undecided, so that the time is theirs."""
    if os.geteuid() != 0:
        raise CannotMeasure("network namespaces need root: sudo tests/bench/...")
    require_iperf3()
    # before others, for a minute: what else runs would be most of what is measured
    tool = subprocess.Popen(["nice", "-n", "-15", os.path.join(ROOT, TOOL), "--ask"] + options,
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    lines, wanted, rounds = [], list(FIGURES), 0
    for line in tool.stdout:
        entry = json.loads(line)
        if entry:
            lines.append(entry)
            continue
        rounds += 1
        if rounds >= FEWEST_ROUNDS and rounds % 10 == 1:
            wanted = sorted({figure["what"] for figure in figures_of(Samples(lines)) if not figure.get("decided", True)})
            say(f"  round {rounds}: " + (", ".join(wanted) or "all are decided"))
        tool.stdin.write(" ".join(wanted) + "\n")
        tool.stdin.flush()
    if tool.wait():
        raise CannotMeasure("the measurement failed")
    return Samples(lines)


def run_in_testbed(options, rounds):
    require_iperf3()
    options = [*options, "--tcp-mbytes", "16"]  # a tenth of a second of that clock
    return Samples(in_testbed("testbed-case", [TOOL], {"BENCH_OPTIONS": " ".join(options)}, 300 + 60 * rounds,
                              airtap=False, iperf3=True, options=["--count-time"]))


def print_figures(figures, remarks):
    for what in dict.fromkeys(figure["what"] for figure in figures):
        text, unit = FIGURES[what][:2]
        rows = [[f"{text} ({unit})", "its", "against", "", "ratio", "goal", ""]]
        for one in (figure for figure in figures if figure["what"] == what):
            digits = 2 if unit in ("Gbit/s", "s/GB") else 1
            if one["theirs"]["median"] < 1:
                digits += 2
            rows.append(["  " + name_of(one["side"]), cell(one["ours"], digits), name_of(one["against"]),
                         cell(one["theirs"], digits), cell(one["ratio"], 3), one.get("goal", ""), verdict(one)])
        print_rows(rows)
        print()
    for one in (remark for remark in remarks if "stand_in" in remark):
        print(f"{name_of(one['side'])}: not here ({one['stand_in']}); a macvtap stood in, which has the same queue "
              "and the same hooks.")
    for one in (remark for remark in remarks if "absent" in remark):
        print(f"{name_of(one['side'])}: not here: {' '.join(one['absent'].split())}")
    for side in dict.fromkeys(remark["side"] for remark in remarks if "lost" in remark):
        lost = [remark["lost"] for remark in remarks if remark["side"] == side and "lost" in remark]
        print(f"{name_of(side)}: {len(lost)} samples lost, the first by {lost[0]}")
