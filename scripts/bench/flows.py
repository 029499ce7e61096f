#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""flows.py: how many of the tracked connections are in a flow table.

Asks the kernel by netlink (nfnetlink_conntrack.h), since not every kernel has
/proc/net/nf_conntrack.
"""
import socket
import struct

NETLINK_NETFILTER = 12
# NFNL_SUBSYS_CTNETLINK and IPCTNL_MSG_CT_GET
MSG_CT_GET = 1 << 8 | 1
NLM_F_REQUEST = 1
NLM_F_DUMP = 0x300
NLMSG_ERROR = 2
NLMSG_DONE = 3
CTA_STATUS = 3
IPS_OFFLOAD = 1 << 14


def messages(sock):
    """Types and contents of the messages of a dump."""
    while True:
        data = sock.recv(1 << 20)
        while data:
            length, kind = struct.unpack_from("=IH", data)
            if kind == NLMSG_DONE:
                return
            if kind == NLMSG_ERROR:
                error = -struct.unpack_from("=i", data, 16)[0]
                raise OSError(error, "netlink")
            yield data[16:length]
            data = data[length + 3 & ~3:]


def status(message):
    """The attribute CTA_STATUS, behind struct nfgenmsg."""
    offset = 4
    while offset < len(message):
        length, kind = struct.unpack_from("=HH", message, offset)
        if kind & 0x3fff == CTA_STATUS:
            return struct.unpack_from(">I", message, offset + 4)[0]
        offset += length + 3 & ~3
    return 0


def main():
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW,
                       NETLINK_NETFILTER) as sock:
        sock.bind((0, 0))
        sock.send(struct.pack("=IHHIIBBH", 20, MSG_CT_GET,
                              NLM_F_REQUEST | NLM_F_DUMP, 1, 0,
                              socket.AF_INET, 0, 0))
        print(sum(1 for message in messages(sock)
                  if status(message) & IPS_OFFLOAD))


if __name__ == "__main__":
    main()
