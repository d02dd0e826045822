# SPDX-License-Identifier: LGPL-2.1-or-later
"""Many cycles, and many guests on one uplink."""
import glob
import json
import os
import subprocess
import time

from host import run
from tally import Tally, progress

# Longer than the hook waits for its lock: then it would have failed.
PATIENCE = 60
# Of libc, the heap and what BPF keeps a moment: what is lost in each cycle would be more.
MONITOR_KIB = 256


def start(host, guest):
    """A whole domain start; None or what failed."""
    host.settle()
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


def counts():
    """What could grow, by name."""
    return {"netdevs": len(os.listdir("/sys/class/net")),
            "pins": len(glob.glob("/sys/fs/bpf/airtap/*/*")),
            "files": len(glob.glob("/run/airtap/*"))}


def resources(pid):
    """Open files, and resident KiB, of a process."""
    with open(f"/proc/{pid}/status") as status:
        resident = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    return len(os.listdir(f"/proc/{pid}/fd")), resident


def at_rest(pid):
    """The least of some looks: while it follows a change, a process has some more open."""
    looks = []
    for _ in range(10):
        time.sleep(0.2)
        looks.append(resources(pid))
    return min(looks)


def cycles_of(host, tally, modes, cycles, each=lambda number: None):
    for number in range(cycles):
        progress(f"{tally.what}: {number} of {cycles}")
        guest = host.guest(2 + number % 7, modes[number % len(modes)])
        tally.add(f"cycle {number}", start(host, guest) or stop(host, guest))
        each(number)
    progress("")


def soak_alone(host, modes, cycles):
    """Each guest is the first and the last: everything is made and taken away each time."""
    tally, before, begin = Tally(f"soak, alone: {', '.join(modes)}"), host.state(), time.monotonic()

    def compare(number):
        if number % 200 == 199:
            tally.faults += [f"after {number + 1} cycles: {line}" for line in host.residue(before)]

    cycles_of(host, tally, modes, cycles, compare)
    tally.faults += host.residue(before)
    tally.figures = [f"{(time.monotonic() - begin) / cycles * 1000:.0f} ms a cycle",
                     "links, filters, pins, files as before"]
    return tally.report()


def soak_beside(host, modes, cycles):
    """Beside a guest that stays, and the follower, which must not grow with what it sees."""
    tally, before, stays = Tally(f"soak, beside a guest: {', '.join(modes)}"), host.state(), []
    stays = [host.guest(101 + number, mode) for number, mode in enumerate(modes)]
    for guest in stays:
        tally.add(guest.name, start(host, guest))
    monitor, seen = subprocess.Popen([host.monitor], stderr=subprocess.DEVNULL), []
    host.note_maps()
    at_first = counts()

    def look(number):
        if number in (cycles // 10, cycles - 1):
            seen.append(at_rest(monitor.pid))

    cycles_of(host, tally, modes, cycles, look)
    at_last, (files, resident), (files_now, resident_now) = counts(), *seen
    maps = len(host.maps)
    host.note_maps()
    tally.figures = [f"monitor {files} → {files_now} fds, {resident} → {resident_now} KiB",
                     *(f"{name} {at_first[name]} → {at_last[name]}" for name in at_first),
                     f"maps {maps} → {len(host.maps)}"]
    if at_first != at_last or files_now > files or len(host.maps) != maps:
        tally.faults.append("something grew")
    if resident_now > resident + MONITOR_KIB:
        tally.faults.append(f"the monitor grew by {resident_now - resident} KiB")
    for guest in stays:
        tally.add(f"{guest.name} stops", stop(host, guest))
    try:
        monitor.wait(10)
    except subprocess.TimeoutExpired:
        monitor.kill()
        tally.faults.append("the monitor did not end with the last guest")
    tally.faults += host.residue(before)
    return tally.report()


def soak(host, modes, cycles):
    half = max(cycles // 2, 20)
    yield soak_alone(host, modes, half)
    yield soak_beside(host, modes, half)


def map_bytes():
    total, count = 0, 0
    for path in glob.glob("/sys/fs/bpf/airtap/*/*"):
        shown = subprocess.run(["bpftool", "-j", "map", "show", "pinned", path],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        if shown.returncode == 0 and shown.stdout:
            total += json.loads(shown.stdout).get("bytes_memlock", 0)
            count += 1
    return total, count


def scale(host, count):
    """Guests one after the other on one uplink: what the n-th costs, and what all of them take."""
    tally, before = Tally(f"{count} guests on one uplink"), host.state()
    guests, sizes = [host.guest(number, "macnat") for number in range(1, count + 1)], []
    for number, guest in enumerate(guests, 1):
        progress(f"scale: guest {number} of {count}")
        begin = time.monotonic()
        tally.add(f"start of {guest.name}", start(host, guest))
        if number in (1, 10, 100, count):
            tally.figures.append(f"start {number}: {(time.monotonic() - begin) * 1000:.0f} ms")
            sizes.append(map_bytes())
    host.note_maps()
    (first, maps), (last, maps_now) = sizes[0], sizes[-1]
    tally.figures.append(f"{maps} maps of {first >> 10} KiB with 1 guest, {maps_now} of "
                         f"{last >> 10} KiB with {count}")
    if (first, maps) != (last, maps_now):
        tally.faults.append("maps grow with guests")
    tally.figures.append(f"records {sum(map(os.path.getsize, records())) >> 10} KiB")
    begin = time.monotonic()
    if (done := host.reconcile()).returncode:
        tally.faults.append(f"reconcile: {done.stdout.strip()}")
    tally.figures.append(f"reconcile {(time.monotonic() - begin) * 1000:.0f} ms")
    for guest in guests:
        tally.add(f"stop of {guest.name}", stop(host, guest))
    progress("")
    tally.faults += host.residue(before, patience=30)
    return tally.report()
