"""The app under test: what can be done to it. What can be expected of it is in ``expectations``."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from harness.api.acts import AppActs
from harness.api.straining import press_memory, reboot
from harness.api.words import word
from harness.config.profile import DoChannel, Reset
from harness.errors import AppDidNotAnswer, AppNotRunning
from harness.model.ends import End
from harness.model.facts import ActionTaken, CallbackSeen, Mark, Verb
from harness.model.journal import ACKNOWLEDGED, COMMAND_ARGUMENT
from harness.model.triggers import Trigger

ACKNOWLEDGE_WITHIN_S = 30.0
"""How long an app may take to acknowledge a command, in phone time."""

ANNOUNCE_EVERY_S = 2.0
"""How often a command is announced again until it is acknowledged, in phone time."""


@dataclass(frozen=True)
class Command:
    """Something the app is told to do.

    Attributes:
        do: the word for it.
        nonce: run nonce of the test.
        args: what it needs.
        id: names the command in its acknowledgement.
    """

    do: str
    nonce: str
    args: dict[str, Any] = field(default_factory=dict[str, Any])
    id: str = field(default_factory=lambda: secrets.token_hex(4))

    def to_json(self) -> str:
        """As the app reads it."""
        return json.dumps(self.args | {"command": self.id, "nonce": self.nonce, "do": self.do})


@dataclass(frozen=True)
class Done:
    """A command that the app acknowledged.

    Attributes:
        mark: the place in the timeline to look on from.
        session: background session identifier that the app answered with, or empty.
        detail: everything it answered.
        pid: the process that answered.
    """

    mark: Mark
    session: str
    detail: dict[str, Any]
    pid: int


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
        if self._session.profile.reset is not Reset.COMMAND:
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

        A running app finds the command in its container, announced by a Darwin notification; one that
        does not run is launched with it.

        Args:
            what: a command that the app knows, such as ``start-download``.
            args: what it needs, such as ``url`` and ``id``.

        Raises:
            AppDidNotAnswer: no acknowledgement came.
        """
        command = Command(what, self._session.nonce, args)
        mark = self._tell(command)
        ack = self._session.run(self._acknowledged(command, mark), what=f"waiting for the app to {what}")
        if ack.session:
            self._session.sessions.add(ack.session)
        return Done(mark, ack.session, ack.detail, ack.pid)

    def _tell(self, command: Command) -> Mark:
        channels = self._session.profile.do
        if DoChannel.COMMAND_FILE in channels and self.pid() is not None:
            return self._act(Verb.DO, self._put(command), detail=command.do)[1]
        if DoChannel.LAUNCH_ARGUMENTS in channels:
            return self._launch((COMMAND_ARGUMENT, command.to_json()))
        raise AppNotRunning(
            f"{self.bundle_id} does not run and takes no commands at launch",
            phone=self.phone_name,
            fix="Call app.launch() first, or add launch-arguments to `do:` in the app's profile.",
        )

    async def _put(self, command: Command) -> None:
        session = self._session
        container = await session.phone.container(self.bundle_id)
        try:
            await container.write(session.profile.command_file, command.to_json().encode())
        finally:
            await container.close()
        await session.phone.post_darwin(session.profile.notification)

    async def _acknowledged(self, command: Command, mark: Mark) -> CallbackSeen:
        session = self._session
        deadline_s = mark.at.at_s + ACKNOWLEDGE_WITHIN_S
        announce_s = mark.at.at_s + ANNOUNCE_EVERY_S
        while True:
            now = await session.recorder.settle()
            for line in session.timeline.evidence().of_app(CallbackSeen, self.bundle_id):
                if line.name == ACKNOWLEDGED and line.detail.get("command") == command.id:
                    return line
            if now.at_s >= deadline_s:
                raise AppDidNotAnswer(
                    f"{self.bundle_id} did not acknowledge {command.do!r} in its journal "
                    f"within {ACKNOWLEDGE_WITHIN_S:g} s",
                    phone=session.phone.identity.name,
                    fix="Is it in the foreground, and does it follow docs/journal.md?",
                )
            await session.phone.clock.let_pass(min(deadline_s, now.at_s + ANNOUNCE_EVERY_S))
            # An app that was just launched may not have been listening yet, and one that iOS woke just before
            # it was launched got no arguments; each command is done once.
            if now.at_s >= announce_s and DoChannel.COMMAND_FILE in session.profile.do:
                announce_s = now.at_s + ANNOUNCE_EVERY_S
                await self._put(command)

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
