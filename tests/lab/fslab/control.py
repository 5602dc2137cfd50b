"""up, down and status of one lab."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from . import network
from .plan import MACHINES, SUBNET, programs
from .rundir import Lab, read_pid, start_time
from .shell import LabError

UP_SECONDS = 90  # a quiet machine needs 5; a machine that compiles on all its cores needs far more
LAB_FOLDER = Path(__file__).resolve().parent.parent


def up(lab: Lab) -> None:
    """Leaves a running lab as it is; anything less is cleared away and made anew."""
    if is_up(lab):
        return
    down(lab)
    lab.folder.mkdir(parents=True)
    try:
        network.create(lab)
        supervisor = _start_supervisor(lab)
        _wait_ready(lab, supervisor)
    except BaseException:
        down(lab, keep_logs=True)
        raise


def _start_supervisor(lab: Lab) -> subprocess.Popen[bytes]:
    with open(lab.log("supervisor"), "ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "fslab.supervisor", lab.name],
            cwd=LAB_FOLDER,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _wait_ready(lab: Lab, supervisor: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + UP_SECONDS
    while waiting := [m.name for m in programs() if not lab.ready_file(m.name).exists()]:
        if supervisor.poll() is not None:
            raise LabError(f"the plant did not start:\n{_tail(lab, 'supervisor')}")
        if time.monotonic() > deadline:
            logs = "\n".join(f"{name}: {_tail(lab, name)}" for name in waiting)
            raise LabError(f"not ready after {UP_SECONDS} s: {', '.join(waiting)}\n{logs}")
        time.sleep(0.1)


def _tail(lab: Lab, name: str, lines: int = 12) -> str:
    log = lab.log(name)
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:]) if log.exists() else "(no log)"


def down(lab: Lab, keep_logs: bool = False) -> None:
    _stop_supervisor(lab)
    network.destroy(lab)
    if not keep_logs:
        shutil.rmtree(lab.folder, ignore_errors=True)


def _stop_supervisor(lab: Lab) -> None:
    pid = read_pid(lab.supervisor_file)
    if pid is None:
        return
    started = start_time(pid)
    for number, seconds in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 3.0)):
        os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while start_time(pid) == started and time.monotonic() < deadline:
            _reap(pid)
            time.sleep(0.05)


def _reap(pid: int) -> None:
    """The recorder's supervisors are its own children."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass


def is_up(lab: Lab) -> bool:
    return read_pid(lab.supervisor_file) is not None and all(lab.ready_file(m.name).exists() for m in programs())


def require_up(lab: Lab) -> None:
    if not is_up(lab):
        raise LabError(f"lab {lab.name} is not up: run `lab up` first")


def status(lab: Lab) -> dict[str, object]:
    present = set(network.of_lab(lab))
    return {
        "v": 1,
        "lab": lab.name,
        "up": is_up(lab),
        "subnet": SUBNET,
        "span": lab.span,
        "span_tx_packets": network.span_tx_packets(lab),
        "logs": str(lab.folder),
        "machines": [
            {
                "name": m.name,
                "role": m.role,
                "ip": m.ip,
                "mac": m.mac,
                "vendor": m.vendor,
                "services": list(m.services),
                "namespace": lab.namespace(m.name),
                "present": lab.namespace(m.name) in present,
                "ready": m.program is None or lab.ready_file(m.name).exists(),
            }
            for m in MACHINES
        ],
    }
