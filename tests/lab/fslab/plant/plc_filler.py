"""The filler's PLC: the programmable one (see s7_filler_server).

DB20 measured values, DB21 set points of the operator, DB30 recipe store; inputs, outputs, flags.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable

from ..plan import Machine
from .process import wave

MEASURED, SET_POINTS, RECIPES = 20, 21, 30
SIZES = {MEASURED: 64, SET_POINTS: 32, RECIPES: 512}
IO_BYTES = 16


def main(machine: Machine, ready: Callable[[], None]) -> None:
    from snap7.type import SrvArea  # the pure release: see s7.py

    from .s7_filler_server import FillerServer

    server = FillerServer()
    blocks = {number: bytearray(size) for number, size in SIZES.items()}
    for number, memory in blocks.items():
        server.register_area(SrvArea.DB, number, memory)
    for area in (SrvArea.PE, SrvArea.PA, SrvArea.MK):
        server.register_area(area, 0, bytearray(IO_BYTES))
    struct.pack_into(">fh", blocks[SET_POINTS], 0, 330.0, 60)
    server.start_to(machine.ip)
    ready()
    _run(blocks[MEASURED])


def _run(measured: bytearray) -> None:
    bottles = 0
    while True:
        bottles += 1
        values = (wave(330, 1.5, 12, 0.3), wave(6.2, 0.1, 50, 0.02), wave(58, 3, 40, 0.5))
        struct.pack_into(">fffI", measured, 0, *values, bottles)
        time.sleep(0.5)
