"""The app under test: what can be done to it. What can be expected of it is in ``expectations``."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any

from harness.api.acts import AppActs
from harness.api.straining import press_memory, reboot
from harness.api.telling import Command, Done, Telling
from harness.api.words import word
from harness.config.profile import Reset
from harness.errors import AppNotRunning
from harness.model.ends import End
from harness.model.facts import ActionTaken, Mark, Verb
from harness.model.triggers import Trigger

__all__ = ["App", "Command", "Done"]


class App(AppActs):
    """The app under test, on the phone of the test.

    Args:
        session: the test's session.
    """

    def reset(self) -> None:
        """Bring it to a known state, as its profile says: what an earlier test left is cancelled.

        Raises:
            AppDidNotAnswer: it was told to reset, and did not say that it had.
        """
        if self._session.profile.reset not in (Reset.COMMAND, Reset.TRIGGER):
            self._act(Verb.RESET, _nothing(), detail=f"cannot: reset is {self._session.profile.reset}")
            return
        if self.pid() is not None:
            self.kill()
        self.do("reset")
        self.kill()
        self._session.run(self._clear_journal(), what="clearing the journal")

    async def _clear_journal(self) -> None:
        journal = self._session.recorder.journal
        if journal:
            await journal.clear()

    def end(self, how: End | str) -> Mark:
        """Bring it to its end in one of the ways there are; returns the mark to look on from.

        It has to be in the background, and suspended for ``SIGKILL``, as a kill of an app that runs is not
        what the system does. For ``EXIT`` it is brought to the foreground, where it can be told to.

        Raises:
            CapabilityMissing: the phone does not offer this way; see ``harness.model.ends.RUNG_OF``.
            ConfigError: there is no such way.
        """
        ways: Mapping[End, Callable[[], Mark]] = {
            End.SUSPENDED: self._stay,
            End.SIGKILL: self.kill,
            End.EXIT: self._exit,
            End.AUTOMATION: self.terminate_as_automation,
            End.JETSAM: lambda: press_memory(self._session),
            End.FORCE_QUIT: self.force_quit,
            End.REBOOT: lambda: reboot(self._session),
        }
        return ways[word(End, how, "end of an app")]()

    def _stay(self) -> Mark:
        return self._act(Verb.WAIT, _nothing(), detail="it stays suspended")[1]

    def _exit(self) -> Mark:
        self.launch()
        done = self.do(Trigger.EXIT)
        gone = self._gone(done.pid, "it was told to exit")
        self._session.run(gone, what=f"waiting for {self.bundle_id} to exit")
        return done.mark

    def do(self, what: str, **args: Any) -> Done:
        """Make the app act; returns when it has acknowledged.

        How it is told, and by what it acknowledges, its profile says. One that takes commands as the sample
        app does finds the command in its container, announced by a Darwin notification, while it runs, and is
        launched with it when it does not. One whose profile names no answer has only been told when this
        returns: see ``Done.acknowledged``.

        Args:
            what: a word of the stories, such as ``start-download``.
            args: what it needs, such as ``url`` and ``id``.

        Raises:
            AppDidNotAnswer: no acknowledgement came.
            AppNotRunning: it does not run, and no way of its profile starts it.
            CapabilityMissing: the phone does not offer what the way of its profile needs.
            AppCannotBeTold: its profile has no way for it, or none that passes on all that is said here; or
                the app answered that it knows no such word.
        """
        return Telling(self._session).tell(what, args)

    @contextmanager
    def debugger(self) -> Generator[None]:
        """Attach a debugger for the length of the block: what one must not do, to show that it shows.

        Raises:
            AppNotRunning: it has no process.
            CapabilityMissing: this phone or app cannot be debugged from here.
        """
        pid = self.pid()
        if pid is None:
            raise AppNotRunning(
                f"{self.bundle_id} has no process to attach to",
                phone=self.phone_name,
                fix="Launch it first, with app.launch().",
            )
        attached = self._act(Verb.ATTACH_DEBUGGER, self._session.phone.attach_debugger(pid), pid=pid)[0]
        self._look_at_processes()
        try:
            yield
        finally:
            self._act(Verb.DETACH_DEBUGGER, attached.detach(), pid=pid)
            self._look_at_processes()

    def _look_at_processes(self) -> None:
        self._session.run(self._session.recorder.look(), what="looking at the processes")

    @property
    def actions(self) -> tuple[ActionTaken, ...]:
        """What was done to it in this test."""
        return self._session.timeline.evidence().of_app(ActionTaken, self.bundle_id)


async def _nothing() -> None:
    return None
