#!/usr/bin/env python3
"""Records pcaps/opcua-stacks.pcapng: two independent stacks, asyncua and node-opcua, doing everything that both can do.

    tests/lab/setup
    npm install --prefix /tmp/node-opcua node-opcua@2.181.0
    sudo NODE_PATH=/tmp/node-opcua/node_modules tests/lab/.venv/bin/python tests/lab/opcua/stacks.py

Runs over loopback; needs the right to capture there, and node. What each part does stands in its name; the test reads
the order in which they ran from what they did.
"""

from __future__ import annotations

import asyncio
import subprocess
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from asyncua import Client, Server, ua
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.crypto.permission_rules import User, UserRole
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from cryptography.x509.oid import ExtendedKeyUsageOID

HERE = Path(__file__).parent
PORT, NODE_PORT = 48400, 48410
URL, NODE_URL = f"opc.tcp://127.0.0.1:{PORT}/line", f"opc.tcp://127.0.0.1:{NODE_PORT}/oven"
NAMESPACE = "urn:bottling:line"
USERS = {"mes": ("shift-7", UserRole.Admin), "panel": ("shift-8", UserRole.Admin)}


class Users:
    def get_user(
        self, iserver: Any, username: str | None = None, password: str | None = None, certificate: Any = None
    ) -> User | None:
        if username is None:
            return User(role=UserRole.User)
        secret, role = USERS.get(username, (None, UserRole.Anonymous))
        return User(role=role, name=username) if secret is not None and secret == password else None


async def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    key, der = folder / f"{name}.pem", folder / f"{name}.der"
    uses = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
    subject = {"countryName": "CN", "organizationName": "Bottling"}
    await setup_self_signed_certificate(key, der, f"urn:bottling:{name}", "127.0.0.1", uses, subject)
    return key, der


async def serve(folder: Path) -> Server:
    key, der = await certificate(folder, "server")
    server = Server(user_manager=Users())
    await server.init()
    server.set_endpoint(URL)
    server.set_server_name("Line 1")
    await server.set_application_uri("urn:bottling:server")
    await server.set_build_info(
        "urn:maker:line", "Maker", "Line controller", "4.2.1", "77", datetime(2025, 5, 1, tzinfo=UTC)
    )
    await server.load_certificate(der)
    await server.load_private_key(key)
    policies = ua.SecurityPolicyType
    server.set_security_policy(
        [policies.NoSecurity, policies.Basic256Sha256_Sign, policies.Basic256Sha256_SignAndEncrypt]
    )
    assert await server.register_namespace(NAMESPACE) == 2
    line = await server.nodes.objects.add_object("ns=2;s=Line", "2:Line")
    for name, value in (("Speed", 100.0), ("Level", 50.0), ("Recipe", [0.0] * 4), ("Name", "A")):
        node = await line.add_variable(f"ns=2;s=Line.{name}", f"2:{name}", value)
        await node.set_writable()
        if name == "Level":
            await server.historize_node_data_change(node, period=None, count=100)
    await line.add_method("ns=2;s=Line.Start", "2:Start", start, [ua.VariantType.Double], [ua.VariantType.Boolean])
    return server


async def start(parent: ua.NodeId, speed: ua.Variant) -> list[ua.Variant]:
    return [ua.Variant(speed.Value > 0, ua.VariantType.Boolean)]


def client(url: str = URL, user: str | None = "mes") -> Client:
    made = Client(url, timeout=8)
    made.application_uri, made.name = "urn:bottling:mes", "mes"
    if user is not None:
        made.set_user(user)
        made.set_password(USERS[user][0])
    return made


class Watch:
    def datachange_notification(self, node: Any, value: Any, data: Any) -> None:
        pass

    def event_notification(self, event: Any) -> None:
        pass


async def browse_read_write() -> None:
    async with client() as mes:
        await mes.get_endpoints()
        line = await mes.nodes.objects.get_child("2:Line")
        await line.get_children()
        speed = mes.get_node("ns=2;s=Line.Speed")
        await speed.read_value()
        await speed.write_value(120.5)
        await mes.get_node("ns=2;s=Line.Name").write_value("灌装线")
        await mes.get_namespace_array()
        await mes.get_node("i=2256").read_value()
        await mes.get_node("i=2267").read_value()


