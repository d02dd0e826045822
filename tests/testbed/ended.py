# SPDX-License-Identifier: LGPL-2.1-or-later
"""ended.py HOW...

Ends guests of airtap-bridge-helper, each HOW one of

  kill:PID, term:PID   that process is sent SIGKILL or SIGTERM
  cgroup:PATH          everything in that control group is killed
  self:PID             that process, which is stopped, goes on and ends by itself

and prints how many milliseconds later no record is left and nothing of ours runs. A program of its own,
ready before the end, because a shell that looks takes longer than airtap under emulation.
"""

import os
import select
import signal
import sys
import time


def ours():
    """The processes of airtap's helper."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            name = os.path.basename(os.readlink(f"/proc/{pid}/exe"))
        except OSError:  # it ended, or is the kernel's
            continue
        if name in ("airtap-bridge-helper", "bridge-guest", "bridge-watcher"):
            found.append(pid)
    return found


def records():
    return os.listdir("/run/airtap") if os.path.exists("/run/airtap") else []


begin, waits = time.monotonic(), select.poll()
for how, what in (argument.split(":", 1) for argument in sys.argv[1:]):
    if how == "cgroup":
        with open(f"{what}/cgroup.kill", "w") as kill:
            kill.write("1")
    elif how == "self":
        waits.register(os.pidfd_open(int(what)))
        os.kill(int(what), signal.SIGCONT)
        waits.poll()
        begin = time.monotonic()
    else:
        os.kill(int(what), {"kill": signal.SIGKILL, "term": signal.SIGTERM}[how])

while (left := records() or ours()) and time.monotonic() < begin + 10:
    time.sleep(0.005)
print(f"left: {left}" if left else int((time.monotonic() - begin) * 1000))
