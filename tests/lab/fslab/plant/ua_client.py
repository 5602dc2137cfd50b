"""OPC UA sessions: by name and password, over None (the password still goes encrypted) or over Basic256Sha256, or anonymous."""

from __future__ import annotations

from asyncua import Client
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from asyncua.ua import MessageSecurityMode

from ..plan import UA_USERS, Machine, machine
from .pki import application_uri, identity
from .ua_names import url

TIMEOUT = 8
KEEP_ALIVE = 5  # asyncua reads the server's state this often


def client(station: Machine, server: str, user: str | None) -> Client:
    """Not connected yet: `async with` does that."""
    made = Client(url(machine(server)), timeout=TIMEOUT, watchdog_intervall=KEEP_ALIVE)
    made.application_uri = application_uri(station)
    made.name = made.description = station.name
    made.session_timeout = 60_000
    if user is not None:
        made.set_user(user)
        made.set_password(UA_USERS[user][0])
    return made


async def encrypted(station: Machine, server: str, user: str) -> Client:
    """The server's certificate is known beforehand, so no discovery precedes the session."""
    made, own, peer = client(station, server, user), identity(station), identity(machine(server))
    await made.set_security(
        SecurityPolicyBasic256Sha256,
        certificate=own.certificate,
        private_key=own.key,
        server_certificate=peer.certificate,
        mode=MessageSecurityMode.SignAndEncrypt,
    )
    return made
