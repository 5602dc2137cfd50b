"""Records several captures at a time, each by a `lab record` of its own in a lab of its own."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from .recorder import Times
from .shell import LabError

LAB = Path(__file__).resolve().parent.parent / "lab"


def record_side_by_side(names: list[str], out: Path, times: Times, jobs: int) -> None:
    waiting, failed = list(names), []
    running: dict[str, tuple[str, subprocess.Popen[bytes]]] = {}
    try:
        while waiting or running:
            free = next((lab for lab in (f"rec{n}" for n in range(jobs)) if lab not in running), None)
            if free and waiting:
                name = waiting.pop(0)
                running[free] = (name, _worker(free, name, out, times))
                continue
            time.sleep(0.5)
            for lab, (name, worker) in list(running.items()):
                if worker.poll() is not None:
                    del running[lab]
                    failed += [name] if worker.returncode else []
    finally:
        _end(running)
    if failed:
        raise LabError(f"not recorded: {', '.join(failed)}")


def _worker(lab: str, name: str, out: Path, times: Times) -> subprocess.Popen[bytes]:
    lengths = ("--benign-seconds", times.benign, "--lead-in-seconds", times.lead_in, "--tail-seconds", times.tail)
    command = [sys.executable, "-B", str(LAB), "--lab", lab, "record", name, "--out", str(out), *map(str, lengths)]
    return subprocess.Popen(command)


def _end(running: dict[str, tuple[str, subprocess.Popen[bytes]]]) -> None:
    """Interrupted workers take their labs down themselves."""
    for _, worker in running.values():
        worker.terminate()
    for _, worker in running.values():
        worker.wait(timeout=60)
