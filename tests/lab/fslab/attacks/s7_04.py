"""S7-04 PLC start, warm and cold. The PLCs are stopped before the capture begins.

Benign twin: as in S7-03.
"""

from __future__ import annotations

from ..plant import s7
from .base import Act, Attack, text


def stop_both() -> None:
    for plc in ("plc-press", "plc-filler"):
        client = s7.connect_native(plc, s7.PG)
        s7.done(client.plc_stop())
        s7.close(client)


def cold_start_press() -> None:
    client = s7.connect_native("plc-press", s7.PG)
    s7.done(client.plc_cold_start())
    s7.close(client)


def warm_start_filler() -> None:
    client = s7.connect_pure("plc-filler", s7.PG)
    client.plc_hot_start()
    s7.close(client)


STOP = Act(
    "stop",
    "eng",
    None,
    text("准备:停止两台 PLC", "Preparation: both PLCs are stopped"),
    "snap7-native",
    "s7comm.param.func == 0x29",
    stop_both,
)

ATTACK = Attack(
    "S7-04",
    text("启动 S7 PLC", "An S7 PLC is started"),
    (
        Act(
            "cold",
            "intruder",
            "plc-press",
            text("新设备冷启动压机 PLC", "A new device cold-starts the press's PLC"),
            "snap7-native",
            "s7comm.param.func == 0x28",
            cold_start_press,
            also=("NET-01", "NET-06", "S7-01", "S7-07", "COR-01", "COR-02"),
        ),
        Act(
            "warm",
            "eng",
            "plc-filler",
            text("工程师站暖启动灌装 PLC", "The engineering station warm-starts the filler's PLC"),
            "snap7",
            "s7comm.param.func == 0x28",
            warm_start_filler,
            also=("S7-07", "COR-01"),
        ),
    ),
    prepare=STOP,
)
