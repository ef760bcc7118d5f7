"""What is done to the app under test from outside: a finger, the system, or another build of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import TypeVar

from harness.api.expectations import AppExpectations
from harness.api.packages import next_build
from harness.api.screen import SCREEN_S, on_screen
from harness.api.session import COMMAND_S
from harness.api.straining import SIGKILL
from harness.api.words import word
from harness.errors import AppNotInstalled, AppNotRunning, CommandRefused
from harness.model.facts import Mark, Verb
from harness.model.raw import InstalledApp
from harness.model.screen import UserInterface

SETTINGS = "com.apple.Preferences"
"""The app that is launched to send another one to the background."""

GONE_WITHIN_S = 10.0
"""How long a killed process may stay in the process list, in phone time."""

UPGRADE_S = 300.0
"""Protective deadline of an installation, in wall time."""

_T = TypeVar("_T")


class Leaving(StrEnum):
    """How an app is sent to the background."""

    SETTINGS = "settings"
    HOME = "home"


class AppActs(AppExpectations):
    """What can be done to the app without its help. Every act returns the mark to look on from."""

    @property
    def phone_name(self) -> str:
        """The name of the phone it is on."""
        return self._session.phone.identity.name

    def launch(self) -> Mark:
        """Launch it, or bring it to the foreground, as a person would: no debugger, no XCTest."""
        return self._launch(())

    def _launch(self, arguments: tuple[str, ...]) -> Mark:
        doing = self._session.phone.launch(self.bundle_id, arguments=arguments)
        return self._act(Verb.LAUNCH, doing)[1]

    def background(self, by: str = "settings") -> Mark:
        """Send it to the background.

        Args:
            by: ``settings``: by opening that app over it, which every phone does; ``home``: by pressing Home,
                as a person does, which takes the phone's screen.

        Raises:
            CapabilityMissing: by Home, and nothing works the phone's screen.
            ConfigError: there is no such way.
        """
        if word(Leaving, by, "way to the background") is Leaving.HOME:
            going = on_screen(self._session, lambda ui: ui.go_home())
            return self._act(Verb.BACKGROUND, going, detail="by pressing Home", within_s=SCREEN_S)[1]
        doing = self._session.phone.launch(SETTINGS)
        return self._act(Verb.BACKGROUND, doing, detail="by opening Settings")[1]

    def kill(self) -> Mark:
        """SIGKILL it, as the system ends a suspended app, and wait until its process is gone.

        A relaunch that is expected later is invalid if it was not suspended at that instant.

        Raises:
            AppNotRunning: it has no process.
            CommandRefused: the process was still there afterwards.
        """
        pid = self.pid()
        if pid is None:
            raise AppNotRunning(
                f"{self.bundle_id} has no process to kill",
                phone=self.phone_name,
                fix="Launch it first; `harness state` shows what it is doing.",
            )
        mark = self._act(Verb.KILL, self._session.phone.signal(pid, SIGKILL), pid=pid)[1]
        self._session.run(self._gone(pid, "SIGKILL"), what=f"waiting for {self.bundle_id} to be gone")
        return mark

    async def _gone(self, pid: int, ended_by: str) -> None:
        session = self._session
        deadline_s = (await session.recorder.now()).at_s + GONE_WITHIN_S
        while await session.phone.pid_of(self.bundle_id) == pid:
            if (await session.phone.clock.let_pass(deadline_s)).at_s >= deadline_s:
                raise CommandRefused(
                    f"process {pid} is still there {GONE_WITHIN_S:g} s after {ended_by}",
                    phone=session.phone.identity.name,
                    fix="Restart the phone if it stays there.",
                )
        await session.recorder.look()

    def pid(self) -> int | None:
        """Its process identifier now, or ``None``."""
        return self._session.run(self._session.phone.pid_of(self.bundle_id), what="looking for the app")

    def force_quit(self) -> Mark:
        """Swipe it out of the app switcher, as a person does; it need not run.

        Raises:
            AppNotRunning: the app switcher does not show it.
            CapabilityMissing: nothing works the phone's screen.
        """
        return self._by_screen(Verb.FORCE_QUIT, lambda ui: ui.swipe_away(self.bundle_id))

    def tap_icon(self) -> Mark:
        """Open it by its icon on the home screen.

        Raises:
            CapabilityMissing: nothing works the phone's screen.
        """
        return self._by_screen(Verb.TAP_ICON, lambda ui: ui.tap_icon(self.bundle_id))

    def open_url(self, url: str) -> Mark:
        """Open a URL with it, which brings it to the foreground.

        Raises:
            CapabilityMissing: nothing works the phone's screen.
        """
        return self._by_screen(Verb.OPEN_URL, lambda ui: ui.open_url(self.bundle_id, url), url)

    def tap(self, identifier: str) -> Mark:
        """Tap what has an accessibility identifier in it; it has to be in the foreground.

        Raises:
            CapabilityMissing: nothing works the phone's screen.
            ScreenUnexpected: it shows nothing of that identifier.
        """
        return self._by_screen(Verb.TAP, lambda ui: ui.tap(self.bundle_id, identifier), identifier)

    def tap_notification(self) -> Mark:
        """Open it by its newest notification.

        Raises:
            CapabilityMissing: nothing works the phone's screen.
            ScreenUnexpected: it has none.
        """
        return self._by_screen(Verb.TAP_NOTIFICATION, lambda ui: ui.tap_notification(self.bundle_id))

    def terminate_as_automation(self) -> Mark:
        """End it as a UI test does.

        Raises:
            CapabilityMissing: nothing works the phone's screen.
        """
        return self._by_screen(Verb.TERMINATE, lambda ui: ui.terminate(self.bundle_id))

    def upgrade(self) -> Mark:
        """Install another build over it: the ``package`` of its profile, or its next one on a virtual phone.

        Its data stays, and so does the build that was installed.

        Raises:
            PreconditionError: the profile names no package, and the phone is a real one.
            CommandRefused: the phone does not take it.
        """
        session = self._session
        installed = session.run(self._installed(), what=f"looking up {self.bundle_id}")
        with next_build(session.profile, session.phone.identity, installed) as package:
            return self._act(Verb.UPGRADE, session.phone.upgrade(package), within_s=UPGRADE_S)[1]

    async def _installed(self) -> InstalledApp:
        found = await self._session.phone.app_info(self.bundle_id)
        if found is None:
            raise AppNotInstalled(
                f"{self.bundle_id} is not installed",
                phone=self.phone_name,
                fix="Install it: there is nothing to install another build over.",
            )
        return found

    def _by_screen(
        self, verb: Verb, do: Callable[[UserInterface], Awaitable[None]], detail: str = ""
    ) -> Mark:
        mark = self._act(verb, on_screen(self._session, do), detail=detail, within_s=SCREEN_S)[1]
        self._session.run(self._session.recorder.look(), what="looking at the processes")
        return mark

    def _act(
        self,
        verb: Verb,
        doing: Awaitable[_T],
        *,
        detail: str = "",
        pid: int = 0,
        within_s: float = COMMAND_S,
    ) -> tuple[_T, Mark]:
        detail = detail or self.bundle_id
        return self._session.act(verb, doing, detail=detail, pid=pid, within_s=within_s)
