#!/usr/bin/env python3
"""Records pcaps/opcua-pubsub.pcapng: a publisher on open62541 over UDP, Ethernet and MQTT, in a network of its own.

    tests/lab/setup
    sudo apt-get install mosquitto
    tests/lab/.venv/bin/pip install o6==2.2.0
    sudo tests/lab/.venv/bin/python tests/lab/opcua/pubsub.py
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
SPACE, BROKER, SECONDS = "fengsui-pubsub", "48831", "8"
INSIDE = ["ip", "netns", "exec", SPACE]
NETWORK = """
    link set lo up
    link add pub type veth peer name sub
    addr add 10.40.0.1/24 dev pub
    link set pub up
    link set sub up
    route add 224.0.0.0/4 dev pub
"""


def main() -> None:
    subprocess.run(["ip", "netns", "add", SPACE], check=True)
    running = []
    try:
        for command in NETWORK.strip().splitlines():
            subprocess.run(["ip", "-n", SPACE, *command.split()], check=True)
        wanted = f"ether proto 0xb62c or udp port 4840 or tcp port {BROKER}"
        target = HERE.parents[2] / "pcaps/opcua-pubsub.pcapng"
        dumpcap = ["dumpcap", "-q", "-i", "pub", "-f", wanted, "-i", "lo", "-f", wanted, "-w", str(target)]
        for command in (["mosquitto", "-p", BROKER], dumpcap):
            running.append(subprocess.Popen(INSIDE + command))
        time.sleep(2)
        publisher = [sys.executable, str(HERE / "publish.py"), BROKER, "pub", SECONDS]
        subprocess.run(INSIDE + publisher, check=True, timeout=60)
        time.sleep(1)
    finally:
        for process in running:
            process.terminate()
            process.wait()
        subprocess.run(["ip", "netns", "del", SPACE], check=True)


main()
