"""MB-15 scans: of functions (answers 01), of registers (answers 02), of units (answers 0B).

Benign twin: eng identifies unit 1 of both controllers and asks for nothing that is not there.
"""

from __future__ import annotations

from pymodbus.pdu import ModbusPDU

from ..plan import machine
from ..plant import modbus_client, plc_water
from ..shell import LabError, run
from .base import Act, Attack, text

UNKNOWN_FUNCTIONS = (9, 10, 13, 14, 18, 19, 65, 66, 72, 90, 100)


class Probe(ModbusPDU):
    """A request of any function code, with no data."""

    rtu_frame_size = 4

    def __init__(self, function: int) -> None:
        super().__init__(dev_id=plc_water.UNIT)
        self.function_code = function

    def encode(self) -> bytes:
        return b""

    def decode(self, data: bytes) -> None:
        raise NotImplementedError("every answer to a probe is an exception")


def scan_functions() -> None:
    client = modbus_client.connect("plc-water")
    refused = [f for f in UNKNOWN_FUNCTIONS if client.execute(False, Probe(f)).isError()]
    client.close()
    if len(refused) != len(UNKNOWN_FUNCTIONS):
        raise LabError(f"only the functions {refused} were refused")


def scan_registers() -> None:
    client = modbus_client.connect("plc-water")
    answers = [
        client.read_holding_registers(start, count=10, device_id=plc_water.UNIT) for start in range(500, 2000, 50)
    ]
    client.close()
    if not all(answer.isError() for answer in answers):
        raise LabError("a register block that should not exist was read")


def sweep_units() -> None:
    arguments = ("--script", "modbus-discover", "--script-args", "modbus-discover.aggressive=true")
    found = run(
        "nmap", "-n", "-Pn", "--disable-arp-ping", "-p", "502", *arguments, machine("plc-gateway").ip, timeout=80
    )
    if "sid 0x1" not in found.stdout:
        raise LabError(f"nmap found no unit:\n{found.stdout[-800:]}")


ATTACK = Attack(
    "MB-15",
    text("扫描 Modbus 设备的功能码、寄存器和单元号", "Scan of a Modbus device's functions, registers and units"),
    (
        Act(
            "functions",
            "intruder",
            "plc-water",
            text(
                "新设备逐一尝试 11 个功能码，均被拒绝(异常码 01)",
                "A new device tries 11 function codes, all refused (exception 01)",
            ),
            "pymodbus",
            "modbus",
            scan_functions,
            also=("NET-01", "NET-06", "MB-03", "MB-19", "UM-01"),
        ),
        Act(
            "registers",
            "eng",
            "plc-water",
            text(
                "工程师站逐段读取不存在的寄存器(异常码 02)",
                "The engineering station reads one missing register block after the other (exception 02)",
            ),
            "pymodbus",
            "modbus.func_code == 3",
            scan_registers,
            also=("MB-02", "MB-03", "MB-04"),
        ),
        Act(
            "units",
            "hmi-press",
            "plc-gateway",
            text(
                "压机操作员站用 nmap 遍历网关的全部单元号(异常码 0B)",
                "The press operator station sweeps all unit ids of the gateway with nmap (exception 0B)",
            ),
            "nmap",
            "modbus",
            sweep_units,
            also=("NET-06", "NET-14", "MB-03", "MB-14", "MB-16"),
        ),
    ),
)
