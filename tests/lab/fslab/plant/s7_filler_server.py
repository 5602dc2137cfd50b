"""python-snap7's pure Python server as a PLC that can be programmed: the download is the server's own (it asks for the block piece
by piece with 1B and 1C jobs, as a PLC does); added are program blocks beside data blocks, and status lists in their true form.

Import only after the fork: it needs the pure `snap7` (see s7.py).
"""

from __future__ import annotations

import struct
from datetime import datetime
from typing import Any

from snap7.s7protocol import S7Function, S7PDUType
from snap7.server import CPUState, Server

from . import s7_szl

OB, DB, FC, FB = 0x38, 0x41, 0x43, 0x45
LARGEST_BLOCK = 8192
LANGUAGE_DB, SUBTYPE_DB = 0x05, 0x0A
BLOCK_INFO_SUBTYPE = 10 + 12 + 4 + 11  # S7 header, parameters, data header, offset in the block information
SZL_IDS = (0x0000, 0x0011, 0x001C, 0x0131, 0x0132, 0x0232, 0x0424)

Address = tuple[str, int]


class FillerServer(Server):
    def __init__(self) -> None:
        super().__init__(log=False)
        self.program: dict[tuple[int, int], bytes] = {}

    def _get_szl_data(self, szl_id: int, szl_index: int) -> bytes | None:
        stopped = self.cpu_state == CPUState.STOP
        lists = {
            0x0000: lambda: s7_szl.directory(SZL_IDS),
            0x0011: s7_szl.module_identification,
            0x001C: s7_szl.component_identification,
            0x0131: s7_szl.communication_parameters,
            0x0132: lambda: s7_szl.protection(szl_index),
            0x0232: lambda: s7_szl.protection(szl_index),
            0x0424: lambda: s7_szl.operating_state(s7_szl.STATE_STOP if stopped else s7_szl.STATE_RUN, datetime.now()),
        }
        return lists[szl_id]() if szl_id in lists else None

    def _handle_get_block_info(
        self, request: dict[str, Any], userdata_params: dict[str, Any], client_address: Address
    ) -> bytes:
        """The stack leaves the language empty and gives the block's type where its sub-type belongs."""
        answer = bytearray(super()._handle_get_block_info(request, userdata_params, client_address))
        if len(answer) > BLOCK_INFO_SUBTYPE:
            answer[BLOCK_INFO_SUBTYPE - 1 : BLOCK_INFO_SUBTYPE + 1] = bytes((LANGUAGE_DB, SUBTYPE_DB))
        return bytes(answer)

    def _handle_plc_control(self, request: dict[str, Any], client_address: Address) -> bytes:
        """The stack takes any program service it does not know (_INSE among them) for a start; a PLC does not."""
        before = self.cpu_state
        answer = super()._handle_plc_control(request, client_address)
        if b"P_PROGRAM" not in request["raw_parameters"]:
            self.cpu_state = before
        return answer

    def _handle_request_download(self, request: dict[str, Any], client_address: Address) -> bytes:
        raw = request.get("raw_parameters", b"")
        if len(raw) != 32 or raw[11] not in (OB, FC, FB):
            return super()._handle_request_download(request, client_address)
        size = int(raw[20:26])
        if size > LARGEST_BLOCK or client_address in self._download_contexts:
            return self._build_error_response(request, 0x8104)
        self._download_contexts[client_address] = {
            "block_type": raw[11],
            "block_num": int(raw[12:17]),
            "data": bytearray(),
            "max_size": size,
            "phase": "start_ack",
            "sequence": request["sequence"],
        }
        header = struct.pack(">BBHHHHBB", 0x32, S7PDUType.ACK_DATA, 0, request["sequence"], 1, 0, 0, 0)
        return header + bytes((S7Function.REQUEST_DOWNLOAD,))

    def _handle_download_response(self, pdu: bytes, client_address: Address) -> bytes | None:
        context = self._download_contexts.get(client_address)
        ending = (
            context is not None
            and context["phase"] == "awaiting_end"
            and pdu[12:] == bytes((S7Function.DOWNLOAD_ENDED,))
        )
        if not ending or context["block_type"] == DB:
            return super()._handle_download_response(pdu, client_address)
        self.program[context["block_type"], context["block_num"]] = bytes(context["data"])
        del self._download_contexts[client_address]
        return None
