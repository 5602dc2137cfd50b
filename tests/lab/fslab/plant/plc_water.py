"""The tank's PLC (Modbus, unit 1), as a Modicon M340 would look, with the status page such PLCs carry on port 80.

Holding registers 0-19 measured values, 100-129 set points, 300-309 alarm limits, 400-419 calibration; input registers 0-11 raw
analogue inputs; coils 0-15 commands; discrete inputs 0-15 feedback.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ..plan import Machine
from .modbus_server import PlantModbusServer, bits, device, identity, registers, serve
from .process import scaled, wave
from .umas import Controller

UNIT = 1
FC_INPUT_REGISTERS, FC_HOLDING_REGISTERS, FC_DISCRETE_INPUTS = 4, 16, 2

IDENTITY = identity(
    "Schneider Electric",
    "BMX P34 2020",
    "v3.20",
    "http://www.se.com",
    "Modicon M340",
    "BMX P34 2020",
    "Water plant tank 1",
)
PAGE = b"<html><head><title>BMX P34 2020</title></head><body><h1>Modicon M340</h1><p>Status: RUN</p></body></html>"


def tank() -> PlantModbusServer:
    set_points = [550, 1200, 35, 60, 12, 4, 250, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 40, 80, 0, 0, 0, 0, 0, 0, 0, 0]
    limits = [900, 850, 150, 100, 600, 50, 450, 20, 5, 1]
    calibration = [4000, 20000] * 10
    holding = registers((0, [0] * 20), (100, set_points), (300, limits), (400, calibration))
    server = PlantModbusServer(
        [device(UNIT, bits(16, on=(2, 8)), bits(16, on=(0, 1, 5)), holding, registers((0, [0] * 12)))], IDENTITY
    )
    server.umas = Controller()
    return server


async def move(server: PlantModbusServer) -> None:
    level, flow = wave(55, 6, 90, 0.2), wave(120, 8, 60, 1.0)
    measured = [
        scaled(level),
        scaled(flow),
        scaled(wave(3.2, 0.2, 45, 0.02)),
        scaled(wave(18.5, 0.5, 300, 0.05)),
        scaled(wave(1480, 15, 30, 4), 1),
    ]
    measured += [
        scaled(wave(7.1, 0.1, 200, 0.02), 100),
        scaled(wave(41, 3, 80, 0.3)),
        scaled(wave(0.6, 0.1, 70, 0.02), 100),
    ]
    await server.async_setValues(UNIT, FC_HOLDING_REGISTERS, 0, measured)
    raw = [4000 + scaled(level, 160), 4000 + scaled(flow, 80)] + [
        scaled(wave(12000, 800, 40 + 7 * n, 60), 1) for n in range(10)
    ]
    await server.async_setValues(UNIT, FC_INPUT_REGISTERS, 0, raw)
    await server.async_setValues(UNIT, FC_DISCRETE_INPUTS, 4, [level > 50])


class StatusPage(BaseHTTPRequestHandler):
    server_version = "Schneider-WEB/V2.0"
    sys_version = ""

    def do_GET(self) -> None:  # noqa: N802 - the name http.server asks for
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)


def main(machine: Machine, ready: Callable[[], None]) -> None:
    web = ThreadingHTTPServer((machine.ip, 80), StatusPage)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    asyncio.run(_serve(ready))


async def _serve(ready: Callable[[], None]) -> None:
    await serve(tank(), move, ready)
