"""The press operator's station: panel of both S7 PLCs (to the press connected for ever, to the filler anew every nine seconds);
it also shows the tank's level, read from the water PLC.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

from pymodbus.client import ModbusTcpClient

from ..plan import Machine
from . import modbus_client, plc_filler, plc_press, plc_water, s7
from .modbus_client import good
from .rhythm import Link, run

AREA_INPUTS, AREA_FLAGS, AREA_DB = 0x81, 0x83, 0x84
PRESSURES = (118.0, 120.0, 122.0)
VOLUME = 330.0


def press_cycle(client: Any, number: int) -> None:
    client.read_multi_vars(
        s7.items((AREA_DB, plc_press.MEASURED, 0, 16), (AREA_FLAGS, 0, 0, 4), (AREA_INPUTS, 0, 0, 2))
    )
    client.db_read(plc_press.COUNTERS, 0, 8)
    if number % 3 == 0:
        client.db_read(plc_press.SET_POINTS, 0, 10)
        _operate_press(client, number // 3)


def _operate_press(client: Any, turn: int) -> None:
    s7.done(client.db_write(plc_press.SET_POINTS, 0, bytearray(struct.pack(">f", PRESSURES[turn % len(PRESSURES)]))))
    dwell, strokes = struct.pack(">f", 2.5), struct.pack(">h", 30)
    client.write_multi_vars(
        list(s7.items((AREA_DB, plc_press.SET_POINTS, 4, dwell), (AREA_DB, plc_press.SET_POINTS, 8, strokes)))
    )


def filler_cycle(client: Any, number: int) -> None:
    client.db_read(plc_filler.MEASURED, 0, 16)
    if number == 0:
        client.db_read(plc_filler.SET_POINTS, 0, 6)
        s7.done(client.db_write(plc_filler.SET_POINTS, 0, bytearray(struct.pack(">f", VOLUME))))


def level_cycle(client: ModbusTcpClient, number: int) -> None:
    good(client.read_holding_registers(0, count=8, device_id=plc_water.UNIT))


LINKS = [
    Link("press", lambda: s7.connect_native("plc-press", s7.OP), s7.close, press_cycle, period=3),
    Link("filler", lambda: s7.connect_native("plc-filler", s7.OP), s7.close, filler_cycle, period=3, cycles=3),
    Link("level", lambda: modbus_client.connect("plc-water"), modbus_client.close, level_cycle, period=4),
]


def main(machine: Machine, ready: Callable[[], None]) -> None:
    run(LINKS, ready)
