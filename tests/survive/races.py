# SPDX-License-Identifier: LGPL-2.1-or-later
"""Several at once: domains, daemons, helpers, reconcile, and an uplink that goes meanwhile."""
import json
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from crowd import PATIENCE, records, start, stop
from host import Guest, make_lan, run
from programs import Caller, wait_for
from tally import Tally

CROWD = 64


def names_in_records():
    names = []
    for path in records():
        with open(path) as file:
            names.append(json.loads(file.readline())["name"])
    return sorted(names)


def crowd_at_once(host):
    """Domains that start and stop at once while reconcile runs again and again."""
    tally, before = Tally(f"{CROWD} domains at once, beside reconcile"), host.state()
    guests, over = [host.guest(number, "macnat") for number in range(1, CROWD + 1)], threading.Event()
    slowest, reconciled = 0.0, 0

    def keep_reconciling():
        nonlocal reconciled
        while not over.is_set():
            reconciled += 1
            if (done := host.reconcile()).returncode:
                tally.faults.append(f"reconcile: {done.stdout.strip()}")

    def timed(action, guest):
        begin = time.monotonic()
        return action(host, guest), time.monotonic() - begin

    reconciler = threading.Thread(target=keep_reconciling)
    reconciler.start()
    for action in (start, stop):
        with ThreadPoolExecutor(CROWD) as pool:
            for guest, (fault, took) in zip(guests, pool.map(lambda guest: timed(action, guest), guests)):
                tally.add(guest.name, fault)
                slowest = max(slowest, took)
        expected = CROWD if action is start else 0
        if len(records()) != expected:
            tally.faults.append(f"{len(records())} records after {action.__name__}")
    over.set()
    reconciler.join()
    tally.faults += host.residue(before)
    tally.figures = [f"slowest {slowest:.1f} s", f"{reconciled} times reconcile"]
    return tally.report()


def uplink_vanishes(host, times=20):
    """The uplink is removed somewhere during a start."""
    tally, before = Tally("uplink removed during prepare"), host.state()
    for number in range(times):
        guest = host.guest(1, "macnat")
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(host.call, guest, "prepare", timeout=PATIENCE)
            # a start takes longer than all of these together
            time.sleep(number / times * 0.15)
            run("ip", "link", "delete", host.uplink)
            result = done.result()
        fault = None
        if result.returncode and not result.stderr.strip():
            fault = "failed without a word"
        host.call(guest, "release")
        make_lan()
        host.reconcile()
        left = host.residue(before)
        tally.add(f"after {number / times * 150:.1f} ms", fault or ("; ".join(left) or None))
        before = host.state() if left else before
    return tally.report()


def has_ended(number):
    """Also when nobody has asked how."""
    try:
        with open(f"/proc/{number}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


class SecondDaemon:
    """Another libvirtd: a process of its own that starts guests; they are told of by a pipe."""

    def __init__(self, host, guests):
        self.guests, (self.reading, writing) = guests, os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            with ThreadPoolExecutor(len(guests)) as pool:
                faults = [fault for fault in pool.map(lambda guest: start(host, guest), guests) if fault]
            os.write(writing, json.dumps(faults).encode()[:4096])
            while True:
                signal.pause()
        os.close(writing)

    def faults(self):
        return json.loads(os.read(self.reading, 4096))

    def die(self):
        """With all its guests, and without a word."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.reading)
        for guest in self.guests:
            path = f"/run/libvirt/qemu/{guest.name}.pid"
            with open(path) as file:
                number = int(file.read())
            os.kill(number, signal.SIGKILL)
            wait_for(lambda number=number: has_ended(number), 10)
            os.unlink(path)


def two_daemons(host, each=16):
    """Both start guests at once; one daemon is killed, and the other's guests stay."""
    tally, before = Tally(f"two daemons, {each} guests each, one killed"), host.state()
    ours = [host.guest(number, "macnat") for number in range(1, each + 1)]
    theirs = [host.guest(number, "macnat") for number in range(101, 101 + each)]
    other = SecondDaemon(host, theirs)
    with ThreadPoolExecutor(each) as pool:
        for guest, fault in zip(ours, pool.map(lambda guest: start(host, guest), ours)):
            tally.add(guest.name, fault)
    faults = other.faults()
    tally.tried += each
    tally.faults += faults
    if len(records()) != 2 * each:
        tally.faults.append(f"{len(records())} records of {2 * each} guests")
    # A name that a guest of the other daemon has.
    taken = Guest(201, "macnat", host.uplink, target=theirs[0].target)
    refused = host.call(taken, "prepare", timeout=PATIENCE)
    tally.add("a device the other daemon's guest has", None if refused.returncode == 1 and
              theirs[0].target in refused.stderr else f"ended {refused.returncode}: {refused.stderr}")
    other.die()
    host.reconcile()
    if names_in_records() != sorted(guest.name for guest in ours):
        tally.faults.append(f"after one daemon's end there are records of {names_in_records()}")
    for guest in ours:
        tally.add(f"{guest.name} stops", stop(host, guest))
    tally.faults += host.residue(before)
    return tally.report()


def helpers_and_a_hook(host, rounds=10):
    """Two callers of the bridge helper and a domain, all at once."""
    tally, before = Tally("two helpers and a hook at once"), host.state()
    for number in range(rounds):
        guest, callers = host.guest(1, "macnat"), [Caller(host), Caller(host)]
        fault = start(host, guest)
        for caller in callers:
            received = caller.receive(PATIENCE)
            status, said = caller.finish(PATIENCE)
            if status or not received:
                fault = fault or f"a helper ended {status}: {said}"
        if not fault and len(records()) != 3:
            fault = f"{len(records())} records of three guests"
        for caller in callers:
            caller.leave()
        fault = fault or stop(host, guest)
        left = host.residue(before, patience=10)
        tally.add(f"round {number}", fault or ("; ".join(left) or None))
        before = host.state() if left else before
    return tally.report()


def races(host):
    yield crowd_at_once(host)
    yield two_daemons(host)
    yield helpers_and_a_hook(host)
    yield uplink_vanishes(host)
