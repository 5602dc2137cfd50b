"""Records what processes say to each other on the loopback of a network namespace of its own; root is needed."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path


def record(namespace: str, addresses: Sequence[str], command: Sequence[str | Path], capture: Path, seconds: float) -> None:
    """Runs a command in the namespace, on cards with these addresses, and keeps what went over them."""
    enter = ["ip", "netns", "exec", namespace]
    subprocess.run(["ip", "netns", "del", namespace], stderr=subprocess.DEVNULL)
    subprocess.run(["ip", "netns", "add", namespace], check=True)
    try:
        subprocess.run([*enter, "ip", "link", "set", "lo", "up"], check=True)
        for address in addresses:
            subprocess.run([*enter, "ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
        draft = capture.with_name(f".{capture.stem}.draft")
        dumpcap = subprocess.Popen([*enter, "dumpcap", "-q", "-i", "lo", "-w", draft], stderr=subprocess.DEVNULL)
        time.sleep(1.5)
        try:
            subprocess.run([*enter, *command], check=True, timeout=seconds + 60)
            time.sleep(1)
        finally:
            dumpcap.send_signal(signal.SIGINT)
            dumpcap.wait(10)
        draft.rename(capture)
    finally:
        subprocess.run(["ip", "netns", "del", namespace])
