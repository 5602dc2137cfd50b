"""A station's habits: each link is a thread that opens a connection, repeats one cycle, and now and then connects anew.

Half of the links stay connected for ever (a capture then meets them in mid-stream), the other half reconnect every few
cycles (it then sees their set-up too).
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PAUSE_AFTER_FAILURE = 1.0

log = logging.getLogger("rhythm")


@dataclass(frozen=True)
class Link:
    name: str
    open: Callable[[], Any]
    close: Callable[[Any], None]
    cycle: Callable[[Any, int], None]
    period: float
    cycles: int | None = None  # a connection's life; None: it stays


class FirstRound:
    """Calls `ready` when every link of a station has done its first cycle."""

    def __init__(self, names: list[str], ready: Callable[[], None]) -> None:
        self._missing = set(names)
        self._ready = ready
        self._lock = threading.Lock()

    def done(self, name: str) -> None:
        with self._lock:
            if name in self._missing:
                self._missing.discard(name)
                if not self._missing:
                    self._ready()


def start(links: list[Link], first: FirstRound) -> None:
    for link in links:
        threading.Thread(target=_run, args=(link, first), name=link.name, daemon=True).start()


def run(links: list[Link], ready: Callable[[], None]) -> None:
    start(links, FirstRound([link.name for link in links], ready))
    threading.Event().wait()


def _run(link: Link, first: FirstRound) -> None:
    while True:
        try:
            due = _connection(link, first)
            time.sleep(max(0.0, due - time.monotonic()))
        except Exception as error:  # noqa: BLE001 - a station outlives whatever its peer does
            log.warning("%s: %r", link.name, error)
            time.sleep(PAUSE_AFTER_FAILURE)


def _connection(link: Link, first: FirstRound) -> float:
    """One connection from set-up to close; returns when the next one is due."""
    session = link.open()
    try:
        for number in itertools.count():
            due = time.monotonic() + link.period
            link.cycle(session, number)
            first.done(link.name)
            if number + 1 == link.cycles:
                return due
            time.sleep(max(0.0, due - time.monotonic()))
    finally:
        link.close(session)
    raise AssertionError("the loop above ends by return")
