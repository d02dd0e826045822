# SPDX-License-Identifier: LGPL-2.1-or-later
"""summary.py DIR: DIR/results.json of tests/bench/run on a page of Markdown: the alternatives, and the goals."""
import json
import os
import sys

from datapath_tool import FIGURES, NAMES, name_of

STARTS = {"start": "`virsh start` to one without airtap, on a bridge", "lease": "from there to the lease, the same",
          "prepare": "prepare of a first guest, to macnat's", "release": "release of the last one, to macnat's"}
START_SIDES = {"not ours": "on a bridge, with airtap installed"}
COLUMNS = ["tcp1_from_guest", "tcp1_to_guest", "frames_from_guest", "frames_to_guest", "round_trip_p50",
           "cpu_tcp1_from_guest", "cpu_tcp1_to_guest"]
# a clock that counts instructions knows no other processor
COUNTED = COLUMNS[:5]


def markdown(head, rows):
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows])


def alternatives(document, columns, reference="a bridge with a TAP"):
    ratios = {(one["side"], one["what"]): one["ratio"]["median"] for one in document["figures"]}
    sides = [side for side in NAMES if any(key[0] == side for key in ratios)]
    stand_ins = {remark["side"] for remark in document["remarks"] if "stand_in" in remark}
    rows = [[name_of(side) + (" (a macvtap standing in)" if side in stand_ins else "")] +
            [f"{ratios[side, what]:.2f}" if (side, what) in ratios else "" for what in columns] for side in sides]
    absent = [f"{name_of(remark['side'])}: not here: {' '.join(remark['absent'].split()).rstrip('.')}."
              for remark in document["remarks"] if "absent" in remark]
    return markdown([f"ratio to {reference}"] + [FIGURES[what][0] for what in columns], rows) + (
        "\n\n" + " ".join(absent) if absent else "")


def starts(document):
    """What a start by libvirt takes, as ratios."""
    ratios = {(one["side"], one["what"]): one["ratio"]["median"] for one in document["figures"]}
    sides = list(dict.fromkeys(one["side"] for one in document["figures"]))
    return markdown(["in the testbed"] + list(STARTS.values()),
                    [[START_SIDES.get(side, f"airtap {side}")] +
                     [f"{ratios[side, what]:.2f}" if (side, what) in ratios else "" for what in STARTS]
                     for side in sides])


def text_of(name, one):
    """What is measured, its opponent and its ratio or size, in words."""
    if name in ("datapath", "scale"):
        return f"{FIGURES[one['what']][0]}, {name_of(one['side'])}", name_of(one["against"]), one["ratio"]
    if name == "recovery":
        return (f"{one['side']} guest after {one['what'].replace('_', ' ')}", one["against"],
                f"{one['later']['median']:.0f} ms later, at most {one['later']['most']}")
    if name == "memory":
        return f"{one['what']}, {one['guests']:,} guest{'s' * (one['guests'] > 1)}", "", f"{one['bytes'] / 2**20:.1f} MiB"
    if name == "helper":
        return "airtap-bridge-helper, plain bridge", "QEMU's helper", one["ratio"]
    return one["what"], one["against"], one["ratio"]


def goals(parts):
    rows = []
    for name, document in parts.items():
        for one in (figure for figure in (document or {"figures": []})["figures"] if "met" in figure):
            what, against, value = text_of(name, one)
            if isinstance(value, dict):
                low, high = value["confidence"]
                value = f"{value['median']:.3f} ({low:.3f} to {high:.3f})"
            rows.append([what, against, value, one["goal"], ("met" if one["met"] else "**missed**") +
                         ("" if one["decided"] else ", undecided")])
    return markdown(["", "against", "ratio (95% interval)", "goal", ""], rows)


def main():
    directory = sys.argv[1]
    with open(os.path.join(directory, "results.json")) as file:
        results = json.load(file)
    pieces = [f"`{results['command']}` on {results['processor']}, {results['processors']} processors, Linux "
              f"{results['kernel']}, load {results['load'][0]:.1f} before and {results['load'][-1]:.1f} after:"]
    if results["parts"].get("datapath"):
        pieces.append(alternatives(results["parts"]["datapath"], COLUMNS))
    if results["parts"].get("datapath --testbed"):
        pieces.append("By instructions, in the testbed, with real ipvtap; with vhost-net against a bridge with vhost-net:")
        pieces.append(alternatives(results["parts"]["datapath --testbed"], COUNTED))
    if results["parts"].get("air"):
        pieces.append("Over the simulated air of the testbed, where the bridge has the station as a port by 4-address frames:")
        pieces.append(alternatives(results["parts"]["air"], COLUMNS, "a bridge with a TAP, over the air"))
    if results["parts"].get("start"):
        pieces.append(starts(results["parts"]["start"]))
    pieces.append(goals(results["parts"]))
    with open(os.path.join(directory, "summary.md"), "w") as file:
        file.write("\n\n".join(pieces) + "\n")


main()
