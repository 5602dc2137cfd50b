#!/usr/bin/env python3
"""Records pcaps/opcua-services.pcapng: what the stacks of stacks.py leave out, with open62541 as a further one.

    tests/lab/setup
    npm install --prefix /tmp/node-opcua node-opcua@2.181.0
    tests/lab/.venv/bin/pip install o6==2.2.0
    sudo NODE_PATH=/tmp/node-opcua/node_modules tests/lab/.venv/bin/python tests/lab/opcua/services.py

History that is changed, discovery and registration, references, users by certificate, events, alterations of
subscriptions, messages of three chunks, and a client whose connection breaks and who takes its subscription along.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from pathlib import Path

from asyncua import Client, Server, ua
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from stacks import HERE, Watch, certificate, serve

OPEN62541, ASYNCUA, NODE, CUT = 48440, 48400, 48410, 48441
URL = f"opc.tcp://127.0.0.1:{ASYNCUA}/line"


class Cut:
    """Passes a connection on until told to break it."""

    def __init__(self) -> None:
        self.writers: list[asyncio.StreamWriter] = []

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, on = await asyncio.open_connection("127.0.0.1", NODE)
        self.writers += [writer, on]
        await asyncio.gather(self.copy(reader, on), self.copy(there, writer))

    async def copy(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                sink.write(data)
                await sink.drain()
        except ConnectionError:
            pass
        finally:
            sink.close()

    def strike(self) -> None:
        for writer in self.writers:
            writer.transport.abort()
        self.writers.clear()


async def run(*command: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)


async def ready(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    while b"ready" not in await asyncio.wait_for(process.stdout.readline(), 60):
        pass


async def open62541() -> None:
    script = str(HERE / "open62541.py")
    server = await run(sys.executable, script, "serve", str(OPEN62541))
    await ready(server)
    client = await run(sys.executable, script, "client", str(OPEN62541))
    await asyncio.wait_for(client.communicate(), 60)
    server.terminate()
    await server.wait()


async def discovery() -> None:
    client = Client(URL)
    client.name = "registrar"
    await client.connect_and_find_servers()
    async with client:
        plain = ua.RegisteredServer(
            "urn:bottling:other", "urn:bottling:product", [ua.LocalizedText("Other")], ua.ApplicationType.Server
        )
        plain.DiscoveryUrls = ["opc.tcp://127.0.0.1:4844"]
        plain.IsOnline = True
        await client.uaclient.register_server(plain)
        announced = ua.RegisterServer2Parameters(plain, [ua.MdnsDiscoveryConfiguration("other", ["DA", "HD"])])
        await client.uaclient.register_server2(announced)
        try:
            await client.find_servers_on_network()
        except ua.UaStatusCodeError:
            pass


async def by_certificate(folder: Path, mode: ua.MessageSecurityMode) -> None:
    """Logged on by a certificate of a person, on a channel by that of an application."""
    key, der = await certificate(folder, "mes")
    person_key, person = await certificate(folder, "engineer")
    client = Client(URL)
    client.application_uri, client.name = "urn:bottling:mes", "mes"
    await client.set_security(SecurityPolicyBasic256Sha256, der, key, server_certificate=folder / "server.der", mode=mode)
    await client.load_client_certificate(str(person))
    await client.load_private_key(str(person_key))
    async with client:
        await client.get_node("ns=2;s=Line.Speed").write_value(33.0)


async def subscriptions(server: Server) -> None:
    async with Client(URL) as client:
        subscription = await client.create_subscription(50, Watch())
        node = client.get_node("ns=2;s=Line.Level")
        handle = await subscription.subscribe_data_change(node)
        await subscription.subscribe_events(client.nodes.server)
        await subscription.modify_monitored_item(handle, 200, 3)
        await subscription.set_monitoring_mode(ua.MonitoringMode.Sampling)
        await subscription.set_monitoring_mode(ua.MonitoringMode.Reporting)
        await subscription.set_publishing_mode(False)
        await subscription.set_publishing_mode(True)
        await subscription.update(ua.ModifySubscriptionParameters(subscription.subscription_id, 100, 900, 30, 0, 0))
        events = await server.get_event_generator()
        events.event.Message = ua.LocalizedText("pump 3 is hot")
        events.event.Severity = 700
        await events.trigger()
        await asyncio.sleep(0.5)
        await subscription.unsubscribe(handle)
        references = ua.AddReferencesItem()
        references.SourceNodeId, references.TargetNodeId = ua.NodeId("Line", 2), ua.NodeId("Line.Level", 2)
        references.ReferenceTypeId = ua.NodeId(ua.ObjectIds.Organizes)
        references.IsForward = True
        try:
            await client.uaclient.add_references([references])
        except ua.UaStatusCodeError:
            pass
        await subscription.delete()


async def hand_over() -> None:
    """One session takes over the subscription of another."""
    async with Client(f"opc.tcp://127.0.0.1:{CUT}/oven") as old, Client(f"opc.tcp://127.0.0.1:{CUT}/oven") as new:
        subscription = await old.create_subscription(100, Watch())
        await subscription.subscribe_data_change(old.get_node("ns=1;s=Oven.Heat"))
        await asyncio.sleep(0.3)
        wanted = ua.TransferSubscriptionsParameters([subscription.subscription_id, 999_999], True)
        await new.uaclient.transfer_subscriptions(wanted)
        await asyncio.sleep(0.3)


async def transfer() -> None:
    """node-opcua's client loses its connection and comes back for its subscription."""
    server = await run("node", str(HERE / "stack.js"), "serve", str(NODE))
    await ready(server)
    cut = Cut()
    async with await asyncio.start_server(cut.accept, "127.0.0.1", CUT):
        client = await run("node", str(HERE / "stack.js"), "stay", f"opc.tcp://127.0.0.1:{CUT}/oven")
        await ready(client)
        cut.strike()
        await asyncio.wait_for(client.communicate(), 60)
        await hand_over()
    server.terminate()
    await server.wait()


async def everything(folder: Path) -> None:
    server = await serve(folder)
    async with server:
        await discovery()
        await by_certificate(folder, ua.MessageSecurityMode.Sign)
        await by_certificate(folder, ua.MessageSecurityMode.SignAndEncrypt)
        await subscriptions(server)
        await open62541()
        for first in ("0.5", "7.5"):
            chunks = await run("node", str(HERE / "stack.js"), "client", URL, first)
            await asyncio.wait_for(chunks.communicate(), 60)
            assert chunks.returncode == 0
    await transfer()


def main() -> None:
    ports = " or ".join(f"tcp port {port}" for port in (OPEN62541, ASYNCUA, CUT))
    with tempfile.TemporaryDirectory() as folder:
        target = HERE.parents[2] / "pcaps/opcua-services.pcapng"
        command = ["dumpcap", "-q", "-i", "lo", "-f", ports, "-w", str(target)]
        capture = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        assert capture.stderr is not None
        while "File:" not in capture.stderr.readline():
            pass
        try:
            asyncio.run(everything(Path(folder)))
        finally:
            capture.terminate()
            capture.wait()


main()
