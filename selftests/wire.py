#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Puts ESP packets of any kind on a wire.

wire.py DEVICE NAME=VALUE...: reads packets to send from stdin, one per line as
words NAME=VALUE, and answers each with a line "sent N" where N is the number
of frames. Names given as arguments are the defaults of all lines.

  dmac smac        Ethernet addresses
  src dst          outer addresses; their family is that of the packet
  tos ttl df flow  fields of the outer header: type of service or traffic class,
                   time to live or hop limit, 1 for "don't fragment", flow label
  opts             options of the outer header of IPv4, in hexadecimal
  itos ittl idf iflow  the same of the inner header
  natt             source and destination port of ESP in UDP, "4500,4500"
  key icv          AES key with salt, in hexadecimal; bytes of the ICV
  spi seq esn      SPI, 64-bit sequence number, 1 for extended ones
  iv               hexadecimal, the sequence number if not given
  isrc idst data   inner UDP datagram from port 9 to port 7777; without isrc
                   the datagram itself is the payload (transport mode)
  sport dport      other ports of it
  csum             value to add to its checksum
  tfc              zero bytes between the payload and the padding
  inner            payload in hexadecimal, in place of all that
  nh               next header of the trailer
  padlen pad       value of the pad length byte; padding in
                   hexadecimal, or "none"
  flip             offset in the ESP packet whose lowest bit is flipped,
                   negative from the end, or "each": one frame per byte
  cut grow         bytes to remove from or add to the end of the ESP packet
  udplen           value to add to the length of the UDP header
  raw              UDP payload in hexadecimal, in place of ESP
  frag             bytes of payload in each IP fragment
  copies           number of times to send it all
