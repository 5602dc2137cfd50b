"""open62541, by o6: a server with history, and a client that uses what other clients seldom do.

    python open62541.py serve PORT
    python open62541.py client PORT
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta

import o6
from o6.ns.ns0 import datatypes as t

LEVEL, SPEED, LINE = "ns=1;s=Level", "ns=1;s=Speed", "ns=1;s=Line"
START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


def double(value: float, minute: int) -> o6.DataValue:
    return o6.DataValue(value=o6.Double(value), sourceTimestamp=START + timedelta(minutes=minute))


def serve(port: str) -> None:
    server = o6.Server(port=int(port), applicationUri="urn:filling:open62541")
    server.config.setHistoryDatabase(capacity=1000)
    server.addObject("Line", server.objectsNode, nodeId=LINE)
    server.addVariable("Level", LINE, o6.Double(5.0), nodeId=LEVEL, historizing=True)
    server.addVariable("Speed", LINE, o6.Double(1.5), nodeId=SPEED)
    server.start()
    for value in (1.0, 2.0, 3.0):
        server.write(LEVEL, o6.Double(value))
    print("ready", flush=True)
    time.sleep(60)
    server.stop()


def attempt(what: object, *arguments: object, **named: object) -> object:
    """Also what the server refuses belongs in the capture."""
    try:
        return what(*arguments, **named)
    except Exception as error:  # noqa: BLE001
        print(getattr(what, "__name__", what), error, flush=True)
        return None


def work(client: o6.Client) -> None:
    past, future = START - timedelta(days=1), datetime.now(UTC) + timedelta(days=1)
    attempt(client.findServersOnNetwork)
    attempt(client.read, [SPEED, LEVEL, "i=2256", "i=2267"])
    attempt(client.write, {SPEED: o6.Double(2.5), LEVEL: o6.Double(7.25)})
    attempt(client.historyRead, LEVEL, past, future, 2)
    attempt(client.historyUpdateInsert, LEVEL, [double(10.0, 0), double(11.0, 1)])
    attempt(client.historyUpdateReplace, LEVEL, [double(20.0, 1)])
    attempt(client.historyUpdateDelete, LEVEL, START, START + timedelta(minutes=2))
    attempt(client.historyRead, LEVEL, past, future, 0, True)
    attempt(client.serviceRegisterNodes, t.RegisterNodesRequest(nodesToRegister=[o6.NodeId(SPEED)]))
    attempt(client.serviceUnregisterNodes, t.UnregisterNodesRequest(nodesToUnregister=[o6.NodeId(SPEED)]))
    attempt(client.addObject, "Rogue", LINE, nodeId="ns=1;s=Rogue")
    attempt(client.addVariable, "Setpoint", "ns=1;s=Rogue", o6.Double(9.5), nodeId="ns=1;s=Rogue.Setpoint")
    attempt(client.addReference, LINE, "i=35", "ns=1;s=Rogue.Setpoint")
    attempt(client.deleteReference, LINE, "i=35", "ns=1;s=Rogue.Setpoint")
    attempt(client.deleteNode, "ns=1;s=Rogue.Setpoint")
    attempt(client.deleteNode, ["ns=1;s=Rogue", "ns=1;s=Nobody"])
    attempt(client.monitor, SPEED, lambda value: None, samplingInterval=50.0)
    time.sleep(0.5)
    attempt(client.write, SPEED, o6.Double(3.5))
    time.sleep(0.5)


def client(port: str) -> None:
    with o6.Client(f"opc.tcp://127.0.0.1:{port}") as plain:
        work(plain)


{"serve": serve, "client": client}[sys.argv[1]](*sys.argv[2:])
