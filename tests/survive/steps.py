# SPDX-License-Identifier: LGPL-2.1-or-later
"""The hook at every call to the kernel: it is killed there, its daemon is, QEMU is, or the call fails."""
import os
import re
import signal
import subprocess
import time

import crowd
from calls import CHANGING, RUNNING, points_in
from tally import Tally, progress, sample

ERRORS = {"openat": ["EMFILE", "ENOSPC", "EACCES"], "bpf": ["ENOMEM", "EPERM", "E2BIG"],
          "sendmsg": ["ENOBUFS", "EPERM"], "sendto": ["ENOBUFS", "EPERM"],
          "recvmsg": ["ENOBUFS", "ENOMEM"], "ioctl": ["EBUSY", "EPERM"],
          "mkdir": ["ENOSPC", "EROFS"], "rename": ["ENOSPC", "EROFS"], "write": ["ENOSPC", "EIO"],
          "fsync": ["EIO"], "flock": ["ENOLCK"], "socket": ["EMFILE", "EAFNOSUPPORT"],
          "bind": ["ENOMEM"], "setsockopt": ["ENOMEM"], "unlink": ["EROFS", "EIO"]}
EVENTS = ("prepare", "started", "release")
# The daemon: a shell that is gone afterwards, as a libvirtd that was killed.
DAEMON = ["sh", "-c", '"$@"; true', "daemon"]
LEFT_FOR_LATER = ("+ file /run/airtap/uplink-", "+ file /run/airtap/airst-")
STOPPED = re.compile(r"^(\d+) +--- stopped by SIGSTOP", re.M)
OTHER_CALLS = "was not killed: this time it made no such call"


def strace(host, *options):
    return ["strace", "-f", "-qq", "-o", os.path.join(host.scratch, "trace"), *options]


def trace(host):
    try:
        with open(os.path.join(host.scratch, "trace")) as file:
            return file.read()
    except FileNotFoundError:
        return ""


def injected(host, call, nth, what):
    return strace(host, "-e", "trace=" + call, "-e", f"inject={call}:{what}:when={nth}")


def bring_to(host, guest, event):
    """All that comes before the event."""
    host.settle()
    for earlier in EVENTS[:EVENTS.index(event)]:
        if earlier == "started":
            guest.run_emulator()
        done = host.call(guest, earlier)
        if done.returncode:
            raise RuntimeError(f"{guest.name}: {earlier} failed: {done.stderr}")
    if event == "started":
        guest.run_emulator()
    if event == "release":
        guest.end_emulator()


def trace_of(host, mode, event, which):
    guest = host.guest(1, mode)
    bring_to(host, guest, event)
    host.call(guest, event, strace(host, "-e", "trace=" + which))
    if event != "release":
        guest.end_emulator()
        host.call(guest, "release")
    return trace(host)


