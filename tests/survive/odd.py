# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hosts on which something is odd: no room, damaged records, parts removed or renamed meanwhile."""
import glob
import os
from functools import partial

from crowd import PATIENCE, start, stop
from host import UPLINK, make_lan, run
from tally import Tally
from wire import Machine, answers

RECORDS = "/run/airtap"
RECORD = RECORDS + "/guest-6a1f0000-0000-4000-8000-0000000000ff.json"


def refused_and_clean(host, change, undo, expected):
    """A start under the change fails in words and leaves nothing; None or what is wrong."""
    before, guest = host.state(), host.guest(1, "macnat")
    os.makedirs(RECORDS, exist_ok=True)
    change()
    try:
        done = host.call(guest, "prepare", timeout=PATIENCE)
    finally:
        undo()
        os.rmdir(RECORDS)
    if done.returncode == 0:
        host.call(guest, "release")
        return "it started"
    if expected not in done.stderr:
        return f"said: {done.stderr.strip()}"
    host.reconcile()
    return "; ".join(host.residue(before)) or None


def survives_while_running(host, change, undo=lambda: None):
    """Something is done to a running guest's parts; afterwards nothing is left."""
    before, guest = host.state(), host.guest(1, "macnat")
    if fault := start(host, guest):
        stop(host, guest)
        return fault
    change()
    fault = stop(host, guest)
    undo()
    host.reconcile()
    return fault or "; ".join(host.residue(before)) or None


def mount_records(options):
    run("mount", "-t", "tmpfs", "-o", options, "tmpfs", RECORDS)


def fill_records():
    mount_records("size=4k")
    with open(RECORDS + "/filler", "wb", buffering=0) as file:
        try:
            while True:
                file.write(b"x" * 4096)
        except OSError:
            pass


def write_record(text):
    with open(RECORD, "w") as file:
        file.write(text)


def remove_pins():
    for path in glob.glob("/sys/fs/bpf/airtap/**", recursive=True):
        if os.path.isfile(path):
            os.unlink(path)


def rename(old, new):
    run("ip", "link", "set", old, "name", new)


def make_uplink_anew():
    run("ip", "link", "del", UPLINK)
    make_lan()


def index_of(name):
    with open(f"/sys/class/net/{name}/ifindex") as file:
        return int(file.read())


def foreign_filter(device):
    run("tc", "qdisc", "replace", "dev", device, "clsact")
    run("tc", "filter", "add", "dev", device, "egress", "prio", "7", "protocol", "all", "bpf",
        "bytecode", "1,6 0 0 0,")  # matches nothing


def survives_with(host, change, undo, must_stay):
    """Somebody does something while a guest runs; what is theirs outlives it, word for word."""
    theirs = []

    def make():
        change()
        theirs.extend(line for line in host.state() if must_stay in line)

    def look():
        missing.extend(line for line in theirs if line not in host.state())
        undo()
    missing = []
    fault = survives_while_running(host, make, look)
    if not theirs:
        return f"nothing of {must_stay} to look for"
    return f"took away {'; '.join(missing)}" if missing else fault


def another_takes(device, name):
    """The device goes, and somebody's with a filter on it gets its index, and perhaps its name."""
    number = index_of(device)
    run("ip", "link", "del", device)
    run("ip", "link", "add", name, "index", str(number), "type", "bridge")
    foreign_filter(name)


def uplink_taken():
    another_takes(UPLINK, "theirs0")


def forget_and_make_lan():
    run("ip", "link", "del", "theirs0")
    make_lan()


def reaches_lan(host):
    """A guest that starts and answers; None or what is wrong."""
    guest = host.guest(1, "macnat")
    fault = start(host, guest)
    if not fault:
        machine = Machine(guest, "10.9.0.11")
        fault = None if answers("10.9.0.11") else "the guest does not answer the LAN"
        machine.end()
    return stop(host, guest) or fault


def beside(host, make, undo):
    """Something of somebody's on the uplink, before, while and after a guest runs."""
    outside = host.state()
    make()
    before = host.state()
    try:
        fault = reaches_lan(host)
        host.reconcile()
        return fault or "; ".join(host.residue(before)) or None
    finally:
        undo()
        if left := host.residue(outside):
            raise RuntimeError(f"the test itself left {left}")


