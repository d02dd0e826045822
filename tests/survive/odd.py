# SPDX-License-Identifier: LGPL-2.1-or-later
"""Hosts on which something is odd: no room, damaged records, parts removed or renamed meanwhile."""
import glob
import os
from functools import partial

from crowd import PATIENCE, start, stop
from host import UPLINK, Guest, make_lan, run
from steps import Tally

RECORDS = "/run/airtap"
RECORD = RECORDS + "/guest-6a1f0000-0000-4000-8000-0000000000ff.json"


def refused_and_clean(host, change, undo, expected):
    """A start under the change fails in words and leaves nothing; None or what is wrong."""
    before, guest = host.state(), Guest(1, "macnat")
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
    before, guest = host.state(), Guest(1, "macnat")
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


def beside_a_foreign_clsact(host):
    """Somebody's clsact and filter on the uplink outlive ours."""
    run("tc", "qdisc", "replace", "dev", UPLINK, "clsact")
    run("tc", "filter", "add", "dev", UPLINK, "egress", "prio", "7", "protocol", "all", "bpf",
        "bytecode", "1,6 0 0 0,")  # matches nothing
    try:
        return survives_while_running(host, lambda: None)
    finally:
        run("tc", "qdisc", "del", "dev", UPLINK, "clsact")


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
    tally.add("somebody's clsact", beside_a_foreign_clsact(host))
    return [tally.report()]
