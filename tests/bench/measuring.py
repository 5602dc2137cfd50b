"""What every measurement needs: the captures, and what a process costs."""

import os
import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
KEPT = REPOSITORY / "target" / "bench"
SHARED = REPOSITORY.parent / "shared"


def shared_captures(megabytes: int):
    """One capture a protocol, multiplied; none where the shared ones do not lie beside the checkout."""
    maker = SHARED / "bench" / "make-bench-pcaps.py"
    if not maker.is_file():
        return
    for protocol in ("modbus", "s7", "opcua"):
        out = KEPT / f"shared-{protocol}-{megabytes}.pcap"
        if not out.exists():
            say(f"making {out.name}")
            sources = sorted((SHARED / "captures" / protocol).glob("*.pcap*"))
            part = out.with_suffix(".part")
            command = [sys.executable, str(maker), str(part), str(megabytes), *map(str, sources)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            part.rename(out)
        yield out


def run(command) -> tuple[float, int]:
    """CPU seconds of the whole process, and its peak resident memory in bytes."""
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, **quiet)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    # tcpdump may end with 1 on a capture that is cut short; fengsui too, and both have read what there was.
    if process.returncode not in (0, 1):
        sys.exit(f"bench: {' '.join(command)} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def count(capture: Path) -> int:
    command = ["capinfos", "-c", "-M", "-T", "-r", str(capture)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return int(text.split("\t")[-1])


def say(text: str):
    print(f"bench: {text}", file=sys.stderr, flush=True)
