"""What breaks on the wire of a virtual phone in the middle of a story, and how it is mended.

All of it is done through the phone's control socket, as a person at its shell would; the harness that plays
the story knows nothing of it. Only usbmuxd is the host's own: a relay in front of it lets its clients go.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from harness.model.facts import Source
from harness.virtual.control_client import ControlClient, open_control
from tests.acceptance.relay import Relay
from tests.acceptance.stage import Stage

SOON_S = 0.2
"""Wall time after which what is broken is mended, by a hand that looks about that often."""

GLIMPSE_S = 20.0
"""Phone time that a fault lasts which is mended within the window of an expectation."""

Ask = Mapping[str, object]

STREAMS = frozenset({Source.STATE_STREAM, Source.SYSTEM_LOG, Source.DARWIN})
"""Sources that live on connections: what is not heard is lost."""

LOG = frozenset({Source.SYSTEM_LOG})
NONE = frozenset[Source]()


class Mending(StrEnum):
    """When what is broken is mended."""

    BY_ITSELF = "which mends itself"
    SOON = "mended a moment later"
    IN_WINDOW = "mended within the window"
    AFTERWARDS = "mended after the story"


@dataclass(frozen=True)
class Fault:
    """Something that breaks.

    Attributes:
        name: in words.
        asks: what the control socket is asked for, in order.
        mending: when it is mended.
        loses: sources that lose something by it, whatever the phone is doing.
        lets_go: whether usbmuxd lets its clients go.
    """

    name: str
    asks: tuple[Ask, ...] = ()
    mending: Mending = Mending.BY_ITSELF
    loses: frozenset[Source] = NONE
    lets_go: bool = False

    def __str__(self) -> str:
        return f"{self.name}, {self.mending}"


def ask(verb: str, **given: object) -> Ask:
    """One line for the control socket."""
    return {"do": verb, **given}


class Wire:
    """The wire of one phone.

    Args:
        control: path of the control socket of its rack.
        relay: in front of its usbmuxd.
    """

    def __init__(self, control: str, relay: Relay) -> None:
        self.relay = relay
        self._control = control

    def ask(self, *asks: Ask) -> dict[str, Any]:
        """Ask the control socket; what there is to tell of the last."""
        told: dict[str, Any] = {}
        with open_control(self._control) as control:
            for one in asks:
                told = control.ask(one)
        return told

    def break_by(self, fault: Fault) -> None:
        """Let a fault happen, and see to it that it is mended when it is to be."""
        self.ask(*fault.asks)
        if fault.lets_go:
            self.relay.let_go()
        if fault.mending is Mending.IN_WINDOW:
            self.ask(ask("mend", at_s=GLIMPSE_S))

    @contextmanager
    def hand(self, fault: Fault) -> Generator[None]:
        """Somebody who stands by for the length of a story, and mends what is to be mended soon."""
        over = threading.Event()
        hand = threading.Thread(target=self._stand_by, args=(over,), name="hand", daemon=True)
        if fault.mending is Mending.SOON:
            hand.start()
        try:
            yield
        finally:
            over.set()
            if hand.is_alive():
                hand.join()

    def _stand_by(self, over: threading.Event) -> None:
        with open_control(self._control) as control:
            while not over.wait(SOON_S):
                if _is_broken(control):
                    control.ask(ask("mend"))

    def mend(self, stage: Stage) -> None:
        """Mend everything, and wait until the phone is up again, with its developer image."""
        self.ask(ask("mend"))
        told = self.ask(ask("show"))
        while not told["up"]:
            stage.device.wait(GLIMPSE_S)
            told = self.ask(ask("show"))
        if not told["image_mounted"]:
            self.ask(ask("mount-image"))


def _is_broken(control: ControlClient) -> bool:
    told = control.ask(ask("show"))
    return not told["plugged_in"] or told["stalled"] or told["instruments_wedged"] or told["log"]["stalled"]


OS_TRACE = "com.apple.os_trace_relay"


def cut_at(more_bytes: int, toward: str) -> Fault:
    """The cable is pulled when that many more bytes have crossed it, and is put in again."""
    name = f"the cable is cut after {more_bytes} bytes toward the {toward}"
    return Fault(name, (ask("cut-cable", after_bytes=more_bytes, toward=toward),), Mending.SOON)


def drops(every: int) -> Fault:
    """Each n-th line of the log is lost, and the log says so."""
    return Fault(f"1 of {every} lines is lost", (ask("log drop", every=every),), Mending.AFTERWARDS, LOG)


CUT_SOON = Fault("the cable is pulled", (ask("cut-cable"),), Mending.SOON, STREAMS)
CUT_IN_WINDOW = Fault("the cable is pulled", (ask("cut-cable"),), Mending.IN_WINDOW, STREAMS)
CUT = Fault("the cable is pulled", (ask("cut-cable"),), Mending.AFTERWARDS, STREAMS)
STALL_SOON = Fault("all bytes wait", (ask("stall"),), Mending.SOON)
TUNNEL = Fault("the tunnel breaks", (ask("drop-tunnel"),), Mending.BY_ITSELF, STREAMS)
LET_GO = Fault("usbmuxd lets its clients go", (), Mending.BY_ITSELF, STREAMS, lets_go=True)
LOG_DROPS_ALL = drops(1)
LOG_DROPS = drops(2)
LOG_STALLS = Fault("lines wait", (ask("log stall"),), Mending.IN_WINDOW)
LOG_STALLS_ON = Fault("lines wait", (ask("log stall"),), Mending.AFTERWARDS)
LOG_SHORT = Fault("lines come short", (ask("log truncate", to_bytes=30),), Mending.AFTERWARDS)
NO_LOG = Fault(
    "the cable is pulled and the log refused",
    (ask("refuse-service", service=OS_TRACE), ask("cut-cable")),
    Mending.IN_WINDOW,
    STREAMS,
)
WEDGED = Fault("instruments hang", (ask("wedge-instruments"),), Mending.SOON)
REBOOT = Fault("the phone restarts", (ask("reboot"),), Mending.BY_ITSELF, STREAMS)

FAULTS = (
    *(CUT_SOON, CUT_IN_WINDOW, CUT, STALL_SOON, TUNNEL, LET_GO, NO_LOG, WEDGED, REBOOT),
    *(LOG_DROPS_ALL, LOG_DROPS, LOG_STALLS, LOG_STALLS_ON, LOG_SHORT),
)
"""What can break, but for what depends on a number."""
