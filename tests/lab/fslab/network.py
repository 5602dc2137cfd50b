"""The plant's network: one namespace a machine, one switch that floods, one mirror port.

The switch is a Linux bridge that never learns, so every frame leaves by every port; the port towards `span-<lab>` in the
root namespace is therefore a mirror of the whole plant. That far end has no address, no ARP and no IPv6, and so
nothing to say: `span_tx_packets` is read by status and by the recorder, and must stay 0.
Offloads are off on all plant cards: captured frames then are what a wire would carry, checksums included.
"""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

from .plan import MACHINES, PREFIX_LENGTH, Machine
from .rundir import Lab
from .shell import LabError, run

OFFLOADS = "rx off tx off tso off gso off gro off"
# no IPv6 chatter; no TCP timestamps either: neither the PLCs nor Windows stations send them
QUIET_CARD = (
    "for f in /proc/sys/net/ipv6/conf/*/disable_ipv6; do [ -e $f ] && echo 1 > $f; done; "
    "echo 0 > /proc/sys/net/ipv4/tcp_timestamps; "
    f"ethtool -K {{card}} {OFFLOADS} >/dev/null"
)


def namespaces() -> list[str]:
    listed = run("ip", "-json", "netns", "list").stdout.strip()
    return [entry["name"] for entry in json.loads(listed)] if listed else []


def of_lab(lab: Lab) -> list[str]:
    return [name for name in namespaces() if lab.owns(name)]


def create(lab: Lab) -> None:
    run("ip", "netns", "add", lab.switch)
    run(
        "ip",
        "-n",
        lab.switch,
        "link",
        "add",
        "switch",
        "type",
        "bridge",
        "ageing_time",
        "0",
        "stp_state",
        "0",
        "mcast_snooping",
        "0",
    )
    run("ip", "netns", "exec", lab.switch, "sh", "-c", QUIET_CARD.format(card="switch"))
    run("ip", "-n", lab.switch, "link", "set", "switch", "up")
    _add_span(lab)
    for machine in MACHINES:
        _add_machine(lab, machine)


def _add_span(lab: Lab) -> None:
    run("ip", "link", "add", lab.span, "type", "veth", "peer", "name", "mirror", "netns", lab.switch)
    ipv6 = Path(f"/proc/sys/net/ipv6/conf/{lab.span}/disable_ipv6")
    if ipv6.exists():
        ipv6.write_text("1")
    run("ethtool", "-K", lab.span, *OFFLOADS.split())
    run("ip", "link", "set", lab.span, "arp", "off", "multicast", "off", "up")
    _plug(lab, "mirror")


def _add_machine(lab: Lab, machine: Machine) -> None:
    namespace = lab.namespace(machine.name)
    port = f"p{machine.ip.rpartition('.')[2]}"
    run("ip", "netns", "add", namespace)
    run(
        "ip",
        "-n",
        lab.switch,
        "link",
        "add",
        port,
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "address",
        machine.mac,
        "netns",
        namespace,
    )
    run("ip", "netns", "exec", namespace, "sh", "-c", QUIET_CARD.format(card="eth0"))
    _plug(lab, port)
    addresses = [f"addr add {ip}/{PREFIX_LENGTH} dev eth0" for ip in (machine.ip, *machine.more_ips)]
    batch = ["link set lo up", *addresses, "link set eth0 multicast off", "link set eth0 up"]
    run("ip", "-n", namespace, "-batch", "-", stdin="\n".join(batch) + "\n")


def _plug(lab: Lab, port: str) -> None:
    batch = [
        f"link set {port} master switch",
        f"link set {port} type bridge_slave learning off flood on",
        f"link set {port} up",
    ]
    run("ip", "-n", lab.switch, "-batch", "-", stdin="\n".join(batch) + "\n")


def destroy(lab: Lab) -> None:
    """Removes whatever is there, also what a killed run left half made."""
    left = of_lab(lab)
    for namespace in left:
        _kill_inside(namespace)
    run("ip", "link", "del", lab.span, check=False)
    for namespace in left:
        run("ip", "netns", "del", namespace)
    if of_lab(lab) or Path(f"/sys/class/net/{lab.span}").exists():
        raise LabError(f"lab {lab.name}: could not remove all of {', '.join(left)}")


def _kill_inside(namespace: str) -> None:
    for _ in range(50):
        pids = [int(pid) for pid in run("ip", "netns", "pids", namespace, check=False).stdout.split()]
        if not pids:
            return
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        time.sleep(0.1)
    raise LabError(f"processes in {namespace} do not die")


def span_tx_packets(lab: Lab) -> int | None:
    counter = Path(f"/sys/class/net/{lab.span}/statistics/tx_packets")
    return int(counter.read_text()) if counter.exists() else None
