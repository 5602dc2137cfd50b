#!/usr/bin/env python3
"""Records s7comm.pcapng and s7comm_plus.pcapng: every function that public stacks speak, and a scanner.

    tests/lab/setup
    tests/lab/.venv/bin/pip install s7commplus==0.3.0
    sudo tests/lab/.venv/bin/python src/protocol/s7/tests/stacks/make.py

Runs over loopback; needs the right to capture there, port 102 free, and nmap. Client and server of python-snap7 are pure
Python; the Snap7 C library (release 2.1.0) plays client and server in processes of their own. What a stack cannot do it
refuses, and that is recorded, too.
"""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Iterator

HERE = Path(__file__).parent
LAB = HERE.parents[4] / "tests" / "lab"
NATIVE = Path(os.environ.get("SNAP7_NATIVE", LAB / ".venv" / "snap7-native"))
# Family and key of one of the published keys.
FINGERPRINT = "00:0448ACCBD5A0BFD2"
NATIVE_PORT, PURE_PORT, PLUS_PORT, TLS_PORT, V3_PORT = 102, 10102, 10202, 10302, 10402

# Protocol version, port, TLS, and whether messages carry digests under a session key.
VERSIONS = [(1, PLUS_PORT, False, False), (2, TLS_PORT, True, False), (1, V3_PORT, False, True), (3, V3_PORT + 1, False, False), (3, V3_PORT + 2, True, False), (2, V3_PORT + 3, False, False)]


def attempt(name: str, act: Callable[[], Any]) -> Any:
    """A refusal is as good to record as an answer."""
    try:
        return act()
    except Exception as error:  # noqa: BLE001
        print(f"  {name}: {type(error).__name__}: {error}")
        return None


@contextmanager
def recording(file: str, ports: list[int]) -> Iterator[None]:
    ways = " or ".join(f"tcp port {port}" for port in ports)
    command = ["dumpcap", "-q", "-i", "lo", "-f", ways, "-w", str(HERE / file)]
    capture = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert capture.stderr is not None
    while "File:" not in capture.stderr.readline():
        pass
    try:
        yield
    finally:
        time.sleep(1)
        capture.terminate()
        capture.wait()


def block(number: int, code: bytes, second: int) -> bytearray:
    """A function: header, code, footer. `second` is when it was compiled."""
    length = 36 + len(code) + 36
    header = b"pp\x01\x01\x01\x0c" + number.to_bytes(2, "big") + length.to_bytes(4, "big") + bytes(4)
    times = (second * 1000).to_bytes(4, "big") + (0x37DA).to_bytes(2, "big")
    header += times + times + bytes(4) + (4).to_bytes(2, "big") + len(code).to_bytes(2, "big")
    footer = b"ENG     LINE1   FILL    " + b"\x12\x00" + (0xBEEF).to_bytes(2, "big") + bytes(8)
    return bytearray(header + code + footer)


