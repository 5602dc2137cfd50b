"""A Modbus gateway with four serial devices behind one address: unit 1 flow meter, 2 drive, 3 power meter, 4 valve island."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ..plan import Machine
from .modbus_server import PlantModbusServer, bits, device, identity, registers, serve
from .process import scaled, wave

FLOW_METER, DRIVE, POWER_METER, VALVES = 1, 2, 3, 4
FC_INPUT_REGISTERS, FC_HOLDING_REGISTERS = 4, 16

IDENTITY = identity(
    "Schneider Electric",
    "TSXETG100",
    "v2.60",
    "http://www.se.com",
    "PowerLogic Ethernet Gateway",
    "ETG100",
    "Pump station gateway",
)


def gateway() -> PlantModbusServer:
    nothing = registers((0, [0]))
    devices = [
        device(FLOW_METER, bits(16), bits(16), registers((0, [0] * 10)), nothing),
        device(DRIVE, bits(16), bits(16), registers((0, [1, 1450, 0, 0, 0, 0])), nothing),
        device(POWER_METER, bits(16), bits(16), registers((0, [5, 230])), registers((0, [0] * 20))),
        device(VALVES, bits(16, on=(0, 3)), bits(16, on=(0, 3)), nothing, nothing),
    ]
    return PlantModbusServer(devices, IDENTITY)


async def move(server: PlantModbusServer) -> None:
    flow = [scaled(wave(118, 8, 60, 1)), scaled(wave(2.4, 0.1, 50, 0.02), 100), 0, scaled(wave(18, 1, 200, 0.1))]
    await server.async_setValues(FLOW_METER, FC_HOLDING_REGISTERS, 0, flow)
    drive = [
        scaled(wave(1448, 6, 20, 3), 1),
        scaled(wave(6.8, 0.3, 25, 0.1)),
        scaled(wave(48.3, 0.4, 35, 0.1)),
        scaled(wave(44, 2, 120, 0.2)),
    ]
    await server.async_setValues(DRIVE, FC_HOLDING_REGISTERS, 2, drive)
    power = [scaled(wave(230, 2, 40 + 3 * n, 0.3)) for n in range(20)]
    await server.async_setValues(POWER_METER, FC_INPUT_REGISTERS, 0, power)


def main(machine: Machine, ready: Callable[[], None]) -> None:
    asyncio.run(_serve(ready))


async def _serve(ready: Callable[[], None]) -> None:
    await serve(gateway(), move, ready)
