"""The OPC UA server of a cleaning skid: a small controller; three of them stand in the plant."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from asyncua import Node

from ..plan import Machine
from .process import wave
from .ua_names import SKID
from .ua_server import Build, Variable, add_variables, configure, serve

BUILD = Build("Phoenix Contact", "PLCnext eUA Server", "2024.0.3", "88", datetime(2024, 2, 20))
VARIABLES = {
    "Temperature": Variable(72.0),
    "Conductivity": Variable(18.2),
    "HeaterSetpoint": Variable(72.0, writable=True),
}


async def _serve(machine: Machine, ready: Callable[[], None]) -> None:
    server = await configure(machine, BUILD, anonymous=False)
    nodes = await add_variables(server, SKID, VARIABLES)
    await serve(server, ready, lambda: _move(nodes))


async def _move(nodes: dict[str, Node]) -> None:
    await nodes["Temperature"].write_value(wave(72, 1, 60, 0.1))
    await nodes["Conductivity"].write_value(wave(18.2, 0.4, 35, 0.05))


def main(machine: Machine, ready: Callable[[], None]) -> None:
    asyncio.run(_serve(machine, ready))
