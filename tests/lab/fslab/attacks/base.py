"""What an attack is: acts, each done by one machine against another, and the display filter that finds its frames."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from dataclasses import dataclass

from ..plan import Machine, machine
from ..plant.s7 import NATIVE_FOLDER
from ..shell import run

Text = dict[str, str]

SWITCH = "switch"  # as actor: the act is done to the mirror port, not by a machine


def text(zh: str, en: str) -> Text:
    return {"zh": zh, "en": en}


@dataclass(frozen=True)
class Act:
    name: str
    actor: str
    target: str | None  # None: many, or none in particular
    what: Text
    tool: str  # a key of _VERSIONS
    frames: str  # tshark display filter; with a target, only frames between actor and target count
    run: Callable[[], None]
    also: tuple[str, ...] = ()
    detection: str | None = None  # None: the attack's own
    seen_as: str | None = None  # the address that the actor is seen by, where it is not its own
    seen_card: str | None = None  # ... and the network card
    about: str | None = None  # the machine that the detection names as server, where it is not whom the frames go to

    @property
    def client(self) -> Machine | None:
        return None if self.actor == SWITCH else machine(self.actor)

    @property
    def server(self) -> Machine | None:
        return None if self.target is None else machine(self.target)

    def display_filter(self) -> str:
        client, server = self.client, self.server
        if client is None:
            return self.frames
        if server is None:
            return f"eth.addr == {self.seen_card or client.mac} && ({self.frames})"
        return f"ip.addr == {self.seen_as or client.ip} && ip.addr == {server.ip} && ({self.frames})"


@dataclass(frozen=True)
class Attack:
    detection: str  # or the name of a set, whose acts name their detections themselves
    title: Text
    acts: tuple[Act, ...]
    prepare: Act | None = None  # done before a capture begins, to bring the plant into the state the attack needs
    also: tuple[str, ...] = ()  # what may rightly fire beside every act


def _native_version() -> str:
    found = next(iter(importlib.metadata.distributions(name="python-snap7", path=[str(NATIVE_FOLDER)])))
    return f"python-snap7 {found.version} (Snap7 C library)"


DEBIAN = {
    "dnsmasq": "dnsmasq-base",
    "radvd": "radvd",
    "iproute2": "iproute2",
    "hydra": "hydra",
    "curl": "curl",
    "snmp": "snmp",
    "smbclient": "smbclient",
    "impacket": "python3-impacket",
    "tftp": "tftp-hpa",
}


def _debian(package: str) -> str:
    return f"{package} {run('dpkg-query', '-W', '-f=${Version}', package).stdout}"


_VERSIONS: dict[str, Callable[[], str]] = {
    "pymodbus": lambda: f"pymodbus {importlib.metadata.version('pymodbus')}",
    "snap7": lambda: f"python-snap7 {importlib.metadata.version('python-snap7')}",
    "snap7-native": _native_version,
    "asyncua": lambda: f"asyncua {importlib.metadata.version('asyncua')}",
    "nmap": lambda: " ".join(run("nmap", "--version").stdout.split()[:3]).replace(" version", ""),
    "s7commplus": lambda: f"s7commplus {importlib.metadata.version('s7commplus')}",
    **{name: (lambda package=package: _debian(package)) for name, package in DEBIAN.items()},
    "getent": lambda: f"getent of glibc {run('getent', '--version').stdout.split(chr(10))[0].split()[-1]}",
    "urllib": lambda: "Python urllib",
    "scripted": lambda: "scripted by hand",
    "tc": lambda: " ".join(run("tc", "-V").stdout.replace(",", " ").split()[:3]).replace(" utility", " tbf"),
}


def tool_version(tool: str) -> str:
    return _VERSIONS[tool]()
