# SPDX-License-Identifier: LGPL-2.1-or-later
"""plots.py DIR: draws DIR/results.json of tests/bench/run as SVG. The same figures make the same files."""
import json
import os
import sys

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt  # noqa: E402, after the choice above

from datapath_tool import FIGURES, NAMES, name_of  # noqa: E402
from script import MODES  # noqa: E402

OURS, OTHERS, LINE = "#1b7837", "#9e9e9e", "#404040"
PANELS = ["tcp1_from_guest", "tcp1_to_guest", "tcp8_from_guest", "tcp8_to_guest",
          "frames_from_guest", "frames_to_guest", "round_trip_p50", "cpu_tcp1_from_guest"]
LOWER_IS_BETTER = ("round_trip", "cpu")


def save(figure, directory, name):
    figure.tight_layout()
    # Nothing of the day or the process in it.
    figure.savefig(os.path.join(directory, name), metadata={"Date": None, "Creator": None})
    plt.close(figure)


def bars(axes, figures):
    """Ratios to the plain bridge, with their middle half."""
    figures = sorted(figures, key=lambda one: list(NAMES).index(one["side"]), reverse=True)
    medians = [one["ratio"]["median"] for one in figures]
    around = [[one["ratio"]["median"] - one["ratio"]["quartiles"][0] for one in figures],
              [one["ratio"]["quartiles"][1] - one["ratio"]["median"] for one in figures]]
    end = min(2.0, 1.15 * max([1.1] + medians))
    axes.barh([name_of(one["side"]) for one in figures], [min(median, end) for median in medians], xerr=around,
              color=[OURS if one["side"] in MODES else OTHERS for one in figures], error_kw={"lw": 0.8})
    for at, median in enumerate(medians):
        axes.text(0.02 * end, at, f"{median:.2f}", va="center", fontsize=8, color="white" if median > 0.2 else LINE)
    axes.axvline(1, color=LINE, lw=1)
    axes.set_xlim(0, end)


def ratios(document, title, directory, name, height=6.2):
    figure, grid = plt.subplots(2, 4, figsize=(15, height), sharey=True)
    for axes, what in zip(grid.flat, PANELS):
        bars(axes, [one for one in document["figures"] if one["what"] == what])
        better = "lower" if what.startswith(LOWER_IS_BETTER) else "higher"
        axes.set_title(f"{FIGURES[what][0]}\n({better} is better)", fontsize=10)
    figure.suptitle(f"{title} (median, middle half)")
    save(figure, directory, name)


def datapath(document, directory):
    ratios(document, "Ratio to a bridge of the kernel with TAPs over the same uplink", directory, "datapath.svg")


def air(document, directory):
    ratios(document, "Ratio to a bridge of the kernel with a TAP over the same simulated air, 4-address frames", directory, "air.svg", 4.2)


def scale(document, directory):
    figure, axes = plt.subplots(figsize=(8, 4.5))
    for what in (what for what in PANELS if what in {one["what"] for one in document["figures"]}):
        points = sorted((int(one["side"].rsplit("-")[-1]), one["ratio"]["median"]) for one in document["figures"]
                        if one["what"] == what and one["side"].startswith("macnat"))
        axes.plot([1] + [guests for guests, _ in points], [1] + [ratio for _, ratio in points], marker="o",
                  label=FIGURES[what][0])
    axes.axhline(1, color=LINE, lw=1)
    axes.set(xscale="log", xlabel="guests, four addresses each", ylabel="ratio to one guest", ylim=(0, 1.6),
             title="macnat with many guests, one of which has traffic")
    axes.legend(fontsize=8, ncol=2)
    save(figure, directory, "scale.svg")


