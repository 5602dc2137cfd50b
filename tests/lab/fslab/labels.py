"""What a capture holds, for machines to read: `<name>.labels.json` beside each capture.

The frames of an act are found in the finished capture: what the act's display filter matches while the act ran, and the answer to
each of those frames (the next payload the other side sent in the same connection).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .attacks.base import Act, Attack, text, tool_version
from .plan import MACHINES, Machine, machine
from .runner import Window
from .shell import LabError, run

MARGIN_BEFORE_NS = 100_000_000
MARGIN_AFTER_NS = 1_500_000_000
TSHARK_SECONDS = 120


@dataclass(frozen=True)
class Frame:
    number: int
    time: int
    stream: str
    source: str
    payload: bool


def benign(capture: str, seconds: float) -> str:
    description = text(f"正常生产 {seconds:.0f} 秒，无攻击", f"{seconds:.0f} seconds of the plant at work, no attack")
    return _document(capture, "benign", description, None, [])


def attack(capture: str, draft: Path, what: Attack, lead_in_end: int, windows: list[Window]) -> str:
    frames = _frames(draft)
    acts = [_act(draft, frames, what, window) for window in windows]
    kind = "twin" if capture.startswith("twin-") else "attack"
    return _document(capture, kind, what.title, rfc3339(lead_in_end), acts)


def _document(
    capture: str, kind: str, description: dict[str, str], lead_in_end: str | None, acts: list[dict[str, Any]]
) -> str:
    document = {
        "v": 1,
        "capture": capture,
        "kind": kind,
        "description": description,
        "hosts": [{"name": m.name, "role": m.role, "ip": m.ip, "mac": m.mac} for m in MACHINES],
        "lead_in_end": lead_in_end,
        "acts": acts,
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _act(draft: Path, frames: dict[int, Frame], what: Attack, window: Window) -> dict[str, Any]:
    act = window.act
    hits = [
        frames[n]
        for n in _matching(draft, act)
        if window.start - MARGIN_BEFORE_NS <= frames[n].time <= window.end + MARGIN_AFTER_NS
    ]
    if not hits:
        raise LabError(f"{what.detection} {act.name}: no frame of it in the capture")
    numbers = sorted({n for hit in hits for n in (hit.number, _answer(frames, hit))})
    return {
        "detection": act.detection or what.detection,
        "name": act.name,
        "client": _end(act.client, act.seen_as, act.seen_card),
        "server": _end(act.server or (machine(act.about) if act.about else None)),
        "first": rfc3339(frames[numbers[0]].time),
        "last": rfc3339(frames[numbers[-1]].time),
        "frames": [numbers[0], numbers[-1]],
        "what": act.what,
        "tool": tool_version(act.tool),
        "also": sorted({*act.also, *what.also}),
    }


def _end(end: Machine | None, seen_as: str | None = None, seen_card: str | None = None) -> dict[str, str] | None:
    return None if end is None else {"ip": seen_as or end.ip, "mac": seen_card or end.mac}


def _answer(frames: dict[int, Frame], hit: Frame) -> int:
    """The frame's own number when nothing answers it."""
    if not hit.stream:
        return hit.number
    for number in range(hit.number + 1, len(frames) + 1):
        frame = frames[number]
        if frame.stream == hit.stream and frame.payload and frame.source != hit.source:
            return number
    return hit.number


def _frames(draft: Path) -> dict[int, Frame]:
    fields = ("frame.number", "frame.time_epoch", "tcp.stream", "ip.src", "tcp.len")
    frames = {}
    for line in _tshark(draft, "-T", "fields", *(part for name in fields for part in ("-e", name))):
        number, epoch, stream, source, length = line.split("\t")
        frames[int(number)] = Frame(int(number), _nanoseconds(epoch), stream, source, length not in ("", "0"))
    return frames


def _matching(draft: Path, act: Act) -> list[int]:
    return [int(line) for line in _tshark(draft, "-Y", act.display_filter(), "-T", "fields", "-e", "frame.number")]


def _tshark(capture: Path, *arguments: str) -> list[str]:
    return run("tshark", "-n", "-r", str(capture), *arguments, timeout=TSHARK_SECONDS).stdout.splitlines()


def _nanoseconds(epoch: str) -> int:
    seconds, _, fraction = epoch.partition(".")
    return int(seconds) * 10**9 + int(fraction.ljust(9, "0")[:9])


def rfc3339(nanoseconds: int) -> str:
    moment = datetime.fromtimestamp(nanoseconds // 10**9, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{nanoseconds % 10**9:09d}Z"
