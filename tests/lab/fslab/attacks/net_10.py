"""NET-10 address scan: nmap over 70 addresses, of which 64 (the `office` machine) refuse and the others do not exist.

Benign twin: none; nothing in the plant tries addresses.
"""

from __future__ import annotations

from ..shell import LabError, run
from .base import Act, Attack, text

RANGE = "10.20.0.129-198"
REFUSING = 64


def scan(port: int) -> None:
    """A connect scan: real SYNs by the kernel, after its own ARP; closed ports prove that the SYNs arrived."""
    found = run(
        "nmap",
        "-n",
        "-Pn",
        "--disable-arp-ping",
        "-sT",
        "-T4",
        "--max-retries",
        "0",
        "-p",
        str(port),
        RANGE,
        timeout=80,
    )
    refused = found.stdout.count(f"{port}/tcp closed")
    if refused < REFUSING:
        raise LabError(f"only {refused} addresses refused:\n{found.stdout[-500:]}")


ATTACK = Attack(
    "NET-10",
    text("扫描网络地址", "Scan of the network's addresses"),
    (
        Act(
            "by-intruder",
            "intruder",
            None,
            text("新设备用 nmap 扫描 70 个地址的 502 端口", "A new device scans port 502 of 70 addresses with nmap"),
            "nmap",
            "tcp.port == 502 || arp",
            lambda: scan(502),
            also=("NET-01", "NET-06", "NET-12", "NET-13", "NET-15"),
        ),
        Act(
            "by-engineering",
            "eng",
            None,
            text(
                "工程师站用 nmap 扫描 70 个地址的 102 端口",
                "The engineering station scans port 102 of 70 addresses with nmap",
            ),
            "nmap",
            "(tcp.port == 102 && ip.addr == 10.20.0.128/25) || arp",
            lambda: scan(102),
            also=("NET-06", "NET-12", "NET-13", "NET-15"),
        ),
    ),
)
