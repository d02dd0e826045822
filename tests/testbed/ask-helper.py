# SPDX-License-Identifier: LGPL-2.1-or-later
"""ask-helper.py HELPER ARGUMENT...

Calls a bridge helper as QEMU does, and prints the name of the device that it passes and whether
that has a virtio header.
"""

import fcntl
import socket
import struct
import subprocess
import sys

TUNGETIFF, IFF_VNET_HDR = 0x800454D2, 0x4000  # linux/if_tun.h

ours, theirs = socket.socketpair()
subprocess.run([*sys.argv[1:], f"--fd={theirs.fileno()}"], pass_fds=[theirs.fileno()], check=True)
(device,) = socket.recv_fds(ours, 1, 1)[1]
name, flags = struct.unpack("16sH22x", fcntl.ioctl(device, TUNGETIFF, bytes(40)))
print(name.rstrip(b"\0").decode(), "--use-vnet" if flags & IFF_VNET_HDR else "plain")
