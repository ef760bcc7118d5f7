"""What can be done to the cable and to what runs through it."""

from __future__ import annotations

from harness.virtual.faults.target import Target, Told, Verb
from harness.virtual.faults.words import Argument, FaultRefused, Given, Kind
from harness.virtual.transport.cable import Toward

CABLE_VERBS: tuple[Verb, ...] = (
    Verb(
        "cut-cable",
        "Pull the cable, now or after exactly that many more bytes toward the host or the phone.",
        lambda on, given: _cut(on, given),
        (
            Argument("after_bytes", Kind.COUNT, required=False),
            Argument("toward", Kind.WORD, required=False, words=tuple(Toward)),
        ),
        exact=True,
    ),
    Verb("plug-in", "Put the cable in again.", lambda on, _: _plug_in(on)),
    Verb(
        "stall",
        "Let bytes toward the host wait; those toward the phone go on.",
        lambda on, _: on.end.cable.stall(),
        exact=True,
    ),
    Verb("resume", "Let bytes toward the host flow again.", lambda on, _: on.end.cable.resume()),
    Verb("drop-tunnel", "Break the phone's tunnels; the cable stays in.", lambda on, _: _drop(on)),
)
"""By what is written first."""


def _cut(on: Target, given: Given) -> Told | None:
    if not on.is_plugged_in:
        raise FaultRefused("its cable is not in", phone=on.name, fix="Put it in: plug-in")
    toward = Toward(given.text("toward", Toward.HOST))
    more_bytes = given.count("after_bytes")
    on.end.cable.after(toward, more_bytes, lambda: on.end.cable.cut(lambda: on.rack.pull_cable(on.end.udid)))
    return {"after_bytes": more_bytes, "toward": toward.value} if more_bytes else None


def _plug_in(on: Target) -> None:
    if on.is_plugged_in:
        raise FaultRefused("its cable is in", phone=on.name)
    on.rack.plug_in(on.end.udid)


def _drop(on: Target) -> Told:
    dropped = on.end.drop_tunnels()
    if not dropped:
        raise FaultRefused("no tunnel to it is open", phone=on.name)
    return {"tunnels": dropped}