def xdp_on(host):
    """A program of somebody's that lets everything pass."""
    source, program = (f"{host.scratch}/xdp.{ending}" for ending in ("c", "o"))
    with open(source, "w") as file:
        file.write("""__attribute__((section("xdp"), used)) int pass(void *frame) { return 2; }
char terms[] __attribute__((section("license"), used)) = "GPL";""")
    run("clang", "-target", "bpf", "-O2", "-g", "-c", source, "-o", program)
    run("ip", "link", "set", UPLINK, "xdpgeneric", "obj", program, "sec", "xdp")


def in_another_namespace(host):
    """libvirt's namespace is another than this one: here nothing changes, there nothing stays."""
    before, guest = host.state(), host.guest(1, "macnat")
    run("ip", "netns", "add", "elsewhere")
    inside = ["ip", "netns", "exec", "elsewhere"]
    try:
        run(*inside, "ip", "link", "add", UPLINK, "up", "type", "veth", "peer", "name", "lan1")
        run(*inside, "ip", "link", "set", "lan1", "up")
        run(*inside, "ip", "link", "set", "lo", "up")
        first = run(*inside, "ip", "-br", "link")
        # ip mounts a /sys of that namespace, without the pins, and takes it away again
        enter = ["nsenter", "--net=/run/netns/elsewhere"]
        done = host.call(guest, "prepare", enter, timeout=PATIENCE)
        if done.returncode:
            return f"prepare: {done.stderr.strip()}"
        guest.run_emulator()
        host.call(guest, "started", enter)
        here = [line for line in host.state() if not line.startswith("file ")]
        if here != [line for line in before if not line.startswith("file ")]:
            return "this namespace has changed"
        if guest.target not in run(*inside, "ip", "-br", "link"):
            return "the device is not there"
        host.reconcile()  # from here: the guest lives, so nothing is touched
        if guest.target not in run(*inside, "ip", "-br", "link"):
            return "reconcile took the device of a guest that lives"
        guest.end_emulator()
        host.call(guest, "release", enter)
        if (last := run(*inside, "ip", "-br", "link")) != first:
            return f"there it left: {last}"
        return "; ".join(host.residue(before)) or None
    finally:
        guest.end_emulator()
        run("ip", "netns", "del", "elsewhere")


def odd_hosts(host):
    tally, umount = Tally("odd hosts"), partial(run, "umount", RECORDS)
    for what, change, undo, expected in (
            (f"{RECORDS} is full", fill_records, umount, "No space left"),
            (f"{RECORDS} is read-only", partial(mount_records, "ro"), umount, "Read-only"),
            ("a record is truncated", partial(write_record, '{"version": 1, "na'),
             partial(os.unlink, RECORD), RECORD),
            ("a record is newer", partial(write_record, '{"version": 9999}'),
             partial(os.unlink, RECORD), RECORD)):
        tally.add(what, refused_and_clean(host, change, undo, expected))
    for what, *change in (
            ("pins removed behind our back", remove_pins),
            ("clsact removed behind our back", partial(run, "tc", "qdisc", "del", "dev", UPLINK, "clsact")),
            ("the guest's device removed", partial(run, "ip", "link", "del", "airtap1")),
            ("the bridge removed", partial(run, "ip", "link", "del", f"airbr-{UPLINK}")),
            ("the uplink renamed", partial(rename, UPLINK, "elsewhere0"),
             partial(rename, "elsewhere0", UPLINK)),
            ("the uplink made anew, with another index", make_uplink_anew)):
        tally.add(what, survives_while_running(host, *change))
    for what, change, undo, must_stay in (
            ("the uplink's index is another device's now", uplink_taken, forget_and_make_lan, "theirs0"),
            ("the TAP's index is another device's now", partial(another_takes, "airtap1", "theirs0"),
             partial(run, "ip", "link", "del", "theirs0"), "theirs0"),
            ("the TAP's index and name are another device's now", partial(another_takes, "airtap1", "airtap1"),
             partial(run, "ip", "link", "del", "airtap1"), "airtap1")):
        tally.add(what, survives_with(host, change, undo, must_stay))
    tally.add("somebody's clsact and filter", beside(
        host, partial(foreign_filter, UPLINK), partial(run, "tc", "qdisc", "del", "dev", UPLINK, "clsact")))
    tally.add("somebody's XDP program", beside(
        host, partial(xdp_on, host), partial(run, "ip", "link", "set", UPLINK, "xdpgeneric", "off")))
    tally.add("libvirt in another network namespace", in_another_namespace(host))
    return tally.report()
