"""Makes the captures of pcaps/: a fresh plant for each, dumpcap on its mirror port, the attack, the labels.

A capture begins when the plant is already running, so half of its connections are met in mid-stream; the others set themselves
up again every nine seconds.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from . import attacks, control, labels, netns, network
from .attacks.base import Attack
from .rundir import Lab, locked
from .runner import Window, run_act
from .shell import LabError

BENIGN = "benign"
SETTLE_SECONDS = 3
PAUSE_SECONDS = 4
DUMPCAP_SECONDS = 15


@dataclass(frozen=True)
class Times:
    """How long the parts of a capture are, in seconds."""

    benign: float = 600
    lead_in: float = 66
    tail: float = 12


@dataclass
class Dumpcap:
    """dumpcap on one interface for as long as the block lasts; a single lost frame makes the capture void."""

    interface: str
    file: Path
    process: subprocess.Popen[str] | None = field(default=None)

    def __enter__(self) -> Dumpcap:
        command = ["dumpcap", "-q", "-i", self.interface, "-w", str(self.file)]
        recorder = os.getpid()
        self.process = subprocess.Popen(
            command,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=lambda: netns.die_with_parent(recorder),
        )
        deadline = time.monotonic() + DUMPCAP_SECONDS
        while not (self.file.exists() and self.file.stat().st_size):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise LabError(f"dumpcap does not start: {self.process.communicate()[1]}")
            time.sleep(0.05)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        try:
            report = self.process.communicate(timeout=DUMPCAP_SECONDS)[1]
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise LabError("dumpcap does not end") from error
        dropped = re.search(r"received/dropped on interface '[^']*': \d+/(\d+)", report)
        if error is None and (dropped is None or dropped[1] != "0"):
            raise LabError(f"dumpcap lost frames: {report}")


def record(name: str, lab: Lab, out: Path, times: Times) -> Path:
    """One capture and its labels; both appear whole, under their names, or not at all."""
    out.mkdir(parents=True, exist_ok=True)
    stem = name if name == BENIGN else f"{'twin' if name in attacks.TWINS else 'attack'}-{name}"
    draft, capture = out / f".{stem}.pcapng.draft", out / f"{stem}.pcapng"
    draft.unlink(missing_ok=True)
    with locked(lab):
        try:
            control.down(lab)
            control.up(lab)
            if name == BENIGN:
                text = labels.benign(capture.name, _benign(lab, draft, times))
            else:
                attack = attacks.load(name)
                text = labels.attack(capture.name, draft, attack, *_attack(lab, attack, draft, times))
            _check_silence(lab)
            draft.chmod(0o644)
            draft.replace(capture)
            capture.with_suffix(".labels.json").write_text(text)
        finally:
            draft.unlink(missing_ok=True)
            control.down(lab)
    return capture


def _benign(lab: Lab, draft: Path, times: Times) -> float:
    with Dumpcap(lab.span, draft):
        _wait(lab, "the plant at work", times.benign)
    return times.benign


def _attack(lab: Lab, attack: Attack, draft: Path, times: Times) -> tuple[int, list[Window]]:
    if attack.prepare:
        run_act(lab, attack.prepare)
    time.sleep(SETTLE_SECONDS)
    windows = []
    with Dumpcap(lab.span, draft):
        _wait(lab, f"{attack.detection}: lead-in", times.lead_in)
        lead_in_end = time.time_ns()
        for number, act in enumerate(attack.acts):
            time.sleep(PAUSE_SECONDS if number else 0)
            say(lab, f"{attack.detection}: {act.name}")
            windows.append(run_act(lab, act))
        _wait(lab, f"{attack.detection}: tail", times.tail)
    return lead_in_end, windows


def _wait(lab: Lab, what: str, seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        say(lab, f"{what}, {left:.0f} s to go")
        time.sleep(min(left, 30))


def say(lab: Lab, message: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {lab.name}: {message}", flush=True)


def _check_silence(lab: Lab) -> None:
    sent = network.span_tx_packets(lab)
    if sent != 0:
        raise LabError(f"the mirror port transmitted {sent} packets: it must never do that")
