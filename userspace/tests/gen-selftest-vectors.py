#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Writes kmod/aead/selftest-vectors.h to standard output, using OpenSSL."""

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

LENGTHS = (0, 1, 16, 60, 64, 100, 176, 240, 256, 257, 500, 750, 1000, 1424,
           2048)

HEAD = """\
/* SPDX-License-Identifier: GPL-2.0 */
/* Made by userspace/tests/gen-selftest-vectors.py: do not edit. */
#ifndef ESPSIMD_AEAD_SELFTEST_VECTORS_H
#define ESPSIMD_AEAD_SELFTEST_VECTORS_H

static const struct selftest_vector selftest_vectors[] = {"""


def pattern(length, start):
    """The bytes that selftest_byte() in selftest.c gives."""
    return bytes((i * 167 + (i >> 8) * 59 + 11) & 0xFF
                 for i in range(start, start + length))


def c_bytes(data):
    """Bytes as C writes them."""
    return ", ".join(f"0x{b:02x}" for b in data)


def main():
    """One vector per key length and message length."""
    print(HEAD)
    for key_len in (16, 24, 32):
        for n, length in enumerate(LENGTHS):
            aad_len = 8 if n % 2 else 12
            nonce = pattern(4, 2000) + pattern(8, 3000)
            tag = AESGCM(pattern(key_len, 1000)).encrypt(
                nonce, pattern(length, 0), pattern(aad_len, 4000))[-16:]
            print(f"\t{{ {key_len}, {aad_len}, {length},")
            print(f"\t  {{ {c_bytes(tag[:8])},")
            print(f"\t    {c_bytes(tag[8:])} }} }},")
    print("};\n\n#endif /* ESPSIMD_AEAD_SELFTEST_VECTORS_H */")


main()
