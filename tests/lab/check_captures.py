#!/usr/bin/env python3
"""Holds every capture of pcaps/ against its labels, by tshark and apart from the code that made them.

For each attack it is said below, by function codes and answers, what its frames must show; the same must be found
nowhere in the plant's own traffic: not in that capture before the attack, not in benign.pcapng.
Exit code 1 and a list of what is wrong when anything is. Needs Python 3.11 and tshark, not the lab's environment.

  tests/lab/check_captures.py            check pcaps/
  tests/lab/check_captures.py DIR        ... or captures made elsewhere
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path

PCAPS = Path(__file__).resolve().parents[2] / "pcaps"
# What protocol stacks say to each other; nothing is done to the plant there. tests/golden and their own tests hold them.
WITHOUT_ACTS = ("modbus-", "s7-", "opcua-", "drift-", "feed-", "nat")
FIELDS = {
    "number": "frame.number",
    "time": "frame.time_epoch",
    "src_mac": "eth.src",
    "src": "ip.src",
    "dst": "ip.dst",
    "stream": "tcp.stream",
    "dport": "tcp.dstport",
    "syn": "tcp.flags.syn",
    "ack": "tcp.flags.ack",
    "rst": "tcp.flags.reset",
    "length": "tcp.len",
    "seq": "tcp.seq_raw",
    "acked": "tcp.ack_raw",
    "fin": "tcp.flags.fin",
    "mb_fc": "modbus.func_code",
    "mb_unit": "mbtcp.unit_id",
    "mb_exception": "modbus.exception_code",
    "mb_diagnostic": "modbus.diagnostic_code",
    "mb_address": "modbus.reference_num",
    "s7_rosctr": "s7comm.header.rosctr",
    "s7_fc": "s7comm.param.func",
    "s7_error": "s7comm.header.errcls",
    "s7_db": "s7comm.param.item.db",
    "s7_area": "s7comm.param.item.area",
    "s7_result": "s7comm.data.returncode",
    "ua_service": "opcua.servicenodeid.numeric",
    "ua_token": "opcua.nodeid.numeric",
    "ua_node": "opcua.nodeid.string",
    "ua_attribute": "opcua.AttributeId",
    "ua_fault": "opcua.ServiceResult",
    "ua_results": "opcua.Results",
    "http": "http.request.method",
}
JOB, ACK_DATA = 1, 3
ANONYMOUS, USER_NAME = 321, 324
LOST_SHARE = 0.01


@dataclass(frozen=True)
class Row:
    """One frame; every field as the list of its values in the frame."""

    fields: dict[str, list[str]]

    def numbers(self, name: str) -> list[int]:
        return [int(value, 0) for value in self.fields[name]]

    def has(self, name: str, *values: int) -> bool:
        return any(number in values for number in self.numbers(name))

    def first(self, name: str) -> str:
        return self.fields[name][0] if self.fields[name] else ""


Test = Callable[[Row], bool]


@dataclass(frozen=True)
class Need:
    """At least `least` frames (or distinct values of `distinct`) from one side must pass `test`."""

    what: str
    test: Test
    least: int = 1
    from_server: bool = False
    distinct: str | None = None
    unheard_of: bool = True  # the plant's own traffic between the two must not meet the need


def modbus(function: int, address: int | None = None) -> Test:
    return lambda row: row.has("mb_fc", function) and (address is None or row.has("mb_address", address))


def accepted(function: int) -> Need:
    return Need(
        f"FC {function} accepted",
        lambda row: row.has("mb_fc", function) and not row.fields["mb_exception"],
        from_server=True,
        unheard_of=False,
    )


def refused(code: int, least: int, distinct: str) -> Need:
    return Need(
        f"exceptions {code:02x}", lambda row: row.has("mb_exception", code), least, from_server=True, distinct=distinct
    )


def job(function: int) -> Test:
    return lambda row: row.has("s7_rosctr", JOB) and row.has("s7_fc", function)


def confirmed(function: int) -> Need:
    return Need(
        f"S7 {function:02x} confirmed",
        lambda row: row.has("s7_rosctr", ACK_DATA) and row.has("s7_fc", function) and row.has("s7_error", 0),
        from_server=True,
        unheard_of=False,
    )


def service(*numbers: int) -> Test:
    return lambda row: row.has("ua_service", *numbers)


def write(node: str, attribute: int) -> Test:
    return lambda row: (
        row.has("ua_service", 673) and node in row.fields["ua_node"] and row.has("ua_attribute", attribute)
    )


UA_WRITTEN = Need(
    "write confirmed",
    lambda row: row.has("ua_service", 676) and row.has("ua_results", 0),
    from_server=True,
    unheard_of=False,
)
UA_ACTIVATED = Need(
    "session activated",
    lambda row: row.has("ua_service", 470) and row.has("ua_fault", 0),
    from_server=True,
    unheard_of=False,
)
UA_ANONYMOUS = Need("anonymous token", lambda row: row.has("ua_service", 467) and row.has("ua_token", ANONYMOUS))
S7_WRITTEN = Need(
    "write confirmed",
    lambda row: row.has("s7_rosctr", ACK_DATA) and row.has("s7_fc", 5) and row.has("s7_result", 0xFF),
    from_server=True,
    unheard_of=False,
)
REFUSED_SYN = Need("refused connections", lambda row: row.has("rst", 1), 50, from_server=True, distinct="src")


def syns(port: int) -> Need:
    return Need(
        f"SYN to port {port}",
        lambda row: row.has("syn", 1) and not row.has("ack", 1) and row.has("dport", port),
        50,
        distinct="dst",
    )


DOWNLOAD = (
    Need("1A request download", job(0x1A)),
    confirmed(0x1A),
    Need("1B asked for by the PLC", job(0x1B), from_server=True),
    Need("1B block data", lambda row: row.has("s7_rosctr", ACK_DATA) and row.has("s7_fc", 0x1B)),
    Need("1C asked for by the PLC", job(0x1C), from_server=True),
)

NEEDS: dict[str, tuple[Need, ...]] = {
    "NET-01/appear": (Need("any frame", lambda row: True, 5), accepted(3)),
    "NET-06/new-server": (Need("S7 job", job(4)), Need("S7 connection", lambda row: row.has("dport", 102))),
    "NET-06/new-protocol": (Need("HTTP request", lambda row: bool(row.fields["http"])),),
    "NET-10/by-intruder": (syns(502), REFUSED_SYN),
    "NET-10/by-engineering": (syns(102), REFUSED_SYN),
    "MB-01/reader-writes": (Need("FC 6", modbus(6)), accepted(6)),
    "MB-01/stranger-writes": (Need("FC 16", modbus(16)), accepted(16), Need("FC 5", modbus(5)), accepted(5)),
    "MB-03/mask-write": (Need("FC 22", modbus(22)), accepted(22)),
    "MB-03/read-fifo": (Need("FC 24", modbus(24)), accepted(24)),
    "MB-04/read-calibration": (Need("FC 3 at 400", modbus(3, 400)), accepted(3)),
    "MB-04/write-limits": (Need("FC 16 at 300", modbus(16, 300)), accepted(16)),
    "MB-11/listen-only": (Need("FC 8/4", lambda row: row.has("mb_fc", 8) and row.has("mb_diagnostic", 4)),),
    "MB-15/functions": (refused(1, 5, "mb_fc"),),
    "MB-15/registers": (
        Need("blocks read", lambda row: modbus(3)(row) and not row.has("mb_address", 0), 20, distinct="mb_address"),
        refused(2, 5, "number"),
    ),
    "MB-15/units": (
        Need("units asked", lambda row: bool(row.fields["mb_fc"]), 20, distinct="mb_unit"),
        refused(11, 5, "mb_unit"),
    ),
    "S7-03/press": (Need("29 stop", job(0x29)), confirmed(0x29)),
    "S7-03/filler": (Need("29 stop", job(0x29)), confirmed(0x29)),
    "S7-04/cold": (Need("28 start", job(0x28)), confirmed(0x28)),
    "S7-04/warm": (Need("28 start", job(0x28)), confirmed(0x28)),
    "S7-08/program": (*DOWNLOAD, Need("28 _INSE", job(0x28))),
    "S7-08/data": DOWNLOAD,
    "S7-15/reader-writes": (Need("05 write", job(5)), S7_WRITTEN),
    "S7-15/new-block": (Need("05 write of DB99", lambda row: job(5)(row) and row.has("s7_db", 99)), S7_WRITTEN),
    "S7-15/outputs": (Need("05 write of area 82", lambda row: job(5)(row) and row.has("s7_area", 0x82)), S7_WRITTEN),
    "UA-05/read": (UA_ANONYMOUS, UA_ACTIVATED),
    "UA-05/write": (UA_ANONYMOUS, UA_ACTIVATED, Need("write", write("Line1.SpeedSetpoint", 13)), UA_WRITTEN),
    "UA-12/one-server": (Need("GetEndpoints", service(428)), Need("FindServers", service(422))),
    "UA-12/every-server": (
        Need("GetEndpoints", service(428), 3, distinct="dst"),
        Need("FindServers", service(422), 3, distinct="dst"),
    ),
    "UA-14/other-server": (Need("write", write("Skid.HeaterSetpoint", 13)), UA_WRITTEN),
    "UA-14/other-node": (Need("write", write("Line1.RejectLimit", 13)), UA_WRITTEN),
    "UA-14/other-attribute": (Need("write of AccessLevel", write("Line1.ActualSpeed", 17)), UA_WRITTEN),
    "UA-14/other-client": (Need("write", write("Line1.SpeedSetpoint", 13)), UA_WRITTEN),
    "SEN-02/narrow-mirror": (),
}

# what nobody in the plant ever does
# Acts of the sets: a display filter that some frame of the act must match, and no frame of the lead-in.
SHOWN: dict[str, str] = {
    "MB-02/read": "modbus.func_code == 3 && ip.addr == 10.20.0.71",
    "MB-07/first-write": "modbus.func_code == 6 && modbus.reference_num == 5",
    "MB-08/burst": "modbus.func_code == 6 && ip.addr == 10.20.0.61",
    "MB-09/toggle": "modbus.func_code == 5 && ip.addr == 10.20.0.61",
    "MB-10/compete": "modbus.func_code == 6 && ip.addr == 10.20.0.72",
    "MB-12/restart": "modbus.func_code == 8 && modbus.diagnostic_code == 1",
    "MB-13/clear": "modbus.func_code == 8 && modbus.diagnostic_code == 10",
    "MB-14/identify": "modbus.func_code == 43 && ip.addr == 10.20.0.72",
    "MB-16/exceptions": "modbus.exception_code == 11",
    "MB-17/malformed": "tcp.dstport == 502 && tcp.payload[2:2] == 41:42",
    "MB-18/inject": "mbtcp.trans_id == 0x7777",
    "MB-19/files": "modbus.func_code == 21",
    "MB-20/firmware": "modbus.func_code == 43 && ip.addr == 10.20.0.128",
    "UM-01/new-client": "modbus.func_code == 90 && ip.addr == 10.20.0.61",
    "UM-08/recon": "modbus.func_code == 90 && tcp.payload[9:1] == 0a",
    "UM-04/reservation": "modbus.func_code == 90 && tcp.payload[9:1] == fd",
    "UM-06/upload": "modbus.func_code == 90 && tcp.payload[9:1] == 34",
    "UM-05/download": "modbus.func_code == 90 && tcp.payload[9:1] == 31",
    "UM-07/memory": "modbus.func_code == 90 && tcp.payload[9:1] == 21",
    "UM-03/stop": "modbus.func_code == 90 && tcp.payload[9:1] == 41",
    "UM-02/start": "modbus.func_code == 90 && tcp.payload[9:1] == 40",
    "S7-01/role": "cotp.type == 0x0e && ip.src == 10.20.0.52 && frame contains c2:02:01:02",
    "S7-02/tsap": "cotp.type == 0x0e && ip.src == 10.20.0.72 && frame contains c2:02:02:05",
    "S7-13/blocks": "s7comm.param.userdata.funcgroup == 3 && ip.addr == 10.20.0.72",
    "S7-14/lists": "s7comm.param.userdata.funcgroup == 4 && ip.addr == 10.20.0.72",
    "S7-16/burst": "s7comm.param.item.db == 99",
    "S7-17/force": "s7comm.param.userdata.funcgroup == 1 && s7comm.param.userdata.subfunc == 9",
    "S7-18/debug": "s7comm.param.userdata.funcgroup == 1 && s7comm.param.userdata.subfunc == 0x13",
    "S7-19/clock": "s7comm.param.userdata.funcgroup == 7 && s7comm.param.userdata.subfunc == 2",
    "S7-20/password": "s7comm.param.userdata.funcgroup == 5",
    "S7-21/denied": "s7comm.param.item.db >= 777",
    "S7-22/alarms": "s7comm.param.userdata.funcgroup == 4 && s7comm.param.userdata.subfunc == 7",
    "S7-23/malformed": "tcp.port == 102 && ip.src == 10.20.0.72 && tcp.len == 7",
    "S7-10/upload": "s7comm.param.func == 0x1d",
    "S7-09/main-program": "s7comm.param.func == 0x1a",
    "S7-11/delete": "s7comm.param.func == 0x28",
    "S7-05/reset": "s7comm.param.userdata.funcgroup == 1 && s7comm.param.userdata.subfunc == 0x0c",
    "UA-11/downgrade": "opcua.servicenodeid.numeric == 467 && ip.src == 10.20.0.72",
    "UA-03/weak-policy": 'frame contains "#Basic256" && !(frame contains "#Basic256S") && ip.src == 10.20.0.72',
    "UA-09/certificate": 'frame contains "old laptop"',
    "UA-06/clear-password": 'frame contains "Trend-2209"',
    "UA-07/default-user": 'opcua.servicenodeid.numeric == 467 && frame contains "admin"',
    "UA-02/no-protection": "opcua.servicenodeid.numeric == 467 && ip.src == 10.20.0.51",
    "UA-01/new-client": "opcua.servicenodeid.numeric == 461 && ip.src == 10.20.0.61",
    "UA-13/walk": "opcua.servicenodeid.numeric == 527",
    "UA-15/bad-value": "opcua.servicenodeid.numeric == 673 && ip.src == 10.20.0.71 && frame contains 00:00:8c:80",
    "UA-16/call": "opcua.servicenodeid.numeric == 712 && ip.src == 10.20.0.61",
    "UA-17/edit": "opcua.servicenodeid.numeric == 488",
    "UA-18/history": "opcua.servicenodeid.numeric == 700",
    "UA-19/suppress": "opcua.servicenodeid.numeric == 841",
    "UA-20/faults": 'frame contains "Line1.Guess"',
    "UA-08/brute": "opcua.servicenodeid.numeric == 467 && ip.src == 10.20.0.200",
    "UA-22/resources": "opcua.servicenodeid.numeric == 461 && ip.src == 10.20.0.200",
    "UA-24/sequence": "tcp.dstport == 4840 && ip.src == 10.20.0.200 && opcua.servicenodeid.numeric == 428",
    "UA-21/chunks": 'frame contains "MSGC" && ip.src == 10.20.0.200',
    "UA-23/bomb": "tcp.dstport == 4840 && frame contains 98:01:00:00:00:98:01:00:00:00",
    "UA-25/register": "opcua.servicenodeid.numeric == 437",
    "UA-10/certificate": "tcp.port == 4840 && ip.addr == 10.20.0.128",
    "NET-12/arp-sweep": "arp.opcode == 1 && arp.dst.proto_ipv4 == 10.20.0.250",
    "NET-11/port-scan": "tcp.dstport == 23 && ip.dst == 10.20.0.21",
    "NET-13/ot-ports": "tcp.dstport == 20000",
    "NET-14/tool": "cotp.type == 0x0e && cotp.srcref == 0x14",
    "NET-15/echoes": "icmp.type == 8",
    "NET-18/misplaced": 'tcp.dstport == 502 && frame contains "SSH-2.0"',
    "NET-20/remote": "tcp.port == 5900",
    "NET-08/egress": "ip.dst == 203.0.113.7 && tcp.dstport == 443",
    "NET-09/ingress": "ip.src == 203.0.113.7 && tcp.dstport == 502",
    "NET-27/rename": "eth.type == 0x8892",
    "NET-02/other-card": "eth.src == b8:27:eb:c8:77:77",
    "NET-03/claim": "arp.src.proto_ipv4 == 10.20.0.72 && eth.src == b8:27:eb:c8:00:99",
    "NET-04/spoof": "arp.opcode == 2 && arp.src.proto_ipv4 == 10.20.0.11 && eth.src == b8:27:eb:c8:00:99",
    "COR-01/engineering": "s7comm.param.func == 0x29",
    "COR-02/chain": "modbus.func_code == 5 && ip.addr == 10.20.0.52",
    "COR-03/modbus": "modbus.func_code == 16 && ip.addr == 10.20.0.128",
    "NET-16/held": "tcp.dstport == 502 && tcp.flags.syn == 1 && ip.src == 10.20.0.52",
    "NET-19/dhcp": "dhcp.option.dhcp == 2",
    "NET-19/router": "icmpv6.type == 134",
    "NET-19/root-bridge": "stp.root.hw == b8:27:eb:c8:00:99",
    "NET-19/poison": 'llmnr && dns.flags.response == 1 && dns.qry.name == "wpad"',
    "NET-21/ftp": "ftp.response.code == 530",
    "NET-21/web": "http.response.code == 401",
    "NET-21/snmp": 'snmp.community == "siemens"',
    "NET-20/telnet": "tcp.port == 23",
    "NET-22/web-default": 'http.authbasic == "admin:admin" && ip.src == 10.20.0.61',
    "NET-22/snmp-public": 'snmp.community == "public" && ip.src == 10.20.0.72',
    "NET-27/snmp-set": "snmp.data == 3",
    "NET-23/share": 'smb2.filename == "svchelper.exe"',
    "NET-23/service": 'smb2.filename == "svcctl"',
    "NET-23/download": 'http.request.uri contains "svchelper.exe"',
    "NET-23/project": 'ftp.request.arg == "press-line.ap17"',
    "NET-23/malware": 'http.request.uri contains "frosty.exe" && ip.src == 10.20.0.52',
    "NET-23/projects": 'http.request.uri contains "line.zap16" && ip.src == 10.20.0.71',
    "NET-24/name": 'dns.qry.name == "update.bad-plant.example" && ip.src == 10.20.0.61',
    "NET-24/page": 'http.request.uri contains "/gate.php" && ip.src == 10.20.0.52',
    "NET-24/tls": 'tls.handshake.extensions_server_name == "c2.bad-plant.example"',
    "NET-24/address": "ip.dst == 203.0.113.66 && tcp.flags.syn == 1",
    "NET-27/firmware": "tftp.opcode == 2",
    "MB-05/value": "modbus.func_code == 6 && frame contains 00:64:ea:60",
    "COR-04/views": "modbus.func_code == 3 && ip.addr == 10.20.0.128 && ip.addr == 10.20.0.72",
    "S7-06/mode": "s7comm.param.userdata.funcgroup == 0",
    "MB-18/flood": "modbus.func_code == 3 && ip.dst == 10.20.0.128 && ip.src == 10.20.0.200",
    "UA-09/same-key": "tcp.port == 4840 && ip.addr == 10.20.0.128",
    "SP-03/reset": "tcp.dstport == 102 && ip.src == 10.20.0.61 && frame contains 9d:24",
    "SP-07/passwords": "tcp.dstport == 102 && ip.src == 10.20.0.61 && frame contains 8e:36",
    "SP-08/plain": "tcp.port == 102 && ip.addr == 10.20.0.128 && frame contains 05:b3",
    "COR-03/skids": "opcua.servicenodeid.numeric == 673 && ip.addr == 10.20.0.34",
}

NEVER_BENIGN: dict[str, Test] = {
    "a Modbus exception": lambda row: bool(row.fields["mb_exception"]),
    "Modbus diagnostics": modbus(8),
    "S7 stop, start or download": lambda row: row.has("s7_fc", 0x1A, 0x1B, 0x1C, 0x28, 0x29),
    "an S7 write outside of data blocks": lambda row: (
        job(5)(row) and any(area != 0x84 for area in row.numbers("s7_area"))
    ),
    "an anonymous session": lambda row: row.has("ua_service", 467) and row.has("ua_token", ANONYMOUS),
    "OPC UA discovery": service(422, 428, 12208),
}
# ... and what it must show, in the first 12 seconds
ALWAYS_BENIGN: dict[str, Test] = {
    **{f"Modbus FC {function}": modbus(function) for function in (1, 2, 3, 4, 5, 6, 15, 16, 17, 22, 23, 43)},
    "S7 read": job(4),
    "S7 write": job(5),
    "S7 userdata": lambda row: row.has("s7_rosctr", 7),
    "a session by user name": lambda row: row.has("ua_service", 467) and row.has("ua_token", USER_NAME),
    "an OPC UA write": service(673),
    "an OPC UA method call": service(712),
    "an OPC UA publish response": service(829),
}
LEARNT_SECONDS = 12


BENIGN: list[Row] = []


class Wrong(Exception):
    pass


def rows_of(capture: Path) -> list[Row]:
    command = ["tshark", "-n", "-r", str(capture), "-T", "fields", "-E", "separator=/t", "-E", "aggregator=;"]
    for name in FIELDS.values():
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        raise Wrong(f"tshark cannot read it: {done.stderr.strip()}")
    return [_row(line) for line in done.stdout.splitlines()]


def _row(line: str) -> Row:
    values = (part.split(";") if part else [] for part in line.split("\t"))
    return Row({name: [_boolean(value) for value in found] for name, found in zip(FIELDS, values, strict=True)})


def _boolean(value: str) -> str:
    """Newer tsharks write flags as words."""
    return {"True": "1", "False": "0"}.get(value, value)


def between(rows: list[Row], act: dict, from_server: bool) -> Iterator[Row]:
    """Frames of one direction between an act's client and server (any server, where the act names none)."""
    client, server = act["client"], act["server"]
    for row in rows:
        if from_server:
            fits = row.first("dst") == client["ip"] and (server is None or row.first("src") == server["ip"])
        else:
            fits = row.first("src_mac") == client["mac"] and (server is None or row.first("dst") == server["ip"])
        if fits:
            yield row


