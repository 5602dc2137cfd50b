#!/usr/bin/env python3
"""Writes status_codes.rs, standard_nodes.rs and schema.rs: numbers, names and structures of the OPC UA standard, as data.

    python3 src/protocol/opcua/generate.py

The OPC Foundation publishes them as StatusCode.csv, NodeIds.csv and Opc.Ua.Types.bsd (OPC 10000-6, annexes A.2, A.1
and E). They are read here from npm packages that carry them (node-opcua-status-code, node-opcua-constants and
node-opcua-nodesets, all MIT licence); only numbers, names and the order of fields are taken. Needs npm and a package
registry; pin new versions below to renew the lists.
"""

import pathlib
import re
import subprocess
import tarfile
import tempfile
import xml.etree.ElementTree as ElementTree

STATUS_CODES = ("node-opcua-status-code@2.181.0", "package/source/_generated_status_codes.ts")
NODE_IDS = ("node-opcua-constants@2.181.0", "package/source/opcua_node_ids.ts")
TYPES = ("node-opcua-nodesets@2.185.0", "package/nodesets/Opc.Ua.Types.bsd")
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


# Built-in types by their names in the type dictionary (OPC 10000-6 section 5.1.2).
BUILT_IN = {
    **{f"opc:{name}": number for number, name in enumerate(
        "Boolean SByte Byte Int16 UInt16 Int32 UInt32 Int64 UInt64 Float Double String DateTime Guid ByteString".split(), 1
    )},
    **{f"ua:{name}": number for number, name in enumerate(
        "XmlElement NodeId ExpandedNodeId StatusCode QualifiedName LocalizedText ExtensionObject DataValue Variant "
        "DiagnosticInfo".split(), 16
    )},
    "opc:CharArray": 12,
}
# Enumerations by their length; the first column is for numbers, the second for sets of flags.
ENUMERATIONS = {"8": (3, 3), "16": (5, 5), "32": (6, 7), "64": (9, 9)}
# Messages do not travel as values, and their headers carry secrets. What carries passwords and keys is never taken apart,
# so that it cannot be shown.
MESSAGE = re.compile(r"(Request|Response|RequestHeader|ResponseHeader|ServiceFault)$")
SECRET = {"UserNameIdentityToken", "IssuedIdentityToken", "EphemeralKeyType", "SignatureData"}
OPC = "{http://opcfoundation.org/BinarySchema/}"


def snake(name: str) -> str:
    words = re.sub(r"([A-Z]+)([A-Z][a-z])", r"\1_\2", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", words).lower()


def field(part: ElementTree.Element, numbers: dict[str, int], encodings: dict[str, int]) -> str | None:
    kind, name = part.attrib["TypeName"].replace("tns:", ""), snake(part.attrib["Name"])
    many = "LengthField" in part.attrib
    if kind in numbers:
        return f'("{name}", {"Many" if many else "One"}({numbers[kind]}))'
    if kind in encodings:
        return f'("{name}", {"Inners" if many else "Inner"}({encodings[kind]}))'
    return None


def row(encoding: int, name: str, fields: list[str]) -> str:
    lines, line = [], f'    ({encoding}, "{name}", &['
    for one in fields:
        if len(line) + len(one) + 2 > WIDTH - 4:
            lines.append(line.rstrip())
            line = "        "
        line += one + ", "
    return "\n".join([*lines, line.rstrip().removesuffix(",") + "]),"])


def closed(rows: dict[int, str]) -> dict[int, str]:
    """Without structures that hold one that is not in the table."""
    held = {code: {int(inner) for inner in re.findall(r"Inners?\((\d+)\)", text)} for code, text in rows.items()}
    kept = {code: text for code, text in rows.items() if held[code] <= rows.keys()}
    return kept if len(kept) == len(rows) else closed(kept)


def schema() -> None:
    root = ElementTree.fromstring(fetch(*TYPES))
    names = {int(number): name for name, number in re.findall(r"(\w+)\s*=\s*(\d+)\s*,", fetch(*NODE_IDS))}
    encodings = {name.removesuffix(BINARY): number for number, name in names.items() if name.endswith(BINARY)}
    numbers = dict(BUILT_IN)
    for kind in root.findall(f"{OPC}EnumeratedType"):
        if kind.attrib["LengthInBits"] in ENUMERATIONS:
            plain, flags = ENUMERATIONS[kind.attrib["LengthInBits"]]
            numbers[kind.attrib["Name"]] = flags if kind.get("IsOptionSet") == "true" else plain
    rows = {}
    for kind in root.findall(f"{OPC}StructuredType"):
        name = kind.attrib["Name"]
        parts = kind.findall(f"{OPC}Field")
        lengths = {part.get("LengthField") for part in parts}
        parts = [part for part in parts if part.attrib["Name"] not in lengths]
        fields = [field(part, numbers, encodings) for part in parts]
        # Flags that say which fields follow are read by hand where they are wanted.
        plain = not any("SwitchField" in part.attrib for part in parts) and None not in fields
        shown = name not in SECRET and not MESSAGE.search(name)
        if name in encodings and shown and fields and plain:
            rows[encodings[name]] = row(encodings[name], name, [one for one in fields if one])
    rows = closed(rows)
    body = "\n".join(rows[encoding] for encoding in sorted(rows))
    head = f"""//! Written by `generate.py` from {TYPES[0]}; not to be edited by hand.

use super::structure::Kind::{{Inner, Inners, Many, One}};
use super::structure::Row;

/// Structures by the node of their binary encoding, with their fields in the order of the wire (OPC 10000-6 annex E).
#[rustfmt::skip]
pub static SCHEMA: &[Row] = &[
"""
    (HERE / "schema.rs").write_text(f"{head}{body}\n];\n")


status_codes()
standard_nodes()
schema()
