"""System status lists (SZL) for the pure Python server, which sends them without the length and count of their records.

A list is: record length, record count, records; the server puts id and index in front.
"""

from __future__ import annotations

import struct
from datetime import datetime

ORDER_NUMBER = b"6ES7 317-2EK14-0AB0"
STATE_RUN, STATE_STOP = 0x08, 0x04

COMPONENTS = (
    (1, b"FILLER-LINE-2", 32),
    (2, b"CPU 317-2 PN/DP", 32),
    (3, b"BOTTLING", 32),
    (4, b"Original Siemens Equipment", 32),
    (5, b"S C-E9U247652014", 32),
    (7, b"CPU 317-2 PN/DP", 32),
    (8, b"MMC 267FF11F", 32),
    (11, b"HALL 2 CABINET 4", 32),
)


def _list(records: list[bytes]) -> bytes:
    return struct.pack(">HH", len(records[0]), len(records)) + b"".join(records)


def module_identification() -> bytes:
    order = ORDER_NUMBER.ljust(20)
    return _list(
        [
            struct.pack(">H20sHHH", 1, order, 0x00C0, 4, 1),
            struct.pack(">H20sHHH", 6, order, 0x00C0, 4, 1),
            struct.pack(">H20sH", 7, b" " * 20, 0x00C0) + b"V\x03\x02\x06",
        ]
    )


def component_identification() -> bytes:
    return _list([struct.pack(">H", index) + text.ljust(size, b"\0") for index, text, size in COMPONENTS])


def communication_parameters() -> bytes:
    return _list([struct.pack(">HHHII26x", 1, 480, 16, 187500, 12_000_000)])


def protection(index: int) -> bytes:
    """Index 4: key switch, parameter and real protection level 1 (none), mode switch RUN, start-up switch undefined."""
    return _list([struct.pack(">HHHHHH28x", index, 1, 0, 1, 2, 0)])


def operating_state(state: int, now: datetime) -> bytes:
    clock = bytes(
        int(f"{part:02d}", 16) for part in (now.year % 100, now.month, now.day, now.hour, now.minute, now.second)
    )
    return _list([struct.pack(">HBB4x4x", 0x5144, 0xFF, state) + clock + b"\0\0"])


def directory(ids: tuple[int, ...]) -> bytes:
    return _list([struct.pack(">H", number) for number in ids])
