"""UA-12 discovery recon: endpoints and servers asked for over an open channel, no session.

Benign twin: mes and historian connect without any discovery (they know the server's certificate).
"""

from __future__ import annotations

import asyncio

from ..plan import machine
from ..plant.ua_client import client
from .base import Act, Attack, text

ALL = ("ua-line", "ua-skid1", "ua-skid2", "ua-skid3")


async def _discover(station: str, servers: tuple[str, ...]) -> None:
    for server in servers:
        await client(machine(station), server, user=None).connect_and_get_server_endpoints()
        await client(machine(station), server, user=None).connect_and_find_servers()


def one_server() -> None:
    asyncio.run(_discover("hmi-water", ("ua-line",)))


def every_server() -> None:
    asyncio.run(_discover("intruder", ALL))


ATTACK = Attack(
    "UA-12",
    text("探测 OPC UA 服务器", "OPC UA servers are explored"),
    (
        Act(
            "one-server",
            "hmi-water",
            "ua-line",
            text(
                "水站操作员站查询产线控制器的端点和服务器列表后断开",
                "The water operator station asks the line controller for endpoints and servers and leaves",
            ),
            "asyncua",
            "tcp.port == 4840",
            one_server,
            also=("NET-06", "UA-04"),
        ),
        Act(
            "every-server",
            "intruder",
            None,
            text("新设备依次查询四台 OPC UA 服务器", "A new device asks four OPC UA servers one after the other"),
            "asyncua",
            "tcp.port == 4840",
            every_server,
            also=("NET-01", "NET-06", "NET-13", "UA-04"),
        ),
    ),
)
