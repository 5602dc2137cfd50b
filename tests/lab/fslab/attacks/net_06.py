"""NET-06 new link: known machines in a conversation they never had.

Benign twins: hmi-press reads the press; hmi-water talks Modbus to plc-water.
"""

from __future__ import annotations

import urllib.request

from ..plan import machine
from ..plant import plc_press, s7
from .base import Act, Attack, text


def read_press() -> None:
    client = s7.connect_native("plc-press", s7.OP)
    for _ in range(3):
        client.db_read(plc_press.MEASURED, 0, 16)
    s7.close(client)


def read_web_page() -> None:
    with urllib.request.urlopen(f"http://{machine('plc-water').ip}/", timeout=5) as answer:
        answer.read()


ATTACK = Attack(
    "NET-06",
    text("已知设备之间出现新的通信关系", "A new conversation between known machines"),
    (
        Act(
            "new-server",
            "hmi-water",
            "plc-press",
            text(
                "水站操作员站首次连接压机 PLC(S7)",
                "The water operator station connects to the press's PLC (S7) for the first time",
            ),
            "snap7-native",
            "tcp.port == 102",
            read_press,
        ),
        Act(
            "new-protocol",
            "hmi-water",
            "plc-water",
            text(
                "水站操作员站首次用 HTTP 访问水箱 PLC",
                "The water operator station opens the tank PLC's web page (HTTP), a protocol new between the two",
            ),
            "urllib",
            "tcp.port == 80",
            read_web_page,
        ),
    ),
)
