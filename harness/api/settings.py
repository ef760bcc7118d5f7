"""Settings of the phone that a test changes, through its screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from harness.api.changes import OFF, ON, installed
from harness.api.screen import on_screen
from harness.api.session import TestSession
from harness.api.words import word
from harness.model.facts import Mark, Verb
from harness.model.screen import UserInterface
from harness.model.settings import BackgroundRefresh
from harness.model.undo import Undo, UndoOp

_T = TypeVar("_T")


class Settings:
    """The settings of the test's phone; all is put back when the test ends.

    Every verb raises ``CapabilityMissing`` where nothing works the phone's screen.

    Args:
        session: the test's session.
    """

    def __init__(self, session: TestSession) -> None:
        self._session = session

    def set_background_refresh(self, value: BackgroundRefresh | str) -> Mark:
        """Set Background App Refresh for the whole phone."""
        wanted = word(BackgroundRefresh, value, "position of Background App Refresh")
        was = self._read(lambda ui: ui.background_refresh())
        self._session.changes.will_change(UndoOp(Undo.BACKGROUND_REFRESH, was.value))
        return self._set(
            Verb.SET_BACKGROUND_REFRESH, wanted.value, lambda ui: ui.set_background_refresh(wanted)
        )

    def set_app_refresh(self, on: bool) -> Mark:
        """Set Background App Refresh for the app under test."""
        session = self._session
        bundle_id = session.profile.bundle_id
        app = session.run(installed(session.phone, bundle_id), what=f"looking up {bundle_id}")
        was = self._read(lambda ui: ui.app_refresh(app))
        session.changes.will_change(UndoOp(Undo.BACKGROUND_REFRESH, ON if was else OFF, bundle_id))
        detail = f"{ON if on else OFF} for {bundle_id}"
        return self._set(Verb.SET_BACKGROUND_REFRESH, detail, lambda ui: ui.set_app_refresh(app, on))

    def set_low_power(self, on: bool) -> Mark:
        """Set Low Power Mode."""
        was = self._read(lambda ui: ui.low_power())
        self._session.changes.will_change(UndoOp(Undo.LOW_POWER_MODE, ON if was else OFF))
        return self._set(Verb.SET_LOW_POWER, ON if on else OFF, lambda ui: ui.set_low_power(on))

    def _read(self, ask: Callable[[UserInterface], Awaitable[_T]]) -> _T:
        return self._session.run(on_screen(self._session, ask), what="reading a setting")

    def _set(self, verb: Verb, detail: str, do: Callable[[UserInterface], Awaitable[None]]) -> Mark:
        mark = self._session.act(verb, on_screen(self._session, do), detail=detail)[1]
        self._session.run(self._session.recorder.read_settings(), what="reading the settings back")
        return mark