def control(document, directory):
    figure, (times, curve) = plt.subplots(1, 2, figsize=(15, 4.5))
    rows = [one for one in document["figures"] if one["against"] in ("/bin/true", "a shell script")
            and not one["what"].startswith(" ")][::-1]
    for offset, side, color in ((0.2, "theirs", OTHERS), (-0.2, "ours", OURS)):
        times.barh([at + offset for at in range(len(rows))], [one[side]["median"] for one in rows], 0.38, color=color,
                   label={"theirs": "/bin/true, a shell script", "ours": "airtap"}[side])
    times.set_yticks(range(len(rows)), [one["what"] for one in rows])
    times.set(xscale="log", xlabel="ms")
    times.legend(fontsize=8)
    attach = [took / 1e6 for took in document["samples"]["crowd"]["attach"]]
    curve.plot(range(1, len(attach) + 1), attach, ".", color=OURS, ms=3)
    curve.set(xlabel="n", ylabel="ms", ylim=(0, None), title="prepare of the n-th guest")
    save(figure, directory, "control.svg")


def start(document, directory):
    figure, axes = plt.subplots(figsize=(9, 4))
    sides = list(dict.fromkeys(one["side"] for one in document["figures"] if one["what"] == "start"))
    for at, (what, label, color) in enumerate((("start", "virsh start", OURS),
                                               ("lease", "from virsh start to the lease", "#7fbf7b"))):
        of = {one["side"]: one["ratio"] for one in document["figures"] if one["what"] == what}
        axes.bar([x + 0.4 * at for x in range(len(sides))], [of[side]["median"] for side in sides], 0.38, color=color,
                 label=label, error_kw={"lw": 0.8},
                 yerr=[[of[side]["median"] - of[side]["quartiles"][0] for side in sides],
                       [of[side]["quartiles"][1] - of[side]["median"] for side in sides]])
    axes.axhline(1, color=LINE, lw=1)
    axes.set_xticks([x + 0.2 for x in range(len(sides))], ["bridge, with airtap installed" if side == "not ours"
                                                            else side for side in sides], fontsize=8)
    axes.set(ylabel="ratio", title="A start by libvirt against one on a plain bridge without airtap (testbed)")
    axes.legend(fontsize=8)
    save(figure, directory, "start.svg")


def memory(document, directory):
    figure, axes = plt.subplots(figsize=(8, 4))
    names = {"monitor": "airtap-monitor", "maps": "maps", "programs": "programs", "records": "records"}
    guests = document["samples"]["guests"]
    for at, (key, label) in enumerate(names.items()):
        sizes = [size[key]["resident"] if key == "monitor" else size[key] for size in guests.values()]
        axes.bar([x + 0.2 * at for x in range(len(guests))], [size / 2**20 for size in sizes], 0.19, label=label)
    axes.axhline(6, color=LINE, lw=1, ls="--")
    axes.set_xticks([x + 0.3 for x in range(len(guests))], [f"{int(count):,} guests" for count in guests])
    axes.set(ylabel="MiB", title="In memory while guests run; the line is the monitor's goal")
    axes.legend(fontsize=8)
    save(figure, directory, "memory.svg")


def recovery(document, directory):
    figure, axes = plt.subplots(figsize=(9, 4))
    events = list(dict.fromkeys(one["what"] for one in document["figures"]))
    of = {(one["what"], one["side"]): one for one in document["figures"]}
    rows = [("host", [of[event, "macnat"]["theirs"]["median"] for event in events], OTHERS)] + [
        (f"guest, {mode}", [of[event, mode]["ours"]["median"] for event in events], color)
        for mode, color in (("macnat", OURS), ("ipvtap", "#7fbf7b"))]
    for at, (label, medians, color) in enumerate(rows):
        axes.bar([x + 0.27 * at for x in range(len(events))], medians, 0.26, label=label, color=color)
    axes.set_xticks([x + 0.27 for x in range(len(events))], [event.replace("_", " ") for event in events])
    axes.set(ylabel="ms", title="Back on the LAN after a disturbance of the Wi-Fi")
    axes.legend(fontsize=8)
    save(figure, directory, "recovery.svg")


def main():
    directory = sys.argv[1]
    # Text stays text: smaller, and readable by machines.
    matplotlib.rcParams.update({"svg.hashsalt": "airtap", "svg.fonttype": "none", "font.family": "sans-serif"})
    with open(os.path.join(directory, "results.json")) as file:
        results = json.load(file)
    draw = {"datapath": datapath, "air": air, "scale": scale, "control": control, "start": start, "memory": memory, "recovery": recovery}
    for name, document in results["parts"].items():
        if document and name in draw:
            draw[name](document, directory)


main()
