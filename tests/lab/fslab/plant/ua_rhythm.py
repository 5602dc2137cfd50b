"""rhythm.py for asyncio: OPC UA sessions that stay, or are made anew after some cycles."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from asyncua import Client

from .rhythm import PAUSE_AFTER_FAILURE, FirstRound

log = logging.getLogger("rhythm")


@dataclass(frozen=True)
class UaLink:
    name: str
    make: Callable[[], Awaitable[Client]]
    cycle: Callable[[Client, int], Awaitable[None]]
    period: float
    cycles: int | None = None  # a session's life; None: it stays


async def run(links: list[UaLink], first: FirstRound) -> None:
    await asyncio.gather(*(_forever(link, first) for link in links))


async def _forever(link: UaLink, first: FirstRound) -> None:
    for turn in itertools.count():
        try:
            due = await _session(link, first, turn)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
        except Exception as error:  # noqa: BLE001 - a station outlives whatever its peer does
            log.warning("%s: %r", link.name, error)
            await asyncio.sleep(PAUSE_AFTER_FAILURE)


async def _session(link: UaLink, first: FirstRound, turn: int) -> float:
    """One session from connect to close; cycles of all sessions are numbered on. Returns when the next one is due."""
    due = time.monotonic()
    async with await link.make() as client:
        for number in itertools.count() if link.cycles is None else range(link.cycles):
            due = time.monotonic() + link.period
            await link.cycle(client, number if link.cycles is None else turn * link.cycles + number)
            first.done(link.name)
            if number + 1 != link.cycles:
                await asyncio.sleep(max(0.0, due - time.monotonic()))
    return due
