"""A lab's name, its folder under /run, its lock and its process ids.

A process id alone is no proof (numbers are used again), so it is stored with the process's start time.
"""

from __future__ import annotations

import contextlib
import fcntl
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .shell import LabError

RUN = Path("/run/fengsui-lab")
NAME = re.compile(r"[a-z][a-z0-9]{0,8}")


@dataclass(frozen=True)
class Lab:
    name: str

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            raise LabError(f"lab name {self.name!r}: 1 to 9 lower-case letters and digits, a letter first")

    @property
    def folder(self) -> Path:
        return RUN / self.name

    @property
    def switch(self) -> str:
        return f"fs-{self.name}-switch"

    @property
    def span(self) -> str:
        return f"span-{self.name}"

    def namespace(self, machine: str) -> str:
        return f"fs-{self.name}-{machine}"

    def owns(self, namespace: str) -> bool:
        return namespace.startswith(f"fs-{self.name}-")

    def log(self, machine: str) -> Path:
        return self.folder / f"{machine}.log"

    def ready_file(self, machine: str) -> Path:
        return self.folder / f"{machine}.ready"

    @property
    def supervisor_file(self) -> Path:
        return self.folder / "supervisor.pid"


@contextlib.contextmanager
def locked(lab: Lab, wait: float = 60) -> Iterator[None]:
    """One up, down or attack at a time in one lab; other labs are not held up."""
    RUN.mkdir(parents=True, exist_ok=True)
    with open(RUN / f"{lab.name}.lock", "w") as handle:
        deadline = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise LabError(f"lab {lab.name} is busy with another up, down or attack") from None
                time.sleep(0.2)
        yield


def start_time(pid: int) -> str | None:
    """The kernel's start time of a process, None when there is none (or only its corpse)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def write_pid(path: Path, pid: int) -> None:
    path.write_text(f"{pid} {start_time(pid)}\n")


def read_pid(path: Path) -> int | None:
    """The process id in the file, if that very process still lives."""
    try:
        pid, started = path.read_text().split()
    except (OSError, ValueError):
        return None
    return int(pid) if start_time(int(pid)) == started else None
