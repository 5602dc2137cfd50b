"""NET-01 new device: a machine nobody has seen comes up and talks to the tank's PLC.

Benign twin: historian reads the same registers.
"""

from __future__ import annotations

import time

from ..plant import modbus_client, plc_water
from ..plant.modbus_client import good
from .base import Act, Attack, text


def appear() -> None:
    client = modbus_client.connect("plc-water")
    for _ in range(3):
        good(client.read_holding_registers(0, count=8, device_id=plc_water.UNIT))
        time.sleep(1)
    client.close()


ATTACK = Attack(
    "NET-01",
    text("一台从未出现过的设备接入网络", "A device never seen before joins the network"),
    (
        Act(
            "appear",
            "intruder",
            "plc-water",
            text(
                "新设备(树莓派网卡)出现，并读取水箱 PLC 的寄存器",
                "A new device (Raspberry Pi card) appears and reads registers of the tank's PLC",
            ),
            "pymodbus",
            "tcp.port == 502",
            appear,
            also=("NET-06", "MB-02"),
        ),
    ),
)
