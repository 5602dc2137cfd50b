"""What an act needs beside its actor: another machine that does its part, and frames that no stack would send."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from .. import netns
from ..plan import machine

NAMESPACES = Path("/var/run/netns")
CARD = "eth0"


@contextlib.contextmanager
def beside(other: str, do: Callable[[], object], settle: float = 1.0) -> Iterator[None]:
    """Another machine of the same lab does something for as long as the block lasts."""
    parent = os.getpid()
    namespace = _sibling(other)
    pid = os.fork()
    if pid == 0:
        try:
            netns.die_with_parent(parent)
            os.setpgid(0, 0)  # so that what it starts ends with it
            netns.enter(namespace)
            do()
            time.sleep(600)
        finally:
            os._exit(0)
    time.sleep(settle)
    try:
        yield
    finally:
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _sibling(other: str) -> str:
    """The namespace of another machine of the lab that this process is in: `fs-<lab>-<machine>`."""
    own = os.stat("/proc/self/ns/net").st_ino
    for name in NAMESPACES.iterdir():
        if name.stat().st_ino == own:
            return "-".join((*name.name.split("-", 2)[:2], other))
    raise RuntimeError("in no namespace of a lab")


def mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def card() -> socket.socket:
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
    raw.bind((CARD, 0))
    return raw


def arp(operation: int, sender: tuple[bytes, str], target: tuple[bytes, str], to: bytes) -> bytes:
    body = struct.pack(">HHBBH", 1, 0x0800, 6, 4, operation)
    body += sender[0] + socket.inet_aton(sender[1]) + target[0] + socket.inet_aton(target[1])
    return to + sender[0] + struct.pack(">H", 0x0806) + body + bytes(18)


def own_mac(name: str) -> bytes:
    return mac(machine(name).mac)
