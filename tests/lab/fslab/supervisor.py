"""One process a machine, each in its namespace.

The stacks are imported and the OPC UA address space (1.5 s of work) is built once, before the machines are forked: a lab
is up in seconds that way. A machine whose program ends is started again, as a watchdog would.
Run as `python -m fslab.supervisor LAB`; control.py does that.
"""

from __future__ import annotations

import importlib
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from types import ModuleType

from . import netns
from .plan import Machine, programs
from .rundir import Lab, write_pid

RESTART_PAUSE = 1.0
SERVER_SECONDS = 30


def _start(lab: Lab, machine: Machine, module: ModuleType) -> int:
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        netns.die_with_parent(parent)
        _become(lab, machine)
        module.main(machine, _ready_callback(lab, machine))
        code = 0
    except BaseException:  # noqa: B036 - a forked child must never return into the supervisor's loop
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _become(lab: Lab, machine: Machine) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    log = os.open(lab.log(machine.name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    os.dup2(log, 1)
    os.dup2(log, 2)
    logging.basicConfig(level=logging.WARNING, format=f"%(asctime)s {machine.name} %(name)s %(message)s", force=True)
    # asyncua warns on every load of a certificate that it does not name this computer; the plant's machines are not it
    logging.getLogger("asyncua.crypto.uacrypto").setLevel(logging.ERROR)
    netns.enter(lab.namespace(machine.name))


def _ready_callback(lab: Lab, machine: Machine) -> Callable[[], None]:
    return lambda: lab.ready_file(machine.name).write_text(f"{os.getpid()}\n")


def _stop(signum: int, frame: object) -> None:
    raise SystemExit(0)


def _wait_for_servers(lab: Lab) -> None:
    """So that no station's first connection is refused: the plant starts as one that was running all along."""
    deadline = time.monotonic() + SERVER_SECONDS
    servers = [m.name for m in programs() if m.services]
    while not all(lab.ready_file(name).exists() for name in servers) and time.monotonic() < deadline:
        time.sleep(0.05)


def supervise(lab: Lab) -> None:
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    write_pid(lab.supervisor_file, os.getpid())
    modules = {m.name: importlib.import_module(f"fslab.plant.{m.program}") for m in programs()}
    running: dict[int, Machine] = {}
    try:
        for machine in sorted(programs(), key=lambda m: not m.services):
            if not machine.services:
                _wait_for_servers(lab)
            running[_start(lab, machine, modules[machine.name])] = machine
        while True:
            pid, status = os.wait()
            machine = running.pop(pid)
            print(f"{machine.name} ended with status {status}, starting it again", file=sys.stderr, flush=True)
            time.sleep(RESTART_PAUSE)
            running[_start(lab, machine, modules[machine.name])] = machine
    finally:
        for pid in running:
            os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    supervise(Lab(sys.argv[1]))
