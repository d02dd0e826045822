# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is behind a guest's device: a machine that answers ARP and ping, or one that floods."""
import fcntl
import json
import mmap
import os
import signal
import socket
import struct
import time

from host import CLONE_NEWNET, libc, run

TUNSETIFF, IFF_TAP, IFF_NO_PI = 0x400454CA, 2, 0x1000
ALL = b"\xff" * 6
LOST = 1000.0


def mac_bytes(text):
    return bytes.fromhex(text.replace(":", ""))


def ip_bytes(text):
    return bytes(map(int, text.split(".")))


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def arp(question, mac, address, target, to=ALL):
    target_mac = bytes(6) if question else to
    return (to + mac + b"\x08\x06" + struct.pack("!HHBBH", 1, 0x800, 6, 4, 1 if question else 2) +
            mac + address + target_mac + target)


def udp(mac, to, source, destination, ports, payload):
    length = 8 + len(payload)
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + length, 0, 0, 64, 17, 0, source, destination)
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    # a checksum of 0 is none
    return to + mac + b"\x08\x00" + header + struct.pack("!HHHH", *ports, length, 0) + payload


def open_tap(name):
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return fd


def on_processor(choose):
    """There before all else that this machine does."""
    os.sched_setaffinity(0, {choose(os.sched_getaffinity(0))})
    os.setpriority(os.PRIO_PROCESS, 0, -20)


def measured():
    on_processor(min)


def flooding():
    """Another one, where there are two: a flood is not to win by taking the time of those it floods."""
    on_processor(max)


class Behind:
    """A process at the device; ends with its parent at the latest."""

    def __init__(self, work):
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
                signal.alarm(3600)
                if os.getppid() == parent:
                    work()
            finally:
                os._exit(1)

    def end(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


def answer(fd, mac, address):
    """ARP and ping, until killed."""
    os.write(fd, arp(True, mac, address, address))  # announces itself: from now on it is known
    while True:
        frame = os.read(fd, 2048)
        # at most of the frames one look
        if frame[38:42] == address and frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\1":
            os.write(fd, arp(False, mac, address, frame[28:32], frame[6:12]))
        elif frame[30:34] == address and frame[12:14] == b"\x08\x00" and frame[23] == 1 and \
                frame[34] == 8:
            # the sum over the addresses stays
            os.write(fd, frame[6:12] + mac + frame[12:26] + address + frame[26:30] + b"\0\0" +
                     echoed(frame[34:]))


class Machine(Behind):
    """An answering guest at its device."""

    def __init__(self, guest, address, place=measured):
        fd = open_tap(guest.target)

        def work():
            place()
            answer(fd, mac_bytes(guest.mac), ip_bytes(address))
        super().__init__(work)
        os.close(fd)


class Flood(Behind):
    """Writes the frames to the guest's device again and again, as fast as the kernel takes them."""

    def __init__(self, guest, frames):
        self.sent, fd = mmap.mmap(-1, 8), open_tap(guest.target)

        def work():
            flooding()
            write, count, step = os.write, 0, len(frames)
            while True:
                for frame in frames:
                    write(fd, frame)
                count += step
                self.sent[:] = count.to_bytes(8, "little")
        super().__init__(work)
        os.close(fd)

    def count(self):
        return int.from_bytes(self.sent[:], "little")


class Ping:
    """Echo requests from the LAN, one every `interval`, by a process of its own."""

    def __init__(self, address, count, interval):
        self.reading, writing = os.pipe()
        self.behind = Behind(lambda: self.work(writing, address, count, interval))
        os.close(writing)

    @staticmethod
    def work(writing, address, count, interval):
        measured()
        with open("/run/netns/lan") as lan:
            libc("setns", lan.fileno(), CLONE_NEWNET)
        asking = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        asking.settimeout(1)
        asking.connect((address, 0))
        took = []
        for number in range(count):
            body = struct.pack("!BBHHH", 8, 0, 0, os.getpid() & 0xffff, number)
            body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
            begin = time.monotonic()
            try:
                asking.send(body)
                while asking.recv(2048)[20:28] != b"\0\0" + echoed(body):
                    pass
            except OSError:
                took.append(LOST)
                continue
            took.append((time.monotonic() - begin) * 1000)
            time.sleep(max(interval - (time.monotonic() - begin), 0))
        with os.fdopen(writing, "w") as file:
            json.dump(took, file)

    def round_trips(self):
        """Milliseconds; what was not answered took a second."""
        with os.fdopen(self.reading) as file:
            text = file.read()
        self.behind.end()
        return json.loads(text)


def echoed(question):
    """Of the answer, all after type and code: 0 instead of 8 adds as much to the checksum."""
    total = struct.unpack("!H", question[2:4])[0] + 0x800
    return struct.pack("!H", (total & 0xffff) + (total >> 16)) + question[4:]


def answers(address, patience=3):
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if Ping(address, 1, 0.1).round_trips()[0] < LOST:
            return True
        time.sleep(0.05)
    return False


def lan_mac():
    return mac_bytes(json.loads(run("ip", "-n", "lan", "-j", "link", "show", "lan0"))[0]["address"])
