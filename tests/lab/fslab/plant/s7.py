"""S7 connections by the two releases of python-snap7, of which one process can hold only one (both packages are named `snap7`).

native: 2.1.0, the Snap7 C library, whose frames half the world's SCADA programs send; pure: 3.3.0, rewritten in Python.
So this module imports neither: a machine or an attack asks for the one it wants, after it was forked.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from ..plan import machine

NATIVE_FOLDER = Path(__file__).resolve().parents[2] / ".venv" / "snap7-native"
PG, OP = 1, 2  # role in the destination TSAP: programming device, operator panel
RACK, SLOT = 0, 2


def native(module: str) -> ModuleType:
    if str(NATIVE_FOLDER) not in sys.path:
        sys.path.insert(0, str(NATIVE_FOLDER))
    return importlib.import_module(module)


def connect_native(plc: str, role: int) -> Any:
    client = native("snap7.client").Client()
    client.set_connection_type(role)
    client.connect(machine(plc).ip, RACK, SLOT)
    return client


def connect_pure(plc: str, role: int) -> Any:
    client = importlib.import_module("snap7.client").Client()
    client.set_connection_type(role)
    client.connect(machine(plc).ip, RACK, SLOT)
    return client


def close(client: Any) -> None:
    client.disconnect()


def done(code: int | None) -> None:
    """The native client returns error codes where the pure one raises."""
    if code:
        raise RuntimeError(f"the S7 client reports error {code:#x}")


def items(*wanted: tuple[int, int, int, bytes | int]) -> Any:
    """An array of Snap7's data items for the native client: (area, DB number, start, bytes to write or number to read)."""
    from ctypes import POINTER, c_uint8, cast, create_string_buffer

    kinds = native("snap7.type")
    array = (kinds.S7DataItem * len(wanted))()
    for item, (area, number, start, content) in zip(array, wanted, strict=True):
        size = content if isinstance(content, int) else len(content)
        buffer = create_string_buffer(content if isinstance(content, bytes) else size, size)
        item.Area, item.WordLen, item.Result = area, kinds.WordLen.Byte, 0
        item.DBNumber, item.Start, item.Amount = number, start, size
        item.pData = cast(buffer, POINTER(c_uint8))
    return array
