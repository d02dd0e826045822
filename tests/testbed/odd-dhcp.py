#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# odd-dhcp.py INTERFACE KEY WAY FIRST
#
# A DHCP server as some access points have it. KEY: what it tells clients apart by,
# `chaddr` alone or `client-id` alone. WAY: how it answers a client without an address,
# whatever the broadcast flag says: `limited`, the frame to the sender's MAC and the
# packet to 255.255.255.255; `offered`, the frame to the sender's MAC and the packet to
# the address it offers; `broadcast`, as asked for. Addresses are given out from
# 10.77.0.FIRST and never taken back. One line a message on stdout.
import socket
import struct
import sys

SERVER = "10.77.0.1"
BOOTP = struct.Struct("!4B I 2H 4s4s4s4s 16s 64x 128x 4s")
DISCOVER, OFFER, REQUEST, ACK, NAK, INFORM = 1, 2, 3, 5, 6, 8


def options_of(data):
    options, at = {}, 0
    while at < len(data) and data[at] != 255:
        if data[at] == 0:
            at += 1
            continue
        options[data[at]] = data[at + 2 : at + 2 + data[at + 1]]
        at += 2 + data[at + 1]
    return options


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(to_mac, from_mac, to_ip, payload):
    """Without a UDP checksum, which IPv4 allows."""
    udp = struct.pack("!4H", 67, 68, 8 + len(payload), 0) + payload
    head = struct.pack("!2B3H2BH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, socket.inet_aton(SERVER), to_ip)
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return to_mac + from_mac + b"\x08\x00" + head + udp


def option(code, data):
    return bytes([code, len(data)]) + data


class Server:
    def __init__(self, interface, key, way, first):
        self.key, self.way, self.first, self.leases = key, way, int(first), {}
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        self.socket.bind((interface, 0x0800))
        self.mac = self.socket.getsockname()[4]

    def address_for(self, chaddr, options):
        key = chaddr if self.key == "chaddr" else options.get(61)
        if key is None:
            return None
        return self.leases.setdefault(key, socket.inet_aton(f"10.77.0.{self.first + len(self.leases)}"))

    def answer(self, data):
        offset = 14 + (data[14] & 15) * 4
        if data[23] != 17 or data[offset : offset + 4] != b"\x00\x44\x00\x43":
            return
        bootp = data[offset + 8 :]
        op, _, _, _, xid, _, flags, ciaddr, _, _, _, chaddr, _ = BOOTP.unpack(bootp[: BOOTP.size])
        options = options_of(bootp[BOOTP.size :])
        kind, ours = options.get(53, b"\0")[0], self.address_for(chaddr[:6], options)
        print(f"{kind} from {data[6:12].hex(':')} chaddr {chaddr[:6].hex(':')} flags {flags:#x}", flush=True)
        if op != 1 or ours is None or kind not in (DISCOVER, REQUEST, INFORM):
            return
        wanted = options.get(50, ciaddr)
        reply = OFFER if kind == DISCOVER else ACK
        if kind == REQUEST and wanted != ours:
            reply, ours = NAK, b"\0" * 4
        head = BOOTP.pack(2, 1, 6, 0, xid, 0, 0, ciaddr, ours, b"\0" * 4, b"\0" * 4, chaddr, b"\x63\x82\x53\x63")
        tail = option(53, bytes([reply])) + option(54, socket.inet_aton(SERVER))
        if reply != NAK:
            tail += option(51, struct.pack("!I", 3600)) + option(58, struct.pack("!I", 5))
            tail += option(1, socket.inet_aton("255.255.255.0")) + option(3, socket.inet_aton(SERVER))
        to_mac, to_ip = data[6:12], b"\xff" * 4
        if any(ciaddr):
            to_ip = ciaddr
        elif self.way == "broadcast":
            to_mac = b"\xff" * 6
        elif self.way == "offered" and reply != NAK:
            to_ip = ours
        self.socket.send(frame(to_mac, self.mac, to_ip, head + tail + b"\xff"))

    def run(self):
        print("ready", flush=True)
        while True:
            data, origin = self.socket.recvfrom(2048)
            # Not what this machine itself sends.
            if origin[2] != socket.PACKET_OUTGOING and len(data) > 14 + 20 + 8 + BOOTP.size:
                self.answer(data)


Server(*sys.argv[1:5]).run()
