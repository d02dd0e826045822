# SPDX-License-Identifier: LGPL-2.1-or-later
"""memory_calls.py STAGE OBJECT GUESTS...: run by tests/bench/memory in namespaces of its own; prints bytes as JSON."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

from control_calls import PINS, UPLINK, hook, make_host, run


def sizes(pid):
    """Bytes that a process has in memory."""
    with open(f"/proc/{pid}/smaps_rollup") as text:
        return {"resident": 1024 * int(re.search(r"^Rss: +(\d+) kB", text.read(), re.MULTILINE)[1])}


def process(*command):
    """Sizes of a program that has had two seconds to find its peace."""
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(2)
    if started.poll() is not None:
        sys.exit(f"{command[0]} ended with {started.returncode}")
    found = sizes(started.pid)
    started.terminate()
    started.wait()
    return found


def pinned(kind, names):
    """What the kernel has for pinned maps or programs, as bpftool shows it."""
    total = 0
    for name in names:
        shown = run("bpftool", "-j", kind, "show", "pinned", os.path.join(PINS, name), stdout=subprocess.PIPE)
        total += json.loads(shown.stdout)["bytes_memlock"]
    return total


def datapath():
    """Maps and programs are told apart by who can show them."""
    maps, programs = [], []
    for directory, _, names in os.walk(PINS):
        for name in names:
            path = os.path.relpath(os.path.join(directory, name), PINS)
            is_map = subprocess.run(["bpftool", "map", "show", "pinned", os.path.join(PINS, path)],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
            (maps if is_map else programs).append(path)
    return {"maps": pinned("map", maps), "programs": pinned("prog", programs)}


def records():
    return sum(os.path.getsize(os.path.join(directory, name))
               for directory, _, names in os.walk("/run/airtap") for name in names)


def passt():
    """What a guest has beside it where passt is its network."""
    if not shutil.which("passt"):
        return {"absent": "passt is not installed"}
    place = tempfile.mkdtemp(dir="/mnt")  # goes with this host
    os.chmod(place, 0o777)  # passt becomes nobody first
    return process("passt", "--foreground", "--quiet", "--socket", f"{place}/socket", "--interface", UPLINK)


def main():
    stage, crowds = sys.argv[1], [int(argument) for argument in sys.argv[3:]]
    make_host(stage)
    os.environ["TMPDIR"] = "/mnt"
    found, attached = {"passt": passt(), "guests": {}}, 0
    for crowd in crowds:
        while attached < crowd:
            attached += 1
            hook(attached, "prepare", "begin")
            if attached % 100 == 0:
                print(f"  {attached} guests", file=sys.stderr, flush=True)
        found["guests"][crowd] = {"monitor": process("/usr/libexec/airtap/airtap-monitor"), "records": records(),
                                  **datapath()}
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
