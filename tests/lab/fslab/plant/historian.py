"""The historian: it only ever reads. Modbus from the tank, S7 from the press (by the pure Python client), and OPC UA under
Basic256Sha256 sign and encrypt: from the line in sessions of nine seconds, from the third skid in one that stays.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from asyncua import Client
from pymodbus.client import ModbusTcpClient

from ..plan import Machine
from . import modbus_client, plc_press, plc_water, rhythm, s7
from .modbus_client import good
from .ua_client import encrypted
from .ua_names import LINE, SKID, node_id
from .ua_rhythm import UaLink, run

USER = "historian"


def tank_cycle(client: ModbusTcpClient, number: int) -> None:
    good(client.read_holding_registers(0, count=8, device_id=plc_water.UNIT))
    good(client.read_input_registers(0, count=4, device_id=plc_water.UNIT))


def press_cycle(client: Any, number: int) -> None:
    client.db_read(plc_press.MEASURED, 0, 16)


async def line_cycle(session: Client, number: int) -> None:
    names = ("ActualSpeed", "FillLevel", "CapTorque")
    await session.read_values([session.get_node(node_id(f"{LINE}.{name}")) for name in names])


async def skid_cycle(session: Client, number: int) -> None:
    await session.read_values([session.get_node(node_id(f"{SKID}.{name}")) for name in ("Temperature", "Conductivity")])


LINKS = [
    rhythm.Link("tank", lambda: modbus_client.connect("plc-water"), modbus_client.close, tank_cycle, period=5),
    rhythm.Link("press", lambda: s7.connect_pure("plc-press", s7.OP), s7.close, press_cycle, period=4, cycles=2),
]


def main(machine: Machine, ready: Callable[[], None]) -> None:
    sessions = [
        UaLink("line", lambda: encrypted(machine, "ua-line", USER), line_cycle, period=3, cycles=3),
        UaLink("skid3", lambda: encrypted(machine, "ua-skid3", USER), skid_cycle, period=5),
    ]
    first = rhythm.FirstRound([link.name for link in (*LINKS, *sessions)], ready)
    rhythm.start(LINKS, first)
    asyncio.run(run(sessions, first))
