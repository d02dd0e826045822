# SPDX-License-Identifier: LGPL-2.1-or-later
"""The bridge helper and the follower, killed at every call to the kernel."""
import os
import signal
import socket
import subprocess
import time

from calls import CHANGING, points_in
from steps import bring_to, injected, strace, trace
from tally import Tally, progress, sample


class Caller:
    """Somebody who asks the bridge helper for a guest, as QEMU does."""

    def __init__(self, host, prefix=(), mode="macnat"):
        self.end, theirs = socket.socketpair()
        self.helper = subprocess.Popen(
            [*prefix, host.helper, "--use-vnet", f"--br=airtap-{mode}", f"--fd={theirs.fileno()}"],
            pass_fds=[theirs.fileno()], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        theirs.close()
        self.devices = []

    def receive(self, timeout=60):
        """The device, or none when the helper has ended without; held from then on."""
        self.end.settimeout(timeout)
        self.devices = socket.recv_fds(self.end, 64, 4)[1]
        return bool(self.devices)

    def finish(self, timeout=60):
        """Exit status and words. Under a tracer only when the guest's watcher has ended as well."""
        said = self.helper.communicate(timeout=timeout)[1].strip()
        return self.helper.returncode, said

    def leave(self):
        self.end.close()
        for fd in self.devices:
            os.close(fd)
        self.devices = []


def helper_left(host, before):
    """After its caller is gone: None or what is left."""
    # The watchers need no reconcile; whoever killed them does.
    wait_for(lambda: not host.processes(), 2 * host.slowness)
    if not host.residue(before, patience=0.2):
        return None
    answer = host.reconcile()
    if answer.returncode:
        return f"reconcile ended {answer.returncode}: {answer.stdout.strip()}"
    return "; ".join(host.residue(before, patience=5)) or None


def traced_call(host, tracer, mode, must_work=False):
    """A call, and the end of its caller; None or what is wrong."""
    host.settle()
    caller, fault = Caller(host, tracer, mode), None
    try:
        if not caller.receive() and must_work:
            fault = "no device"
    except TimeoutError:
        fault = "the helper hangs"
    except ConnectionError:
        pass  # it was killed
    caller.leave()
    try:
        status, said = caller.finish(20 * host.slowness)
        if must_work and status:
            fault = f"ended {status}: {said}"
    except subprocess.TimeoutExpired:
        # Of a guest whose watcher was killed the device goes, the record waits for a reconcile.
        fault = fault or "something of the helper runs on"
        caller.helper.kill()
    return fault


def helper_killed(host, mode, every, only_actions):
    """At its n-th call of a name, whichever of its programs makes it."""
    tally, before = Tally(f"{mode}: bridge helper killed, then its caller"), host.state()
    fault = traced_call(host, strace(host, "-e", "trace=" + CHANGING), mode, must_work=True)
    if fault:
        tally.add("not killed", fault)
        return tally.report()
    host.residue(before, patience=5)
    points = sorted(set(points_of_each_process(trace(host), only_actions)))
    some, tally.figures = sample(points, every)
    for call, nth in some:
        progress(f"{mode}: bridge helper killed at {call} number {nth}")
        fault = traced_call(host, injected(host, call, nth, "signal=SIGKILL"), mode)
        fault = fault or helper_left(host, before)
        tally.add(f"{call} number {nth}", fault)
        if fault:
            before = host.state()
    progress("")
    return tally.report()


def points_of_each_process(text, only_actions):
    """strace counts the calls of each process by themselves."""
    processes = {}
    for line in text.splitlines():
        processes.setdefault(line.split(" ", 1)[0], []).append(line)
    for lines in processes.values():
        yield from points_in("\n".join(lines), only_actions)


def wait_for(condition, patience):
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def follow_once(host, mode, prefix, done):
    """A follower that runs while something happens to the host and is undone; ended by `done`."""
    follower = subprocess.Popen([*prefix, host.monitor], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
    time.sleep(0.1)
    host.disturb(mode)
    wait_for(lambda: follower.poll() is not None or done(), 3 * host.slowness)
    if follower.poll() is None:
        # a tracer passes no signals on
        with open(f"/proc/{follower.pid}/task/{follower.pid}/children") as file:
            os.kill(int((file.read().split() or [follower.pid])[0]), signal.SIGTERM)
    follower.wait()
    host.calm()


def monitor_killed(host, mode, every, only_actions):
    """While it follows the host. The guests' end leaves nothing, with it or without."""
    tally, before = Tally(f"{mode}: monitor killed, then the guest ends"), host.state()

    def with_a_guest(prefix, patience):
        guest, begin = host.guest(1, mode), time.monotonic()
        bring_to(host, guest, "started")
        host.call(guest, "started")
        follow_once(host, mode, prefix, lambda: time.monotonic() - begin > patience)
        guest.end_emulator()
        host.call(guest, "release")
        host.reconcile()

    with_a_guest(strace(host, "-e", "trace=" + CHANGING), 2 * host.slowness)
    some, tally.figures = sample(points_in(trace(host), only_actions), every)
    for call, nth in some:
        progress(f"{mode}: monitor killed at {call} number {nth}")
        with_a_guest(injected(host, call, nth, "signal=SIGKILL"), 3 * host.slowness)
        was_killed = "killed by SIGKILL" in trace(host)
        left = "; ".join(host.residue(before)) or None
        if left or was_killed:
            tally.add(f"{call} number {nth}", left)
        else:
            tally.not_made += 1  # how often it looks depends on what else happens
    progress("")
    tally.calls_not_made(len(some) // 5 + 1, "monitor")
    return tally.report()
