"""S7-08 download of a block: 1A by the client; the PLC then fetches the block with 1B jobs and closes with 1C.

Benign twin: none; nobody programs a PLC in the plant.
"""

from __future__ import annotations

from ..plant import plc_filler, s7
from .base import Act, Attack, text
from .s7_block import recipe_block, valve_function

# the PI service that makes the block take effect belongs to the act
FRAMES = "s7comm.param.func in {0x1a, 0x1b, 0x1c, 0x28}"


def download_program() -> None:
    client = s7.connect_native("plc-filler", s7.PG)
    s7.done(client.download(bytearray(valve_function())))
    s7.close(client)


def download_recipes() -> None:
    client = s7.connect_pure("plc-filler", s7.PG)
    client.download(bytearray(recipe_block(plc_filler.RECIPES)), plc_filler.RECIPES)
    s7.close(client)


ATTACK = Attack(
    "S7-08",
    text("向 S7 PLC 下载程序块", "A block is downloaded to an S7 PLC"),
    (
        Act(
            "program",
            "intruder",
            "plc-filler",
            text(
                "新设备把程序块 FC100 下载到灌装 PLC 并激活(_INSE)",
                "A new device downloads the program block FC100 to the filler's PLC and activates it (_INSE)",
            ),
            "snap7-native",
            FRAMES,
            download_program,
            also=("NET-01", "NET-06", "S7-01", "S7-09", "S7-11", "S7-12", "COR-01", "COR-02"),
        ),
        Act(
            "data",
            "eng",
            "plc-filler",
            text(
                "工程师站把数据块 DB30 下载到灌装 PLC",
                "The engineering station downloads the data block DB30 to the filler's PLC",
            ),
            "snap7",
            FRAMES,
            download_recipes,
            also=("S7-12", "COR-01"),
        ),
    ),
)
