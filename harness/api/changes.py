"""What a test changed on its phone, and putting it back when the test ends, however it ends.

A change is noted before it is made: in the farm's journal, when the phone is held by a lease, so that
whoever gets the phone after a crash puts it back; and here, so that this test does. What is put back is what
was there before the test's first change, last change first.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from harness.api.accesspoint import AccessPoint
from harness.api.climbing import Climbed, put_wifi_back
from harness.errors import AppNotInstalled, HarnessError
from harness.farm.leases.undo import UndoEntry
from harness.model.capabilities import Phone
from harness.model.facts import Verb
from harness.model.raw import InstalledApp
from harness.model.settings import BackgroundRefresh
from harness.model.undo import Undo, UndoOp

ON, OFF = "on", "off"
"""Values of what is only on or off, in ``UndoOp.value``."""


class Journal(Protocol):
    """What a lease offers: an undo is on disk before the phone is changed."""

    def will_change(self, udid: str, op: UndoOp) -> UndoEntry:
        """Write down how to put something back."""
        ...

    def undone(self, entry: UndoEntry) -> None:
        """Strike what was put back."""
        ...


@dataclass(frozen=True)
class Change:
    """One thing that is put back.

    Attributes:
        verb: how the timeline names putting it back.
        detail: in words.
        put_back: does it, and says by which step where there are several; doing it twice does no harm.
        key: names the thing, so that it is noted once.
        entry: its line in the farm's journal, if it has one.
    """

    verb: Verb
    detail: str
    put_back: Callable[[], Awaitable[object]]
    key: object
    entry: UndoEntry | None = None


class Changes:
    """The changes of one test, in the order in which they were made.

    Args:
        phone: the phone.
        act: does something and notes it in the timeline.
        journal: of the lease; ``None`` for a phone that nobody else may get, such as one in memory.
        access_point: put back with Wi-Fi, where there is one.
    """

    def __init__(
        self,
        phone: Phone,
        act: Callable[[Change], None],
        journal: Journal | None = None,
        access_point: AccessPoint | None = None,
    ) -> None:
        self._phone = phone
        self._act = act
        self._journal = journal
        self._access_point = access_point
        self._made: list[Change] = []

    def will_change(self, op: UndoOp) -> bool:
        """Note how to put back what is about to be changed; what was noted before stays as it was noted.

        Returns:
            Whether nothing was noted of it before.

        Raises:
            LeaseLost: the phone is not this process's any more; it must not be changed.
        """
        if any(change.key == _key(op) for change in self._made):
            return False
        entry = self._journal.will_change(self._phone.identity.udid, op) if self._journal else None
        undo = partial(put_back, self._phone, op, self._access_point)
        self._made.append(Change(verb_of(op), f"back to {op.value}", undo, _key(op), entry))
        return True

    def forget(self, op: UndoOp) -> None:
        """Strike what was noted of a change that the phone refused: nothing was touched."""
        refused = [change for change in self._made if change.key == _key(op)]
        self._made = [change for change in self._made if change.key != _key(op)]
        for change in refused:
            self._strike(change)

    def _strike(self, change: Change) -> None:
        if change.entry is not None and self._journal is not None:
            self._journal.undone(change.entry)

    def will_undo(self, verb: Verb, detail: str, undo: Callable[[], Awaitable[object]]) -> None:
        """Note how to undo what is gone with the phone's connection anyway, so that no journal has it."""
        key = (verb, detail)
        if all(change.key != key for change in self._made):
            self._made.append(Change(verb, detail, undo, key))

    def put_all_back(self) -> None:
        """Put everything back, the last change first; what fails does not keep the others from it.

        Raises:
            HarnessError: the first failure. It stays in the farm's journal, if it is in there.
        """
        failures: list[HarnessError] = []
        while self._made:
            change = self._made.pop()
            try:
                self._act(change)
                self._strike(change)
            except HarnessError as error:
                failures.append(error)
        for other in failures[1:]:
            failures[0].add_note(f"and: {other}")
        if failures:
            raise failures[0]


def _key(op: UndoOp) -> object:
    return op.operation, op.bundle_id


def verb_of(op: UndoOp) -> Verb:
    """How the timeline names that something was put back."""
    match op.operation:
        case Undo.WIFI:
            return Verb.WIFI_ON if op.value == ON else Verb.WIFI_OFF
        case Undo.CONDITION:
            return Verb.STOP_INDUCING
        case Undo.BACKGROUND_REFRESH:
            return Verb.SET_BACKGROUND_REFRESH
        case Undo.LOW_POWER_MODE:
            return Verb.SET_LOW_POWER
        case Undo.AIRPLANE_MODE:
            return Verb.SET_AIRPLANE_MODE


async def put_back(phone: Phone, op: UndoOp, access_point: AccessPoint | None = None) -> Climbed | None:
    """Put one thing back; returns once the phone has confirmed it.

    An app that is not there any more has taken its switch with it, so that nothing is left to put back.

    Args:
        phone: the phone.
        op: what, and to what.
        access_point: let the phone in again with Wi-Fi, where there is one.

    Returns:
        By which step it was done, where there are several.

    Raises:
        HarnessError: it could not be put back now.
    """
    match op.operation:
        case Undo.WIFI:
            return await put_wifi_back(phone, op.value == ON, access_point)
        case Undo.CONDITION:
            await phone.stop_inducing()
        case Undo.BACKGROUND_REFRESH if op.bundle_id:
            app = await phone.app_info(op.bundle_id)
            if app is not None:
                await phone.ui.set_app_refresh(app, op.value == ON)
        case Undo.BACKGROUND_REFRESH:
            await phone.ui.set_background_refresh(BackgroundRefresh(op.value))
        case Undo.LOW_POWER_MODE:
            await phone.ui.set_low_power(op.value == ON)
        case Undo.AIRPLANE_MODE:
            await phone.ui.set_airplane_mode(op.value == ON)
    return None


async def installed(phone: Phone, bundle_id: str) -> InstalledApp:
    """What is installed under a bundle identifier.

    Raises:
        AppNotInstalled: nothing is.
    """
    app = await phone.app_info(bundle_id)
    if app is None:
        raise AppNotInstalled(
            f"{bundle_id} is not installed", phone=phone.identity.name, fix="Install it again."
        )
    return app
