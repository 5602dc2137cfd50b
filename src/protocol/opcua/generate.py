#!/usr/bin/env python3
"""Writes status_codes.rs and standard_nodes.rs: numbers and names of the OPC UA standard, as data.

    python3 src/protocol/opcua/generate.py

The OPC Foundation publishes both lists as StatusCode.csv and NodeIds.csv (OPC 10000-6, annexes A.2 and A.1). They are
read here from two npm packages that carry them (node-opcua-status-code and node-opcua-constants, both MIT licence);
only numbers and names are taken. Needs npm and a package registry; pin new versions below to renew the lists.
"""

import pathlib
import re
import subprocess
import tarfile
import tempfile

STATUS_CODES = ("node-opcua-status-code@2.181.0", "package/source/_generated_status_codes.ts")
NODE_IDS = ("node-opcua-constants@2.181.0", "package/source/opcua_node_ids.ts")
BINARY = "_Encoding_DefaultBinary"
HERE = pathlib.Path(__file__).parent
WIDTH = 120


def fetch(package: str, member: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", package]
        packed = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
        archive = pathlib.Path(folder) / packed.stdout.split()[-1]
        with tarfile.open(archive) as tar:
            return tar.extractfile(member).read().decode()


def table(name: str, doc: str, rows: dict[int, str], number: str) -> str:
    lines, line = [], "   "
    for code, text in sorted(rows.items()):
        entry = f' ({code:{number}}, "{text}"),'
        if len(line) + len(entry) > WIDTH:
            lines.append(line)
            line = "   "
        line += entry
    lines.append(line)
    body = "\n".join(lines)
    return f"/// {doc}\n#[rustfmt::skip]\npub static {name}: &[(u32, &str)] = &[\n{body}\n];\n"


def write(file: str, source: str, tables: list[str]) -> None:
    head = f"//! Written by `generate.py` from {source}; not to be edited by hand.\n\n"
    (HERE / file).write_text(head + "\n".join(tables))


def status_codes() -> None:
    text = fetch(*STATUS_CODES)
    found = re.findall(r'name:\s*"(\w+)",\s*value:\s*(0x[0-9a-fA-F]+)', text)
    rows = {int(value, 16): name for name, value in found}
    doc = "OPC 10000-6 annex A.2, by code."
    write("status_codes.rs", STATUS_CODES[0], [table("STATUS_CODES", doc, rows, "#010x")])


def standard_nodes() -> None:
    names = {int(number): name for name, number in re.findall(r"(\w+)\s*=\s*(\d+)\s*,", fetch(*NODE_IDS))}
    encodings = {number: name.removesuffix(BINARY) for number, name in names.items() if name.endswith(BINARY)}
    nodes = {number: name for number, name in names.items() if "_Encoding_Default" not in name}
    by_encoding = "Structures by the node of their binary encoding (OPC 10000-6 annex A.1)."
    others = "All other nodes of namespace 0 (OPC 10000-6 annex A.1)."
    tables = [table("ENCODINGS", by_encoding, encodings, "d"), table("STANDARD_NODES", others, nodes, "d")]
    write("standard_nodes.rs", NODE_IDS[0], tables)


status_codes()
standard_nodes()
