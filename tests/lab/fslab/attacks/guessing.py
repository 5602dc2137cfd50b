"""hydra guesses log-ons: one call, for the attack and for its benign twin alike."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..shell import run


def guess(server: str, service: str, user: str | None, words: Sequence[str]) -> None:
    """Tries `words` one by one. hydra leaves a `hydra.restore` where it stands when it is stopped, so it stands in a folder that goes away."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "words"
        listed.write_text("\n".join(words) + "\n")
        who = () if user is None else ("-l", user)
        command = ("timeout", "60", "hydra", "-I", "-t", "1", *who, "-P", str(listed), server, *service.split())
        run("env", "-C", folder, *command, check=False, timeout=90)
