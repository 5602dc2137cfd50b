"""A Modbus master's connection; a refused or unanswered request is an exception here, never a silent return value."""

from __future__ import annotations

from pymodbus.client import ModbusTcpClient
from pymodbus.pdu import ModbusPDU

from ..plan import machine


def connect(server: str, timeout: float = 3) -> ModbusTcpClient:
    client = ModbusTcpClient(machine(server).ip, timeout=timeout, retries=0)
    if not client.connect():
        raise ConnectionError(f"{server} does not accept")
    return client


def close(client: ModbusTcpClient) -> None:
    client.close()


def good(response: ModbusPDU) -> ModbusPDU:
    if response.isError():
        raise RuntimeError(f"refused: {response}")
    return response
