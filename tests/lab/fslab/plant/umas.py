"""What a Modicon M340 answers to function code 90 (UMAS), after public research: no stack speaks it.

It knows who holds the reservation, runs or stands, and takes and gives a program in blocks.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

FUNCTION = 90
OK, ERROR = 0xFE, 0xFD
NO_RIGHT, HELD = 0x8385, 0x8384
PROGRAM = b"APX" + bytes(range(256)) * 3
BLOCK = 244
FIXED = {
    0x01: "fb03 6002 00000000 01000000 04 4d333430",
    0x02: "0b00 0c300b06 0100 4001 0300 6002 1001 00000000 0000 0c 424d5820503334203230 3230 01 1300 02 0000 00000100",
    0x03: "01 02 00 46696c6c696e67 00 0900",
    0x04: "010000 04 01000000 02000000 03000000 efbeadde",
    0x06: "010100000000 09 424d58524d53303038",
    0x39: "00",
    0x58: "00",
}
# take part in a reservation: 20 reads and what changes nothing is free
RESERVED = {0x21, 0x23, 0x25, 0x30, 0x31, 0x32, 0x40, 0x41}


@dataclass
class Controller:
    running: bool = True
    holder: int = 0
    holder_ip: str = ""
    sessions: int = 0
    program: bytearray = field(default_factory=bytearray)

    def answer(self, data: bytes, peer: str) -> bytes:
        """The answer to what follows the function code; empty when it is no UMAS at all."""
        if len(data) < 2:
            return b""
        session, function, body = data[0], data[1], data[2:]
        return bytes((FUNCTION, session)) + self._do(session, function, body, peer)

    def _do(self, session: int, function: int, body: bytes, peer: str) -> bytes:
        if function in FIXED:
            return bytes((OK,)) + bytes.fromhex(FIXED[function])
        if function == 0x0A:
            return bytes((OK,)) + body
        if function == 0x10:
            return self._take(peer)
        if function in (0x11, 0x12):
            return self._keep_or_release(session, function)
        if function in RESERVED and (session == 0 or session != self.holder):
            return _refused(NO_RIGHT)
        return bytes((OK,)) + self._work(function, body)

    def _take(self, peer: str) -> bytes:
        if self.holder and self.holder_ip != peer:
            return _refused(HELD)
        self.sessions = self.sessions % 250 + 1
        self.holder, self.holder_ip = self.sessions, peer
        return bytes((OK, self.holder))

    def _keep_or_release(self, session: int, function: int) -> bytes:
        if session != self.holder:
            return _refused(NO_RIGHT)
        if function == 0x11:
            self.holder, self.holder_ip = 0, ""
        return bytes((OK,))

    def _work(self, function: int, body: bytes) -> bytes:
        if function in (0x40, 0x41):
            self.running = function == 0x40
        elif function == 0x20:
            return struct.pack("<BH", 1, 3) + b"\x07\x08\x09"
        elif function == 0x34:
            number = struct.unpack_from("<H", body, 2)[0]
            block = PROGRAM[(number - 1) * BLOCK : number * BLOCK]
            return struct.pack("<BBH", number * BLOCK >= len(PROGRAM), 1, len(block)) + block
        return b""


def _refused(code: int) -> bytes:
    return struct.pack("<BH", ERROR, code)
