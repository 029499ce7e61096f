#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Frames of all kinds that a device without an SA for them has nothing to do with.

frames.py send DEV DESTINATION   sends each of them once, from SOURCE
frames.py receive DEV            tells which come, and how, until the last one
"""
import socket
import struct
import sys

SOURCE = bytes.fromhex("020000000005")
BROADCAST = b"\xff" * 6
HOST_A, HOST_B = bytes([198, 51, 100, 1]), bytes([198, 51, 100, 2])
NET6_A = bytes.fromhex("20010db800ff00000000000000000001")
NET6_B = bytes.fromhex("20010db800ff00000000000000000002")
PACKET_AUXDATA = 8
SOL_PACKET = 263
VLAN_VALID = 1 << 4
SECONDS = 60


def checksum(data):
    """The internet checksum (RFC 1071)."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ipv4(protocol, payload, dst=HOST_A, fragment=0, options=b""):
    """A packet from HOST_B."""
    length = 20 + len(options)
    header = struct.pack("!BBHHHBBH4s4s", 0x40 + length // 4, 0,
                         length + len(payload), 7, fragment, 64, protocol, 0,
                         HOST_B, dst) + options
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def ipv6(protocol, payload, dst=NET6_A):
    """A packet from NET6_B."""
    return struct.pack("!IHBB16s16s", 6 << 28, len(payload), protocol, 255,
                       NET6_B, dst) + payload


def udp(source, port, payload):
    """A datagram without a checksum."""
    return struct.pack("!HHHH", source, port, 8 + len(payload), 0) + payload


def arp():
    """A gratuitous announcement, which nobody answers."""
    return struct.pack("!HHBBH6s4s6s4s", 1, 0x0800, 6, 4, 1, SOURCE, HOST_B,
                       b"\0" * 6, HOST_B)


def neighbour():
    """An unsolicited neighbour advertisement (RFC 4861 section 4.4)."""
    body = struct.pack("!BBHI16sBB6s", 136, 0, 0, 0x20000000, NET6_B, 2, 1, SOURCE)
    group = bytes.fromhex("ff020000000000000000000000000001")
    pseudo = NET6_B + group + struct.pack("!II", len(body), 58)
    body = body[:2] + struct.pack("!H", checksum(pseudo + body)) + body[4:]
    return ipv6(58, body, group)


def frames(destination):
    """Pairs of a name and a frame; the last one says that it is the last."""
    esp = struct.pack("!II", 0xABCD, 1) + bytes(64)
    multicast4 = bytes([224, 0, 0, 251])
    link = bytes.fromhex("0180c200000e")
    bridge = bytes.fromhex("0180c2000000")
    group4 = bytes.fromhex("01005e0000fb")
    group6 = bytes.fromhex("333300000001")
    tag = struct.pack("!HH", 0x8100, 0x2007)
    service = struct.pack("!HH", 0x88A8, 0x0064)
    untagged = [
        ("arp", BROADCAST, 0x0806, arp()),
        ("neighbour", group6, 0x86DD, neighbour()),
        ("multicast", group4, 0x0800, ipv4(17, udp(5353, 5353, b"m"), multicast4)),
        ("igmp", group4, 0x0800, ipv4(2, bytes.fromhex("1600f704e00000fb"),
                                      multicast4, options=b"\x94\x04\0\0")),
        ("lldp", link, 0x88CC, bytes(46)),
        ("spanning-tree", bridge, 0x0027, bytes(46)),
        ("unknown", destination, 0x88B5, bytes(46)),
        ("ike", destination, 0x0800, ipv4(17, udp(500, 500, bytes(200)))),
        ("ike-natt", destination, 0x0800, ipv4(17, udp(4500, 4500, bytes(200)))),
        ("keepalive", destination, 0x0800, ipv4(17, udp(4500, 4500, b"\xff"))),
        ("esp", destination, 0x0800, ipv4(50, esp)),
        ("esp-6", destination, 0x86DD, ipv6(50, esp)),
        ("esp-udp", destination, 0x0800, ipv4(17, udp(4500, 4500, esp))),
        ("esp-short", destination, 0x0800, ipv4(50, b"\0\0\1")),
        ("ah", destination, 0x0800, ipv4(51, bytes(24))),
        ("fragment", destination, 0x0800, ipv4(17, bytes(64), fragment=0x2000)),
        ("fragment-esp", destination, 0x0800, ipv4(50, esp, fragment=0x2000)),
        ("broken-ip", destination, 0x0800, b"\x4f" + bytes(45)),
        ("nothing", destination, 0x0800, b""),
        ("large", destination, 0x0800, ipv4(17, udp(9, 9, bytes(1472)))),
        ("jumbo", destination, 0x0800, ipv4(17, udp(9, 9, bytes(8972)))),
        ("other-host", bytes.fromhex("0200000000ee"), 0x0800, ipv4(50, esp)),
    ]
    for name, dst, kind, payload in untagged:
        yield name, dst + SOURCE + struct.pack("!H", kind) + payload
    inner = struct.pack("!H", 0x0800) + ipv4(50, esp)
    yield "vlan", destination + SOURCE + tag + inner
    yield "vlan-twice", destination + SOURCE + service + tag + inner
    yield "last", destination + SOURCE + struct.pack("!H", 0x88B6) + bytes(46)


def send(dev, destination):
    """Sends them all."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind((dev, 0))
    for _, frame in frames(bytes.fromhex(destination.replace(":", ""))):
        sock.send(frame)


def received_tag(ancillary):
    """What the kernel took out of the frame (struct tpacket_auxdata)."""
    for level, kind, data in ancillary:
        if level == SOL_PACKET and kind == PACKET_AUXDATA:
            status, _, _, _, _, tci, tpid = struct.unpack("=IIIHHHH", data[:20])
            if status & VLAN_VALID:
                return "%04x.%04x" % (tpid, tci)
    return "-"


def receive(dev):
    """Prints name, type and tag of each, and whether a byte is another one."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    sock.bind((dev, 3))
    sock.settimeout(SECONDS)
    print("ready", flush=True)
    kind = None
    while kind != 0x88B6:
        data, ancillary, _, address = sock.recvmsg(65536, 4096)
        if data[6:12] != SOURCE:
            continue
        kind = struct.unpack("!H", data[12:14])[0]
        tag = received_tag(ancillary)
        print(address[2], tag, len(data), data.hex(), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["send"] and len(sys.argv) == 4:
        send(sys.argv[2], sys.argv[3])
    elif sys.argv[1:2] == ["receive"] and len(sys.argv) == 3:
        receive(sys.argv[2])
    else:
        sys.exit(__doc__)
