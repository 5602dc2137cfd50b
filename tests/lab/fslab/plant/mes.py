"""The MES: orders and set points for the line over OPC UA without message security (user name, encrypted password).

Its session with the line is made anew every nine seconds (subscription, write, method call in each); those with two skids stay.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from asyncua import Client, ua

from ..plan import Machine
from .rhythm import FirstRound
from .ua_client import client
from .ua_names import LINE, ORDER_TYPE, SKID, START_BATCH, node_id
from .ua_rhythm import UaLink, run

USER = "mes"
CYCLES = 3
SPEEDS = (118.0, 120.0, 122.0)
WATCHED = ("ActualSpeed", "FillLevel", "CapTorque", "BottlesOk")
# Server_ServerStatus_State, BuildInfo (product URI, maker, name, version, build, date), ServiceLevel
ABOUT_SERVER = (2259, 2262, 2263, 2261, 2264, 2265, 2266, 2267)


class Ignored:
    """The MES only has to receive the values; a real one would store them."""

    def datachange_notification(self, node: Any, value: Any, data: Any) -> None:
        return

    def status_change_notification(self, status: Any) -> None:
        return


async def run_line(session: Client, number: int) -> None:
    await session.read_values([session.get_node(node_id(f"{LINE}.{name}")) for name in ("Running", "Product")])
    if number % CYCLES == 0:
        await _watch(session)
        await _order(session, number // CYCLES)


async def _watch(session: Client) -> None:
    await session.read_values([session.get_node(ua.NodeId(i, 0)) for i in ABOUT_SERVER])
    subscription = await session.create_subscription(2000, Ignored())
    await subscription.subscribe_data_change([session.get_node(node_id(f"{LINE}.{name}")) for name in WATCHED])


async def _order(session: Client, turn: int) -> None:
    speed = ua.Variant(SPEEDS[turn % len(SPEEDS)], ua.VariantType.Double)
    await session.get_node(node_id(f"{LINE}.SpeedSetpoint")).write_value(speed)
    line, method = session.get_node(node_id(LINE)), node_id(START_BATCH)
    await line.call_method(method, ua.Variant(4711, ORDER_TYPE), ua.Variant(240, ORDER_TYPE))


async def read_skid(session: Client, number: int) -> None:
    await session.read_values(
        [session.get_node(node_id(f"{SKID}.{name}")) for name in ("Temperature", "HeaterSetpoint")]
    )


def links(station: Machine) -> list[UaLink]:
    async def session(server: str) -> Client:
        return client(station, server, USER)

    return [
        UaLink("line", lambda: session("ua-line"), run_line, period=3, cycles=CYCLES),
        UaLink("skid1", lambda: session("ua-skid1"), read_skid, period=5),
        UaLink("skid2", lambda: session("ua-skid2"), read_skid, period=5),
    ]


def main(machine: Machine, ready: Callable[[], None]) -> None:
    work = links(machine)
    asyncio.run(run(work, FirstRound([link.name for link in work], ready)))
