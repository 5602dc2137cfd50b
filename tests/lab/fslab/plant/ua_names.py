"""Names both sides of OPC UA use; apart from ua_server, because a client need not build an address space to know them."""

from __future__ import annotations

from asyncua import ua

from ..plan import Machine

NAMESPACE = "urn:bottling:line"
NAMESPACE_INDEX = 2
PORT = 4840

LINE, SKID = "Line1", "Skid"
START_BATCH = "Line1.StartBatch"
ORDER_TYPE = ua.VariantType.Int64


def url(machine: Machine) -> str:
    return f"opc.tcp://{machine.ip}:{PORT}"


def node_id(name: str) -> ua.NodeId:
    return ua.NodeId(name, NAMESPACE_INDEX)
