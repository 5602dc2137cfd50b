"""Keys and self-signed certificates of the OPC UA applications, made once and kept in .cache (never committed).

Kept, because a server that comes with another certificate in every capture would be an alarm of its own.
"""

from __future__ import annotations

import fcntl
import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ..plan import Machine

FOLDER = Path(__file__).resolve().parents[2] / ".cache" / "pki"
YEARS = 10


@dataclass(frozen=True)
class Identity:
    uri: str
    certificate: Path
    key: Path


def application_uri(machine: Machine) -> str:
    return f"urn:{machine.name}:bottling:opcua"


def identity(machine: Machine) -> Identity:
    found = Identity(application_uri(machine), FOLDER / f"{machine.name}.der", FOLDER / f"{machine.name}.pem")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # labs may start side by side, and share the folder
        if not found.certificate.exists():
            _make(machine, found)
    return found


def _make(machine: Machine, into: Identity) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    into.key.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    into.key.chmod(0o600)
    draft = into.certificate.with_suffix(".draft")
    draft.write_bytes(_certificate(machine, into.uri, key).public_bytes(serialization.Encoding.DER))
    draft.replace(into.certificate)


def _certificate(machine: Machine, uri: str, key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, machine.name),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Bottling plant"),
        ]
    )
    alternatives = [
        x509.UniformResourceIdentifier(uri),
        x509.DNSName(machine.name),
        x509.IPAddress(ipaddress.ip_address(machine.ip)),
    ]
    now = datetime.now(UTC)
    usage = x509.KeyUsage(True, True, True, True, False, True, False, False, False)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * YEARS))
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=False)
        .add_extension(usage, critical=False)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
