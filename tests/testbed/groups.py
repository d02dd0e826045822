#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# groups.py listen DEVICE          joins a group of each family and prints what arrives at
#                                  port 5000, a line each
# groups.py send DEVICE NAME       sends "NAME KIND" once to each kind of group
# groups.py answer DEVICE          answers SSDP searches (UPnP Device Architecture, 1.3)
# groups.py search DEVICE          searches, and prints who answers within 3 seconds
import socket
import struct
import sys

PORT = 5000
GROUP4, GROUP6 = "239.1.2.3", "ff02::1234"
SSDP = ("239.255.255.250", 1900)
SEARCH = b'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n'


def udp(family, device):
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
    # One's own copy is not what is looked for.
    if family == socket.AF_INET:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 0)
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 0)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, socket.if_nametoindex(device))
    return sock


def join4(sock, group, device):
    request = socket.inet_aton(group) + struct.pack("=4si", b"\0" * 4, socket.if_nametoindex(device))
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, request)


def listen(device):
    import select

    four, six = udp(socket.AF_INET, device), udp(socket.AF_INET6, device)
    four.bind(("", PORT))
    six.bind(("", PORT))
    join4(four, GROUP4, device)
    request = socket.inet_pton(socket.AF_INET6, GROUP6) + struct.pack("=i", socket.if_nametoindex(device))
    six.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, request)
    print("ready", flush=True)
    while True:
        for sock in select.select([four, six], [], [])[0]:
            print(sock.recv(2000).decode(), flush=True)


def send(device, name):
    four, six = udp(socket.AF_INET, device), udp(socket.AF_INET6, device)
    index = socket.if_nametoindex(device)
    four.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("=4s4si", b"", b"", index))
    for kind, address in (("multicast", GROUP4), ("broadcast", "255.255.255.255"), ("directed", "10.77.0.255")):
        four.sendto(f"{name} {kind}".encode(), (address, PORT))
    six.sendto(f"{name} multicast6".encode(), (GROUP6, PORT, 0, index))


def answer(device):
    sock = udp(socket.AF_INET, device)
    sock.bind(("", SSDP[1]))
    join4(sock, SSDP[0], device)
    print("ready", flush=True)
    while True:
        data, sender = sock.recvfrom(2000)
        if data.startswith(b"M-SEARCH"):
            sock.sendto(b"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\n\r\n", sender)


def search(device):
    sock = udp(socket.AF_INET, device)
    index = socket.if_nametoindex(device)
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("=4s4si", b"", b"", index))
    sock.sendto(SEARCH, SSDP)
    sock.settimeout(3)
    try:
        while True:
            data, sender = sock.recvfrom(2000)
            if data.startswith(b"HTTP/1.1 200"):
                print(sender[0], flush=True)
    except TimeoutError:
        pass


{"listen": listen, "send": send, "answer": answer, "search": search}[sys.argv[1]](*sys.argv[2:])
