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
    "NET-24",
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

# many acts of one family in one capture, each act with its own detection
SETS = ("modbus", "umas", "s7comm", "opcua", "network", "link", "stories", "changes", "files", "services", "views", "plus", "near")

# sets of what is allowed: their captures are called twins, and their acts must not be told
TWINS = ("near",)

NAMES = (*(detection.lower() for detection in DETECTIONS), *SETS)


def load(name: str) -> Attack:
    if name.lower() not in NAMES:
        raise LabError(f"no attack {name!r}; there are: {', '.join(NAMES)}")
    return importlib.import_module(f"{__name__}.{_module(name.lower())}").ATTACK


def _module(name: str) -> str:
    return f"set_{name}" if name in SETS else name.replace("-", "_")
