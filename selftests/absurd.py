#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Absurd netlink requests, the same ones in every run.

absurd.py genl COUNT           requests to the espsimd family, made at random
absurd.py link COUNT DEVICE    links of the kind espsimd, made at random
absurd.py sa COUNT DEVICE      an SA offloaded to DEVICE, spoilt at random
absurd.py nokeys HEX...        dumps all SAs; none of the keys may be in there

Every request has to be answered by an acknowledgement or an error.
"""

import random
import socket
import struct
import sys

NETLINK_ROUTE, NETLINK_XFRM, NETLINK_GENERIC = 0, 6, 16
REQUEST, ACK, DUMP = 1, 4, 0x300
CREATE, EXCL = 0x400, 0x200
ERROR, DONE = 2, 3
RTM_NEWLINK = 16
XFRM_MSG_NEWSA, XFRM_MSG_FLUSHSA = 0x10, 0x1C

SEED = 20230921


class Netlink:
    """A netlink socket on which everything has to be answered."""

    def __init__(self, protocol):
        self.sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol)
        self.sock.bind((0, 0))
        self.sock.settimeout(60)
        self.seq = 0

    def ask(self, kind, flags, body):
        """The payloads of the answers and the error, 0 if none."""
        self.seq += 1
        head = struct.pack("=IHHII", 16 + len(body), kind,
                           flags | REQUEST | ACK, self.seq, 0)
        self.sock.send(head + body)
        payloads = []
        while True:
            data = self.sock.recv(1 << 20)
            while data:
                length, got, _, seq, _ = struct.unpack("=IHHII", data[:16])
                if seq == self.seq and got in (ERROR, DONE):
                    error = struct.unpack("=i", data[16:20])[0]
                    return payloads, -error
                if seq == self.seq:
                    payloads.append(data[16:length])
                data = data[(length + 3) & ~3:]


def attr(kind, value, claim=None):
    length = 4 + len(value) if claim is None else claim
    return struct.pack("=HH", length & 0xFFFF, kind & 0xFFFF) + value \
        + bytes(-len(value) % 4)


def family(nl):
    answers, error = nl.ask(0x10, 0, struct.pack("=BBH", 3, 1, 0)
                            + attr(2, b"espsimd\0"))
    if error:
        sys.exit("there is no generic netlink family espsimd")
    body = answers[0][4:]
    while body:
        length, kind = struct.unpack("=HH", body[:4])
        if kind == 1:
            return struct.unpack("=H", body[4:6])[0]
        body = body[(length + 3) & ~3:]
    sys.exit("the family has no number")


def random_attrs(rng, kinds, depth=0):
    out = b""
    for _ in range(rng.choice((0, 1, 1, 2, 3, 5, 40))):
        kind = rng.randrange(kinds) | rng.choice((0, 0, 0, 0x8000, 0x4000))
        if depth < 3 and rng.random() < 0.1:
            value = random_attrs(rng, kinds, depth + 1)
        elif rng.random() < 0.6:
            value = rng.choice((
                struct.pack("=I", rng.choice((0, 1, 2, 3, 4, 5, 0xFFFFFFFF))),
                struct.pack("=H", rng.choice((0, 2, 10, 0xFFFF))),
                b"\x01", b"rfc4106(gcm(aes))\0", b"cbc(aes)\0",
                b"x" * 64 + b"\0"))
        else:
            value = rng.randbytes(rng.randrange(200))
        claim = None
        if rng.random() < 0.08:
            claim = rng.choice((0, 1, 3, 4 + len(value) + 1, 0xFFFF))
        out += attr(kind, value, claim)
    return out


def absurd_genl(count):
    nl = Netlink(NETLINK_GENERIC)
    kind = family(nl)
    rng = random.Random(SEED)
    refused = 0
    for _ in range(count):
        command = rng.choice((0, 1, 2, 3, 4, 5, 6, 255))
        body = struct.pack("=BBH", command, rng.choice((0, 1, 2, 255)), 0) \
            + random_attrs(rng, 35)
        if rng.random() < 0.05:
            body = body[:rng.randrange(len(body) + 1)]
        _, error = nl.ask(kind, rng.choice((0, 0, DUMP)), body)
        refused += error != 0
    print(f"{count} requests, {refused} refused")
    if refused < count // 4:
        sys.exit("too few of them were refused")


def absurd_link(count, device):
    nl = Netlink(NETLINK_ROUTE)
    rng = random.Random(SEED)
    index = socket.if_nametoindex(device)
    refused = 0
    for number in range(count):
        data = attr(1, b"espsimd\0")
        if rng.random() < 0.5:
            data += attr(2 | rng.choice((0, 0x8000)), random_attrs(rng, 8))
        attrs = attr(18 | rng.choice((0, 0x8000)), data)
        attrs += attr(3, b"absurd%d\0" % number)
        for choice in rng.sample((
                attr(5, struct.pack("=I", rng.choice(
                    (0, index, index, index, 1, 99999, 0xFFFFFFFF)))),
                attr(5, b"\x01"),
                attr(4, struct.pack("=I", rng.choice(
                    (0, 1, 67, 68, 1500, 65536, 0xFFFFFFFF)))),
                attr(1, rng.randbytes(rng.choice((0, 1, 6, 6, 8, 32)))),
                attr(31, struct.pack("=I", rng.choice((0, 1, 4096, 9999)))),
                attr(32, struct.pack("=I", rng.choice((0, 1, 4096, 9999)))),
                attr(10, struct.pack("=I", index)),
                attr(37, struct.pack("=I", rng.randrange(9))),
        ), rng.randrange(5)):
            attrs += choice
        body = struct.pack("=BxHiII", 0, 0, 0, rng.choice((0, 1)), 1)
        _, error = nl.ask(RTM_NEWLINK, CREATE | EXCL, body + attrs)
        refused += error != 0
        if not error:
            nl.ask(17, 0, struct.pack("=BxHiII", 0, 0, 0, 0, 0)
                   + attr(3, b"absurd%d\0" % number))
    print(f"{count} links, {refused} refused")


def sa_message(index, spi, inbound):
    unlimited = b"\xff" * 32
    selector = bytes(40) + struct.pack("=HBBB3xiI", 2, 0, 0, 0, 0, 0)
    here, there = bytes((198, 51, 100, 1)), bytes((198, 51, 100, 2))
    source, target = (there, here) if inbound else (here, there)
    body = selector + target + bytes(12) + struct.pack("!IB3x", spi, 50) \
        + source + bytes(12) + unlimited + bytes(32) \
        + bytes(32) + bytes(12) \
        + struct.pack("=IIHBBB7x", 0, 1, 2, 1, 32 if inbound else 0, 0)
    aead = b"rfc4106(gcm(aes))".ljust(64, b"\0") \
        + struct.pack("=II", 160, 128) + bytes(range(20))
    attrs = attr(18, aead) \
        + attr(28, struct.pack("=iB3x", index, 2 if inbound else 0))
    return body + attrs


def absurd_sa(count, device):
    nl = Netlink(NETLINK_XFRM)
    rng = random.Random(SEED)
    index = socket.if_nametoindex(device)
    taken = 0
    for number in range(count):
        message = bytearray(sa_message(index, 0x5000 + number, number & 1))
        # The first ones are right, which shows that the rest is near to it.
        for _ in range(0 if number < 2 else rng.choice((1, 1, 2, 8))):
            # Parts that say what the SA is are more worthwhile than keys.
            at = rng.choice((rng.randrange(len(message)),
                             rng.randrange(208, len(message)),
                             rng.randrange(224, 316)))
            message[at] = rng.choice((0, 1, 0x7F, 0x80, 0xFF,
                                      rng.randrange(256)))
        if number > 2 and rng.random() < 0.05:
            del message[rng.randrange(200, len(message)):]
        _, error = nl.ask(XFRM_MSG_NEWSA, CREATE | EXCL, bytes(message))
        taken += not error
        if number < 2 and error:
            sys.exit(f"a good SA was refused with {error}")
        if number % 64 == 63:
            nl.ask(XFRM_MSG_FLUSHSA, 0, bytes((0,)))
    nl.ask(XFRM_MSG_FLUSHSA, 0, bytes((0,)))
    print(f"{count} SAs, {taken} taken")


def no_keys(keys):
    nl = Netlink(NETLINK_GENERIC)
    answers, error = nl.ask(family(nl), DUMP, struct.pack("=BBH", 3, 1, 0))
    if error or not answers:
        sys.exit(f"{len(answers)} SAs, error {error}")
    dump = b"".join(answers)
    for key in keys:
        key = bytes.fromhex(key.removeprefix("0x"))
        for part in (key[:8], key[8:16], key[-8:], key[-4:]):
            if part in dump or part[::-1] in dump:
                sys.exit("there is key material in the answer")
    print(f"{len(answers)} SAs in {len(dump)} bytes")


def main():
    what, args = sys.argv[1], sys.argv[2:]
    if what == "genl":
        absurd_genl(int(args[0]))
    elif what == "link":
        absurd_link(int(args[0]), args[1])
    elif what == "sa":
        absurd_sa(int(args[0]), args[1])
    elif what == "nokeys":
        no_keys(args)


if __name__ == "__main__":
    main()
