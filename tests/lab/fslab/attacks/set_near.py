"""Benign twins: what is allowed and comes near to an attack, by the same tools. Each act names the detection that must stay silent.

Half of what the attack does, done by whoever may; the capture is `twin-near.pcapng`, and `tests/catalogue.rs` says of every detection which capture
is its twin.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from asyncua import Client

from ..plan import machine
from ..plant import modbus_client, plc_gateway, plc_press, plc_water, s7
from ..plant.ua_client import client
from ..plant.ua_names import LINE, node_id
from ..shell import run
from .base import Act, Attack, Text, text
from .beside import arp, beside, card, own_mac
from .guessing import guess
from .servers import ftp, smb, snmp, tftp, web
from .set_plus import controller as plus_controller
from .set_plus import log_in, session
from .set_views import two_look

OFFICE = machine("office").ip
QUIET = ("-n", "-Pn", "--disable-arp-ping", "-sT", "-T4", "--max-retries", "0")


def _modbus(server: str, do: Callable[[Any], object]) -> Callable[[], None]:
    def act() -> None:
        station = modbus_client.connect(server)
        do(station)
        station.close()

    return act


def _few_writes(station: Any) -> None:
    for register in range(100, 112):
        station.write_register(register, 7, device_id=plc_water.UNIT)


def _few_toggles(station: Any) -> None:
    for turn in range(5):
        station.write_coil(2, turn % 2 == 0, device_id=plc_water.UNIT)
        time.sleep(0.3)


def _few_refusals(station: Any) -> None:
    for address in (4000, 5000, 6000):
        station.read_holding_registers(address, count=2, device_id=plc_water.UNIT)
    for _ in range(8):
        station.read_holding_registers(0, count=2, device_id=77)


def _counters(station: Any) -> None:
    station.diag_query_data(msg=b"ok", device_id=plc_water.UNIT)
    station.diag_read_bus_message_count(device_id=plc_water.UNIT)


def _in_turn(station: Any) -> None:
    station.read_holding_registers(0, count=4, device_id=plc_gateway.FLOW_METER)
    time.sleep(0.5)
    station.write_register(1, 1450, device_id=plc_gateway.DRIVE)


def _few_connections() -> None:
    held = [modbus_client.connect("plc-water") for _ in range(6)]
    time.sleep(2)
    for connection in held:
        connection.close()


def _few_arps() -> None:
    own, ip = own_mac("eng"), machine("eng").ip
    with card() as raw:
        for host in range(195, 206):
            raw.send(arp(1, (own, ip), (bytes(6), f"10.20.0.{host}"), b"\xff" * 6))
            time.sleep(0.1)
        for _ in range(3):  # says once more who it is, as every system does when its card comes up
            raw.send(arp(1, (own, ip), (bytes(6), ip), b"\xff" * 6))
            time.sleep(0.2)


def _ten_pings() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
        for number in range(10):
            body = struct.pack(">BBHHH", 8, 0, 0, 0x4712, number) + b"fengsui!"
            total = sum(struct.unpack(f">{len(body) // 2}H", body))
            total = (total & 0xFFFF) + (total >> 16)
            raw.sendto(body[:2] + struct.pack(">H", ~(total + (total >> 16)) & 0xFFFF) + body[4:], (machine("plc-water").ip, 0))
            time.sleep(0.5)


def _identify_dcp() -> None:
    body = b"\xfe\xfe\x05\x00" + struct.pack(">IHH", 0x47110816, 1, 4) + b"\xff\xff\0\0"
    with card() as raw:
        raw.send(b"\x01\x0e\xcf\0\0\0" + own_mac("eng") + b"\x88\x92" + body.ljust(46, b"\0"))


def _own_name() -> None:
    """hmi-press asks for the engineering station, and that one answers for itself."""

    def answer() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as answering:
            answering.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            answering.bind(("", 5355))
            answering.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton("224.0.0.252") + socket.inet_aton(machine("eng").ip))
            while True:
                query, peer = answering.recvfrom(512)
                record = query[12:] + struct.pack(">IH", 30, 4) + socket.inet_aton(machine("eng").ip)
                answering.sendto(query[:2] + struct.pack(">5H", 0x8000, 1, 1, 0, 0) + query[12:] + record, peer)

    with beside("eng", answer), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(machine("hmi-press").ip))
        query = struct.pack(">6H", 0x7100, 0, 1, 0, 0, 0) + b"\x03eng\0" + struct.pack(">2H", 1, 1)
        asking.sendto(query, ("224.0.0.252", 5355))
        time.sleep(0.5)


def _nobody_serves() -> None:
    with tempfile.TemporaryDirectory() as folder:
        run("timeout", "4", "dhclient", "-1", "-d", "-sf", "/bin/true", "-lf", f"{folder}/l", "-pf", f"{folder}/p", "eth0", check=False)


def _typing_error() -> None:
    with beside("office", ftp, settle=2):
        guess(OFFICE, "ftp", "operator", ("wrong-1", "wrong-2"))


def _page() -> None:
    with beside("office", web, settle=1):
        run("curl", "-s", "-m", "5", f"http://{OFFICE}/", check=False)


def _own_community() -> None:
    with beside("office", snmp, settle=2):
        run("snmpget", "-v2c", "-c", "not-this-one", "-t", "1", "-r", "1", OFFICE, "1.3.6.1.2.1.1.1.0", check=False)


def _report_file() -> None:
    with tempfile.TemporaryDirectory() as folder, beside("office", smb, settle=4):
        report = Path(folder) / "shift-report.csv"
        report.write_text("time;level\n06:00;55\n")
        run("smbclient", "-U", "plant%plant", "-c", f"put {report} shift-report.csv", f"//{OFFICE}/share", check=False, timeout=30)


def _read_by_tftp() -> None:
    with beside("office", tftp, settle=1):
        run("tftp", OFFICE, "-c", "get", "settings.txt", "/dev/null", check=False, timeout=10)


def _two_slots() -> None:
    for slot in (0, s7.SLOT):
        station = s7.native("snap7.client").Client()
        station.set_connection_type(s7.PG)
        with contextlib.suppress(Exception):
            station.connect(machine("plc-press").ip, 0, slot)
        station.disconnect()


def _s7(do: Callable[[Any], object]) -> Callable[[], None]:
    def act() -> None:
        station = s7.connect_native("plc-press", s7.PG)
        with contextlib.suppress(Exception):
            do(station)
        s7.close(station)

    return act


def _few_lists(station: Any) -> None:
    for number in (0x0011, 0x001C, 0x0131, 0x0232, 0x0424):
        with contextlib.suppress(Exception):
            station.read_szl(number, 0)


def _few_missing(station: Any) -> None:
    for number in range(4):
        with contextlib.suppress(Exception):
            station.db_read(777 + number, 0, 4)


def _panel_writes() -> None:
    station = s7.connect_native("plc-press", s7.OP)
    for turn in range(8):
        s7.done(station.db_write(plc_press.SET_POINTS, turn % 4, bytearray(b"\x10")))
    s7.close(station)


async def _quiet(doing: Any) -> None:
    with contextlib.suppress(Exception):
        await asyncio.wait_for(doing, 6)


def _opcua(do: Callable[[Client], Any], user: str = "mes") -> Callable[[], None]:
    async def work() -> None:
        async with client(machine("mes"), "ua-line", user) as made:
            await do(made)

    return lambda: asyncio.run(work())


async def _few_nodes(made: Client) -> None:
    for node in (await made.nodes.objects.get_children())[:8]:
        await _quiet(node.get_children())


async def _few_faults(made: Client) -> None:
    for number in range(5):
        await _quiet(made.get_node(node_id(f"{LINE}.Old{number}")).read_value())


async def _own_subscription(made: Client) -> None:
    class Quiet:
        def datachange_notification(self, *_: object) -> None:
            pass

    subscription = await made.create_subscription(500, Quiet())
    await subscription.subscribe_data_change(made.get_node(node_id(f"{LINE}.ActualSpeed")))
    await asyncio.sleep(1)
    await subscription.delete()


async def _few_tries() -> None:
    for number in range(3):
        made = client(machine("mes"), "ua-line", "mes")
        made.set_password(f"typo-{number}")
        await _quiet(made.connect())
        await _quiet(made.disconnect())


async def _few_sessions() -> None:
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(4):
            await stack.enter_async_context(client(machine("mes"), "ua-line", "mes"))


def _two_refused() -> None:
    def guess(station: Any) -> None:
        for _ in range(3):
            log_in(station)
            time.sleep(0.3)
        station.db_read(1, 0, 8)

    with beside("office", plus_controller(refusals=2), settle=3):
        session(guess)


def _act(detection: str, name: str, actor: str, server: str | None, what: Text, frames: str, tool: str, do: Callable[[], None]) -> Act:
    return Act(name, actor, server, what, tool, frames, do, detection=detection)


ATTACK = Attack(
    "near",
    text("与攻击相近的正常操作", "What is allowed and comes near to an attack"),
    (
        _act("MB-08", "few-writes", "hmi-water", "plc-water", text("写入 12 个寄存器", "Twelve registers are written"), "tcp.port == 502", "pymodbus", _modbus("plc-water", _few_writes)),
        _act("MB-09", "few-toggles", "hmi-water", "plc-water", text("线圈开关五次", "A coil goes on and off five times"), "tcp.port == 502", "pymodbus", _modbus("plc-water", _few_toggles)),
        _act("MB-15", "few-refusals", "eng", "plc-gateway", text("几次读错地址", "A few addresses and units that are not there"), "tcp.port == 502", "pymodbus", _modbus("plc-gateway", _few_refusals)),
        _act("MB-13", "counters", "eng", "plc-water", text("读取通信计数器而不清零", "Counters are read and not cleared"), "tcp.port == 502", "pymodbus", _modbus("plc-water", _counters)),
        _act("MB-10", "in-turn", "hmi-water", "plc-gateway", text("一个客户端重复写同一值", "One client writes the same value again"), "tcp.port == 502", "pymodbus", _modbus("plc-gateway", _in_turn)),
        _act("NET-16", "few-connections", "historian", "plc-water", text("保持六个连接", "Six connections are held"), "tcp.port == 502", "pymodbus", _few_connections),
        _act("NET-12", "few-arps", "eng", None, text("用 ARP 询问 11 个地址并公告自己", "Eleven addresses are asked for by ARP, and one announced"), "arp", "scripted", _few_arps),
        _act("NET-11", "few-ports", "eng", "plc-press", text("试探 10 个端口", "Ten ports are tried"), "tcp", "nmap", lambda: run("nmap", *QUIET, "-p", "71-80", machine("plc-press").ip, timeout=60) and None),
        _act("NET-13", "own-port", "eng", None, text("查看两台控制器的 S7 端口", "The S7 port of two controllers is looked at"), "tcp.port == 102", "nmap", lambda: run("nmap", *QUIET, "-p", "102", machine("plc-press").ip, machine("plc-filler").ip, timeout=60) and None),
        _act("NET-15", "ping", "eng", "plc-water", text("十次 ping", "Ten pings"), "icmp", "scripted", _ten_pings),
        _act("NET-27", "identify", "eng", None, text("用 PROFINET DCP 查询设备", "Devices are asked who they are by PROFINET DCP"), "eth.type == 0x8892", "scripted", _identify_dcp),
        _act("NET-19", "own-name", "hmi-press", None, text("一台机器回答自己的名称", "A machine answers for its own name"), "llmnr", "scripted", _own_name),
        _act("NET-19", "nobody-serves", "office", None, text("有人请求地址而无人分配", "Somebody asks for an address, and nobody gives one"), "dhcp", "dnsmasq", _nobody_serves),
        _act("NET-21", "typing-error", "eng", "office", text("两次输错口令", "A password is mistyped twice"), "tcp.port == 21", "hydra", _typing_error),
        _act("NET-22", "page", "eng", "office", text("打开不要求口令的网页", "A page is opened that asks for no password"), "tcp.port == 80", "curl", _page),
        _act("NET-22", "community", "historian", "office", text("SNMP 团体名不对，无应答", "A community that nobody answers"), "udp.port == 161", "snmp", _own_community),
        _act("NET-23", "report", "mes", "office", text("把班报表放到共享文件夹", "A shift report is put on a share"), "tcp.port == 445", "smbclient", _report_file),
        _act("NET-27", "read-tftp", "eng", "office", text("经 TFTP 读取设置", "Settings are read by TFTP"), "udp.port == 69", "tftp", _read_by_tftp),
        _act("S7-02", "two-slots", "eng", "plc-press", text("尝试两个槽号", "Two slots are tried"), "tcp.port == 102", "snap7-native", _two_slots),
        _act("S7-14", "few-lists", "eng", "plc-press", text("读取五个系统状态列表", "Five status lists are read"), "tcp.port == 102", "snap7-native", _s7(_few_lists)),
        _act("S7-21", "few-missing", "eng", "plc-press", text("四次读取不存在的数据块", "Four data blocks that are not there are read"), "tcp.port == 102", "snap7-native", _s7(_few_missing)),
        _act("S7-19", "clock", "eng", "plc-press", text("按当前时间校准 PLC 时钟", "The PLC's clock is set to the right time"), "tcp.port == 102", "snap7-native", _s7(lambda station: station.set_plc_system_datetime())),
        _act("UA-13", "few-nodes", "mes", "ua-line", text("浏览几个节点", "A few nodes are browsed"), "tcp.port == 4840", "asyncua", _opcua(_few_nodes)),
        _act("UA-20", "few-faults", "mes", "ua-line", text("读取五个已删除的点", "Five points that are gone are read"), "tcp.port == 4840", "asyncua", _opcua(_few_faults)),
        _act("UA-19", "own-subscription", "mes", "ua-line", text("删除自己的订阅", "A client deletes its own subscription"), "tcp.port == 4840", "asyncua", _opcua(_own_subscription)),
        _act("UA-08", "few-tries", "mes", "ua-line", text("三次输错口令", "A password is mistyped three times"), "tcp.port == 4840", "asyncua", lambda: asyncio.run(_few_tries())),
        _act("UA-22", "few-sessions", "mes", "ua-line", text("同时打开四个会话", "Four sessions at a time"), "tcp.port == 4840", "asyncua", lambda: asyncio.run(_few_sessions())),
        _act("COR-04", "one-view", "eng", "office", text("两个客户端读取同样在变化的数值", "Two clients read the same moving values"), "tcp.port == 502", "pymodbus", two_look(None)),
        _act("SP-07", "two-refused", "eng", "office", text("两次口令被拒后登录成功", "Two passwords are refused and the third is right"), "tcp.port == 102", "s7commplus", _two_refused),
    ),
)
