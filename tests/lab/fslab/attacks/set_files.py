"""Files that go by: programs with the traits of known malware against control systems, and projects of engineering software.

The files are made here and do nothing: the head of a program with the words by which public reports tell the malware, and
archives with the names that projects hold. curl fetches and sends them, a web server gives them.
Benign twin: in each act a text and a picture go by the same way before.
"""

from __future__ import annotations

import http.server
import io
import struct
import zipfile

from ..plan import machine
from ..shell import run
from .base import Act, Attack, text
from .beside import beside

OFFICE = machine("office").ip
TRAITS = {
    "frosty.exe": ("github.com/rolfl/modbus", "main.TaskList.executeCommand"),
    "trilog.exe": ("script_test.py", "TsHi", "TsBase", "TsLow", "inject.bin", "imain.bin"),
    "svc.exe": ("haslo.dat", "Crash", "104.dll", "61850.dll"),
    "relay.exe": ("MSTR ->> SLV", "MSTR <<- SLV"),
    "s7.dll": ("s7otbxdx.dll", "s7otbxsx.dll"),
    "scan.dll": ("Was found %i hosts in LAN:", "Hosts was't found."),
}
PROJECTS = {"line.zap16": ("System/PEData.plf", "line.ap16"), "press.zip": ("hOmSave7/s7hstatx/HOBJECT1.DBF", "ombstx/offline/BSTCNTOF.DBT", "press.s7p")}


def _program(words: tuple[str, ...]) -> bytes:
    head = b"MZ".ljust(0x3C, b"\0") + struct.pack("<I", 0x40) + b"PE\0\0"
    return (head + b"\0".join(word.encode() for word in words)).ljust(4096, b"\0")


def _archive(names: tuple[str, ...]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, b"lab " * 300)
    return out.getvalue()


def _serve() -> None:
    files = {f"/{name}": _program(words) for name, words in TRAITS.items()}
    files |= {f"/{name}": _archive(names) for name, names in PROJECTS.items()}
    files |= {"/readme.txt": b"nothing but text\n" * 20, "/logo.png": b"\x89PNG\r\n\x1a\n" + bytes(64)}

    class Page(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:  # noqa: N802 - the library's name
            body = files[self.path]
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    http.server.ThreadingHTTPServer(("", 80), Page).serve_forever()


def _fetch(*names: str) -> None:
    with beside("office", _serve):
        for name in ("readme.txt", "logo.png", *names):
            run("curl", "-s", "-f", "-m", "10", "-o", "/dev/null", f"http://{OFFICE}/{name}", timeout=20)


ATTACK = Attack(
    "files",
    text("下载带有工控恶意软件特征的程序和工程项目文件", "Programs with traits of malware for control systems, and engineering projects, are fetched"),
    (
        Act("malware", "hmi-press", None, text("操作站下载六个带恶意软件特征的程序", "An operator panel fetches six programs with traits of malware"), "curl", "tcp.port == 80", lambda: _fetch(*TRAITS), detection="NET-23"),
        Act("projects", "mes", None, text("MES 下载两个工程项目", "The MES fetches two engineering projects"), "curl", "tcp.port == 80", lambda: _fetch(*PROJECTS), detection="NET-23"),
    ),
    also=("NET-01", "NET-06", "COR-02"),
)