def count(rows: list[Row], act: dict, need: Need) -> int:
    passing = [row for row in between(rows, act, need.from_server) if need.test(row)]
    return len({row.first(need.distinct) for row in passing}) if need.distinct else len(passing)


def shown(capture: Path, act: dict, lead_in: int) -> Iterator[str]:
    """An act of a set, by its display filter."""
    name = f"{act['detection']}/{act['name']}"
    command = ["tshark", "-n", "-r", str(capture), "-Y", SHOWN[name], "-T", "fields", "-e", "frame.number"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    numbers = [int(line) for line in done.stdout.split()]
    first, last = act["frames"]
    if done.returncode or not any(first <= number <= last for number in numbers):
        yield f"{name}: no frame of the act matches {SHOWN[name]} {done.stderr.strip()[-120:]}"
    if any(number <= lead_in for number in numbers):
        yield f"{name}: {SHOWN[name]}: also in the lead-in"


def check_act(act: dict, rows: list[Row], lead_in: list[Row], benign: list[Row], twin: bool) -> Iterator[str]:
    name = f"{act['detection']}/{act['name']}"
    first, last = act["frames"]
    if not 1 <= first <= last <= len(rows):
        raise Wrong(f"{name}: frames {first} to {last} are not in the capture")
    for stamp, number in ((act["first"], first), (act["last"], last)):
        if abs(seconds(stamp) - float(rows[number - 1].first("time"))) > 1e-6:
            yield f"{name}: frame {number} does not bear the time {stamp}"
    if first <= len(lead_in):
        yield f"{name}: begins within the lead-in"
    if name not in NEEDS and name not in SHOWN and not twin:
        yield f"{name}: this check does not know the act"
    for need in NEEDS.get(name, ()):
        found = count(rows[first - 1 : last], act, need)
        if found < need.least:
            yield f"{name}: {need.what}: {found} in the act's frames, at least {need.least} expected"
        for place, others in (("lead-in", lead_in), ("benign.pcapng", benign)):
            if need.unheard_of and count(others, act, need) >= need.least:
                yield f"{name}: {need.what}: also in {place}"


def lost_share(rows: list[Row]) -> float:
    """Of the bytes acknowledged in TCP, the share that no frame carried."""
    seen: dict[tuple[str, str], list[tuple[int, int]]] = {}
    marks: dict[tuple[str, str], int] = {}
    acknowledged = lost = 0
    for row in rows:
        if not row.fields["stream"]:
            continue
        stream = row.first("stream")
        start, length = int(row.first("seq")), int(row.first("length"))
        end = start + length + (row.has("syn", 1) or row.has("fin", 1))
        seen.setdefault((stream, row.first("src")), []).append((start, end))
        if not row.has("ack", 1):
            continue
        other, ack = (stream, row.first("dst")), int(row.first("acked"))
        if ack > marks.get(other, ack):
            before = marks[other]
            covered = sum(max(0, min(stop, ack) - max(begin, before)) for begin, stop in seen.get(other, []))
            acknowledged += ack - before
            lost += max(0, ack - before - covered)
        marks[other] = max(ack, marks.get(other, ack))
    return lost / max(1, acknowledged)


def check_loss(acts: list[dict], rows: list[Row], lead_in: list[Row]) -> Iterator[str]:
    share, before = lost_share(rows), lost_share(lead_in)
    should_lose = any(act["detection"] == "SEN-02" for act in acts)
    if should_lose and share <= LOST_SHARE:
        yield f"only {share:.2%} of the acknowledged bytes are missing"
    if not should_lose and share > LOST_SHARE / 5:
        yield f"{share:.2%} of the acknowledged bytes are missing"
    if before > LOST_SHARE / 5:
        yield f"{before:.2%} of the acknowledged bytes are missing in the lead-in"


def check_silence_after_listen_only(label: dict, rows: list[Row]) -> Iterator[str]:
    for act in label["acts"]:
        if act["detection"] == "MB-11":
            answers = [
                row
                for row in rows[act["frames"][1] :]
                if row.first("src") == act["server"]["ip"] and row.fields["mb_fc"]
            ]
            if answers:
                yield f"MB-11: the device still answers in frame {answers[0].first('number')}"


def check_plant(rows: list[Row], label: dict) -> Iterator[str]:
    """The plant's own traffic: nothing forbidden, nobody strange, and all of its habits soon."""
    for what, test in NEVER_BENIGN.items():
        if hit := next((row for row in rows if test(row)), None):
            yield f"{what} in frame {hit.first('number')}, where only the plant should be at work"
    strangers = {host["mac"] for host in label["hosts"] if host["role"] in ("attacker", "decoy")}
    if hit := next((row for row in rows if row.first("src_mac") in strangers), None):
        yield f"frame {hit.first('number')} comes from a machine that should be silent"
    early = [row for row in rows if float(row.first("time")) - float(rows[0].first("time")) <= LEARNT_SECONDS]
    for what, test in ALWAYS_BENIGN.items():
        if not any(test(row) for row in early):
            yield f"no {what} in the first {LEARNT_SECONDS} seconds"


def check_handshakes(rows: list[Row]) -> Iterator[str]:
    opened = {row.first("stream") for row in rows if row.has("syn", 1)}
    met = {row.first("stream") for row in rows if row.fields["length"] and row.first("length") != "0"}
    if not opened & met or not met - opened:
        yield "both kinds of connections are expected: set up in the capture, and met in mid-stream"


def seconds(rfc3339: str) -> float:
    whole, _, fraction = rfc3339.removesuffix("Z").partition(".")
    return datetime.fromisoformat(f"{whole}+00:00").timestamp() + float(f"0.{fraction}")


def check(folder: Path, label_file: Path, benign: list[Row]) -> tuple[int, list[str]]:
    label = json.loads(label_file.read_text())
    rows = rows_of(folder / label["capture"])
    wrong: list[str] = []
    if label["kind"] == "benign":
        lead_in = rows
        wrong += [] if not label["acts"] else ["a benign capture has acts"]
    else:
        end = seconds(label["lead_in_end"])
        lead_in = [row for row in rows if float(row.first("time")) < end]
        wrong += [] if label["acts"] else ["an attack capture has no acts"]
    for act in label["acts"]:
        if act["client"] is not None:
            wrong += check_act(act, rows, lead_in, benign, label["kind"] == "twin")
            if f"{act['detection']}/{act['name']}" in SHOWN:
                wrong += shown(folder / label["capture"], act, len(lead_in))
    wrong += check_loss(label["acts"], rows, lead_in)
    wrong += check_silence_after_listen_only(label, rows)
    wrong += check_plant(lead_in, label)
    wrong += check_handshakes(rows)
    return len(rows), wrong


def checked_well(folder: Path, label_file: Path) -> tuple[int, list[str]]:
    try:
        return check(folder, label_file, BENIGN)
    except (Wrong, OSError, KeyError, ValueError) as error:
        return 0, [f"{error!r}"]


def main(arguments: list[str]) -> int:
    folder = Path(arguments[0]) if arguments else PCAPS
    label_files = sorted(folder.glob("*.labels.json"))
    problems = [
        f"{capture.name}: no labels"
        for capture in folder.glob("*.pcapng")
        # Captures of single functions show no plant and no attack; tests/golden holds what they give.
        if not capture.with_suffix(".labels.json").exists() and not capture.name.startswith(WITHOUT_ACTS)
    ]
    if not (folder / "benign.pcapng").exists():
        problems.append("benign.pcapng is missing")
        label_files = []
    benign = rows_of(folder / "benign.pcapng") if label_files else []
    # Forked, so that each process finds the plant's rows where they are.
    BENIGN.extend(benign)
    with ProcessPoolExecutor(mp_context=get_context("fork")) as pool:
        checked = list(pool.map(checked_well, [folder] * len(label_files), label_files))
    for label_file, (frames, wrong) in zip(label_files, checked, strict=True):
        print(f"{label_file.name}: {frames} frames, {'good' if not wrong else 'WRONG'}")
        problems += [f"{label_file.name}: {what}" for what in wrong]
    for problem in problems:
        print(f"WRONG {problem}", file=sys.stderr)
    return 1 if problems or not label_files else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
