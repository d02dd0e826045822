#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# pump.py UUID FD HOST-DEVICE
#
# What an emulator is to a guest's NIC: copies frames between the device airtap made
# and eth0 of the network namespace this runs in, another TAP, whose stack is the
# guest. Frames travel with their virtio header, so checksums that nobody has filled
# in yet and super-frames look as they do behind virtio-net.
#
# FD is /dev/net/tun or /dev/tapN, opened in the host's namespace: the device's name
# is looked up there. UUID is the domain's; airtap looks for it in our command line.
import errno
import fcntl
import os
import select
import struct
import sys

TUNSETIFF = 0x400454CA
TUNSETOFFLOAD = 0x400454D0
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x0002, 0x1000, 0x4000
TUN_F_CSUM, TUN_F_TSO4, TUN_F_TSO6 = 1, 2, 4
LARGEST = 10 + 14 + 65535


def attach(fd, name):
    flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR
    # The same structure for both kinds; behind /dev/tapN the name is ignored.
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), flags))
    fcntl.ioctl(fd, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6)
    os.set_blocking(fd, False)
    return fd


def copy(source, target):
    """Everything that waits in source; False when a device is gone."""
    while True:
        try:
            frame = os.read(source, LARGEST)
        except BlockingIOError:
            return True
        except OSError:
            return False
        try:
            os.write(target, frame)
        except OSError as error:
            # Down, or full: a NIC drops it.
            if error.errno not in (errno.EIO, errno.EAGAIN, errno.ENOBUFS, errno.EINVAL):
                return False


def main():
    host = attach(int(sys.argv[2]), sys.argv[3])
    guest = attach(os.open("/dev/net/tun", os.O_RDWR), "eth0")
    poll = select.poll()
    for fd in (host, guest):
        poll.register(fd, select.POLLIN)
    print("ready", flush=True)
    while True:
        for fd, event in poll.poll():
            if event & ~(select.POLLIN | select.POLLERR):
                return
            if not copy(fd, guest if fd == host else host):
                return


main()
