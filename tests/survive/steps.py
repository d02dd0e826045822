# SPDX-License-Identifier: LGPL-2.1-or-later
"""The hook, killed at every call to the kernel, and every call to the kernel failing once."""
import os
import re
import subprocess
import sys

from host import Guest

# What changes the host, or is part of asking whether it changed.
CHANGING = ("sendmsg,sendto,bpf,ioctl,openat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,"
            "rmdir,write,pwrite64,ftruncate,fsync,flock,socket,bind,connect,setsockopt")
ERRORS = {"openat": ["EMFILE", "ENOSPC", "EACCES"], "bpf": ["ENOMEM", "EPERM", "E2BIG"],
          "sendmsg": ["ENOBUFS", "EPERM"], "sendto": ["ENOBUFS", "EPERM"],
          "recvmsg": ["ENOBUFS", "ENOMEM"], "ioctl": ["EBUSY", "EPERM"],
          "mkdir": ["ENOSPC", "EROFS"], "rename": ["ENOSPC", "EROFS"], "write": ["ENOSPC", "EIO"],
          "fsync": ["EIO"], "flock": ["ENOLCK"], "socket": ["EMFILE", "EAFNOSUPPORT"],
          "bind": ["ENOMEM"], "setsockopt": ["ENOMEM"], "unlink": ["EROFS", "EIO"]}
EVENTS = ("prepare", "started", "release")


class Tally:
    """Points tried and survived, and what was wrong at the others."""

    def __init__(self, what):
        self.what, self.tried, self.faults = what, 0, []

    def add(self, point, fault):
        self.tried += 1
        if fault:
            self.faults.append(f"{point}: {fault}")

    def report(self):
        survived = self.tried - len(self.faults)
        return {"what": self.what, "tried": self.tried, "survived": survived, "faults": self.faults}


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)


def strace(host, *options):
    return ["strace", "-f", "-qq", "-o", os.path.join(host.scratch, "trace"), *options]


def bring_to(host, guest, event):
    """All that comes before the event."""
    for earlier in EVENTS[:EVENTS.index(event)]:
        if earlier == "started":
            guest.run_emulator()
        done = host.call(guest, earlier)
        if done.returncode:
            raise RuntimeError(f"{guest.name}: {earlier} failed: {done.stderr}")
    if event == "started":
        guest.run_emulator()


def calls_of(host, mode, event, which):
    """The calls that the event makes, in their order: name, and number among those of that name."""
    guest = Guest(1, mode)
    bring_to(host, guest, event)
    if event == "release":
        guest.end_emulator()
    host.call(guest, event, strace(host, "-e", "trace=" + which))
    if event != "release":
        guest.end_emulator()
        host.call(guest, "release")
    with open(os.path.join(host.scratch, "trace")) as trace:
        names = [re.match(r"\d+\s+(\w+)\(", line) for line in trace]
    seen = {}
    for name in (name.group(1) for name in names if name):
        seen[name] = seen.get(name, 0) + 1
        yield name, seen[name]


def killed(host, mode, event, call, nth, before):
    """The hook dies at a call, then its daemon and the guest; None or what is left."""
    guest = Guest(1, mode)
    bring_to(host, guest, event)
    if event == "release":
        guest.end_emulator()
    # The daemon: a shell that is gone afterwards, as a libvirtd that was killed.
    inject = f"inject={call}:signal=SIGKILL:when={nth}"
    subprocess.run(["sh", "-c", '"$@"; true', "daemon",
                    *strace(host, "-e", "trace=" + call, "-e", inject), host.hook, guest.name,
                    event, "end" if event == "release" else "begin", "-"],
                   input=guest.xml, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(os.path.join(host.scratch, "trace")) as trace:
        was_killed = "killed by SIGKILL" in trace.read()
    guest.end_emulator()
    if event == "started":  # recorded by a daemon that lives: this process
        host.call(guest, "release")
    answer = host.reconcile()
    if not was_killed:
        return "was not killed: it makes other calls each time"
    if answer.returncode:
        return f"reconcile ended {answer.returncode}: {answer.stdout.strip()}"
    left = host.residue(before)
    return "; ".join(left) if left else None


def kill_everywhere(host, mode):
    tally, before = Tally(f"{mode}: hook killed"), host.state()
    for event in EVENTS:
        for call, nth in list(calls_of(host, mode, event, CHANGING)):
            progress(f"{mode}: {event} killed at {call} number {nth}")
            fault = killed(host, mode, event, call, nth, before)
            tally.add(f"{event}, {call} number {nth}", fault)
            if fault:
                host.reconcile()
                before = host.state()
    progress("")
    return tally.report()


def failed(host, mode, event, call, nth, error, before):
    """One call fails once. None, or what is wrong with what came of it."""
    guest = Guest(1, mode)
    bring_to(host, guest, event)
    if event == "release":
        guest.end_emulator()
    inject = f"inject={call}:error={error}:when={nth}"
    done = host.call(guest, event, strace(host, "-e", "trace=" + call, "-e", inject), timeout=60)
    guest.end_emulator()
    if done.returncode < 0 or done.returncode > 127:
        return f"ended by signal: {done.returncode}"
    if event == "prepare" and done.returncode:
        if not done.stderr.strip():
            return "failed without a word"
        left = host.residue(before)
        return f"failed and left: {'; '.join(left)}" if left else None
    if event == "release" and done.returncode:
        return f"release ended {done.returncode}: libvirt ignores it, the record must tell"
    if event != "release":
        host.call(guest, "release")
    host.reconcile()
    left = host.residue(before)
    return f"left: {'; '.join(left)}" if left else None


def fail_everything(host, mode):
    tally, before = Tally(f"{mode}: a kernel call fails"), host.state()
    for event in EVENTS:
        for call, nth in list(calls_of(host, mode, event, ",".join(ERRORS))):
            for error in ERRORS[call]:
                progress(f"{mode}: {event}, {call} number {nth} fails with {error}")
                fault = failed(host, mode, event, call, nth, error, before)
                tally.add(f"{event}, {call} number {nth}, {error}", fault)
                if fault:
                    host.call(Guest(1, mode), "release")
                    host.reconcile()
                    before = host.state()
    progress("")
    return tally.report()