def classic(port: int, slot: int) -> None:
    """Everything that the client of python-snap7 offers, whichever release runs this."""
    import snap7
    from snap7.type import Area, Block

    client = snap7.Client()
    attempt("password before connect", lambda: client.set_connection_type(1))
    client.connect("127.0.0.1", 0, slot, port)
    data = bytearray(range(1, 17))
    items = [
        {"area": Area.DB, "db_number": 1, "start": 0, "size": 4},
        {"area": Area.MK, "db_number": 0, "start": 2, "size": 2},
    ]
    acts: list[tuple[str, Callable[[], Any]]] = [
        ("db_read", lambda: client.db_read(1, 0, 16)),
        ("db_write", lambda: client.db_write(1, 4, data)),
        ("db_get", lambda: client.db_get(1, 16)),
        ("db_fill", lambda: client.db_fill(1, 0x55, 16)),
        ("db_read missing", lambda: client.db_read(777, 0, 4)),
        ("ab_read", lambda: client.ab_read(0, 4)),
        ("ab_write", lambda: client.ab_write(0, data[:4])),
        ("eb_read", lambda: client.eb_read(0, 4)),
        ("eb_write", lambda: client.eb_write(0, 4, data[:4])),
        ("mb_read", lambda: client.mb_read(0, 4)),
        ("mb_write", lambda: client.mb_write(0, 4, data[:4])),
        ("tm_read", lambda: client.tm_read(0, 2)),
        ("tm_write", lambda: client.tm_write(0, 2, data[:4])),
        ("ct_read", lambda: client.ct_read(0, 2)),
        ("ct_write", lambda: client.ct_write(0, 2, data[:4])),
        ("read_multi_vars", lambda: client.read_multi_vars(items)),
        ("write_multi_vars", lambda: client.write_multi_vars([item | {"data": data[:2]} for item in items])),
        ("list_blocks", client.list_blocks),
        ("list_blocks_of_type", lambda: client.list_blocks_of_type(Block.DB, 64)),
        ("get_block_info", lambda: client.get_block_info(Block.DB, 1)),
        ("get_cpu_info", client.get_cpu_info),
        ("get_cpu_state", client.get_cpu_state),
        ("get_cp_info", client.get_cp_info),
        ("get_order_code", client.get_order_code),
        ("get_protection", client.get_protection),
        ("read_szl_list", client.read_szl_list),
        ("read_diagnostic_buffer", lambda: client.read_diagnostic_buffer()),
        ("get_plc_datetime", client.get_plc_datetime),
        ("set_plc_datetime", lambda: client.set_plc_datetime(datetime.datetime(2026, 11, 21, 8, 30))),
        ("set_plc_system_datetime", client.set_plc_system_datetime),
        ("set_session_password", lambda: client.set_session_password("shift7")),
        ("clear_session_password", client.clear_session_password),
        ("force_bit", lambda: client.force_bit(Area.PA, 0, 1, True)),
        ("read_force_table", lambda: client.read_force_table()),
        ("cancel_force", lambda: client.cancel_force(Area.PA, 0, 1)),
        ("plc_stop", client.plc_stop),
        ("get_cpu_state", client.get_cpu_state),
        ("download", lambda: client.download(block(7, b"\x70\x0b\x00\x02" * 5, 1_000), 7)),
        ("download, compiled anew", lambda: client.download(block(7, b"\x70\x0b\x00\x02" * 5, 2_000), 7)),
        ("download, changed", lambda: client.download(block(7, b"\x70\x0b\x00\x03" * 5, 3_000), 7)),
        ("upload", lambda: client.upload(7)),
        ("full_upload", lambda: client.full_upload(Block.DB, 1)),
        ("delete", lambda: client.delete(Block.FC, 7)),
        ("compress", lambda: client.compress(1000)),
        ("copy_ram_to_rom", lambda: client.copy_ram_to_rom(1000)),
        ("plc_hot_start", client.plc_hot_start),
        ("get_cpu_state", client.get_cpu_state),
        ("plc_stop", client.plc_stop),
        ("plc_cold_start", client.plc_cold_start),
    ]
    for identifier in (0x0011, 0x001C, 0x0012, 0x0013, 0x0014, 0x0015, 0x0019, 0x0022, 0x0025, 0x0074, 0x0091, 0x0131, 0x0132):
        acts.append((f"read_szl {identifier:04x}", lambda identifier=identifier: client.read_szl(identifier, 0)))
    for index in (1, 2, 3, 4, 5, 6):
        acts.append((f"read_szl 0131 {index}", lambda index=index: client.read_szl(0x0131, index)))
    for identifier, index in ((0x0132, 4), (0x0232, 4), (0x0424, 0), (0x00A0, 0), (0x0111, 1), (0x0F12, 0)):
        acts.append((f"read_szl {identifier:04x}", lambda i=identifier, x=index: client.read_szl(i, x)))
    for name, act in acts:
        attempt(name, act)
    client.disconnect()


def serve_classic(port: int) -> None:
    """A server that stays until its process ends."""
    import snap7
    from snap7.type import SrvArea

    server = snap7.Server()
    areas = [(SrvArea.DB, 1), (SrvArea.DB, 7), (SrvArea.MK, 0), (SrvArea.PA, 0), (SrvArea.PE, 0), (SrvArea.TM, 0), (SrvArea.CT, 0)]
    kept = [bytearray(range(256)) for _ in areas]
    for (area, number), memory in zip(areas, kept, strict=True):
        if NATIVE.as_posix() in os.environ.get("PYTHONPATH", ""):
            import ctypes

            memory = (ctypes.c_uint8 * 256).from_buffer(memory)
        server.register_area(area, number, memory)
    server.start(tcp_port=port)
    print("ready", flush=True)
    time.sleep(3600)


