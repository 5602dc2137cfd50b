"""An OPC UA server on asyncua: one folder of nodes, two endpoints (None; Basic256Sha256 sign and encrypt), users with passwords.

`BLANK` is a server with the standard address space, built when the supervisor imports this module, before it forks: the work
(1.5 s) is done once and every server machine starts from its own copy.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asyncua import Node, Server, ua
from asyncua.crypto.permission_rules import User, UserRole

from ..plan import UA_USERS, Machine
from .pki import identity
from .ua_names import NAMESPACE, NAMESPACE_INDEX, node_id, url


@dataclass(frozen=True)
class Build:
    maker: str
    product: str
    version: str
    number: str
    date: datetime


@dataclass(frozen=True)
class Variable:
    value: float | int | bool | str
    writable: bool = False


class PasswordUsers:
    """Anonymous sessions get a normal user's rights where they are let in at all, as many vendors ship it."""

    def get_user(
        self, iserver: Any, username: str | None = None, password: str | None = None, certificate: Any = None
    ) -> User | None:
        if username is None:
            return User(role=UserRole.User)
        secret, role = UA_USERS.get(username, (None, ""))
        return User(role=UserRole[role], name=username) if secret is not None and secret == password else None


async def _blank() -> Server:
    server = Server(user_manager=PasswordUsers())
    await server.init()
    return server


BLANK = asyncio.run(_blank())


async def configure(machine: Machine, build: Build, anonymous: bool) -> Server:
    server, own = BLANK, identity(machine)
    server.set_endpoint(url(machine))
    server.set_server_name(build.product)
    server.manufacturer_name, server.product_uri = (
        build.maker,
        f"urn:{build.maker.lower().replace(' ', '')}:{machine.name}",
    )
    await server.set_application_uri(own.uri)
    await server.set_build_info(server.product_uri, build.maker, build.product, build.version, build.number, build.date)
    await server.load_certificate(own.certificate)
    await server.load_private_key(own.key)
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity, ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt])
    tokens = [ua.UserNameIdentityToken] + ([ua.AnonymousIdentityToken] if anonymous else [])
    server.set_identity_tokens(tokens)
    if await server.register_namespace(NAMESPACE) != NAMESPACE_INDEX:
        raise RuntimeError("the plant's namespace must be number 2")
    return server


async def add_variables(server: Server, folder: str, variables: dict[str, Variable]) -> dict[str, Node]:
    parent = await server.nodes.objects.add_object(node_id(folder), f"{NAMESPACE_INDEX}:{folder}")
    nodes = {}
    for name, variable in variables.items():
        nodes[name] = await parent.add_variable(
            node_id(f"{folder}.{name}"), f"{NAMESPACE_INDEX}:{name}", variable.value
        )
        if variable.writable:
            await nodes[name].set_writable()
    return nodes


async def serve(server: Server, ready: Callable[[], None], move: Callable[[], Any]) -> None:
    """Serves for ever; `move` changes the process values every half second."""
    async with server:
        ready()
        while True:
            await move()
            await asyncio.sleep(0.5)
