"""Runs other programs, always with a deadline and always saying what failed."""

from __future__ import annotations

import subprocess


class LabError(Exception):
    """Something a person can act on; shown without a traceback."""


def run(
    *command: str, stdin: str | None = None, timeout: float = 30, check: bool = True
) -> subprocess.CompletedProcess[str]:
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=timeout)
    except FileNotFoundError as error:
        raise LabError(f"{command[0]} is not installed: run tests/lab/setup") from error
    except subprocess.TimeoutExpired as error:
        raise LabError(f"{' '.join(command)}: no end after {timeout:.0f} s") from error
    if check and done.returncode != 0:
        raise LabError(f"{' '.join(command)}: exit {done.returncode}\n{done.stderr.strip()}")
    return done
