"""The command line: `lab up`, `lab attack s7-03`, `lab record` and so on. It is a contract: tests call it."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from pathlib import Path

from . import attacks, control, network, workers
from .recorder import BENIGN, Times, record
from .rundir import Lab, locked
from .runner import run_act
from .shell import LabError

EXAMPLES = """\
examples:
  lab up                          start the plant (a few seconds); its mirror port is span-plant
  lab status --json               namespaces, addresses, roles, mirror port, for a program to read
  tcpdump -ni span-plant          look at the whole plant's traffic, as a monitor does
  lab attacks                     which attacks there are, by detection id
  lab attack s7-03                carry one out against the running plant
  lab attack s7-15/outputs        ... or one act of it
  lab down                        remove every trace, also of a run that was killed
  lab record --jobs 3             make all captures of pcaps/ anew (half an hour by one lab, a third by three)
  lab record benign s7-03 --out /tmp/captures
  lab --lab two up                a second plant beside the first (mirror port span-two)

Needs root and what tests/lab/setup installs.
"""

PCAPS = Path(__file__).resolve().parents[3] / "pcaps"


def main() -> int:
    arguments = parser().parse_args()
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    try:
        if os.geteuid() != 0 and arguments.run is not _list:
            raise LabError("network namespaces need root")
        arguments.run(Lab(arguments.lab), arguments)
    except LabError as error:
        print(f"lab: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("lab: interrupted", file=sys.stderr)
        return 130
    return 0


def _interrupt(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="lab",
        description="A small plant of real protocol stacks (Modbus TCP, S7, OPC UA) in network namespaces, with a mirror port, attacks and a recorder.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument(
        "--lab",
        default="plant",
        metavar="NAME",
        help="which lab, 1 to 9 letters and digits (default: %(default)s); several may run side by side",
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("up", help="start the plant; does nothing when it runs").set_defaults(run=_up)
    commands.add_parser("down", help="stop the plant and remove everything of it").set_defaults(run=_down)
    status = commands.add_parser("status", help="what runs, and where; exit code 1 when the plant is not up")
    status.add_argument("--json", action="store_true", help="for a program to read")
    status.set_defaults(run=_status)
    commands.add_parser("attacks", help="list the attacks with their detection ids and acts").set_defaults(run=_list)
    one = commands.add_parser(
        "attack", help="carry out one attack against the running plant; exit code 1 when it could not be done"
    )
    one.add_argument("name", metavar="NAME[/ACT]", help="for example s7-03 or s7-15/outputs")
    one.set_defaults(run=_attack)
    _add_record(commands)
    return top


def _add_record(commands: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    default = Times()
    made = commands.add_parser("record", help="make captures and labels anew, in plants of their own")
    made.add_argument("names", nargs="*", metavar="NAME", help="benign, or an attack (default: all of them)")
    made.add_argument("--out", type=Path, default=PCAPS, metavar="DIR", help="where to write (default: %(default)s)")
    made.add_argument(
        "--jobs", type=int, default=1, metavar="N", help="how many plants record side by side (default: %(default)s)"
    )
    made.add_argument(
        "--benign-seconds",
        type=float,
        default=default.benign,
        metavar="S",
        help="length of benign.pcapng (default: %(default)s)",
    )
    made.add_argument(
        "--lead-in-seconds",
        type=float,
        default=default.lead_in,
        metavar="S",
        help="plant at work before an attack (default: %(default)s)",
    )
    made.add_argument(
        "--tail-seconds", type=float, default=default.tail, metavar="S", help="... and after it (default: %(default)s)"
    )
    made.set_defaults(run=_record)


def _up(lab: Lab, arguments: argparse.Namespace) -> None:
    with locked(lab):
        control.up(lab)
    print(f"lab {lab.name} is up; its mirror port is {lab.span}")


def _down(lab: Lab, arguments: argparse.Namespace) -> None:
    with locked(lab):
        sent = network.span_tx_packets(lab)
        control.down(lab)
    if sent:
        raise LabError(f"the mirror port had transmitted {sent} packets: something wrote to it")


def _status(lab: Lab, arguments: argparse.Namespace) -> None:
    status = control.status(lab)
    if arguments.json:
        print(json.dumps(status, indent=1))
    else:
        _print_status(status)
    if not status["up"]:
        raise LabError(f"lab {lab.name} is not up")


def _print_status(status: dict) -> None:
    print(
        f"lab {status['lab']}: {'up' if status['up'] else 'not up'}, mirror port {status['span']}, packets it sent: {status['span_tx_packets']}"
    )
    for m in status["machines"]:
        state = "ready" if m["present"] and m["ready"] else "missing"
        print(f"  {m['name']:12} {m['role']:13} {m['ip']:13} {m['mac']}  {state:8} {' '.join(m['services'])}")


def _list(lab: Lab, arguments: argparse.Namespace) -> None:
    for name in attacks.NAMES:
        attack = attacks.load(name)
        print(f"{name:8} {attack.detection:7} {attack.title['en']}")
        for act in attack.acts:
            print(f"           /{act.name:16} {act.what['en']}")


def _attack(lab: Lab, arguments: argparse.Namespace) -> None:
    name, _, wanted = arguments.name.partition("/")
    attack = attacks.load(name)
    acts = [act for act in attack.acts if wanted in ("", act.name)]
    if not acts:
        raise LabError(f"{name} has no act {wanted!r}, but {', '.join(act.name for act in attack.acts)}")
    with locked(lab):
        control.require_up(lab)
        for act in acts:
            print(f"{attack.detection} {act.name}: {act.what['en']}", flush=True)
            run_act(lab, act)


def _record(lab: Lab, arguments: argparse.Namespace) -> None:
    names = [name.lower() for name in arguments.names] or [BENIGN, *attacks.NAMES]
    for name in names:
        if name != BENIGN:
            attacks.load(name)
    times = Times(arguments.benign_seconds, arguments.lead_in_seconds, arguments.tail_seconds)
    if arguments.jobs > 1 and len(names) > 1:
        workers.record_side_by_side(names, arguments.out, times, arguments.jobs)
        return
    recording = Lab(arguments.lab if arguments.lab != "plant" else "rec")
    for name in names:
        capture = record(name, recording, arguments.out, times)
        print(f"{capture}: {capture.stat().st_size} bytes", flush=True)