def event_of_a_daemon(host, guest, event, prefix):
    """The event, from a daemon that is a process of its own."""
    daemon = subprocess.Popen([*DAEMON, *prefix, host.hook, guest.name, *guest.EVENTS[event]],
                              stdin=subprocess.PIPE, text=True, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
    try:
        daemon.stdin.write(guest.xml)
        daemon.stdin.close()
    except BrokenPipeError:
        pass  # it was killed before it had read that
    return daemon


def what_is_left(host, guest, event, before):
    guest.end_emulator()
    if event == "started":  # recorded by a daemon that lives: this process
        host.call(guest, "release")
    answer = host.reconcile()
    if answer.returncode:
        return f"reconcile ended {answer.returncode}: {answer.stdout.strip()}"
    return "; ".join(host.residue(before)) or None


def hook_killed(host, mode, event, call, nth, before):
    """The hook dies at a call, then its daemon and the guest; None or what is left."""
    guest = host.guest(1, mode)
    bring_to(host, guest, event)
    event_of_a_daemon(host, guest, event, injected(host, call, nth, "signal=SIGKILL")).wait()
    was_killed = "killed by SIGKILL" in trace(host)
    fault = what_is_left(host, guest, event, before)
    return fault if was_killed else OTHER_CALLS


def stopped(host, daemon):
    """Waits until the hook, or a program that it runs, stands still after its call; whether it does."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if STOPPED.search(trace(host)):
            return True
        if daemon.poll() is not None:
            return False
        time.sleep(0.002)
    return False


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []  # it has ended


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def go_on(host):
    """Whatever stands still by our doing."""
    for pid in STOPPED.findall(trace(host)):
        try:
            os.kill(int(pid), signal.SIGCONT)
        except ProcessLookupError:
            pass  # it has ended


def others_killed(host, mode, event, call, nth, before):
    """While the hook is at a call, its daemon and QEMU die; it goes on alone."""
    guest = host.guest(1, mode)
    bring_to(host, guest, event)
    path = os.path.join(host.scratch, "trace")
    if os.path.exists(path):
        os.unlink(path)
    daemon = event_of_a_daemon(host, guest, event, injected(host, call, nth, "signal=SIGSTOP"))
    stands_still = stopped(host, daemon)
    # strace, the hook's parent, and so the daemon that is in the record.
    tracers = children(daemon.pid)
    daemon.kill()
    daemon.wait()
    guest.end_emulator()
    if not stands_still:
        host.call(guest, "release")
        return OTHER_CALLS
    # Nobody's child any more. A program that it runs is stopped at its own call of this number, too.
    end = time.monotonic() + 60
    while any(map(alive, tracers)) and time.monotonic() < end:
        go_on(host)
        time.sleep(0.005)
    return what_is_left(host, guest, event, before)


def points_of(host, mode, only_actions):
    """Where to kill: at each call that has to do with changes, or only where the host is another afterwards."""
    for event in EVENTS:
        text = trace_of(host, mode, event, f"{CHANGING},{RUNNING}" if only_actions else CHANGING)
        yield from ((event, *call) for call in points_in(text, only_actions))


def in_words(step, *arguments):
    """What is wrong, also when it cannot be tried at all."""
    try:
        return step(*arguments)
    except (RuntimeError, subprocess.SubprocessError) as error:
        return str(error).strip()


def kill_beside(host, mode, every, only_actions):
    """The hook, while another guest keeps what the two share."""
    before, stays = host.state(), host.guest(2, mode)
    fault = crowd.start(host, stays)
    report = kill_everywhere(host, mode, "hook", every, only_actions, " beside a guest")
    fault = fault or crowd.stop(host, stays) or "; ".join(host.residue(before))
    return report | {"faults": report["faults"] + ([f"{stays.name}: {fault}"] if fault else [])}


def kill_everywhere(host, mode, victims, every, only_actions, beside=""):
    """`victims`: who dies at each call of the hook's, "hook" or "daemon and QEMU"."""
    kill = hook_killed if victims == "hook" else others_killed
    tally, before = Tally(f"{mode}: {victims} killed{beside}"), host.state()
    some, tally.figures = sample(points_of(host, mode, only_actions), every)
    for event, call, nth in some:
        progress(f"{mode}: {victims} killed in {event}, {call} number {nth}")
        fault = in_words(kill, host, mode, event, call, nth, before)
        if fault == OTHER_CALLS:
            tally.not_made += 1
            continue
        tally.add(f"{event}, {call} number {nth}", fault)
        if fault:
            host.reconcile()
            before = host.state()
    progress("")
    # Where it waits for a radio it makes more calls at one time than at another.
    tally.calls_not_made(len(some) // 20 + 1, "hook")
    return tally.report()


def failed(host, mode, event, call, nth, error, before):
    """One call fails once. None, or what is wrong with what came of it."""
    guest = host.guest(1, mode)
    bring_to(host, guest, event)
    done = host.call(guest, event, injected(host, call, nth, f"error={error}"), timeout=60)
    guest.end_emulator()
    if done.returncode < 0 or done.returncode > 127:
        return f"ended by signal: {done.returncode}"
    if event == "prepare" and done.returncode:
        if not done.stderr.strip():
            return "failed without a word"
        left = host.residue(before)
        if left and host.rejoins and all(line.startswith(LEFT_FOR_LATER) for line in left):
            # The station was not back on time after 4-address frames, or systemctl, where the same call fails,
            # could not say that a guest's wpa_supplicant is gone: said, and noted for the next one.
            host.reconcile()
            left = host.residue(before)
        return f"failed and left: {'; '.join(left)}; said: {done.stderr.strip()}" if left else None
    if event == "release" and done.returncode:
        return f"release ended {done.returncode}, which libvirt ignores"
    if event != "release":
        host.call(guest, "release")
    host.reconcile()
    left = host.residue(before)
    return f"left: {'; '.join(left)}" if left else None


def errors_of(host, mode, only_actions):
    """Each call with each of its errors; or each that is an action with one of them, in turns."""
    for event in EVENTS:
        text = trace_of(host, mode, event, ",".join(ERRORS))
        for at, (call, nth) in enumerate(points_in(text, only_actions)):
            errors = ERRORS[call]
            yield from ((event, call, nth, error)
                        for error in ([errors[at % len(errors)]] if only_actions else errors))


def fail_everything(host, mode, every, only_actions):
    tally, before = Tally(f"{mode}: a kernel call fails"), host.state()
    some, tally.figures = sample(errors_of(host, mode, only_actions), every)
    for event, call, nth, error in some:
        progress(f"{mode}: {event}, {call} number {nth} fails with {error}")
        fault = in_words(failed, host, mode, event, call, nth, error, before)
        tally.add(f"{event}, {call} number {nth}, {error}", fault)
        if fault:
            host.call(host.guest(1, mode), "release")
            host.reconcile()
            before = host.state()
    progress("")
    return tally.report()
