"""NET-24 indicators: names, an address of the web, a server's name by TLS and an address that stand on a list.

The list is `pcaps/attack-net-24.indicators.csv`; thumbprints of client and certificate in it are those of the recording.
Benign twin: the first act of each machine, which asks for names and pages that come near and are not on the list.
"""

from __future__ import annotations

import http.server
import os
import subprocess
import tempfile
import threading
from pathlib import Path

from ..plan import machine
from ..shell import run
from .base import Act, Attack, text
from .beside import CARD, beside
from .set_network import _listen, _talk

BAD = "bad-plant.example"
OUTSIDE = "203.0.113.66"
OFFICE = machine("office").ip


def _names() -> None:
    run_forever = ["dnsmasq", "-k", "-C", "/dev/null", "-R", "-h", "-u", "root", f"--address=/example/{OFFICE}"]
    subprocess.run(run_forever, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _pages() -> None:
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802 - the library's name
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *arguments: object) -> None:
            pass

    with tempfile.TemporaryDirectory() as name:
        key, certificate = Path(name) / "key.pem", Path(name) / "certificate.pem"
        request = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN=c2.{BAD}"]
        run(*request, "-keyout", str(key), "-out", str(certificate))
        serve = ["openssl", "s_server", "-accept", "443", "-www", "-key", str(key), "-cert", str(certificate)]
        with subprocess.Popen(serve, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
            http.server.ThreadingHTTPServer(("", 80), Page).serve_forever()


def _serve() -> None:
    run("ip", "addr", "replace", f"{OUTSIDE}/32", "dev", CARD)
    for service in (_names, _listen(8443, b"hello\n")):
        threading.Thread(target=service, daemon=True).start()
    _pages()


def _ask(name: str) -> None:
    """glibc's own resolver, in a view of this machine whose name server is the office's."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "resolv.conf"
        file.write_text(f"nameserver {OFFICE}\noptions timeout:2 attempts:1\n")
        target = os.path.realpath("/etc/resolv.conf")
        script = f"mount --bind {file} {target} && getent -s dns ahostsv4 {name}"
        run("unshare", "-m", "sh", "-c", script, timeout=20)


def _fetch(scheme: str, host: str, path: str, *more: str) -> None:
    port = 443 if scheme == "https" else 80
    place = f"{host}:{port}:{OFFICE}"
    run("curl", "-s", "-k", "-m", "10", "-o", "/dev/null", "--resolve", place, *more, f"{scheme}://{host}{path}", timeout=20)


def _by_dns() -> None:
    with beside("office", _serve, settle=2):
        _ask(f"not{BAD}")
        _ask(f"update.{BAD}")


def _by_page() -> None:
    with beside("office", _serve, settle=2):
        _fetch("http", "files.example", "/Gate.php")
        _fetch("http", "files.example", "/gate.php?id=plc-7")


def _by_tls() -> None:
    with beside("office", _serve, settle=3):
        _fetch("https", f"{BAD}.org", "/", "--tls-max", "1.2", "--ciphers", "ECDHE-RSA-AES128-GCM-SHA256")
        _fetch("https", f"c2.{BAD}", "/", "--tls-max", "1.2")


def _by_address() -> None:
    run("ip", "route", "replace", f"{OUTSIDE}/32", "dev", CARD)
    with beside("office", _serve, settle=2):
        _talk(OUTSIDE, 8443, b"beacon\n")


def _act(name: str, actor: str, zh: str, en: str, frames: str, tool: str, do: object) -> Act:
    return Act(name, actor, None, text(zh, en), tool, frames, do)


ATTACK = Attack(
    "NET-24",
    text("与威胁情报列表中的对象往来", "Dealings with what stands on a list of indicators"),
    (
        _act("name", "eng", "工程师站查询情报中的域名", "The engineering station asks for a listed name", "dns", "getent", _by_dns),
        _act("page", "hmi-press", "操作站打开情报中的网页", "An operator panel opens a listed page", "tcp.port == 80", "curl", _by_page),
        _act("tls", "historian", "历史库经 TLS 连接情报中的服务器", "The historian connects to a listed server by TLS", "tcp.port == 443", "curl", _by_tls),
        _act("address", "mes", "MES 连接情报中的地址", "The MES connects to a listed address", f"ip.addr == {OUTSIDE}", "scripted", _by_address),
    ),
    also=("NET-01", "NET-02", "NET-03", "NET-06", "NET-08", "NET-18", "NET-19", "COR-02"),
)
