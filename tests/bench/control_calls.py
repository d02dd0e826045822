# SPDX-License-Identifier: LGPL-2.1-or-later
"""control_calls.py STAGE OBJECT ROUNDS GUESTS: run by tests/bench/control in namespaces of its own; prints
the nanoseconds of every call as JSON, and what else is counted."""
import json
import os
import re
import shutil
import subprocess
import sys
import time

import callgrind
from script import MODES

UPLINK = "up0"
PINS = f"/sys/fs/bpf/airtap/{UPLINK}"


def run(*command, **options):
    return subprocess.run(command, check=True, **options)


def make_host(stage):
    """An uplink with an address, and airtap installed, all of it seen by this process alone."""
    run("mount", "--make-rprivate", "/")
    for at in ("/run", "/mnt"):
        run("mount", "-t", "tmpfs", "-o", "mode=755", "bench", at)
    run("mount", "-t", "overlay", "-o", f"lowerdir={stage}/usr:/usr", "overlay", "/usr")
    run("mount", "-t", "sysfs", "sysfs", "/sys")
    run("mount", "-t", "bpf", "bpf", "/sys/fs/bpf")
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", UPLINK, "type", "veth", "peer", "name", "lan0")
    for device in ("lan0", UPLINK):
        run("ip", "link", "set", device, "up")
    run("ip", "address", "add", "10.0.0.1/24", "dev", UPLINK)
    run("ip", "route", "add", "default", "via", "10.0.0.254")


def document(number, ours=True, mode="macnat"):
    """A file with the XML of guest `number`, as libvirt gives it to a hook."""
    path = f"/mnt/{number if ours else 'other'}-{mode}.xml"
    if not os.path.exists(path):
        metadata = ('<metadata><airtap:guest xmlns:airtap="urn:airtap:domain:1"><airtap:nic alias="ua-lan" '
                    f'mode="{mode}" uplink="{UPLINK}"/></airtap:guest></metadata>')
        nic = (f"<interface type='ethernet'><target dev='airtap{number}' managed='no'/><alias name='ua-lan'/>"
               if ours else "<interface type='bridge'><source bridge='virbr0'/><target dev='vnet0'/>")
        with open(path, "w") as text:
            text.write(f"""<domain type='kvm'><name>vm{number}</name>
<uuid>6a1f0000-0000-4000-8000-{number:012d}</uuid>{metadata if ours else ''}
<memory unit='KiB'>524288</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='q35'>hvm</type></os>
<devices>{nic}<mac address='52:54:00:a1:{number >> 8:02x}:{number & 255:02x}'/><model type='virtio'/></interface>
</devices></domain>
""")
    return path


def timed(command, stdin="/dev/null"):
    with open(stdin) as source, open("/mnt/said", "w") as said:
        begin = time.perf_counter_ns()
        pid = os.posix_spawn(command[0], command, os.environ, file_actions=[
            (os.POSIX_SPAWN_DUP2, source.fileno(), 0), (os.POSIX_SPAWN_DUP2, said.fileno(), 1),
            (os.POSIX_SPAWN_DUP2, said.fileno(), 2)])
        _, status = os.waitpid(pid, 0)
        took = time.perf_counter_ns() - begin
    if status != 0:
        sys.exit(f"{' '.join(command)} ended with {status}: " + open("/mnt/said").read())
    return took


def hook_command(number, operation, sub):
    return ["/usr/sbin/airtap-hook", f"vm{number}", operation, sub, "-"]


def hook(number, operation, sub, ours=True, program="/usr/sbin/airtap-hook", mode="macnat"):
    return timed([program] + hook_command(number, operation, sub)[1:], document(number, ours, mode))


def write_script(program):
    """What `airtap plan` shows, as somebody would run it: one guest's work, and what undoes it."""
    plan = run("/usr/sbin/airtap", "plan", document(1), stdout=subprocess.PIPE, text=True).stdout
    lines, updates = [f"mkdir -p {os.path.dirname(PINS)}"], []
    for line in plan.splitlines()[1:]:
        # Not every kernel filters VLANs; airtap does without where it must.
        line = line.strip().replace(" airtap.bpf.o ", f" {program} ").replace(" vlan_filtering 1", "")
        (updates if "bpftool map update" in line else lines).append(line)
    write("attach", lines)
    write("detach", ["ip link delete airtap1", f"ip link delete airbr-{UPLINK}", f"ip link delete airup-{UPLINK}",
                     f"tc qdisc delete dev {UPLINK} clsact", f"ip link set {UPLINK} promisc off", f"rm -r {PINS}"])
    # A map shows its size once the programs are loaded. Its value is a structure: as many bytes will do.
    run("/bin/sh", "/mnt/attach.sh", stdout=subprocess.DEVNULL)
    for update in updates:
        command = update.split("#")[0].split()
        shown = json.loads(run("bpftool", "-j", "map", "show", "pinned", command[4], stdout=subprocess.PIPE).stdout)
        key, value = ["1"] + ["0"] * (shown["bytes_key"] - 1), ["0"] * shown["bytes_value"]
        lines.append(" ".join(command + ["key", *key, "value", *value]))
    run("/bin/sh", "/mnt/detach.sh")
    write("attach", lines)


