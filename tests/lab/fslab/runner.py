"""Carries out one act: forks, enters the actor's namespace, runs it, and ends it when it takes too long."""

from __future__ import annotations

import os
import signal
import sys
import time
import traceback
from dataclasses import dataclass

from . import netns
from .attacks.base import SWITCH, Act
from .rundir import Lab
from .shell import LabError

ACT_SECONDS = 120


@dataclass(frozen=True)
class Window:
    """When an act ran, in nanoseconds since 1970."""

    act: Act
    start: int
    end: int


def run_act(lab: Lab, act: Act) -> Window:
    namespace = lab.switch if act.actor == SWITCH else lab.namespace(act.actor)
    start = time.time_ns()
    pid = _fork(namespace, act)
    try:
        code = _wait(pid)
    except BaseException:
        _end(pid)
        raise
    if code is None:
        _end(pid)
        raise LabError(f"{act.name}: no end after {ACT_SECONDS} s")
    if code != 0:
        raise LabError(f"{act.name}: the act failed (see above)")
    return Window(act, start, time.time_ns())


def _fork(namespace: str, act: Act) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        netns.die_with_parent(parent)
        os.setpgid(0, 0)  # so that what the act starts (nmap) can be ended with it
        signal.signal(signal.SIGTERM, _stop)
        netns.enter(namespace)
        act.run()
        code = 0
    except BaseException:  # noqa: B036 - a forked child must never return into the caller
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _wait(pid: int) -> int | None:
    deadline = time.monotonic() + ACT_SECONDS
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.05)
    return None


def _end(pid: int) -> None:
    """First asked to stop (an act may have something to put back), then killed with all it started."""
    for number, seconds in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 3.0)):
        try:
            os.killpg(pid, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if os.waitpid(pid, os.WNOHANG)[0]:
                return
            time.sleep(0.05)


def _stop(signum: int, frame: object) -> None:
    raise SystemExit(1)
