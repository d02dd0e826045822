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
MAC, NEW_MAC = "02:00:00:00:00:01", "02:00:00:00:00:77"
HOST_ADDRESS, GATEWAY = "10.9.0.1", "10.9.0.2"
NEW_ADDRESS = "10.77.0.60/32"  # of the testbed's LAN
CLONE_NEWNS, CLONE_NEWNET, MS_BIND, MS_REC, MS_PRIVATE = 0x20000, 0x40000000, 0x1000, 0x4000, 1 << 18
SYS_BPF, BPF_OBJ_GET, BPF_MAP_GET_FD_BY_ID = 321, 7, 14
LIBC = ctypes.CDLL(None, use_errno=True)
# Where they are in the build, and where they look for each other once installed.
HELPERS = {"airtap-bridge-helper": "/usr/libexec/airtap-bridge-helper",
           "airtap-bridge-guest": "/usr/libexec/airtap/bridge-guest",
           "airtap-bridge-watcher": "/usr/libexec/airtap/bridge-watcher"}


def libc(call, *arguments):
    if getattr(LIBC, call)(*arguments):
        raise OSError(ctypes.get_errno(), f"{call}: {os.strerror(ctypes.get_errno())}")


def run(*command, **options):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, **options).stdout


def make_lan():
    """The uplink, and the LAN in a namespace of its own; also after the uplink was removed."""
    subprocess.run(["ip", "netns", "add", "lan"], stderr=subprocess.DEVNULL)
    run("ip", "link", "add", UPLINK, "address", MAC, "type", "veth",
        "peer", "name", "lan0", "netns", "lan")
    run("ip", "address", "add", HOST_ADDRESS + "/24", "dev", UPLINK)
    run("ip", "link", "set", UPLINK, "up")
    run("ip", "-n", "lan", "address", "add", GATEWAY + "/24", "dev", "lan0")
    run("ip", "-n", "lan", "link", "set", "lan0", "up")
    run("ip", "route", "add", "default", "via", GATEWAY)


def bpf(command, attributes):
    """A descriptor, or None. The attributes begin with a pointer or an id; the others are 0."""
    buffer = ctypes.create_string_buffer(attributes.ljust(128, b"\0"))
    fd = LIBC.syscall(SYS_BPF, command, buffer, len(buffer))
    return fd if fd >= 0 else None


def map_of_pin(path):
    """The id of the BPF map pinned there; None for a program or what is no pin."""
    text = ctypes.create_string_buffer(path.encode())
    fd = bpf(BPF_OBJ_GET, ctypes.addressof(text).to_bytes(8, "little"))
    if fd is None:
        return None
    with open(f"/proc/self/fdinfo/{fd}") as info:
        ids = [int(line.split()[1]) for line in info if line.startswith("map_id:")]
    os.close(fd)
    return ids[0] if ids else None


def map_exists(number):
    fd = bpf(BPF_MAP_GET_FD_BY_ID, number.to_bytes(4, "little"))
    if fd is not None:
        os.close(fd)
    return fd is not None


