"""The line controller's OPC UA server: live values, set points, one method. It still lets anonymous sessions in, as delivered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from asyncua import Node, uamethod

from ..plan import Machine
from .process import wave
from .ua_names import LINE, NAMESPACE_INDEX, ORDER_TYPE, START_BATCH, node_id
from .ua_server import Build, Variable, add_variables, configure, serve

BUILD = Build("Beckhoff Automation", "TwinCAT OPC UA Server", "4.3.37", "1207", datetime(2023, 3, 14))
VARIABLES = {
    "ActualSpeed": Variable(120.0),
    "FillLevel": Variable(61.0),
    "CapTorque": Variable(1.85),
    "BottlesOk": Variable(0),
    "SpeedSetpoint": Variable(120.0, writable=True),
    "RejectLimit": Variable(2.5, writable=True),
    "Running": Variable(True),
    "Product": Variable("Water 0.33"),
}


@uamethod
def start_batch(parent: object, order: int, bottles: int) -> int:
    return order * 100 + bottles % 100


async def _serve(machine: Machine, ready: Callable[[], None]) -> None:
    server = await configure(machine, BUILD, anonymous=True)
    nodes = await add_variables(server, LINE, VARIABLES)
    line = server.get_node(node_id(LINE))
    await line.add_method(
        node_id(START_BATCH), f"{NAMESPACE_INDEX}:StartBatch", start_batch, [ORDER_TYPE] * 2, [ORDER_TYPE]
    )
    await serve(server, ready, lambda: _move(nodes))


async def _move(nodes: dict[str, Node]) -> None:
    speed = wave(120, 4, 30, 0.4)
    await nodes["ActualSpeed"].write_value(speed)
    await nodes["FillLevel"].write_value(wave(61, 2, 45, 0.1))
    await nodes["CapTorque"].write_value(wave(1.85, 0.05, 20, 0.01))
    await nodes["BottlesOk"].write_value(await nodes["BottlesOk"].read_value() + 1)


def main(machine: Machine, ready: Callable[[], None]) -> None:
    asyncio.run(_serve(machine, ready))
