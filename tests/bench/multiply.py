"""Multiplies a small capture into a large one: the same plant many times over, every copy with addresses of its own.

All copies of a round run side by side, as many plants behind one mirror port would: each source frame is written once a
copy before the next one comes. Rounds follow each other in time, with new addresses, until the size is reached. IPv4
addresses become 10.<copy>.<copy>.<rank>, MAC addresses keep their vendor; checksums are carried along (RFC 1624), so that
nothing is dropped for a wrong one. No randomness: the same source gives the same bytes.
"""

import struct
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

PCAP_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
RECORD = struct.Struct("<IIII")
MOST_COPIES = 65535


@dataclass
class Frame:
    """One frame of the source, and where it names an address."""

    seconds: int
    micros: int
    length: int
    data: bytes
    macs: list = field(default_factory=list)  # (offset, rank)
    addresses: list = field(default_factory=list)  # (offset, rank)
    checksums: list = field(default_factory=list)  # offsets of checksums over the addresses


class Source:
    """A capture of Ethernet frames, read whole."""

    def __init__(self, path: Path):
        self.ranks: dict[bytes, int] = {}
        self.frames = [self._look(*record) for record in self._records(path)]
        if not self.frames:
            raise SystemExit(f"{path} holds no frame")
        first, last = self.frames[0], self.frames[-1]
        self.seconds = last.seconds - first.seconds + 1

    @staticmethod
    def _records(path: Path):
        # editcap reads whatever Wireshark reads; what comes out is the plainest form there is.
        plain = subprocess.run(["editcap", "-F", "pcap", str(path), "-"], check=True, capture_output=True).stdout
        offset = 24
        while offset + 16 <= len(plain):
            seconds, micros, captured, length = RECORD.unpack_from(plain, offset)
            offset += 16
            yield seconds, micros, length, plain[offset : offset + captured]
            offset += captured

    def _rank(self, address: bytes) -> int:
        return self.ranks.setdefault(address, len(self.ranks) % 250 + 1)

    def _look(self, seconds: int, micros: int, length: int, data: bytes) -> Frame:
        frame = Frame(seconds, micros, length, data)
        for offset in (0, 6):
            self._note_mac(frame, offset)
        kind, at = int.from_bytes(data[12:14]), 14
        while kind in (0x8100, 0x88A8):
            kind, at = int.from_bytes(data[at + 2 : at + 4]), at + 4
        if kind == 0x0800 and len(data) >= at + 20:
            self._note_ipv4(frame, at)
        elif kind == 0x0806 and len(data) >= at + 28:
            for offset in (at + 8, at + 18):
                self._note_mac(frame, offset)
            for offset in (at + 14, at + 24):
                self._note_address(frame, offset)
        return frame

    def _note_mac(self, frame: Frame, offset: int):
        mac = frame.data[offset : offset + 6]
        if len(mac) == 6 and not mac[0] & 1 and any(mac):
            frame.macs.append((offset, self._rank(mac)))

    def _note_address(self, frame: Frame, offset: int):
        address = frame.data[offset : offset + 4]
        if 0 < address[0] < 224:
            frame.addresses.append((offset, self._rank(address)))

    def _note_ipv4(self, frame: Frame, at: int):
        data = frame.data
        self._note_address(frame, at + 12)
        self._note_address(frame, at + 16)
        frame.checksums.append(at + 10)
        payload = at + (data[at] & 15) * 4
        first_fragment = int.from_bytes(data[at + 6 : at + 8]) & 0x1FFF == 0
        checksum = {6: 16, 17: 6}.get(data[at + 9])
        if first_fragment and checksum is not None and len(data) >= payload + checksum + 2:
            absent = data[at + 9] == 17 and data[payload + 6 : payload + 8] == b"\0\0"
            if not absent:
                frame.checksums.append(payload + checksum)


def multiply(source: Source, out: Path, megabytes: int) -> int:
    """Writes `out`, in whole rounds; the number of frames written."""
    size = sum(RECORD.size + len(frame.data) for frame in source.frames)
    side_by_side = max(1, min(50, round(megabytes * 1_000_000 / size)))
    written, frames, start = len(PCAP_HEADER), 0, 0
    with out.open("wb") as file:
        file.write(PCAP_HEADER)
        for base in range(0, MOST_COPIES - side_by_side, side_by_side):
            for frame in source.frames:
                head = RECORD.pack(frame.seconds + start, frame.micros, len(frame.data), frame.length)
                for copy in range(base, base + side_by_side):
                    file.write(head)
                    file.write(rewrite(frame, copy))
                written += side_by_side * (len(head) + len(frame.data))
                frames += side_by_side
            start += source.seconds
            if written >= megabytes * 1_000_000:
                break
    return frames


def rewrite(frame: Frame, copy: int) -> bytes:
    data = bytearray(frame.data)
    number = copy.to_bytes(2)
    for offset, rank in frame.macs:
        data[offset + 3 : offset + 6] = number + bytes((rank,))
    change = 0
    for offset, rank in frame.addresses:
        new = b"\x0a" + number + bytes((rank,))
        change += sum(struct.unpack(">HH", new)) - sum(struct.unpack_from(">HH", data, offset))
        data[offset : offset + 4] = new
    for offset in frame.checksums:
        total = (~int.from_bytes(data[offset : offset + 2]) & 0xFFFF) + change
        data[offset : offset + 2] = (~((total - 1) % 0xFFFF + 1) & 0xFFFF).to_bytes(2)
    return bytes(data)
