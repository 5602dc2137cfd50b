"""Entering a network namespace, and being killed with the parent: the two Linux calls Python 3.11 does not offer."""

from __future__ import annotations

import ctypes
import os
import signal

CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> None:
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def enter(namespace: str) -> None:
    """Moves the calling process (single-threaded still) into a namespace made by `ip netns add`."""
    with open(f"/var/run/netns/{namespace}") as handle:
        _checked(_libc.setns(handle.fileno(), CLONE_NEWNET), f"setns {namespace}")


def die_with_parent(parent: int) -> None:
    """So that a supervisor killed with -9 leaves no machine behind."""
    _checked(_libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL), "prctl")
    if os.getppid() != parent:
        os._exit(1)
