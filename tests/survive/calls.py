# SPDX-License-Identifier: LGPL-2.1-or-later
"""The calls to the kernel in a trace of strace's."""
import re

# What changes the host, or is part of asking whether it changed.
CHANGING = ("sendmsg,sendto,bpf,ioctl,openat,mkdir,mkdirat,rename,renameat,renameat2,unlink,unlinkat,"
            "rmdir,write,pwrite64,ftruncate,fsync,flock,socket,bind,connect,setsockopt")
# A program that it runs changes the host, too.
RUNNING = "clone,clone3,vfork"
CALL = re.compile(r"(\d+)\s+(\w+)\((.*)")
# Those end with the process that made them, or with its descriptor; maps and programs do until they are pinned.
PASSING = {"recvmsg", "socket", "bind", "connect", "setsockopt", "flock", "fsync"}
LASTING = {"openat": re.compile(r"O_CREAT|O_TRUNC"),
           "bpf": re.compile(r"BPF_(OBJ_PIN|MAP_UPDATE|MAP_DELETE|LINK_CREATE|PROG_ATTACH)")}
ASKING = {"sendmsg": re.compile(r"nlmsg_type=(RTM_GET|NLMSG_DONE)|NLM_F_DUMP"),
          "sendto": re.compile(r"nlmsg_type=(RTM_GET|NLMSG_DONE)|NLM_F_DUMP"),
          "ioctl": re.compile(r"SIOCG|TUNGET|TCGETS|ETHTOOL_G")}
# The folder of a file, what is done with a map, the kind of a message.
KIND = re.compile(r'^"([^"]*)/|^(BPF_\w+)|nlmsg_type=(\w+)')


def lasts(name, rest):
    """Whether the call may have changed what outlives its process."""
    if name in PASSING or re.search(r"\) += -1 ", rest):
        return False
    if name in LASTING:
        return bool(LASTING[name].search(rest))
    return not (name in ASKING and ASKING[name].search(rest))


def numbered(text):
    """Process, name, number among its calls of that name, and the rest, of each call."""
    seen = {}
    for line in text.splitlines():
        call = CALL.match(line)
        # Thousands where a sysctl waits for the lock of the network (restart_syscall).
        if call and not line.endswith("(To be restarted)"):
            pid, name, rest = call.groups()
            seen[pid, name] = seen.get((pid, name), 0) + 1
            yield pid, name, seen[pid, name], rest


def calls_in(text):
    """The calls of all processes, in their order: name, and number among those of that name.

    strace counts each process's by themselves: of two that make as many, the one that does so first."""
    return list(dict.fromkeys((name, nth) for _, name, nth, _ in numbered(text)))


def actions_in(text):
    """Those after which the host is another than before, of the traced process itself, and one after them all.

    From one to the next the host stays as it is: a death at a call between them is one at the next.
    Of a row of the same, as twenty pins in one folder, the first and the last."""
    calls = list(numbered(text))
    own = [call for call in calls if call[0] == calls[0][0]]
    found = [(name, nth, KIND.search(rest)) for _, name, nth, rest in own if lasts(name, rest)]
    kinds = [(name, kind and kind.group()) for name, _, kind in found]
    for at, (name, nth, _) in enumerate(found):
        if not 0 < at < len(found) - 1 or not kinds[at - 1] == kinds[at] == kinds[at + 1]:
            yield name, nth
    if own and found and own[-1][1:3] != found[-1][:2]:
        yield own[-1][1:3]


def points_in(text, only_actions):
    return actions_in(text) if only_actions else calls_in(text)
