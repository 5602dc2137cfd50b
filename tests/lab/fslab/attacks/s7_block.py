"""Builds S7 blocks as STEP 7 compiles them: header, body, interface, footer. S7-08 downloads what this makes.

Header (36 bytes): 'pp', version, attribute, language, type, number, load length, password, two time stamps (milliseconds of the day and
days since 1984), lengths of interface, segment table, local data and body. Footer (36): author, family, name, version, checksum.
"""

from __future__ import annotations

import struct
from datetime import datetime

HEADER_LENGTH = FOOTER_LENGTH = 36
LANGUAGE_STL, LANGUAGE_DB = 1, 5
TYPE_FC, TYPE_DB = 0x0C, 0x0A
EPOCH = datetime(1984, 1, 1)
EMPTY_INTERFACE = bytes.fromhex("01000000 02000000")

# A I 0.0; = Q 0.0; L 100; L MW 10; T MW 12; BE  (opens the outlet whatever the level says)
VALVE_CODE = bytes.fromhex("C000 D880 30030064 120A 130C 6500")


def _time_stamp(moment: datetime) -> bytes:
    since = moment - EPOCH
    return struct.pack(">IH", since.seconds * 1000, since.days)


def block(kind: int, language: int, number: int, body: bytes, author: str, family: str, name: str) -> bytes:
    padded = body + bytes(len(body) % 2)
    total = HEADER_LENGTH + len(padded) + len(EMPTY_INTERFACE) + FOOTER_LENGTH
    stamp = _time_stamp(datetime(2024, 5, 6, 7, 8, 9))
    header = struct.pack(">2sBBBBHI4x", b"pp", 1, 1, language, kind, number, total) + stamp + stamp
    header += struct.pack(">HHHH", len(EMPTY_INTERFACE), 0, 0, len(padded))
    return header + padded + EMPTY_INTERFACE + _footer(padded, author, family, name)


def _footer(body: bytes, author: str, family: str, name: str) -> bytes:
    texts = b"".join(part.encode().ljust(8, b"\0") for part in (author, family, name))
    return texts + struct.pack(">BBH8x", 0x10, 0, sum(body) & 0xFFFF)


def valve_function() -> bytes:
    return block(TYPE_FC, LANGUAGE_STL, 100, VALVE_CODE, "SERVICE", "FILLER", "VALVE")


def recipe_block(number: int) -> bytes:
    recipes = b"".join(struct.pack(">Hfff", index, 330.0 + index, 6.2, 58.0) for index in range(8))
    return block(TYPE_DB, LANGUAGE_DB, number, recipes, "SERVICE", "FILLER", "RECIPES")
