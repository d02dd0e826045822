# SPDX-License-Identifier: LGPL-2.1-or-later
"""start_calls.py LAB ROUNDS FILE MODE...: run by start-case in the testbed's machine; writes a JSON line for each sample:
nanoseconds of `virsh start`, from its begin to the lease, and of the hook's prepare and release."""
import json
import os
import re
import subprocess
import sys
import time

HOOKS = [f"/etc/libvirt/hooks/{driver}.d/50-airtap" for driver in ("qemu", "network", "lxc")]
HOOK_ROUNDS = 3  # prepare and release for each start: they are short


def virsh(*arguments):
    subprocess.run(["virsh", "-q", "-c", "qemu:///system", *arguments], check=True, timeout=120)


def mac_of(lab, name):
    with open(f"{lab}/{name}.xml") as text:
        return re.search(r"mac address='([^']*)'", text.read()).group(1)


def wait_for_lease(lab, mac):
    limit = time.monotonic() + 90
    while time.monotonic() < limit:
        with open(f"{lab}/leases") as leases:
            if mac in leases.read():
                return
        time.sleep(0.01)
    sys.exit(f"no lease for {mac}")


def forget_leases(lab):
    """dnsmasq gives back what it has, so that the next lease is a new line."""
    with open(f"{lab}/dnsmasq.pid") as pid:
        os.kill(int(pid.read()), 15)
    open(f"{lab}/leases", "w").close()
    subprocess.run(["ip", "netns", "exec", "ap0", "dnsmasq", "-C", f"{lab}/dnsmasq.conf"], check=True)


def one_start(lab, domain):
    forget_leases(lab)
    begin = time.perf_counter_ns()
    virsh("start", domain)
    started = time.perf_counter_ns()
    wait_for_lease(lab, mac_of(lab, domain))
    leased = time.perf_counter_ns()
    virsh("destroy", domain)
    return {"start": started - begin, "lease": leased - begin}


def look_for_hooks():
    """libvirtd does when it starts, and when it is told to reload."""
    subprocess.run(["systemctl", "reload", "libvirtd"], check=True)
    time.sleep(1)


def without_airtap(lab):
    links = {path: os.readlink(path) for path in HOOKS if os.path.islink(path)}
    if not links:
        sys.exit("libvirt has no hook of airtap's")
    for path in links:
        os.unlink(path)
    look_for_hooks()
    try:
        return one_start(lab, "plain")
    finally:
        for path, target in links.items():
            os.symlink(target, path)
        look_for_hooks()


def timed_hook(lab, name, operation, sub):
    with open(f"{lab}/{name}.xml") as document:
        begin = time.perf_counter_ns()
        subprocess.run(["/usr/sbin/airtap-hook", name, operation, sub, "-"], stdin=document, check=True)
        return time.perf_counter_ns() - begin


def one_hook(lab, number):
    name = f"hook{number}"
    return {"prepare": timed_hook(lab, name, "prepare", "begin"), "release": timed_hook(lab, name, "release", "end")}


def main():
    lab, rounds, path, modes = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4:]
    sides = {"without": lambda: without_airtap(lab), "not ours": lambda: one_start(lab, "plain")}
    sides |= {mode: lambda mode=mode: one_start(lab, mode) for mode in modes}
    one_start(lab, "plain")  # fills caches
    with open(path, "w", buffering=1) as file:
        for number in range(rounds):
            for side in list(sides) if number % 2 else reversed(list(sides)):
                took = [sides[side]()] + [
                    one_hook(lab, modes.index(side) + 1) for _ in range(HOOK_ROUNDS) if side in modes]
                for sample in took:
                    file.write(json.dumps({"round": number, "side": side} | sample) + "\n")


if __name__ == "__main__":
    main()
