"""MB-03 new function code: masters that may talk to a unit, with a function they never used there.

Benign twins: hmi-water uses FC 22 on plc-water; hmi-press reads holding registers with FC 3.
"""

from __future__ import annotations

from ..plant import modbus_client, plc_gateway, plc_water
from ..plant.modbus_client import good
from .base import Act, Attack, text


def mask_drive() -> None:
    client = modbus_client.connect("plc-gateway")
    good(client.mask_write_register(address=1, and_mask=0xFFFF, or_mask=0x0000, device_id=plc_gateway.DRIVE))
    client.close()


def read_fifo() -> None:
    client = modbus_client.connect("plc-water")
    good(client.read_fifo_queue(address=0, device_id=plc_water.UNIT))
    client.close()


ATTACK = Attack(
    "MB-03",
    text("已知主站使用从未用过的 Modbus 功能码", "A known master uses a Modbus function it never used"),
    (
        Act(
            "mask-write",
            "hmi-water",
            "plc-gateway",
            text(
                "水站操作员站首次对变频器使用屏蔽写(FC 22)",
                "The water operator station uses mask write (FC 22) on the drive for the first time",
            ),
            "pymodbus",
            "modbus.func_code == 22",
            mask_drive,
        ),
        Act(
            "read-fifo",
            "hmi-press",
            "plc-water",
            text(
                "压机操作员站首次使用读 FIFO(FC 24)",
                "The press operator station uses read FIFO (FC 24) for the first time",
            ),
            "pymodbus",
            "modbus.func_code == 24",
            read_fifo,
            also=("MB-04", "MB-19"),
        ),
    ),
)
