"""The attacks, one file a detection, each by real clients. `ATTACK` in every module says who does what to whom.

Beside most acts stands a benign twin in the plant: the same function by a machine that may (hmi-water writes what historian must not,
eng identifies what intruder must not); it is named in the module's head comment.
"""

from __future__ import annotations

import importlib

from ..shell import LabError
from .base import Attack

DETECTIONS = (
    "NET-01",
    "NET-06",
    "NET-10",
    "MB-01",
    "MB-03",
    "MB-04",
    "MB-11",
    "MB-15",
    "S7-03",
    "S7-04",
    "S7-08",
    "S7-15",
    "UA-05",
    "UA-12",
    "UA-14",
    "SEN-02",
)

NAMES = tuple(detection.lower() for detection in DETECTIONS)


def load(name: str) -> Attack:
    if name.lower() not in NAMES:
        raise LabError(f"no attack {name!r}; there are: {', '.join(NAMES)}")
    return importlib.import_module(f"{__name__}.{name.lower().replace('-', '_')}").ATTACK
