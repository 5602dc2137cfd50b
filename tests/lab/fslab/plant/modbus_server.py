"""pymodbus's TCP server, with four things put right that a real device does and pymodbus 3.16 does not.

- FC 08/0004 (force listen only): pymodbus answers and goes on; a device falls silent until FC 08/0001. Ours also comes back
  by itself after a minute, as one whose operator cycles the power, so that a lab stays usable.
- An unknown function: pymodbus answers with function code 0x80 whatever was asked; a device with code | 0x80.
- UMAS, where the device speaks it (umas.py).
- An unknown unit: pymodbus answers exception 04; a gateway 0B (target failed to respond).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from pymodbus.constants import ExcCodes
from pymodbus.pdu import ExceptionResponse
from pymodbus.pdu.device import ModbusDeviceIdentification
from pymodbus.server import ModbusTcpServer
from pymodbus.server.requesthandler import ServerRequestHandler
from pymodbus.simulator import DataType, SimData, SimDevice

from . import umas

SILENT_SECONDS = 60
FC_DIAGNOSTICS = 8
SUB_RESTART, SUB_LISTEN_ONLY = 1, 4
MBAP_LENGTH = 7

Update = Callable[["PlantModbusServer"], Awaitable[None]]


class PlantModbusServer(ModbusTcpServer):
    def __init__(self, devices: list[SimDevice], identity: ModbusDeviceIdentification) -> None:
        super().__init__(devices, identity=identity, address=("0.0.0.0", 502))
        self.umas: umas.Controller | None = None
        self.units = {device.id for device in devices}
        self._silent_until = 0.0

    def callback_new_connection(self) -> PlantHandler:
        return PlantHandler(self, self.trace_packet, self.trace_pdu, self.trace_connect)

    @property
    def silent(self) -> bool:
        return time.monotonic() < self._silent_until

    def fall_silent(self) -> None:
        self._silent_until = time.monotonic() + SILENT_SECONDS

    def speak_again(self) -> None:
        self._silent_until = 0.0


class PlantHandler(ServerRequestHandler):
    server: PlantModbusServer

    def callback_data(self, data: bytes, addr: tuple | None = None) -> int:
        if self.server.umas is not None and len(data) > MBAP_LENGTH and data[MBAP_LENGTH] == umas.FUNCTION:
            return self._umas(data)
        if self._unknown_function(data):
            length = MBAP_LENGTH - 1 + int.from_bytes(data[4:6], "big")
            self._refuse(data[7], data[6], int.from_bytes(data[:2], "big"), ExcCodes.ILLEGAL_FUNCTION)
            return length
        return super().callback_data(data, addr)

    def _umas(self, data: bytes) -> int:
        length = MBAP_LENGTH - 1 + int.from_bytes(data[4:6], "big")
        if len(data) < length:
            return 0
        answer = self.server.umas.answer(data[MBAP_LENGTH + 1 : length], self.transport.get_extra_info("peername")[0])
        if answer and not self.server.silent:
            self.transport.write(data[:4] + (len(answer) + 1).to_bytes(2, "big") + data[6:7] + answer)
        elif not answer:
            self._refuse(umas.FUNCTION, data[6], int.from_bytes(data[:2], "big"), ExcCodes.ILLEGAL_FUNCTION)
        return length

    def _unknown_function(self, data: bytes) -> bool:
        whole = len(data) > MBAP_LENGTH and len(data) >= MBAP_LENGTH - 1 + int.from_bytes(data[4:6], "big")
        return whole and data[7] not in self.server.decoder.list_function_codes()

    def _refuse(self, function: int, unit: int, transaction: int, code: ExcCodes) -> None:
        if not self.server.silent:
            self.server_send(ExceptionResponse(function, code, device_id=unit, transaction=transaction), self.last_addr)

    async def handle_request(self) -> None:
        request = self.last_pdu
        if request is None:
            return
        diagnostic = request.sub_function_code if request.function_code == FC_DIAGNOSTICS else None
        if diagnostic == SUB_RESTART:
            self.server.speak_again()
        elif diagnostic == SUB_LISTEN_ONLY:
            self.server.fall_silent()
        if self.server.silent:
            return
        if request.dev_id not in self.server.units:
            self._refuse(request.function_code, request.dev_id, request.transaction_id, ExcCodes.GATEWAY_NO_RESPONSE)
            return
        await super().handle_request()


def identity(
    vendor: str, product: str, revision: str, url: str, name: str, model: str, application: str
) -> ModbusDeviceIdentification:
    return ModbusDeviceIdentification(
        info_name={
            "VendorName": vendor,
            "ProductCode": product,
            "MajorMinorRevision": revision,
            "VendorUrl": url,
            "ProductName": name,
            "ModelName": model,
            "UserApplicationName": application,
        }
    )


def registers(*blocks: tuple[int, list[int]]) -> list[SimData]:
    return [SimData(address, values=list(values), datatype=DataType.REGISTERS) for address, values in blocks]


def bits(count: int, on: tuple[int, ...] = ()) -> list[SimData]:
    return [SimData(0, values=[number in on for number in range(count)], datatype=DataType.BITS)]


def device(
    unit: int, coils: list[SimData], inputs: list[SimData], holding: list[SimData], measured: list[SimData]
) -> SimDevice:
    return SimDevice(unit, simdata=(coils, inputs, holding, measured))


async def serve(server: PlantModbusServer, update: Update, ready: Callable[[], None]) -> None:
    """Serves for ever; `update` moves the process values twice a second."""
    await server.serve_forever(background=True)
    ready()
    while True:
        await update(server)
        await asyncio.sleep(0.5)