@contextmanager
def server(port: int, native: bool) -> Iterator[None]:
    process = part("serve", port, native, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert "ready" in process.stdout.readline()
    try:
        yield
    finally:
        process.kill()
        process.wait()


def part(what: str, port: int, native: bool, **options: Any) -> subprocess.Popen[str]:
    environment = dict(os.environ)
    if native:
        environment["PYTHONPATH"] = str(NATIVE)
    return subprocess.Popen([sys.executable, __file__, what, str(port)], env=environment, text=True, **options)


def plus_acts(client: Any) -> None:
    from s7commplus.protocol import DataType
    from s7commplus.subscription import SubscriptionItem

    db = 0x8A0E0001
    acts: list[tuple[str, Callable[[], Any]]] = [
        ("db_read", lambda: client.db_read(1, 0, 8)),
        ("db_write", lambda: client.db_write(1, 4, b"\x40\x49\x0f\xdb")),
        ("db_read_multi", lambda: client.db_read_multi([(1, 0, 4), (2, 0, 8), (1, 8, 2)])),
        ("read_area", lambda: client.read_area(82, 0, 4)),
        ("write_area", lambda: client.write_area(82, 0, b"\x01\x02\x03\x04")),
        ("read_symbolic", lambda: client.read_symbolic(db, [9])),
        ("write_symbolic", lambda: client.write_symbolic(db, [9], b"\x00\x07", DataType.INT)),
        ("explore", lambda: client.explore()),
        ("explore program", lambda: client.explore(3)),
        ("explore_xml", lambda: client.explore_xml(3)),
        ("get_cpu_state", client.get_cpu_state),
        ("set_plc_operating_state stop", lambda: client.set_plc_operating_state(1)),
        ("get_cpu_state", client.get_cpu_state),
        ("set_plc_operating_state run", lambda: client.set_plc_operating_state(3)),
        ("upload_block", lambda: client.upload_block(8, 1)),
        ("download_block", lambda: client.download_block(8, 1, b"\x70\x0b\x00\x02" * 8)),
        ("list_datablocks", client.list_datablocks),
        ("browse", client.browse),
        ("create_subscription", lambda: client.create_subscription([SubscriptionItem(db, (9,))])),
        ("delete_subscription", lambda: client.delete_subscription(1)),
        ("create_alarm_subscription", lambda: client.create_alarm_subscription()),
        ("read_alarms", lambda: client.read_alarms()),
    ]
    for name, act in acts:
        attempt(name, act)


def plus(version: int, port: int, folder: Path, tls: bool, secure: bool) -> None:
    from s7commplus import connection
    from s7commplus.client import S7CommPlusClient as Client
    from s7commplus.server import S7CommPlusServer

    secured = {}
    if secure:
        # The emulator cannot open what is locked for a real controller: both are told the same key.
        key = bytes(range(24))
        lock = connection._generate_session_key_blob

        def known_key(challenge: bytes, fingerprint: str) -> Any:
            locked = lock(challenge, fingerprint)
            return locked and (locked[0], key, *locked[2:])

        connection._generate_session_key_blob = known_key
        secured = {"session_key": key, "session_challenge": bytes(range(20)), "public_key_fingerprint": FINGERPRINT}
    plc = S7CommPlusServer(protocol_version=version, **secured)
    plc.register_db(1, {"temperature": ("Real", 0), "pressure": ("Real", 4), "count": ("Int", 8), "on": ("Bool", 10)})
    plc.register_raw_db(2, bytearray(range(64)))
    options = {"use_tls": True, "tls_cert": str(folder / "plc.crt"), "tls_key": str(folder / "plc.key")} if tls else {}
    plc.start("127.0.0.1", port, **options)
    client = Client()
    try:
        attempt("connect", lambda: client.connect("127.0.0.1", port, use_tls=tls))
        plus_acts(client)
        attempt("disconnect", client.disconnect)
    finally:
        plc.stop()


def certificate(folder: Path) -> None:
    names = ["-subj", "/CN=plc-1511/O=Bottling", "-keyout", str(folder / "plc.key"), "-out", str(folder / "plc.crt")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", *names], check=True, stderr=subprocess.DEVNULL)


def main() -> None:
    with recording("s7comm.pcapng", [NATIVE_PORT, PURE_PORT]):
        with server(PURE_PORT, native=False):
            print("pure client, pure server")
            classic(PURE_PORT, 2)
        with server(NATIVE_PORT, native=True):
            print("pure client, Snap7 server")
            classic(NATIVE_PORT, 2)
            print("Snap7 client, Snap7 server")
            part("act", NATIVE_PORT, native=True).wait()
            script = ["nmap", "-Pn", "-n", "-p", "102", "--script", "s7-info", "127.0.0.1"]
            print(subprocess.run(script, capture_output=True, text=True).stdout)
    with recording("s7comm_plus.pcapng", [port for _, port, _, _ in VERSIONS]), tempfile.TemporaryDirectory() as folder:
        certificate(Path(folder))
        for version, port, tls, secure in VERSIONS:
            print(f"S7comm-plus V{version}")
            plus(version, port, Path(folder), tls, secure)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["serve", port]:
            serve_classic(int(port))
        case ["act", port]:
            classic(int(port), 2)
        case _:
            main()
