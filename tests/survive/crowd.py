# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many guests at once, many cycles, many guests on one uplink."""
import glob
import json
import os
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from host import UPLINK, Guest, make_lan, run
from steps import Tally, progress

CROWD = 64
# Longer than the hook waits for its lock: then it would have failed.
PATIENCE = 60


def start(host, guest):
    """A whole domain start; None or what failed."""
    for event in ("prepare", "start", "started"):
        if event == "started":
            guest.run_emulator()
        done = host.call(guest, event, timeout=PATIENCE)
        if done.returncode:
            return f"{guest.name}: {event}: {done.stderr.strip()}"
    return None


def stop(host, guest):
    guest.end_emulator()
    done = host.call(guest, "release", timeout=PATIENCE)
    return f"{guest.name}: release: {done.stderr.strip()}" if done.returncode else None


def records():
    return glob.glob("/run/airtap/guest-*")


def crowd_at_once(host):
    """Domains that start and stop at once while reconcile runs again and again."""
    tally, before, slowest = Tally(f"{CROWD} domains at once, beside reconcile"), host.state(), 0.0
    guests, over = [Guest(number, "macnat") for number in range(1, CROWD + 1)], threading.Event()

    def keep_reconciling():
        while not over.is_set():
            if (done := host.reconcile()).returncode:
                tally.faults.append(f"reconcile: {done.stdout.strip()}")

    reconciler = threading.Thread(target=keep_reconciling)
    reconciler.start()
    for action in (start, stop):
        with ThreadPoolExecutor(CROWD) as pool:
            begin = time.monotonic()
            for guest, fault in zip(guests, pool.map(lambda guest: action(host, guest), guests)):
                tally.add(guest.name, fault)
            slowest = max(slowest, time.monotonic() - begin)
        expected = CROWD if action is start else 0
        if len(records()) != expected:
            tally.faults.append(f"{len(records())} records after {action.__name__}")
    over.set()
    reconciler.join()
    tally.faults += host.residue(before)
    return tally.report() | {"figures": [f"all within {slowest:.1f} s"]}


def uplink_vanishes(host, times=20):
    """The uplink is removed somewhere during a start."""
    tally, before = Tally("uplink removed during prepare"), host.state()
    for number in range(times):
        guest = Guest(1, "macnat")
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(host.call, guest, "prepare", timeout=PATIENCE)
            time.sleep(number / times * 0.05)
            run("ip", "link", "delete", UPLINK)
            result = done.result()
        fault = None
        if result.returncode and not result.stderr.strip():
            fault = "failed without a word"
        host.call(guest, "release")
        make_lan()
        host.reconcile()
        left = host.residue(before)
        tally.add(f"after {number / times * 50:.1f} ms", fault or ("; ".join(left) or None))
        before = host.state() if left else before
    return tally.report()


def races(host):
    return [crowd_at_once(host), uplink_vanishes(host)]


def count_programs():
    """Of the whole machine: others that load some change it."""
    return len(json.loads(run("bpftool", "-j", "prog", "show")))


def soak(host, modes, cycles):
    """Starts and stops, in turns over the modes; what is counted must not have grown."""
    tally, before, begin = Tally(f"soak over {', '.join(modes)}"), host.state(), time.monotonic()
    programs = count_programs()
    for number in range(cycles):
        progress(f"soak: {number} of {cycles} cycles")
        guest = Guest(1 + number % 7, modes[number % len(modes)])
        tally.add(f"cycle {number}", start(host, guest) or stop(host, guest))
        if number % 200 == 199:
            tally.faults += [f"after {number + 1} cycles: {line}" for line in host.residue(before)]
    progress("")
    took = time.monotonic() - begin
    return tally.report() | {"figures": [f"{took / cycles * 1000:.0f} ms a cycle",
                                         f"BPF programs {programs} before, {count_programs()} after"]}


def map_bytes():
    total = 0
    for path in glob.glob("/sys/fs/bpf/airtap/**", recursive=True):
        shown = subprocess.run(["bpftool", "-j", "map", "show", "pinned", path],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if shown.returncode == 0 and shown.stdout:
            total += json.loads(shown.stdout).get("bytes_memlock", 0)
    return total


def scale(host, count):
    """Guests one after the other on one uplink: what the n-th costs, and what all of them take."""
    tally, before = Tally(f"{count} guests on one uplink"), host.state()
    guests, figures = [Guest(number, "macnat") for number in range(1, count + 1)], []
    for number, guest in enumerate(guests, 1):
        progress(f"scale: guest {number} of {count}")
        begin = time.monotonic()
        tally.add(f"start of {guest.name}", start(host, guest))
        if number in (1, 10, 100, count):
            figures.append(f"start {number}: {(time.monotonic() - begin) * 1000:.0f} ms")
    figures.append(f"maps {map_bytes() >> 10} KiB")
    figures.append(f"records {sum(map(os.path.getsize, records())) >> 10} KiB")
    begin = time.monotonic()
    if (done := host.reconcile()).returncode:
        tally.faults.append(f"reconcile: {done.stdout.strip()}")
    figures.append(f"reconcile {(time.monotonic() - begin) * 1000:.0f} ms")
    for guest in guests:
        tally.add(f"stop of {guest.name}", stop(host, guest))
    progress("")
    tally.faults += host.residue(before)
    return tally.report() | {"figures": figures}
