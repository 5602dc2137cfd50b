"""Scans, floods, services in the wrong place, and the world outside: by nmap where it can, else by plain sockets.

Benign twin: the plant at work in the lead-in of this very capture; nobody scans, and nobody speaks with the outside.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Callable

from pymodbus.client import ModbusTcpClient

from ..plan import machine
from ..shell import run
from .base import Act, Attack, Text, text
from .beside import CARD, beside

OUTSIDE = "203.0.113.7"
QUIET = ("-n", "-Pn", "--disable-arp-ping", "-sT", "-T4", "--max-retries", "0")


def _nmap(*arguments: str) -> Callable[[], None]:
    return lambda: run("nmap", *arguments, timeout=100) and None


def _listen(port: int, banner: bytes) -> Callable[[], None]:
    def serve() -> None:
        with socket.create_server(("", port)) as server:
            while True:
                peer, _ = server.accept()
                peer.sendall(banner)

    return serve


def _talk(host: str, port: int, words: bytes, source: str = "") -> None:
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=3, source_address=(source, 0) if source else None) as peer:
        peer.sendall(words)
        time.sleep(0.5)
        peer.settimeout(1)
        with contextlib.suppress(TimeoutError):
            peer.recv(512)


def _route_out() -> None:
    run("ip", "route", "replace", f"{OUTSIDE}/32", "dev", CARD)


def _be_outside() -> None:
    run("ip", "addr", "replace", f"{OUTSIDE}/32", "dev", CARD)


def _egress() -> None:
    def website() -> None:
        _be_outside()
        _listen(443, b"\x15\x03\x01\x00\x02\x02\x28")()

    _route_out()
    with beside("office", website):
        _talk(OUTSIDE, 443, b"\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00")


def _ingress() -> None:
    _be_outside()
    with beside("plc-water", _route_out):
        client = ModbusTcpClient(machine("plc-water").ip, source_address=(OUTSIDE, 0), timeout=3, retries=0)
        client.connect()
        client.read_holding_registers(0, count=4, device_id=1)
        client.close()


def _echoes() -> None:
    """As `ping -f` does."""
    raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
    for number in range(900):
        body = struct.pack(">BBHHH", 8, 0, 0, 0x4711, number) + b"fengsui!"
        words = struct.unpack(f">{len(body) // 2}H", body)
        check = sum(words)
        check = (check & 0xFFFF) + (check >> 16)
        body = body[:2] + struct.pack(">H", ~(check + (check >> 16)) & 0xFFFF) + body[4:]
        raw.sendto(body, (machine("plc-water").ip, 0))
        time.sleep(0.002)


def _odd_port() -> None:
    _talk(machine("plc-water").ip, 502, b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n" + bytes(range(64)))


def _remote() -> None:
    with beside("eng", _listen(5900, b"RFB 003.008\n")):
        _talk(machine("eng").ip, 5900, b"RFB 003.008\n")


def _act(detection: str, name: str, actor: str, server: str | None, what: Text, frames: str, tool: str, do: Callable[[], None], seen_as: str | None = None) -> Act:
    return Act(name, actor, server, what, tool, frames, do, detection=detection, seen_as=seen_as)


ATTACK = Attack(
    "network",
    text("扫描、泛洪、错位的服务和外部地址", "Scans, floods, services in the wrong place, and addresses outside"),
    (
        _act("NET-12", "arp-sweep", "historian", None, text("用 ARP 逐个询问 60 个地址", "Sixty addresses are asked for by ARP"), "arp", "nmap", _nmap("-n", "-sn", "-T4", "--max-retries", "0", "10.20.0.195-254")),
        _act("NET-11", "port-scan", "hmi-water", "plc-press", text("扫描压机 PLC 的 60 个端口", "Sixty ports of the press's PLC are scanned"), "tcp", "nmap", _nmap(*QUIET, "-p", "1-60", machine("plc-press").ip)),
        _act("NET-13", "ot-ports", "historian", None, text("在四台控制器上寻找工控端口", "Control ports are looked for on four controllers"), "tcp.flags.syn == 1", "nmap", _nmap(*QUIET, "-p", "102,502,4840,44818,20000", *(machine(name).ip for name in ("plc-water", "plc-gateway", "plc-press", "plc-filler")))),
        _act("NET-14", "tool", "hmi-water", "plc-press", text("用 nmap 的 s7-info 脚本识别 PLC", "nmap's s7-info identifies the PLC"), "tcp.port == 102", "nmap", _nmap("-n", "-Pn", "--disable-arp-ping", "-p", "102", "--script", "s7-info", machine("plc-press").ip)),
        _act("NET-15", "echoes", "eng", "plc-water", text("ICMP 回显泛洪", "A flood of echo requests"), "icmp", "scripted", _echoes),
        _act("NET-18", "misplaced", "eng", "plc-water", text("在 502 端口上使用 SSH", "SSH is tried on port 502"), "tcp.port == 502", "scripted", _odd_port),
        _act("NET-20", "remote", "hmi-press", "eng", text("远程桌面(VNC)连接工程师站", "The engineering station's screen is opened by VNC"), "tcp.port == 5900", "scripted", _remote),
        _act("NET-08", "egress", "eng", None, text("工程师站连接公网地址", "The engineering station connects to a public address"), f"ip.addr == {OUTSIDE}", "scripted", _egress),
        _act("NET-09", "ingress", "office", "plc-water", text("公网地址读取水箱 PLC", "A public address reads from the tank's PLC"), "tcp.port == 502", "pymodbus", _ingress, OUTSIDE),
    ),
    also=("NET-01", "NET-02", "NET-03", "NET-06", "NET-10", "NET-11", "NET-12", "NET-13", "NET-18", "MB-02", "MB-03", "MB-17", "S7-01", "S7-02", "S7-14", "COR-01", "COR-02"),
)
