#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Draws what the case `modes` measured: table.py RESULTS

One row a guest, and one for each refused start; a wrong cell is marked with '!', red on a terminal, and its
reason is printed below with the ends of the logs that belong to it. Exits 1 when
any cell is wrong or nothing was measured.
"""
import glob
import json
import os
import sys

COLUMNS = [
    ("mode", "MODE"), ("guest", "GUEST"), ("mac", "MAC"),
    ("air", "MAC ON THE AIR"), ("lease", "LEASE"), ("ping", "PING"),
    ("ping6", "PING6"), ("gone", "GONE"), ("residue", "RESIDUE"), ("host", "HOST"),
]
# The logs that help with a wrong cell, and how many of their last lines.
GUEST_LOGS = [("{guest}.log", 4), ("{guest}.serial.log", 8), ("modes.dnsmasq.log", 8)]
HOST_LOGS = [("modes.wpa.log", 6), ("modes.hostapd.log", 6)]
LOGS = {"lease": GUEST_LOGS, "ping": GUEST_LOGS, "ping6": GUEST_LOGS, "air": [],
        "guest": [("modes.libvirtd.log", 6)], "host": HOST_LOGS}
# What libvirtd always says in this machine.
NOISE = ("virGDBus", "virCgroup", "virGetHostname", "virHostCPUGetCPUID", "DBus not available",
         "is tainted", "virFirewall")


def colour() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def paint(text: str, code: int) -> str:
    return f"\033[{code}m{text}\033[0m" if colour() else text


def draw(rows: list[dict]) -> None:
    def text(row: dict, key: str) -> str:
        value = row["cells"].get(key) or "-"
        return value + "!" if key in row["wrong"] else value

    widths = [max([len(title)] + [len(text(row, key)) for row in rows])
              for key, title in COLUMNS]
    print(paint("  ".join(title.ljust(width) for (_, title), width in zip(COLUMNS, widths)).rstrip(), 1))
    for row in rows:
        cells = []
        for (key, _), width in zip(COLUMNS, widths):
            cell = text(row, key).ljust(width)
            cells.append(paint(cell, 31) if key in row["wrong"] else cell)
        print("  ".join(cells).rstrip())


def tail(path: str, count: int) -> list[str]:
    try:
        with open(path, errors="replace") as log:
            # Serial consoles speak in escape sequences; keep what can be read.
            lines = ["".join(c for c in line if c.isprintable()) for line in log]
    except OSError:
        return []
    return [line for line in lines
            if line.strip() and not any(word in line for word in NOISE)][-count:]


def explain(rows: list[dict], results: str) -> None:
    shown = set()
    for row in rows:
        if not row["wrong"]:
            continue
        guest = row["cells"]["guest"]
        print()
        for key, reason in row["wrong"].items():
            print(f"{paint(guest, 1)}: {dict(COLUMNS)[key]}: {reason}".replace("\n", "\n    "))
        for key in row["wrong"]:
            for pattern, count in LOGS.get(key, []):
                name = pattern.format(guest=guest)
                lines = [] if name in shown else tail(os.path.join(results, name), count)
                shown.add(name)
                if lines:
                    print(f"  {name}:")
                    for line in lines:
                        print(f"    {line[:160]}")


def draw_refused(rows: list[dict]) -> None:
    width = max(len(row["what"]) for row in rows)
    print("\n" + paint("REFUSED".ljust(width) + "  REASON", 1))
    for row in rows:
        text = f"{row['what'].ljust(width)}  {row['reason'] or '-'}" + ("!" if row["wrong"] else "")
        print(paint(text, 31) if row["wrong"] else text)
    for row in rows:
        if row["wrong"]:
            print(f"\n{paint(row['what'], 1)}: {row['wrong']}")


def main() -> int:
    results = sys.argv[1]
    rows: list[dict] = []
    refused: list[dict] = []
    for path in sorted(glob.glob(os.path.join(results, "modes", "*.json"))):
        with open(path) as file:
            document = json.load(file)
        rows += document["guests"]
        refused += document.get("refused", [])
    if not rows and not refused:
        print("nothing was measured", file=sys.stderr)
        return 1
    if rows:
        draw(rows)
        explain(rows, results)
    if refused:
        draw_refused(refused)
    return 1 if any(row["wrong"] for row in rows + refused) else 0


if __name__ == "__main__":
    sys.exit(main())