def write(name, lines):
    with open(f"/mnt/{name}.sh", "w") as script:
        script.write("set -e\n" + "\n".join(lines) + "\n")


def alternate(rounds, sides):
    """Each of the functions in turns; each returns {figure: nanoseconds}."""
    samples = {}
    for count in range(-2, rounds):
        for side in list(sides) if count % 2 else reversed(list(sides)):
            for figure, took in sides[side]().items():
                if count >= 0:  # the first ones fill caches
                    samples.setdefault(figure, {}).setdefault(side, []).append(took)
    return samples


def one_guest():
    return {"prepare": hook(1, "prepare", "begin"), "release": hook(1, "release", "end")}


def one_script():
    return {side: timed(["/bin/sh", f"/mnt/{name}.sh"]) for side, name in (("prepare", "attach"), ("release", "detach"))}


def crowd(guests):
    """What each guest more costs, and a reconcile among them."""
    attach, reconcile = [], {}
    for number in range(1, guests + 1):
        attach.append(hook(number, "prepare", "begin"))
        if number in (1, guests):
            reconcile[str(number)] = [timed(["/usr/sbin/airtap", "reconcile"]) for _ in range(11)]
    return {"attach": attach, "reconcile": reconcile}


def modes():
    """Prepare and release of a first guest in each mode, or why there is none here."""
    samples = {}
    for mode in MODES:
        done = subprocess.run(hook_command(1, "prepare", "begin"), stdin=open(document(1, mode=mode)),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        hook(1, "release", "end")
        if done.returncode:
            samples[mode] = {"absent": done.stdout.strip()}
            continue
        samples[mode] = {"prepare": [], "release": []}
        for _ in range(11):
            samples[mode]["prepare"].append(hook(1, "prepare", "begin", mode=mode))
            samples[mode]["release"].append(hook(1, "release", "end", mode=mode))
    return samples


def instructions_of(command, stdin="/dev/null"):
    with open(stdin) as source:
        return callgrind.instructions(command, stdin=source)


def counted():
    """A call of each kind under callgrind, which counts instructions: the same on a busy machine."""
    if callgrind.ABSENT:
        return callgrind.ABSENT
    counts = {"not ours": {"airtap": instructions_of(hook_command(0, "prepare", "begin"), document(0, ours=False)),
                           "other": instructions_of(["/bin/true"])}}
    for figure, operation in (("prepare", ("prepare", "begin")), ("release", ("release", "end"))):
        counts[figure] = {"airtap": instructions_of(hook_command(1, *operation), document(1))}
    for figure, name in (("prepare", "attach"), ("release", "detach")):
        counts[figure]["other"] = instructions_of(["/bin/sh", f"/mnt/{name}.sh"])
    return counts


def checking(rounds):
    """Nanoseconds that the kernel takes to check and translate the programs within one prepare, by strace."""
    if not shutil.which("strace"):
        return {"absent": "strace is not installed"}
    return alternate(rounds, {
        "airtap": lambda: {"checking": loading(hook_command(1, "prepare", "begin"), document(1),
                                               lambda: hook(1, "release", "end"))},
        "other": lambda: {"checking": loading(["/bin/sh", "/mnt/attach.sh"], "/dev/null",
                                              lambda: timed(["/bin/sh", "/mnt/detach.sh"]))}})["checking"]


def loading(command, stdin, after):
    with open(stdin) as source:
        run("strace", "-f", "-T", "-e", "trace=bpf", "-o", "/mnt/strace", *command, stdin=source,
            stdout=subprocess.DEVNULL)
    after()
    with open("/mnt/strace") as text:
        return int(1e9 * sum(float(took) for took in re.findall(r"BPF_PROG_LOAD.*<([0-9.]+)>", text.read())))


def main():
    stage, program, rounds, guests = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    make_host(stage)
    write_script(program)
    samples = alternate(rounds, {
        "airtap": lambda: {"not ours": hook(0, "prepare", "begin", ours=False)},
        "other": lambda: {"not ours": hook(0, "prepare", "begin", ours=False, program="/bin/true")}})
    samples |= alternate(max(3, rounds // 10), {"airtap": one_guest, "other": one_script})
    samples["checking"] = checking(7)
    samples["modes"] = modes()
    samples["instructions"] = counted()
    samples["crowd"] = crowd(guests)
    json.dump(samples, sys.stdout)


if __name__ == "__main__":
    main()
