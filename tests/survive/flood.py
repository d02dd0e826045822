# SPDX-License-Identifier: LGPL-2.1-or-later
"""A guest that sends as fast as it can, beside another guest and the host that go on working."""
import os
import statistics
import struct

from crowd import start, stop
from host import GATEWAY, HOST_ADDRESS
from tally import Tally, progress
from wire import ALL, Flood, Machine, Ping, arp, checksum, flooding, ip_bytes, lan_mac, mac_bytes, udp

ROUNDS, PINGS, INTERVAL = 6, 250, 0.002
GOAL = 3  # p99 in times of the idle one
FLOODER, OTHER, THIRD = "10.9.0.11", "10.9.0.12", "10.9.0.13"


def solicitation(mac, source, target):
    """A neighbour solicitation; the source is new each time."""
    to = b"\x33\x33\xff" + target[13:]
    body = struct.pack("!BBHI", 135, 0, 0, 0) + target + b"\x01\x01" + mac
    destination = b"\xff\x02" + bytes(9) + b"\x01\xff" + target[13:]
    total = checksum(source + destination + struct.pack("!II", len(body), 58) + body)
    body = body[:2] + struct.pack("!H", total) + body[4:]
    return (to + mac + b"\x86\xdd" + struct.pack("!IHBB", 6 << 28, len(body), 58, 255) + source +
            destination + body)


def discover(mac, number):
    """A DHCP question, with a transaction of its own."""
    head = struct.pack("!BBBBIHH16x6s10x192x", 1, 1, 6, 0, number, 0, 0x8000, mac)
    return udp(mac, ALL, bytes(4), b"\xff" * 4, (68, 67), head + bytes.fromhex("63825363350101ff"))


def kinds(mac, third_mac):
    """Name of a flood, and its frames."""
    me, third, lan = ip_bytes(FLOODER), ip_bytes(THIRD), lan_mac()
    link_local = b"\xfe\x80" + bytes(6)
    return {
        "64-byte frames to the LAN": [udp(mac, lan, me, ip_bytes(GATEWAY), (9, 9), bytes(18))] * 64,
        "64-byte frames to a third guest": [udp(mac, third_mac, me, third, (9, 9), bytes(18))] * 64,
        "ARP, from ever other addresses": [
            arp(True, mac, bytes([10, 9, 1 + n // 250, 1 + n % 250]), ip_bytes(GATEWAY)).ljust(60, b"\0")
            for n in range(1000)],
        "neighbour discovery": [
            solicitation(mac, link_local + struct.pack("!Q", 0x1000 + n),
                         link_local + struct.pack("!Q", 0x2000 + n)) for n in range(1000)],
        "DHCP": [discover(mac, n) for n in range(64)],
        "multicast": [udp(mac, b"\x01\0\x5e\x01\x02\x03", me, ip_bytes("239.1.2.3"), (9, 9),
                          bytes(18))] * 64,
    }


def percentile(times, part):
    return sorted(times)[min(int(len(times) * part), len(times) - 1)]


def measure(rounds):
    """The p99 of round trips from the LAN to guest and host, both at once."""
    pings = {address: Ping(address, PINGS, INTERVAL) for address in (OTHER, HOST_ADDRESS)}
    for address, ping in pings.items():
        rounds.setdefault(address, []).append(percentile(ping.round_trips(), 0.99))


def one_flood(name, guest, frames):
    tally, idle, flooded, sent, seconds = Tally(f"flood: {name}"), {}, {}, 0, 0.0
    for number in range(ROUNDS):  # in turns: whatever else this machine does meets both
        progress(f"flood: {name}, round {number + 1} of {ROUNDS}")
        measure(idle)
        flood, begin = Flood(guest, frames), os.times().elapsed
        measure(flooded)
        sent, seconds = sent + flood.count(), seconds + os.times().elapsed - begin
        flood.end()
    progress("")
    for who, address in (("guest", OTHER), ("host", HOST_ADDRESS)):
        # of the rounds, so that one in which this machine had other things to do is not the verdict
        before, now = (statistics.median(rounds[address]) for rounds in (idle, flooded))
        tally.add(who, None if now <= GOAL * before else
                  f"p99 {now:.3f} ms, idle {before:.3f} ms: {now / before:.1f} times")
        tally.figures.append(f"{who} p99 {now:.2f} ms, idle {before:.2f}")
    tally.figures.append(f"{sent / seconds / 1000:.0f},000 frames/s")
    return tally.report()


def floods(host, mode="macnat"):
    before, guests = host.state(), [host.guest(number, mode) for number in (1, 2, 3)]
    for guest in guests:
        if fault := start(host, guest):
            raise RuntimeError(fault)
    bad, other, third = guests
    # who is flooded works on the flooder's processor
    machines = [Machine(other, OTHER), Machine(third, THIRD, flooding)]
    try:
        for name, frames in kinds(mac_bytes(bad.mac), mac_bytes(third.mac)).items():
            yield one_flood(name, bad, frames)
    finally:
        for machine in machines:
            machine.end()
    tally = Tally("after the floods")
    for guest in guests:
        tally.add(guest.name, stop(host, guest))
    tally.faults += host.residue(before)
    yield tally.report()
