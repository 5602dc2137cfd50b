"""Who is in the plant. Everything else (network, programs, labels, status) reads this one list.

MAC addresses carry OUIs of the makers named in `vendor`, because a monitor names assets by them.
"""

from __future__ import annotations

from dataclasses import dataclass

SUBNET = "10.20.0.0/24"
PREFIX_LENGTH = 24


@dataclass(frozen=True)
class Machine:
    name: str
    role: str
    ip: str
    mac: str
    vendor: str
    program: str | None = None  # module in fslab.plant; None: the machine is silent until an attack runs on it
    services: tuple[str, ...] = ()
    more_ips: tuple[str, ...] = ()


DECOY_IPS = tuple(f"10.20.0.{host}" for host in range(129, 193))

MACHINES = (
    Machine(
        "plc-water",
        "plc",
        "10.20.0.11",
        "00:80:f4:11:20:0b",
        "Schneider (Telemecanique)",
        "plc_water",
        ("modbus/502", "http/80"),
    ),
    Machine(
        "plc-gateway",
        "gateway",
        "10.20.0.12",
        "00:00:54:2a:10:0c",
        "Schneider Electric",
        "plc_gateway",
        ("modbus/502",),
    ),
    Machine("plc-press", "plc", "10.20.0.21", "00:1b:1b:15:02:15", "Siemens AG", "plc_press", ("s7comm/102",)),
    Machine("plc-filler", "plc", "10.20.0.22", "28:63:36:a1:02:16", "Siemens AG", "plc_filler", ("s7comm/102",)),
    Machine(
        "ua-line", "opcua-server", "10.20.0.31", "00:01:05:3c:41:1f", "Beckhoff Automation", "ua_line", ("opcua/4840",)
    ),
    Machine(
        "ua-skid1", "opcua-server", "10.20.0.32", "00:a0:45:5b:01:20", "Phoenix Contact", "ua_skid", ("opcua/4840",)
    ),
    Machine(
        "ua-skid2", "opcua-server", "10.20.0.33", "00:a0:45:5b:01:21", "Phoenix Contact", "ua_skid", ("opcua/4840",)
    ),
    Machine(
        "ua-skid3", "opcua-server", "10.20.0.34", "00:a0:45:5b:01:22", "Phoenix Contact", "ua_skid", ("opcua/4840",)
    ),
    Machine("hmi-water", "hmi", "10.20.0.51", "f8:b1:56:07:33:51", "Dell", "hmi_water"),
    Machine("hmi-press", "hmi", "10.20.0.52", "3c:d9:2b:40:52:52", "Hewlett Packard", "hmi_press"),
    Machine("eng", "engineering", "10.20.0.61", "54:e1:ad:61:00:3d", "Lenovo (LCFC)", "eng"),
    Machine("mes", "mes", "10.20.0.71", "18:66:da:71:00:47", "Dell", "mes"),
    Machine("historian", "historian", "10.20.0.72", "94:57:a5:72:00:48", "Hewlett Packard", "historian"),
    Machine("intruder", "attacker", "10.20.0.200", "b8:27:eb:c8:00:99", "Raspberry Pi Foundation"),
    Machine("office", "decoy", "10.20.0.128", "e8:d8:d1:80:80:80", "HP", more_ips=DECOY_IPS),
)

BY_NAME = {machine.name: machine for machine in MACHINES}

# OPC UA accounts: (password, asyncua role)
UA_USERS = {
    "mes": ("Batch-7731", "User"),
    "historian": ("Trend-2209", "User"),
    "lineop": ("Shift-4410", "User"),
    "engineer": ("Commission-90", "Admin"),
}


def machine(name: str) -> Machine:
    return BY_NAME[name]


def programs() -> list[Machine]:
    return [m for m in MACHINES if m.program]
