# SPDX-License-Identifier: LGPL-2.1-or-later
"""helper_calls.py OURS STOCK ROUNDS: run by tests/bench/helper in namespaces of its own; prints the
nanoseconds of every call as JSON, and the instructions of one."""
import array
import json
import os
import shutil
import socket
import subprocess
import sys
import time

import callgrind

CALLER = 4200


def run(*command):
    subprocess.run(command, check=True)


def tmpfs(at):
    run("mount", "-t", "tmpfs", "-o", "mode=755", "bench", at)


def make_host(programs):
    """A bridge, the list, a device node for everybody, and the helpers. Only what this process and its
    children see."""
    run("mount", "--make-rprivate", "/")
    # /etc is private, too: QEMU's helper knows no other place for its list.
    tmpfs("/mnt")
    for name in ("passwd", "group", "nsswitch.conf", "ld.so.cache"):
        if os.path.exists(f"/etc/{name}"):
            shutil.copy(f"/etc/{name}", f"/mnt/{name}")
    os.mkdir("/mnt/qemu")
    with open("/mnt/qemu/bridge.conf", "w") as text:
        text.write("# who may use what\nallow br0\n")
    for side, program in programs.items():
        shutil.copy(program, f"/mnt/{side}")
        os.chmod(f"/mnt/{side}", 0o755)
    run("mount", "--bind", "/mnt", "/etc")
    tmpfs("/dev/net")
    os.mknod("/dev/net/tun", 0o020666, os.makedev(10, 200))
    os.chmod("/dev/net/tun", 0o666)
    run("ip", "link", "add", "br0", "type", "bridge")
    run("ip", "link", "set", "br0", "up")


def call(side, start):
    """As QEMU's net_bridge_run_helper (net/tap.c) does it; `start` runs the helper and returns its exit status.
    Nanoseconds; the device's end is not part of it."""
    begin = time.perf_counter_ns()
    mine, its = socket.socketpair()
    its.set_inheritable(True)
    status = start([f"/mnt/{side}", "--use-vnet", f"--fd={its.fileno()}", "--br=br0"])
    its.close()
    _, control, _, _ = mine.recvmsg(1, socket.CMSG_LEN(4))
    took = time.perf_counter_ns() - begin
    mine.close()
    if status != 0 or not control:
        sys.exit(f"{side} failed with status {status}")
    for _, _, data in control:
        for device in array.array("i", data):
            os.close(device)
    return took


def run_helper(command):
    _, status = os.waitpid(os.posix_spawn(command[0], command, {}), 0)
    return status


def counted():
    """Instructions of a call of each. Root's: valgrind does not run what has the set-user-ID bit."""
    if callgrind.ABSENT:
        return callgrind.ABSENT
    counts = {}

    def count(command):
        counts[command[0]] = callgrind.instructions(command, close_fds=False)
        return 0

    for side in ("ours", "stock"):
        call(side, count)
    return {"call": {"airtap": counts["/mnt/ours"], "other": counts["/mnt/stock"]}}


def main():
    ours, stock, rounds = sys.argv[1], sys.argv[2], int(sys.argv[3])
    make_host({"ours": ours, "stock": stock})
    instructions = counted()
    for side in ("ours", "stock"):
        os.chmod(f"/mnt/{side}", 0o4755)
    os.setgroups([])
    os.setresgid(CALLER, CALLER, CALLER)
    os.setresuid(CALLER, CALLER, CALLER)
    samples = {"ours": [], "stock": []}
    for count in range(-2, rounds):
        for side in ("ours", "stock") if count % 2 else ("stock", "ours"):
            took = call(side, run_helper)
            if count >= 0:  # the first ones fill caches
                samples[side].append(took)
    json.dump(samples | {"instructions": instructions}, sys.stdout)


main()
