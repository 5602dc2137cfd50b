"""The engineering station: every nine seconds it looks at each controller, and changes nothing.

It connects as a programming device (PG), reads who the controller is and how it does, and leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pymodbus.client import ModbusTcpClient

from ..plan import Machine
from . import modbus_client, plc_filler, plc_press, s7
from .modbus_client import good
from .rhythm import Link, run

PERIOD = 9
BASIC, REGULAR = 1, 2  # FC 43/14 read codes
UNIT = 1


def look_at_s7(client: Any, block: int) -> None:
    kinds = s7.native("snap7.type")
    client.get_order_code()
    client.get_cpu_info()
    client.get_cp_info()
    client.get_protection()
    client.get_cpu_state()
    client.list_blocks()
    client.list_blocks_of_type(kinds.Block.DB, 16)
    client.get_block_info(kinds.Block.DB, block)
    client.get_plc_datetime()


def look_at_modbus(client: ModbusTcpClient, number: int) -> None:
    good(client.read_device_information(read_code=BASIC, object_id=0, device_id=UNIT))
    good(client.read_device_information(read_code=REGULAR, object_id=0, device_id=UNIT))
    good(client.report_device_id(device_id=UNIT))


def _s7(plc: str, block: int) -> Link:
    return Link(
        plc,
        lambda: s7.connect_native(plc, s7.PG),
        s7.close,
        lambda client, number: look_at_s7(client, block),
        PERIOD,
        cycles=1,
    )


def _modbus(plc: str) -> Link:
    return Link(plc, lambda: modbus_client.connect(plc), modbus_client.close, look_at_modbus, PERIOD, cycles=1)


LINKS = [
    _s7("plc-press", plc_press.MEASURED),
    _s7("plc-filler", plc_filler.MEASURED),
    _modbus("plc-water"),
    _modbus("plc-gateway"),
]


def main(machine: Machine, ready: Callable[[], None]) -> None:
    run(LINKS, ready)
