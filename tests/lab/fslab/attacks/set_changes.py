"""A device is not what it was: at the address of `office` first one device answers, half a minute later another one.

Benign twin: the plant's devices, which eng and mes ask for their identity again and again, in the lead-in of this very capture.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from asyncua import Server, ua

from ..plan import machine
from ..plant import modbus_client
from ..plant.modbus_server import PlantModbusServer, bits, device, identity, registers
from ..plant.pki import identity as certificate_of
from ..plant.ua_client import client
from .base import Act, Attack, text
from .beside import beside

SETTLED = 24  # seconds; what changes sooner was never settled


def _modbus(*words: str) -> Callable[[], None]:
    async def serve() -> None:
        made = device(1, bits(16), bits(16), registers((0, [0] * 20)), registers((0, [0])))
        await PlantModbusServer([made], identity(*words)).serve_forever()

    return lambda: asyncio.run(serve())


def opcua_server(owner: str) -> Callable[[], None]:
    async def serve() -> None:
        server, own = Server(), certificate_of(machine(owner))
        await server.init()
        server.set_endpoint(f"opc.tcp://{machine('office').ip}:4840")
        await server.load_certificate(own.certificate)
        await server.load_private_key(own.key)
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity, ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt])
        async with server:
            await asyncio.sleep(600)

    return lambda: asyncio.run(serve())


def _ask_modbus() -> None:
    station = modbus_client.connect("office")
    for code in (1, 2):
        station.read_device_information(read_code=code, object_id=0, device_id=1)
    station.close()


def _ask_opcua() -> None:
    async def work() -> None:
        async with client(machine("eng"), "office", user=None) as session:
            await session.get_node(ua.NodeId(2261, 0)).read_value()

    asyncio.run(work())


def _replaced(first: Callable[[], None], second: Callable[[], None], ask: Callable[[], None], settle: float) -> Callable[[], None]:
    def run() -> None:
        with beside("office", first, settle):
            ask()
        time.sleep(SETTLED)
        with beside("office", second, settle):
            ask()

    return run


OLD = ("Schneider Electric", "BMX P34 2020", "v3.20", "http://www.se.com", "Modicon M340", "BMX P34 2020", "Line")
NEW = ("Schneider Electric", "BMX P34 2020", "v2.70", "http://www.se.com", "Modicon M340", "BMX P34 2020", "Line")

ATTACK = Attack(
    "changes",
    text("设备不再是原来的设备", "Devices that are not what they were"),
    (
        Act("firmware", "eng", "office", text("Modbus 设备的固件版本变了", "A Modbus device has another firmware"), "pymodbus", "modbus", _replaced(_modbus(*OLD), _modbus(*NEW), _ask_modbus, 2), detection="MB-20"),
        Act("certificate", "eng", "office", text("OPC UA 服务器换了证书", "An OPC UA server shows another certificate"), "asyncua", "tcp.port == 4840", _replaced(opcua_server("ua-skid1"), opcua_server("ua-skid2"), _ask_opcua, 8), detection="UA-10"),
    ),
    also=("NET-01", "NET-06", "NET-02", "NET-03", "MB-14", "MB-03", "UA-01", "UA-02", "UA-04", "UA-05", "UA-12"),
)
