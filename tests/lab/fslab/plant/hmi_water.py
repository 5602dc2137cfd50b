"""The water operator's station: master of the tank PLC (stays connected) and of the gateway (connects anew every nine seconds)."""

from __future__ import annotations

from collections.abc import Callable

from pymodbus.client import ModbusTcpClient

from ..plan import Machine
from . import plc_gateway as gateway
from .modbus_client import close, connect, good
from .plc_water import UNIT
from .rhythm import Link, run

LEVEL_SET_POINTS = (540, 550, 560)
SPEED_SET_POINT = 1450
RECIPE = (35, 60, 12, 4)


def tank_cycle(client: ModbusTcpClient, number: int) -> None:
    good(client.read_holding_registers(0, count=20, device_id=UNIT))
    good(client.read_input_registers(0, count=12, device_id=UNIT))
    good(client.read_coils(0, count=16, device_id=UNIT))
    if number % 3 == 0:
        good(client.read_discrete_inputs(0, count=16, device_id=UNIT))
        good(client.read_holding_registers(100, count=30, device_id=UNIT))
        _operate_tank(client, number // 3)


def _operate_tank(client: ModbusTcpClient, turn: int) -> None:
    good(client.write_register(100, LEVEL_SET_POINTS[turn % len(LEVEL_SET_POINTS)], device_id=UNIT))
    good(client.write_coil(2, True, device_id=UNIT))
    good(client.write_coils(8, [True, False, False, True], device_id=UNIT))
    good(client.write_registers(102, list(RECIPE), device_id=UNIT))
    good(client.mask_write_register(address=110, and_mask=0xFFF0, or_mask=0x0003, device_id=UNIT))
    good(client.readwrite_registers(read_address=0, read_count=4, write_address=120, values=[40, 80], device_id=UNIT))


def gateway_cycle(client: ModbusTcpClient, number: int) -> None:
    good(client.read_holding_registers(0, count=10, device_id=gateway.FLOW_METER))
    good(client.read_holding_registers(0, count=6, device_id=gateway.DRIVE))
    good(client.read_input_registers(0, count=20, device_id=gateway.POWER_METER))
    good(client.read_coils(0, count=8, device_id=gateway.VALVES))
    if number == 0:
        good(client.write_register(1, SPEED_SET_POINT, device_id=gateway.DRIVE))
        good(client.write_coil(3, True, device_id=gateway.VALVES))


LINKS = [
    Link("tank", lambda: connect("plc-water"), close, tank_cycle, period=3),
    Link("gateway", lambda: connect("plc-gateway"), close, gateway_cycle, period=3, cycles=3),
]


def main(machine: Machine, ready: Callable[[], None]) -> None:
    run(LINKS, ready)