"""

import ipaddress
import socket
import struct
import sys

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

ESP = 50
UDP = 17


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def udp(src, dst, sport, dport, payload, grow=0, check=True, wrong=0):
    length = 8 + len(payload) + grow
    head = struct.pack("!HHHH", sport, dport, length & 0xFFFF, 0)
    if not check and src.version == 4:
        return head + payload
    pseudo = src.packed + dst.packed + struct.pack("!II", length, UDP)
    total = checksum(pseudo + head + payload) or 0xFFFF
    total = (total + wrong) & 0xFFFF
    return head[:6] + struct.pack("!H", total) + payload


def fields(args, prefix=""):
    """What ip() is to put into the outer or, with a prefix, the inner header."""
    def number(name, default):
        return int(args.get(prefix + name, default), 0)

    return {"tos": number("tos", "0"), "ttl": number("ttl", "64"),
            "df": number("df", "0"), "flow": number("flow", "0"),
            "opts": bytes.fromhex(args.get(prefix + "opts", ""))}


def ip(src, dst, proto, payload, field, ident=1, frag=0):
    """Header and payload; frag has the offset in bytes, and 1 for "more"."""
    if src.version == 4:
        length = 20 + len(field["opts"])
        place = frag >> 3 | (frag & 1) << 13 | field["df"] << 14
        head = struct.pack("!BBHHHBBH4s4s", 0x40 | length // 4, field["tos"],
                           length + len(payload), ident, place, field["ttl"],
                           proto, 0, src.packed, dst.packed) + field["opts"]
        return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload
    if frag:
        payload = struct.pack("!BBHI", proto, 0, frag, ident) + payload
        proto = 44
    return struct.pack("!IHBB", 6 << 28 | field["tos"] << 20 | field["flow"],
                       len(payload), proto, field["ttl"]) \
        + src.packed + dst.packed + payload


def trailer(args, payload, proto):
    """Padding, its length, and the next header (RFC 4303, section 2.4)."""
    if "pad" in args:
        pad = bytes.fromhex(args["pad"].replace("none", ""))
    else:
        pad = bytes(range(1, 1 + (-(len(payload) + 2)) % 4))
    padlen = int(args.get("padlen", str(len(pad))), 0)
    return pad + bytes([padlen, int(args.get("nh", proto), 0)])


def seal(args):
    """One ESP packet as RFC 4106 has it."""
    if "inner" in args:
        inner, proto = bytes.fromhex(args["inner"]), "4"
    else:
        data = args.get("data", "espsimd").encode()
        ports = int(args.get("sport", "9")), int(args.get("dport", "7777"))
        wrong = {"wrong": int(args.get("csum", "0"), 0)}
        if "isrc" in args:
            isrc = ipaddress.ip_address(args["isrc"])
            idst = ipaddress.ip_address(args["idst"])
            inner = udp(isrc, idst, *ports, data, **wrong)
            inner = ip(isrc, idst, UDP, inner, fields(args, "i"))
            proto = "4" if isrc.version == 4 else "41"
        else:
            inner = udp(ipaddress.ip_address(args["src"]),
                        ipaddress.ip_address(args["dst"]), *ports, data,
                        **wrong)
            proto = "17"
    inner += bytes(int(args.get("tfc", "0")))
    key = bytes.fromhex(args["key"].removeprefix("0x"))
    spi, seq = int(args["spi"], 0), int(args["seq"], 0)
    iv = bytes.fromhex(args["iv"]) if "iv" in args else struct.pack("!Q", seq)
    head = struct.pack("!II", spi, seq & 0xFFFFFFFF)
    aad = struct.pack("!IQ", spi, seq) if args.get("esn") == "1" else head
    sealed = AESGCM(key[:-4]).encrypt(
        key[-4:] + iv, inner + trailer(args, inner, proto), aad)
    # A shorter ICV is the beginning of the long one.
    sealed = sealed[:len(sealed) - 16 + int(args.get("icv", "16"))]
    packet = head + iv + sealed + bytes(int(args.get("grow", "0"), 0))
    return packet[:len(packet) - int(args.get("cut", "0"), 0)]


def flipped(packet, where):
    packet = bytearray(packet)
    packet[where] ^= 1 << (where % 8)
    return bytes(packet)


def packets(args):
    """What follows the IP header, before any fragmentation."""
    if "raw" in args:
        return [bytes.fromhex(args["raw"])]
    packet = seal(args)
    if "flip" not in args:
        return [packet]
    if args["flip"] == "each":
        return [flipped(packet, i) for i in range(len(packet))]
    return [flipped(packet, int(args["flip"], 0) % len(packet))]


def frames(args):
    src = ipaddress.ip_address(args["src"])
    dst = ipaddress.ip_address(args["dst"])
    ether = bytes.fromhex(args["dmac"].replace(":", "")) \
        + bytes.fromhex(args["smac"].replace(":", "")) \
        + (b"\x08\x00" if src.version == 4 else b"\x86\xdd")
    for packet in packets(args):
        proto = ESP
        if "natt" in args:
            sport, dport = map(int, args["natt"].split(","))
            # RFC 3948 has no checksum, but IPv6 cannot do without.
            packet = udp(src, dst, sport, dport, packet,
                         int(args.get("udplen", "0"), 0), check=False)
            proto = UDP
        size = int(args.get("frag", "0"))
        if not size:
            yield ether + ip(src, dst, proto, packet, fields(args))
            continue
        ident = int(args.get("seq", "1"), 0) & 0xFFFF
        for at in range(0, len(packet), size):
            more = at + size < len(packet)
            yield ether + ip(src, dst, proto, packet[at:at + size],
                             fields(args), ident, at | more)


def main():
    def words(items):
        return dict(item.split("=", 1) for item in items)

    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind((sys.argv[1], 0))
    defaults = words(sys.argv[2:])
    for line in sys.stdin:
        args = {**defaults, **words(line.split())}
        # "NAME=" takes a default away.
        args = {name: value for name, value in args.items() if value}
        count = 0
        for _ in range(int(args.get("copies", "1"))):
            for frame in frames(args):
                sock.send(frame)
                count += 1
        print("sent", count, flush=True)


if __name__ == "__main__":
    main()
