"""SEN-02 capture loss: the mirror port becomes slower than the traffic it mirrors, as an oversubscribed SPAN port does.

tc's token bucket sits on the switch's port towards the monitor only; the plant itself goes on undisturbed. (netem would drop at
random, but is missing from many kernels.) Benign twin: the plant without it.
"""

from __future__ import annotations

import time

from ..shell import run
from .base import SWITCH, Act, Attack, text

SECONDS = 45
NARROW = ("rate", "40kbit", "burst", "1600", "limit", "3200")


def narrow_mirror() -> None:
    run("tc", "qdisc", "replace", "dev", "mirror", "root", "tbf", *NARROW)
    try:
        time.sleep(SECONDS)
    finally:
        run("tc", "qdisc", "del", "dev", "mirror", "root")


ATTACK = Attack(
    "SEN-02",
    text("镜像口丢包，监测不完整", "The mirror port loses frames, the monitor sees only part"),
    (
        Act(
            "narrow-mirror",
            SWITCH,
            None,
            text(
                "镜像口带宽不足 45 秒，部分报文未到达监测设备",
                "For 45 seconds the mirror port is too slow and part of the frames never reach the monitor",
            ),
            "tc",
            "tcp.analysis.ack_lost_segment",
            narrow_mirror,
            also=("SEN-03",),
        ),
    ),
)
