"""Settings of the phone that a test changes, through its screen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from harness.api.altering import Altering, Way
from harness.api.changes import OFF, ON, installed
from harness.api.screen import SCREEN_S, on_screen
from harness.api.words import word
from harness.errors import SetupImpossible
from harness.expect.setup import LOW_POWER, REFRESH
from harness.model.facts import Mark, Radio, SettingRead, Source, Verb
from harness.model.ladder import By, Toggle
from harness.model.rungs import Rung
from harness.model.screen import UserInterface
from harness.model.settings import BackgroundRefresh
from harness.model.undo import Undo, UndoOp

_T = TypeVar("_T")


class Settings(Altering):
    """The settings of the test's phone; all is put back when the test ends.

    Each is read, set, and read again after its page was left. Whatever app was in front is in the background
    then: set what a story needs before the story begins, with ``@pytest.mark.conditions(...)`` for instance.

    Every verb raises ``CapabilityMissing`` where nothing works the phone's screen, ``SetupImpossible`` where
    this phone or this app cannot be set so, before anything is touched, and ``SettingNotApplied`` where it
    was set and does not read back.
    """

    def set_background_refresh(self, value: BackgroundRefresh | str) -> Mark:
        """Set Background App Refresh for the whole phone."""
        wanted = word(BackgroundRefresh, value, "position of Background App Refresh")

        async def was(ui: UserInterface) -> UndoOp:
            return UndoOp(Undo.BACKGROUND_REFRESH, (await ui.background_refresh()).value)

        return self._set(
            Toggle.BACKGROUND_REFRESH,
            wanted.value,
            self._by_hand(
                was, lambda ui: ui.set_background_refresh(wanted), Verb.SET_BACKGROUND_REFRESH, wanted.value
            ),
        )

    def set_app_refresh(self, on: bool) -> Mark:
        """Set Background App Refresh for the app under test; its background modes must give it a row."""
        session = self._session
        bundle_id = session.profile.bundle_id
        app = session.run(installed(session.phone, bundle_id), what=f"looking up {bundle_id}")

        async def was(ui: UserInterface) -> UndoOp:
            return UndoOp(Undo.BACKGROUND_REFRESH, on_off(await ui.app_refresh(app)), bundle_id)

        detail = f"{on_off(on)} for {bundle_id}"
        way = self._by_hand(was, lambda ui: ui.set_app_refresh(app, on), Verb.SET_BACKGROUND_REFRESH, detail)
        return self._set(Toggle.APP_REFRESH, on_off(on), way, bundle_id)

    def set_low_power(self, on: bool) -> Mark:
        """Set Low Power Mode; while it is on, the switches of Background App Refresh are grey."""

        async def was(ui: UserInterface) -> UndoOp:
            return UndoOp(Undo.LOW_POWER_MODE, on_off(await ui.low_power()))

        way = self._by_hand(was, lambda ui: ui.set_low_power(on), Verb.SET_LOW_POWER, on_off(on))
        return self._set(Toggle.LOW_POWER, on_off(on), way)

    def set_airplane_mode(self, on: bool) -> Mark:
        """Set airplane mode, which takes Wi-Fi and cellular along; the cable stays.

        Raises:
            SetupImpossible: the phone is reached over Wi-Fi.
        """
        if on and Rung.UNPLUGGED in self._session.phone.rungs:
            raise SetupImpossible(
                "it is reached over Wi-Fi, which airplane mode would end",
                phone=self._session.phone.identity.name,
                fix="Plug its cable in, and allow `connection: usb` in devices.yaml.",
            )

        async def was(ui: UserInterface) -> UndoOp:
            return UndoOp(Undo.AIRPLANE_MODE, on_off(await ui.airplane_mode()))

        way = self._by_hand(was, lambda ui: ui.set_airplane_mode(on), Verb.SET_AIRPLANE_MODE, on_off(on))
        return self._set(Toggle.AIRPLANE_MODE, on_off(on), way)

    # ---- reading; what is read is in the timeline, where it may contradict what was set

    def background_refresh(self) -> BackgroundRefresh:
        """Read the position of Background App Refresh for the whole phone."""
        return self._read(REFRESH, lambda ui: ui.background_refresh(), lambda value: value.value)

    def low_power(self) -> bool:
        """Read whether Low Power Mode is on."""
        return self._read(LOW_POWER, lambda ui: ui.low_power(), on_off)

    def airplane_mode(self) -> bool:
        """Read whether airplane mode is on."""
        return self._read(Radio.AIRPLANE_MODE, lambda ui: ui.airplane_mode(), on_off)

    def wifi(self) -> bool:
        """Read whether Wi-Fi is switched on."""
        return self._read(Radio.WIFI, lambda ui: ui.wifi(), on_off)

    def _read(
        self, name: str, ask: Callable[[UserInterface], Awaitable[_T]], told: Callable[[_T], str]
    ) -> _T:
        session = self._session
        now = session.run(session.recorder.now(), what="reading the clock")
        value = session.run(on_screen(session, ask), what=f"reading {name}", within_s=SCREEN_S)
        session.note(SettingRead(at=now, source=Source.SETTINGS, name=name, value=told(value)))
        return value

    def _by_hand(
        self,
        was: Callable[[UserInterface], Awaitable[UndoOp]],
        do: Callable[[UserInterface], Awaitable[None]],
        verb: Verb,
        detail: str,
    ) -> Way:
        session = self._session
        return Way(lambda: on_screen(session, was), lambda: on_screen(session, do), verb, detail)

    def _set(self, toggle: Toggle, value: str, way: Way, bundle_id: str = "") -> Mark:
        mark = self._alter(toggle, value, {By.SETTINGS: way}, bundle_id=bundle_id)
        self._session.run(self._session.recorder.read_settings(), what="reading the settings back")
        return self._changed(mark)


def on_off(on: bool) -> str:
    """The word for a switch."""
    return ON if on else OFF
