"""S7-03 PLC stop: from a machine that never talked to the PLC, and from the engineering station.

Benign twin: eng connects the same way and reads the operating state; nobody stops a PLC in the plant.
"""

from __future__ import annotations

from ..plant import s7
from .base import Act, Attack, text


def stop_press() -> None:
    client = s7.connect_native("plc-press", s7.PG)
    s7.done(client.plc_stop())
    s7.close(client)


def stop_filler() -> None:
    client = s7.connect_pure("plc-filler", s7.PG)
    client.plc_stop()
    s7.close(client)


ATTACK = Attack(
    "S7-03",
    text("停止 S7 PLC", "An S7 PLC is stopped"),
    (
        Act(
            "press",
            "intruder",
            "plc-press",
            text(
                "新设备向压机 PLC 发出停止命令,PLC 确认", "A new device sends STOP to the press's PLC, which confirms"
            ),
            "snap7-native",
            "s7comm.param.func == 0x29",
            stop_press,
            also=("NET-01", "NET-06", "S7-01", "S7-07", "COR-01", "COR-02"),
        ),
        Act(
            "filler",
            "eng",
            "plc-filler",
            text(
                "工程师站向灌装 PLC 发出停止命令,PLC 确认",
                "The engineering station sends STOP to the filler's PLC, which confirms",
            ),
            "snap7",
            "s7comm.param.func == 0x29",
            stop_filler,
            also=("S7-07", "COR-01"),
        ),
    ),
)