async def call_and_be_refused() -> None:
    async with client() as mes:
        line = mes.get_node("ns=2;s=Line")
        await line.call_method(ua.NodeId("Line.Start", 2), 33.0)
        try:
            await mes.get_node("ns=2;s=Line.Missing").write_value(1.0)
        except ua.UaStatusCodeError:
            pass


async def history() -> None:
    async with client() as mes:
        level = mes.get_node("ns=2;s=Line.Level")
        for value in (51.0, 52.0, 53.0):
            await level.write_value(value)
        await asyncio.sleep(0.3)
        now = datetime.now(UTC)
        await level.read_raw_history(now - timedelta(minutes=5), now + timedelta(minutes=5), 10)


async def node_management() -> None:
    async with client() as mes:
        added = await mes.nodes.objects.add_variable("ns=2;s=Rogue", "2:Rogue", 7)
        await added.read_value()
        await mes.delete_nodes([added])


async def subscribe_while_another_writes() -> None:
    async with client(user="panel") as panel, client() as mes:
        subscription = await panel.create_subscription(50, Watch())
        await subscription.subscribe_data_change(panel.get_node("ns=2;s=Line.Speed"))
        await asyncio.sleep(0.3)
        await mes.get_node("ns=2;s=Line.Speed").write_value(64.25)
        await asyncio.sleep(0.3)
        await subscription.delete()


async def secured(folder: Path, mode: ua.MessageSecurityMode) -> None:
    key, der = await certificate(folder, "mes")
    mes = client()
    await mes.set_security(SecurityPolicyBasic256Sha256, der, key, server_certificate=folder / "server.der", mode=mode)
    async with mes:
        await mes.get_node("ns=2;s=Line.Speed").write_value(71.0)


async def wrong_password_and_anonymous() -> None:
    wrong = client()
    wrong.set_password("guess")
    try:
        async with wrong:
            pass
    except ua.UaStatusCodeError:
        pass
    async with client(user=None) as anonymous:
        await anonymous.get_node("ns=2;s=Line.Speed").read_value()


async def node(*arguments: str) -> None:
    process = await asyncio.create_subprocess_exec("node", str(HERE / "stack.js"), *arguments)
    assert await asyncio.wait_for(process.wait(), 60) == 0, arguments


async def node_server() -> None:
    command = ["node", str(HERE / "stack.js"), "serve", str(NODE_PORT)]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        assert process.stdout is not None
        while b"ready" not in await asyncio.wait_for(process.stdout.readline(), 60):
            pass
        async with client(NODE_URL, None) as mes:
            oven = await mes.nodes.objects.get_child("1:Oven")
            for child in await oven.get_children():
                await child.read_browse_name()
            heat = mes.get_node("ns=1;s=Oven.Heat")
            await heat.read_value()
            await heat.write_value(ua.Variant(230.0, ua.VariantType.Double))
    finally:
        process.terminate()
        await process.wait()


async def everything(folder: Path) -> None:
    async with await serve(folder):
        await browse_read_write()
        await call_and_be_refused()
        await history()
        await node_management()
        await subscribe_while_another_writes()
        await wrong_password_and_anonymous()
        await secured(folder, ua.MessageSecurityMode.Sign)
        await secured(folder, ua.MessageSecurityMode.SignAndEncrypt)
        await node("client", URL)
    await node_server()


def main() -> None:
    ports = f"tcp port {PORT} or tcp port {NODE_PORT}"
    with tempfile.TemporaryDirectory() as folder:
        command = ["dumpcap", "-q", "-i", "lo", "-f", ports, "-w", str(HERE.parents[2] / "pcaps/opcua-stacks.pcapng")]
        capture = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert capture.stderr is not None
        while "File:" not in capture.stderr.readline():
            pass
        try:
            asyncio.run(everything(Path(folder)))
        finally:
            capture.terminate()
            capture.wait()


if __name__ == "__main__":
    main()
