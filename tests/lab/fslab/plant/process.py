"""The physics behind the registers: slow waves with a little noise, so that values look measured and stay in a band."""

from __future__ import annotations

import math
import random
import time

_noise = random.Random(20)


def wave(middle: float, swing: float, seconds: float, noise: float = 0.0) -> float:
    """A value around `middle` that swings by `swing` once in `seconds`."""
    return middle + swing * math.sin(2 * math.pi * time.time() / seconds) + _noise.uniform(-noise, noise)


def scaled(value: float, factor: float = 10) -> int:
    """As a PLC shows it: a whole number of tenths."""
    return max(0, min(65535, round(value * factor)))
