"""What a controller shows is not so: other values for one client than for another; values that never were; a mode that nobody ordered;
more requests than anybody waits for; two servers with one key.

Benign twin: `twin-views`, where the same two clients read the same points of an honest controller whose values move.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import Callable

from pymodbus.client import ModbusTcpClient

from ..plan import machine
from ..plant import modbus_client, s7
from ..plant.modbus_server import PlantModbusServer, bits, device, identity, registers
from ..plant.process import scaled, wave
from ..plant.ua_client import client
from .base import Act, Attack, text
from .beside import beside
from .set_changes import opcua_server

HOLDING = 16
LOOKS = 16


def controller(lies_to: str | None) -> Callable[[], None]:
    """At office: a controller whose values move; what it shows one client is a picture from earlier."""

    async def serve() -> None:
        truth, picture = _points(1502), _points(1503)
        await truth.serve_forever(background=True)
        await picture.serve_forever(background=True)

        async def each(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            deceived = lies_to is not None and writer.get_extra_info("peername")[0] == machine(lies_to).ip
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", 1503 if deceived else 1502)
            await asyncio.gather(_pass(reader, inner_writer), _pass(inner_reader, writer))

        await asyncio.start_server(each, "0.0.0.0", 502)
        while True:
            values = [scaled(wave(70, 3, 40, 0.5)), scaled(wave(20, 2, 30, 0.4)), 900, 4]
            await truth.async_setValues(1, HOLDING, 0, values)
            await picture.async_setValues(1, HOLDING, 0, [scaled(wave(40, 1, 50, 0.2)), *values[1:]])
            await asyncio.sleep(0.5)

    return lambda: asyncio.run(serve())


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(1024):
            writer.write(data)
    writer.close()


def _points(port: int) -> PlantModbusServer:
    server = PlantModbusServer([device(1, bits(16), bits(16), registers((0, [0] * 8)), registers((0, [0])))], identity(*["Views"] * 7))
    server.init_setup_connect_listen("127.0.0.1", port)
    return server


def look() -> None:
    station = ModbusTcpClient(machine("office").ip, timeout=3, retries=0)
    station.connect()
    for _ in range(LOOKS):
        station.read_holding_registers(0, count=4, device_id=1)
        time.sleep(1)
    station.close()


def two_look(lies_to: str | None) -> Callable[[], None]:
    def act() -> None:
        with beside("office", controller(lies_to), settle=3), beside("historian", look, settle=0.5):
            look()

    return act


def _value() -> None:
    station = modbus_client.connect("plc-water")
    station.write_register(100, 60000, device_id=1)
    station.close()


def _mode_pushes() -> None:
    """A controller, by hand, as no free one tells its mode by itself: RUN, and STOP half a minute later, with nobody having asked for it."""
    with socket.create_server(("", 102)) as server:
        peer, _ = server.accept()
        _answer(peer, b"\x03\0\0\x16\x11\xd0\0\x01\0\x05\0\xc0\x01\x0a\xc1\x02\x01\0\xc2\x02\x01\x02")
        _answer(peer, b"\x03\0\0\x1b\x02\xf0\x80\x32\x03\0\0\0\0\0\x08\0\0\0\0\xf0\0\0\x01\0\x01\0\xf0", keep=11)
        for mode in (2, 0):
            parameter = bytes([0, 1, 0x12, 8, 0x12, 0, mode, 1, 0, 0, 0, 0])
            body = b"\x02\xf0\x80\x32\x07\0\0\0\0" + struct.pack(">HH", len(parameter), 8) + parameter + b"\xff\x09\0\x04\0\0\0\0"
            peer.sendall(b"\x03\0" + struct.pack(">H", 4 + len(body)) + body)
            time.sleep(4)


def _answer(peer: socket.socket, answer: bytes, keep: int = 0) -> None:
    """`keep`: where the request's own number stands, which the answer repeats."""
    asked = peer.recv(512)
    peer.sendall(answer[:keep] + asked[keep : keep + 2] + answer[keep + 2 :] if keep else answer)


def _watch_mode() -> None:
    with beside("office", _mode_pushes, settle=1):
        panel = s7.connect_pure("office", s7.OP)
        time.sleep(9)
        with contextlib.suppress(Exception):
            panel.disconnect()


def _flood() -> None:
    """Six hundred requests in one breath to a controller that takes no more: nobody waits for answers."""

    def deaf() -> None:
        with socket.create_server(("", 502)) as server:
            peer, _ = server.accept()
            while peer.recv(4096):
                pass

    with beside("office", deaf, settle=1), socket.create_connection((machine("office").ip, 502)) as peer:
        for number in range(600):
            peer.sendall(struct.pack(">HHHBBHH", number, 0, 6, 1, 3, number, 4))
        time.sleep(2)


def _same_key() -> None:
    """A server at office shows the certificate of ua-skid1."""

    async def ask(name: str) -> None:
        with contextlib.suppress(Exception):
            async with client(machine("eng"), name, user=None):
                await asyncio.sleep(0.5)

    asyncio.run(ask("ua-skid1"))
    with beside("office", opcua_server("ua-skid1"), settle=6):
        asyncio.run(ask("office"))


ATTACK = Attack(
    "views",
    text("显示的并非真实：数值、模式和密钥", "What is shown is not so: values, modes, keys"),
    (
        Act("value", "hmi-water", "plc-water", text("向设定值写入从未有过的数值", "A set point gets a value that it never had"), "pymodbus", "modbus.func_code == 6 && modbus.reference_num == 100", _value, detection="MB-05"),
        Act("views", "eng", "office", text("控制器给历史数据服务器看的是旧画面", "The historian is shown a picture from earlier"), "pymodbus", "tcp.port == 502", two_look("historian"), detection="COR-04", also=("MB-02", "MB-03")),
        Act("mode", "hmi-press", "office", text("PLC 无人指令而停机", "A controller stops, and nobody ordered it"), "scripted", "tcp.port == 102", _watch_mode, detection="S7-06"),
        Act("flood", "intruder", "office", text("一口气发出 600 个请求", "Six hundred requests in one breath"), "scripted", "tcp.port == 502", _flood, detection="MB-18", also=("MB-02", "MB-15", "NET-26")),
        Act("same-key", "eng", None, text("两台服务器用同一把密钥", "Two servers have one key"), "asyncua", "tcp.port == 4840", _same_key, detection="UA-09", also=("UA-05", "UA-10")),
    ),
    also=("NET-01", "NET-02", "NET-06", "NET-16", "MB-01", "MB-02", "MB-03", "MB-20", "S7-01", "UA-01", "UA-02", "UA-04", "UA-12", "COR-02"),
)
