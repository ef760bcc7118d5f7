"""Changing a setting of the test's phone: by its ladder, written down before, and told of in the timeline."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from harness.api.climbing import BY_HAND_FIX, Climb
from harness.api.screen import SCREEN_S
from harness.api.session import TestSession
from harness.errors import CapabilityMissing
from harness.model.facts import Mark, Verb
from harness.model.ladder import By, Toggle
from harness.model.undo import UndoOp

_T = TypeVar("_T")


@dataclass(frozen=True)
class Way:
    """How one step of a ladder is taken for one value.

    Attributes:
        was: says how to put back what is there now; it may have to be read, and is asked before anything is
            touched.
        take: takes the step; returns once it is verified.
        verb: how the timeline names it.
        detail: in words.
    """

    was: Callable[[], Awaitable[UndoOp]]
    take: Callable[[], Awaitable[object]]
    verb: Verb
    detail: str = ""


class Altering:
    """What changes settings of the test's phone; all is put back when the test ends.

    Args:
        session: the test's session.
    """

    def __init__(self, session: TestSession) -> None:
        self._session = session

    def _alter(
        self,
        toggle: Toggle,
        value: str,
        ways: Mapping[By, Way],
        *,
        bundle_id: str = "",
        fix: str = BY_HAND_FIX,
    ) -> Mark:
        """Take the first step that is there.

        Args:
            toggle: what is changed.
            value: to what.
            ways: the steps that may be taken.
            bundle_id: the app whose setting it is.
            fix: what would give the phone a step when it has none.

        Raises:
            CapabilityMissing: no step is there; says of each why.
            SettingNotApplied: one was taken, and does not read back.
            SetupImpossible: this phone or this app cannot be set so; nothing was touched.
        """
        attempt = Climb(toggle, self._session.phone.identity.name, ways)
        for step in attempt.left:
            try:
                mark = self._take(ways[step.by])
            except CapabilityMissing as missing:
                attempt.pass_over(step, missing)
            else:
                self._session.note(attempt.reached(step).told(value, mark.at, bundle_id))
                return mark
        raise attempt.over(fix)

    def _changed(self, mark: Mark) -> Mark:
        """Something was changed; the mark of it."""
        return mark

    def _take(self, way: Way) -> Mark:
        """Take one step; how to put it back is written down first, and struck where the step is not there."""
        session = self._session
        op = session.run(_asked(way.was), what="reading a setting", within_s=SCREEN_S)
        is_first = session.changes.will_change(op)
        try:
            return session.act(way.verb, _asked(way.take), detail=way.detail, within_s=SCREEN_S)[1]
        except CapabilityMissing:
            if is_first:
                session.changes.forget(op)
            raise


async def _asked(do: Callable[[], Awaitable[_T]]) -> _T:
    """Ask only once it is awaited: a phone without a screen has then refused what is in the timeline."""
    return await do()
