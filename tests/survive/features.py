# SPDX-License-Identifier: LGPL-2.1-or-later
"""Kernels without each optional feature: what this one lacks, and what it can be made to lack."""
import os
import subprocess
from functools import partial

from crowd import PATIENCE
from host import libc, run
from odd import reaches_lan
from steps import strace
from tally import Tally

MS_BIND = 0x1000


def refused(host, mode, words, prefix=()):
    """A start ends in these words and leaves nothing; None or what is wrong."""
    before, guest = host.state(), host.guest(1, mode)
    done = host.call(guest, "prepare", prefix, timeout=PATIENCE)
    if done.returncode == 0:
        host.call(guest, "release")
        return "it started"
    if words not in done.stderr:
        return f"said: {done.stderr.strip()}"
    return "; ".join(host.residue(before)) or None


def works(host):
    before = host.state()
    return reaches_lan(host) or "; ".join(host.residue(before)) or None


def without(path, do):
    """`do` while an empty directory lies on the path."""
    empty = "/run/empty"
    os.makedirs(empty, exist_ok=True)
    libc("mount", empty.encode(), path.encode(), None, MS_BIND, None)
    try:
        return do()
    finally:
        run("umount", path)


def has(host, kind, *options):
    """Whether this kernel makes links of a kind: there is no list to read."""
    below = ["link", host.uplink] if kind == "ipvlan" else []
    made = subprocess.run(["ip", "link", "add", *below, "name", "trial0", "type", kind, *options],
                          stderr=subprocess.DEVNULL)
    if made.returncode == 0:
        run("ip", "link", "del", "trial0")
    return made.returncode == 0


def always(host, call, error):
    return strace(host, "-e", f"trace={call}", "-e", f"inject={call}:error={error}")


def kernels(host):
    tally = Tally("kernels without a feature")
    tally.add("no TUN", without("/dev/net", partial(refused, host, "macnat", "/dev/net/tun")))
    tally.add("no BPF", refused(host, "macnat", "without BPF", always(host, "bpf", "ENOSYS")))
    tally.add("no IPv6", without("/proc/sys/net/ipv6", partial(works, host)))
    missing = []
    if not has(host, "ipvlan"):
        tally.add("no ipvlan", refused(host, "ipvtap", "no ipvlan"))
        missing.append("ipvlan")
    if not has(host, "bridge", "vlan_filtering", "1"):
        tally.add("bridges without VLANs", works(host))
        missing.append("VLANs on bridges")
    if not os.path.exists("/sys/class/ieee80211"):
        tally.add("no Wi-Fi", refused(host, "4addr", "not a Wi-Fi station"))
        missing.append("Wi-Fi")
    tally.figures = [f"this one has no {', '.join(missing)}" if missing else "this one has all"]
    return tally.report()
