"""Servers of ordinary services, as a machine of an office or a device's own web page has them. Each call serves until its process ends.

Accounts (admin, operator, plant) are those of a mount namespace of this process alone: the machine's own are never touched.
"""

from __future__ import annotations

import base64
import http.server
import socket
import subprocess
import tempfile
from pathlib import Path

ACCOUNTS = {"admin": "admin", "operator": "Night-Shift-3", "plant": "plant"}
IMPACKET = "/usr/share/doc/python3-impacket/examples"


def _with_accounts(folder: Path, command: str) -> None:
    """Runs a command in a view of this machine whose accounts are ours."""
    import crypt

    home = folder / "home"
    home.mkdir(mode=0o777)
    users = "".join(f"{name}:x:0:0::{home}:/bin/sh\n" for name in ACCOUNTS)
    secrets = "".join(f"{name}:{crypt.crypt(word, crypt.METHOD_SHA512)}:19000:0:99999:7:::\n" for name, word in ACCOUNTS.items())
    for file, lines in (("passwd", users), ("shadow", secrets)):
        (folder / file).write_text(Path(f"/etc/{file}").read_text() + lines)
    mounts = " && ".join(f"mount --bind {folder}/{file} /etc/{file}" for file in ("passwd", "shadow"))
    subprocess.run(["unshare", "-m", "sh", "-c", f"{mounts} && cd {folder} && {command}"], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def ftp() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "empty").mkdir()
        settings = {"listen": "YES", "background": "NO", "local_enable": "YES", "write_enable": "YES", "seccomp_sandbox": "NO", "secure_chroot_dir": str(folder / "empty"), "max_login_fails": "20", "delay_failed_login": "0", "use_localtime": "YES", "check_shell": "NO"}
        (folder / "vsftpd.conf").write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
        _with_accounts(folder, f"exec vsftpd {folder}/vsftpd.conf")


def telnet() -> None:
    """telnetd speaks to whatever it is started on, as inetd starts it."""
    script = "import socket,subprocess\nserver = socket.create_server(('', 23))\nwhile True:\n    peer, _ = server.accept()\n    subprocess.Popen(['telnetd', '-h'], stdin=peer, stdout=peer)\n    peer.close()\n"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "serve.py").write_text(script)
        _with_accounts(folder, "exec /usr/bin/python3 serve.py")


def web(program: str | None = None) -> None:
    wanted = "Basic " + base64.b64encode(b"admin:admin").decode()

    class Page(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "DeviceWeb/1.4"

        def do_GET(self) -> None:  # noqa: N802 - the library's name
            if self.path.startswith("/update") and program:
                return self._say(200, Path(program).read_bytes(), "application/octet-stream")
            if self.path.startswith("/settings") and self.headers["Authorization"] != wanted:
                return self._say(401, b"who are you", "text/plain")
            self._say(200, b"<html>settings</html>", "text/html")

        def _say(self, code: int, body: bytes, kind: str) -> None:
            self.send_response(code)
            if code == 401:
                self.send_header("WWW-Authenticate", 'Basic realm="device"')
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    http.server.ThreadingHTTPServer(("", 80), Page).serve_forever()


def snmp() -> None:
    with tempfile.TemporaryDirectory() as name:
        conf = Path(name) / "snmpd.conf"
        conf.write_text("rocommunity public\nrwcommunity plant-rw\nagentaddress udp:161\n")
        subprocess.run(["snmpd", "-f", "-Lo", "-C", "-c", str(conf), "-p", f"{name}/pid"], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={"SNMP_PERSISTENT_DIR": name, "PATH": "/usr/sbin:/usr/bin"})


def tftp() -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        subprocess.run(["in.tftpd", "-L", "-c", "-s", "-u", "root", "-a", "0.0.0.0:69", name], check=False)


def smb() -> None:
    with tempfile.TemporaryDirectory() as name:
        command = ["/usr/bin/python3", f"{IMPACKET}/smbserver.py", "-smb2support", "-username", "plant", "-password", "plant", "share", name]
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def listen(port: int) -> None:
    with socket.create_server(("", port)) as server:
        while True:
            server.accept()[0].close()
