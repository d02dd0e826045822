#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# peer.py serve        answers TCP port 7 with what it was sent, IPv4 and IPv6
# peer.py reach --seconds N ADDRESS...
#                      sends 100 KB to each at once, and prints those whose answer is
#                      not the same after N seconds, each with the reason
#
# TCP between two kernels says at once that address resolution works both ways, that
# checksums are right, and that super-frames survive. One process for many addresses,
# because starting one costs more than all it does.
import os
import socket
import sys
import threading

PORT = 7
PAYLOAD = os.urandom(100_000)


def echo(connection):
    with connection:
        try:
            while data := connection.recv(65536):
                connection.sendall(data)
        except OSError:
            pass


def serve():
    with socket.create_server(("", PORT), family=socket.AF_INET6, dualstack_ipv6=True, backlog=50) as server:
        while True:
            connection, _ = server.accept()
            threading.Thread(target=echo, args=(connection,), daemon=True).start()


def exchange(address, seconds):
    with socket.create_connection((address, PORT), timeout=seconds) as connection:
        sender = threading.Thread(target=connection.sendall, args=(PAYLOAD,), daemon=True)
        sender.start()
        answer = b""
        while len(answer) < len(PAYLOAD):
            data = connection.recv(65536)
            if not data:
                break
            answer += data
    if answer != PAYLOAD:
        raise OSError(f"{len(answer)} bytes came back, and not the same")


def reach(address, seconds):
    try:
        exchange(address, seconds)
    except TimeoutError:
        print(f"{address}: silent")
    except OSError as error:
        print(f"{address}: {error.strerror or error}")


def main():
    if sys.argv[1] == "serve":
        serve()
    seconds, addresses = int(sys.argv[3]), sys.argv[4:]
    threads = [threading.Thread(target=reach, args=(address, seconds)) for address in addresses]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


main()