class Host:
    """Enters namespaces of this process's own: they end with it, whatever happens."""
    uplink = UPLINK
    rejoins = False  # a station, which may have to associate anew
    slowness = 1  # of the machine

    def __init__(self, build):
        programs = [os.path.join(ROOT, build, path) for path in (
            "hooks/airtap-qemu-hook-program", "plugin/cli/airtap", "plugin/monitor/airtap-monitor")]
        helpers = {os.path.join(ROOT, build, "qemu-helper", name): path
                   for name, path in HELPERS.items()}
        for program in [*programs, *helpers]:
            if not os.access(program, os.X_OK):
                raise OSError(f"{program} is missing: cmake --build --preset release")
        libc("unshare", CLONE_NEWNS | CLONE_NEWNET)
        libc("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
        for kind, where in ((b"tmpfs", b"/run"), (b"sysfs", b"/sys"), (b"bpf", b"/sys/fs/bpf"),
                            (b"tmpfs", b"/usr/libexec")):
            libc("mount", kind, where, kind, 0, None)
        os.makedirs("/run/libvirt/qemu")
        os.makedirs("/run/netns")
        self.scratch = tempfile.mkdtemp(dir="/run")
        self.make_etc()
        run("ip", "link", "set", "lo", "up")
        make_lan()
        # copies: a build meanwhile must not replace what is tested
        self.hook, self.airtap, self.monitor = (shutil.copy(program, self.scratch)
                                                for program in programs)
        os.makedirs("/usr/libexec/airtap")
        for program, path in helpers.items():
            shutil.copy(program, path)
        self.helper = HELPERS["airtap-bridge-helper"]
        self.maps = set()

    def make_etc(self):
        """Neither this machine's configuration nor a change of it."""
        etc = os.path.join(self.scratch, "etc")
        os.makedirs(etc + "/qemu")
        os.makedirs(etc + "/airtap")
        for file in ("passwd", "group", "nsswitch.conf", "ld.so.cache", "ld.so.conf"):
            if os.path.exists("/etc/" + file):
                shutil.copy("/etc/" + file, etc)
        shutil.copytree("/etc/alternatives", etc + "/alternatives", symlinks=True)
        with open(etc + "/qemu/bridge.conf", "w") as file:
            file.write("allow airtap\nallow airtap-macnat\nallow airtap-bridge\n")
        with open(etc + "/airtap/airtap.toml", "w") as file:
            file.write(f"uplink = '{UPLINK}'\n")
        libc("mount", etc.encode(), b"/etc", None, MS_BIND, None)

    def guest(self, number, mode):
        return (Container if mode == "ipvlan" else Guest)(number, mode, self.uplink)

    def call(self, guest, event, prefix=(), **options):
        """One event of libvirt's, from this process as its daemon."""
        return subprocess.run([*prefix, self.hook, guest.name, *Guest.EVENTS[event]], input=guest.xml,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    def reconcile(self):
        return subprocess.run([self.airtap, "reconcile"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)

    def settle(self):
        """Until a guest can start."""

    def disturb(self, _):
        """Something that a follower acts upon, whatever the mode."""
        run("ip", "link", "set", self.uplink, "address", NEW_MAC)

    def calm(self):
        run("ip", "link", "set", self.uplink, "address", MAC)

    def note_maps(self):
        """Remembers the maps there are now: in the end none of them may exist."""
        self.maps |= {number for path in glob.glob("/sys/fs/bpf/airtap/*/*")
                      if (number := map_of_pin(path)) is not None}

    def state(self):
        """Everything that airtap could leave behind, as lines to compare."""
        lines = []
        for link in json.loads(run("ip", "-j", "-d", "link", "show")):
            lines.append("link " + " ".join(str(link.get(key)) for key in (
                "ifname", "master", "promiscuity", "allmulti", "mtu", "address", "ifalias", "xdp")))
        for qdisc in json.loads(run("tc", "-j", "qdisc", "show")):
            lines.append(f"qdisc {qdisc.get('dev')} {qdisc.get('kind')}")
            if qdisc.get("kind") == "clsact":
                lines += [f"filter {qdisc['dev']} {way} {entry}" for way in ("ingress", "egress")
                          for entry in run("tc", "filter", "show", "dev", qdisc["dev"],
                                           way).splitlines()]
        # without the index, which a device made anew has another of
        lines += [line.replace("\\", "").split(": ", 1)[1].split("valid_lft")[0]
                  for line in run("ip", "-o", "address", "show").splitlines()]
        lines += [line.split(" expires ")[0]
                  for line in run("ip", "route", "show", "table", "all").splitlines()]
        for folder in ("/run/airtap", "/sys/fs/bpf"):
            lines += ["file " + path for path in glob.glob(folder + "/**", recursive=True)
                      if os.path.exists(path) and not os.path.isdir(path)]
        lines += self.processes() + self.wireless()
        lines += [f"map {number}" for number in self.maps if map_exists(number)]
        return sorted(line for line in lines if "fe80::" not in line and "ff00::" not in line)

    def wireless(self):
        return []

    def processes(self):
        """Of airtap, in these namespaces; some other run of tests may have its own elsewhere."""
        here, found = os.readlink("/proc/self/ns/net"), []
        for path in glob.glob("/proc/[0-9]*"):
            try:
                program = os.readlink(path + "/exe").removesuffix(" (deleted)")
                if os.path.basename(program).startswith(("airtap", "bridge-", "qemu-hook")) and \
                        os.readlink(path + "/ns/net") == here:
                    found.append(f"process {os.path.basename(program)}")
            except OSError:
                pass  # it has ended meanwhile
        return found

    def residue(self, before, patience=1):
        """What differs from before; the kernel ends devices a moment after it was told to."""
        end = time.monotonic() + patience
        while True:
            now = self.state()
            if now == before:
                return []
            if time.monotonic() > end:
                return ([f"+ {line}" for line in now if line not in before] +
                        [f"- {line}" for line in before if line not in now])
            time.sleep(0.05)


class InstalledHost(Host):
    """This machine as it is, with airtap installed: for a virtual machine of the testbed only."""
    rejoins = True
    slowness = 5

    def __init__(self, uplink):
        if not os.path.isdir("/testbed"):
            raise OSError("not in the testbed: nothing of this machine would be safe")
        self.uplink, self.scratch, self.maps = uplink, tempfile.mkdtemp(dir="/run"), set()
        self.hook, self.airtap = "/usr/libexec/airtap/qemu-hook", "/usr/sbin/airtap"
        self.monitor, self.helper = "/usr/libexec/airtap/airtap-monitor", "/usr/sbin/airtap-bridge-helper"
        os.makedirs("/run/libvirt/qemu", exist_ok=True)

    def residue(self, before, patience=1):
        """Under emulation, and a station may have to associate anew."""
        return super().residue(before, patience * 20)

    def settle(self):
        end = time.monotonic() + 60
        while "wpa_state=COMPLETED" not in run("wpa_cli", "-p", "/run/wpa_supplicant", "-i", self.uplink, "status"):
            if time.monotonic() > end:
                raise RuntimeError(f"{self.uplink} is not back in its network after a minute")
            time.sleep(0.2)

    def disturb(self, mode):
        """A new MAC would be a new association each time: an address, and what somebody turned off."""
        run("ip", "address", "add", NEW_ADDRESS, "dev", self.uplink)
        if mode == "4addr":
            run("iw", "dev", self.uplink, "set", "4addr", "off")

    def calm(self):
        run("ip", "address", "del", NEW_ADDRESS, "dev", self.uplink)

    def wireless(self):
        units = run("systemctl", "list-units", "--all", "--plain", "--no-legend", "airtap-airst-*")
        return ["wireless " + line.strip() for line in run("iw", "dev", self.uplink, "info").splitlines()
                if line.strip().startswith(("4addr", "type"))] + units.splitlines()


class Guest:
    """A domain with one interface whose device airtap makes, and its emulator."""
    EVENTS = {"prepare": ["prepare", "begin", "-"], "start": ["start", "begin", "-"],
              "started": ["started", "begin", "-"], "release": ["release", "end", "-"]}

    def __init__(self, number, mode, uplink=UPLINK, target=None):
        self.name = f"vm{number}"
        self.uuid = f"6a1f0000-0000-4000-8000-{number:012x}"
        self.mac = f"52:54:00:00:{number >> 8:02x}:{number & 255:02x}"
        self.target = target or f"airtap{number}"
        self.pid_file = f"/run/libvirt/qemu/{self.name}.pid"
        self.xml = f"""<domain type='qemu'><name>{self.name}</name><uuid>{self.uuid}</uuid>
<metadata><airtap:guest xmlns:airtap='urn:airtap:domain:1'>
<airtap:nic alias='ua-lan' mode='{mode}' uplink='{uplink}'/></airtap:guest></metadata>
<devices><interface type='ethernet'><alias name='ua-lan'/>
<mac address='{self.mac}'/>
<target dev='{self.target}' managed='no'/></interface></devices></domain>"""
        self.emulator = None

    def run_emulator(self):
        """What libvirt does between `start` and `started`: a process, and a file with its pid."""
        # an hour at most, should this process be killed
        self.run_as([f"qemu -uuid {self.uuid}", "3600"], "/bin/sleep", self.uuid)

    def run_as(self, arguments, program, mark, **options):
        self.emulator = subprocess.Popen(arguments, executable=program, stdin=subprocess.PIPE,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
        # a process has no arguments for a moment
        while True:
            with open(f"/proc/{self.emulator.pid}/cmdline") as file:
                if mark in file.read():
                    break
            time.sleep(0.001)
        with open(self.pid_file, "w") as file:
            file.write(str(self.emulator.pid))

    def end_emulator(self):
        if self.emulator:
            self.emulator.kill()
            self.emulator.wait()
            self.emulator.stdin.close()
            os.unlink(self.pid_file)
            self.emulator = None


class Container(Guest):
    """A domain of libvirt-LXC, whose device moves into the controller's namespace."""

    def __init__(self, number, mode, uplink):
        super().__init__(number, mode, uplink)
        self.pid_file = f"/run/libvirt/lxc/{self.name}.pid"
        self.xml = f"""<domain type='lxc'><name>{self.name}</name><uuid>{self.uuid}</uuid>
<metadata><airtap:guest xmlns:airtap='urn:airtap:domain:1'>
<airtap:nic target='{self.target}' mode='{mode}' uplink='{uplink}'/></airtap:guest></metadata>
<devices><hostdev mode='capabilities' type='net'><source><interface>{self.target}</interface></source>
</hostdev></devices></domain>"""

    def run_emulator(self):
        os.makedirs(os.path.dirname(self.pid_file), exist_ok=True)
        # ends with this process, whose end of the pipe it reads
        self.run_as(["libvirt_lxc", "-c", "read -r word", "--name", self.name], "/bin/sh",
                    f"\0--name\0{self.name}\0", preexec_fn=lambda: libc("unshare", CLONE_NEWNET))
        subprocess.run(["ip", "link", "set", self.target, "netns", str(self.emulator.pid)],
                       stderr=subprocess.DEVNULL)
