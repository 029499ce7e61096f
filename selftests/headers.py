#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Prints the outermost IP header of frames.

headers.py DEVICE PROTOCOL: a line for each frame of that IP protocol which
comes in through DEVICE, in the order of arrival:

  VERSION tos TOS ttl TTL df DF flow FLOW length LENGTH

The first line is "ready". What IPv6 lacks is a dash, and so is what IPv4 lacks.
"""

import socket
import struct
import sys

PACKET_OUTGOING = 4


def describe(packet):
    if packet[0] >> 4 == 4:
        tos, length, _, place, ttl, proto = struct.unpack("!xBHHHBB",
                                                          packet[:10])
        return proto, f"4 tos {tos:#04x} ttl {ttl} df {place >> 14 & 1} " \
            f"flow - length {length}"
    word, length, proto, ttl = struct.unpack("!IHBB", packet[:8])
    return proto, f"6 tos {word >> 20 & 0xff:#04x} ttl {ttl} df - " \
        f"flow {word & 0xfffff:#07x} length {length + 40}"


def main():
    wanted = int(sys.argv[2])
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    sock.bind((sys.argv[1], 3))
    print("ready", flush=True)
    while True:
        frame, address = sock.recvfrom(65536)
        if address[2] == PACKET_OUTGOING or frame[12:14] not in (b"\x08\x00",
                                                                 b"\x86\xdd"):
            continue
        proto, line = describe(frame[14:])
        if proto == wanted:
            print(line, flush=True)


if __name__ == "__main__":
    main()
