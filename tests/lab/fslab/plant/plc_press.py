"""The press's PLC: Snap7's own server, which answers as an S7-300 (CPU 315-2 PN/DP) with its whole system status list.

DB1 measured values, DB2 counters, DB10 set points of the operator, DB99 a test block nobody uses; inputs, outputs, flags.
"""

from __future__ import annotations

import ctypes
import struct
import time
from collections.abc import Callable

from ..plan import Machine
from . import s7
from .process import wave

MEASURED, COUNTERS, SET_POINTS, UNUSED = 1, 2, 10, 99
SIZES = {MEASURED: 64, COUNTERS: 32, SET_POINTS: 32, UNUSED: 64}
IO_BYTES = 16


def main(machine: Machine, ready: Callable[[], None]) -> None:
    areas = s7.native("snap7.type").SrvArea
    server = s7.native("snap7.server").Server(log=False)
    blocks = {number: (ctypes.c_uint8 * size)() for number, size in SIZES.items()}
    for number, memory in blocks.items():
        server.register_area(areas.DB, number, memory)
    inputs, outputs, flags = ((ctypes.c_uint8 * IO_BYTES)() for _ in range(3))
    for area, memory in ((areas.PE, inputs), (areas.PA, outputs), (areas.MK, flags)):
        server.register_area(area, 0, memory)
    struct.pack_into(">ffh", blocks[SET_POINTS], 0, 120.0, 2.5, 30)
    server.start_to(machine.ip)
    ready()
    _run(blocks, inputs, outputs)


def _run(blocks: dict[int, ctypes.Array], inputs: ctypes.Array, outputs: ctypes.Array) -> None:
    strokes = 0
    while True:
        strokes += 1
        values = (wave(120, 10, 20, 0.5), wave(62, 2, 200, 0.1), wave(2.5, 0.2, 15, 0.02), wave(33, 1, 90, 0.1))
        struct.pack_into(">ffff", blocks[MEASURED], 0, *values)
        struct.pack_into(">II", blocks[COUNTERS], 0, strokes, strokes // 50)
        inputs[0] = 0x0F if values[0] > 120 else 0x07
        outputs[0] = inputs[0] >> 1
        time.sleep(0.5)
