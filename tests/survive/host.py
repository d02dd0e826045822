# SPDX-License-Identifier: LGPL-2.1-or-later
"""A host of our own in namespaces: an uplink with a LAN behind it, libvirt's events, what is there."""
import ctypes
import glob
import json
import os
import shutil
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
UPLINK = "uplink0"
CLONE_NEWNS, CLONE_NEWNET, MS_REC, MS_PRIVATE = 0x20000, 0x40000000, 0x4000, 1 << 18
LIBC = ctypes.CDLL(None, use_errno=True)


def libc(call, *arguments):
    if getattr(LIBC, call)(*arguments):
        raise OSError(ctypes.get_errno(), f"{call}: {os.strerror(ctypes.get_errno())}")


def run(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def make_lan():
    """The uplink, and the LAN in a namespace of its own; also after the uplink was removed."""
    subprocess.run(["ip", "netns", "add", "lan"], stderr=subprocess.DEVNULL)
    run("ip", "link", "add", UPLINK, "address", "02:00:00:00:00:01", "type", "veth",
        "peer", "name", "lan0", "netns", "lan")
    run("ip", "address", "add", "10.9.0.1/24", "dev", UPLINK)
    run("ip", "link", "set", UPLINK, "up")
    run("ip", "-n", "lan", "address", "add", "10.9.0.2/24", "dev", "lan0")
    run("ip", "-n", "lan", "link", "set", "lan0", "up")


class Host:
    """Enters namespaces of this process's own: they end with it, whatever happens."""

    def __init__(self, build):
        programs = [os.path.join(ROOT, build, path)
                    for path in ("hooks/airtap-qemu-hook-program", "plugin/cli/airtap")]
        for program in programs:
            if not os.access(program, os.X_OK):
                raise OSError(f"{program} is missing: cmake --build --preset release")
        libc("unshare", CLONE_NEWNS | CLONE_NEWNET)
        libc("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
        for kind, where in ((b"tmpfs", b"/run"), (b"sysfs", b"/sys"), (b"bpf", b"/sys/fs/bpf")):
            libc("mount", kind, where, kind, 0, None)
        os.makedirs("/run/libvirt/qemu")
        os.makedirs("/run/netns")
        run("ip", "link", "set", "lo", "up")
        make_lan()
        self.scratch = tempfile.mkdtemp(dir="/run")
        # copies: a build meanwhile must not replace what is tested
        self.hook, self.airtap = (shutil.copy(program, self.scratch) for program in programs)

    def call(self, guest, event, prefix=(), **options):
        """One event of libvirt's, from this process as its daemon."""
        arguments = {"prepare": ["prepare", "begin", "-"], "start": ["start", "begin", "-"],
                     "started": ["started", "begin", "-"], "release": ["release", "end", "-"]}
        return subprocess.run([*prefix, self.hook, guest.name, *arguments[event]], input=guest.xml,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    def reconcile(self):
        return subprocess.run([self.airtap, "reconcile"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)

    def state(self):
        """Everything that airtap could leave behind, as lines to compare."""
        lines = []
        for link in json.loads(run("ip", "-j", "-d", "link", "show")):
            lines.append("link " + " ".join(str(link.get(key)) for key in (
                "ifname", "master", "promiscuity", "allmulti", "mtu", "address")))
        for qdisc in json.loads(run("tc", "-j", "qdisc", "show")):
            lines.append(f"qdisc {qdisc.get('dev')} {qdisc.get('kind')}")
            if qdisc.get("kind") == "clsact":
                lines += [f"filter {qdisc['dev']} {way} {entry}" for way in ("ingress", "egress")
                          for entry in run("tc", "filter", "show", "dev", qdisc["dev"],
                                           way).splitlines()]
        # without the index, which a device made anew has another of
        lines += [line.replace("\\", "").split(": ", 1)[1]
                  for line in run("ip", "-o", "address", "show").splitlines()]
        lines += run("ip", "route", "show", "table", "all").splitlines()
        for folder in ("/run/airtap", "/sys/fs/bpf"):
            lines += ["file " + path for path in glob.glob(folder + "/**", recursive=True)
                      if os.path.exists(path) and not os.path.isdir(path)]
        return sorted(line for line in lines if "fe80::" not in line and "ff00::" not in line)

    def residue(self, before):
        """What differs from before; the kernel ends devices a moment after it was told to."""
        for _ in range(20):
            now = self.state()
            if now == before:
                return []
            time.sleep(0.05)
        return ([f"+ {line}" for line in now if line not in before] +
                [f"- {line}" for line in before if line not in now])


class Guest:
    """A domain with one interface whose device airtap makes, and its emulator."""

    def __init__(self, number, mode):
        self.name = f"vm{number}"
        self.uuid = f"6a1f0000-0000-4000-8000-{number:012x}"
        self.xml = f"""<domain type='qemu'><name>{self.name}</name><uuid>{self.uuid}</uuid>
<metadata><airtap:guest xmlns:airtap='urn:airtap:domain:1'>
<airtap:nic alias='ua-lan' mode='{mode}' uplink='{UPLINK}'/></airtap:guest></metadata>
<devices><interface type='ethernet'><alias name='ua-lan'/>
<mac address='52:54:00:00:{number >> 8:02x}:{number & 255:02x}'/>
<target dev='airtap{number}' managed='no'/></interface></devices></domain>"""
        self.emulator = None

    def run_emulator(self):
        """What libvirt does between `start` and `started`: a process, and a file with its pid."""
        # an hour at most, should this process be killed
        self.emulator = subprocess.Popen([f"qemu -uuid {self.uuid}", "3600"],
                                         executable="/bin/sleep")
        with open(f"/run/libvirt/qemu/{self.name}.pid", "w") as file:
            file.write(str(self.emulator.pid))

    def end_emulator(self):
        if self.emulator:
            self.emulator.kill()
            self.emulator.wait()
            os.unlink(f"/run/libvirt/qemu/{self.name}.pid")
            self.emulator = None
