# SPDX-License-Identifier: LGPL-2.1-or-later
"""air_calls.py TURN SIDE LAN [COMMAND...]: run by air-case in the testbed's machine; prints a JSON line for each
sample of traffic with the LAN's address, whose iperf3 waits. COMMAND runs a program where the side's traffic begins."""
import json
import os
import re
import subprocess
import sys

SECONDS = "1"
PINGS = "200"
ROUNDS = 2  # in a turn, since what comes before it takes as long


def busy():
    """Seconds that the machine's processors have worked."""
    with open("/proc/stat") as text:
        user, nice, system, _, _, irq, softirq = map(int, text.readline().split()[1:8])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def said(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=120)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}: {done.stdout}")
    return done.stdout


def iperf3(prefix, lan, *options):
    return json.loads(said([*prefix, "iperf3", "--client", lan, "--json", "--interval", "0", "--time", SECONDS,
                            *options]))


def tcp(prefix, lan, streams, way):
    before = busy()
    received = iperf3(prefix, lan, "--parallel", str(streams), *way)["end"]["sum_received"]
    return {"": received["bits_per_second"], "cpu_": (busy() - before) / (received["bytes"] / 1e9)}


def frames(prefix, lan, way):
    """Of 64 bytes, with the checksum that hardware adds, that arrived in a second."""
    for _ in range(3):
        told = iperf3(prefix, lan, "--udp", "--length", "18", "--bitrate", "0", "--get-server-output", *way)
        if "sum" in told["end"]:
            break
        # With --json Debian 12's iperf3 calls it a success when it could not measure (esnet/iperf#1405).
        print(f"iperf3 counted no frames: {told.get('error', 'and said nothing')}", file=sys.stderr)
    else:
        sys.exit("iperf3 counted no frames, three times")
    total_of = told["end"]["sum"]
    seconds, lost, total = total_of["seconds"], total_of["lost_packets"], total_of["packets"]
    if not way:  # the sender does not know how many of the last were lost
        lost, total = map(int, re.findall(r"(\d+)/(\d+) .*receiver", told["server_output_text"])[-1])
    return (total - lost) / seconds


def round_trips(prefix, lan):
    """Nanoseconds, sorted: the next is sent when one is back."""
    text = said([*prefix, "ping", "-n", "-A", "-c", PINGS, lan])
    return sorted(float(time) * 1e6 for time in re.findall(r"time=([0-9.]+) ms", text))


def samples(prefix, lan):
    for name, way in (("from_guest", []), ("to_guest", ["--reverse"])):
        for streams in (1, 8):
            for kind, value in tcp(prefix, lan, streams, way).items():
                yield f"{kind}tcp{streams}_{name}", value
        yield f"frames_{name}", frames(prefix, lan, way)
    times = round_trips(prefix, lan)
    yield "round_trip_p50", times[len(times) // 2]
    yield "round_trip_p99", times[len(times) * 99 // 100]


def main():
    turn, side, lan, prefix = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
    for number in range(ROUNDS * (turn - 1), ROUNDS * turn) if turn else [0]:
        for what, value in samples(prefix, lan):
            if turn:  # the first one fills caches
                print(json.dumps({"round": number + 1, "side": side, "what": what, "value": value}))


main()
