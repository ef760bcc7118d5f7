"""Telling an app what to do, in the way that its profile says, and hearing that it has done it.

Nothing here needs code of the harness in the app: a way is whatever the app takes already. What an app takes
only at launch ends the process that runs, since iOS hands no arguments to a process that there is.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from harness.api.screen import on_screen
from harness.api.session import TestSession
from harness.config.profile import DoChannel, Way, WayKind, fill
from harness.errors import (
    AppCannotBeTold,
    AppDidNotAnswer,
    AppNotRunning,
    CapabilityMissing,
    HarnessError,
)
from harness.model.facts import CallbackSeen, Mark, Source, TransferAsked, Verb
from harness.model.journal import ACKNOWLEDGED, COMMAND_ARGUMENT, NO_SUCH_COMMAND
from harness.model.triggers import Transfer, Trigger

ACKNOWLEDGE_WITHIN_S = 30.0
"""How long an app may take to acknowledge a command, in phone time."""

STARTS = frozenset({Trigger.START_DOWNLOAD, Trigger.START_UPLOAD})
"""What begins a transfer."""

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
        """As an app reads it that takes commands as the sample app does."""
        return json.dumps(self.args | {"command": self.id, "nonce": self.nonce, "do": self.do})

    def in_words_of(self, way: Way) -> Command:
        """The same, in the words that an app has for it."""
        args = {way.arguments.get(name, name): value for name, value in self.args.items()}
        return Command(way.command or self.do, self.nonce, args, self.id)

    @property
    def values(self) -> Mapping[str, str]:
        """What can stand in the places of a profile's templates."""
        return {name: _word(value) for name, value in self.args.items()} | {
            "nonce": self.nonce,
            "command": self.id,
        }


@dataclass(frozen=True)
class Done:
    """A command that the app was told.

    Attributes:
        mark: the place in the timeline to look on from.
        session: background session identifier that the app answered with, or empty.
        detail: everything it answered.
        pid: the process that answered, or was told.
        acknowledged: whether the app said that it has done it; false for one whose profile says of no answer,
            where all that is known is that it was told.
    """

    mark: Mark
    session: str
    detail: dict[str, Any]
    pid: int
    acknowledged: bool = True


class Telling:
    """Tells the app under test one thing after the other.

    Args:
        session: the test's session.
    """

    def __init__(self, session: TestSession) -> None:
        self._session = session
        self._profile = session.profile
        self._acts: Mapping[WayKind, Callable[[Way, Command, int | None], tuple[int, Mark]]] = {
            WayKind.COMMAND: self._command,
            WayKind.LAUNCH: self._launch,
            WayKind.FILE: self._file,
            WayKind.URL: self._url,
            WayKind.TAP: self._tap,
        }

    def tell(self, what: str, args: Mapping[str, Any]) -> Done:
        """Have the app do something; returns when it has acknowledged, if it is one that does.

        Args:
            what: a word of the stories, or one of the app's own.
            args: what it needs.

        Raises:
            AppDidNotAnswer: no acknowledgement came.
            AppNotRunning: it does not run, and none of its ways starts it.
            CapabilityMissing: the phone does not offer what its ways need.
            AppCannotBeTold: it has no way for the word, or none that passes on all that the story says; or it
                answered that it knows no such word.
        """
        self._check_known(what)
        session = self._session
        pid = session.run(session.phone.pid_of(self._profile.bundle_id), what="looking for the app")
        way = self._way_to(what, is_running=pid is not None)
        command = Command(what, session.nonce, dict(args))
        self._check_passed_on(way, command)
        pid, mark = self._acts[way.kind](way, command, pid)
        self._note_transfer(command, mark)
        if not self._profile.is_answered(way):
            return Done(mark, "", {}, pid, acknowledged=False)
        ack = session.run(self._acknowledged(way, command, mark), what=f"waiting for the app to {what}")
        self._check_taken(what, ack)
        if ack.session:
            session.sessions.add(ack.session)
        return Done(mark, ack.session, ack.detail, ack.pid)

    def _note_transfer(self, command: Command, mark: Mark) -> None:
        """Note what a transfer may go by: what is claimed of a phone without Wi-Fi rests on it."""
        if command.do in STARTS:
            asked = TransferAsked(
                at=mark.at,
                source=Source.HARNESS,
                bundle_id=self._profile.bundle_id,
                id=str(command.args.get("id", "")),
                by_cellular=str(command.args.get(Transfer.CELLULAR, "yes")) != "no",
            )
            self._session.note(asked)

    # ---- which way

    def _way_to(self, what: str, *, is_running: bool) -> Way:
        ways = self._profile.ways_of(what)
        for way in ways:
            if self._works(way, is_running):
                return way
        raise self._no_way(what, ways[0])

    def _works(self, way: Way, is_running: bool) -> bool:
        channels = self._profile.do
        works: Mapping[WayKind, bool] = {
            WayKind.COMMAND: is_running or DoChannel.LAUNCH_ARGUMENTS in channels,
            WayKind.LAUNCH: True,
            WayKind.FILE: is_running,
            WayKind.URL: True,
            WayKind.TAP: is_running,
        }
        return works[way.kind] and (way.rung is None or way.rung in self._session.phone.rungs)

    def _no_way(self, what: str, way: Way) -> HarnessError:
        bundle_id, phone = self._profile.bundle_id, self._session.phone
        if way.rung is not None and way.rung not in phone.rungs:
            return CapabilityMissing(
                f"{bundle_id} is told {what!r} by a {way.kind}, and nothing here does that: {way.rung}",
                phone=phone.identity.name,
                fix=f"Give {what!r} another way in the app's profile, such as launch or file.",
            )
        return AppNotRunning(
            f"{bundle_id} does not run and takes no commands at launch",
            phone=phone.identity.name,
            fix=f"Call app.launch() first, or give {what!r} a way of kind launch in the app's profile.",
        )

    def _check_passed_on(self, way: Way, command: Command) -> None:
        """Refuse to drop a word: the story would be another one than it says."""
        dropped = set(command.args) - way.places
        if way.kind is not WayKind.COMMAND and dropped:
            names = ", ".join(f"{{{name}}}" for name in sorted(dropped))
            fix = f"Write {names} into the {way.kind} under triggers: {command.do}: of {self._profile.path}"
            raise self._untold(f"{command.do} with {names}", fix)

    def _check_known(self, what: str) -> None:
        """Refuse a word of the stories that an app with ways of its own has none for."""
        if self._profile.triggers and what in list(Trigger) and not self._profile.can_be_told(Trigger(what)):
            raise self._untold(what, f"Give {what} a way under triggers: of {self._profile.path}")

    def _check_taken(self, what: str, ack: CallbackSeen) -> None:
        """Refuse to take a word for done of which the app has answered that it does not know it."""
        error = str(ack.detail.get("error", ""))
        if error.startswith(NO_SUCH_COMMAND):
            # It may know the word, and not all that is said with it: "start-download with kind".
            told = error.removeprefix(NO_SUCH_COMMAND).partition(";")[0].lstrip(": ")
            fix = f"Have the app take it, or leave {what} out of can: in its profile"
            raise self._untold(told or what, fix)

    def _untold(self, what: str, fix: str) -> AppCannotBeTold:
        return AppCannotBeTold(f"{self._profile.name} cannot be told {what}", fix=fix)

    # ---- the acts

    def _act(self, way: Way, command: Command, pid: int | None, doing: Awaitable[None]) -> tuple[int, Mark]:
        detail = command.do
        if not self._profile.is_answered(way):
            detail += ", which it does not acknowledge"
        mark = self._session.act(Verb.DO, doing, detail=detail, pid=pid or 0)[1]
        return pid or 0, mark

    def _command(self, way: Way, command: Command, pid: int | None) -> tuple[int, Mark]:
        if pid is not None and DoChannel.COMMAND_FILE in self._profile.do:
            return self._act(way, command, None, self._put(way, command))
        return self._start((COMMAND_ARGUMENT, command.in_words_of(way).to_json()), is_running=pid is not None)

    def _launch(self, way: Way, command: Command, pid: int | None) -> tuple[int, Mark]:
        arguments = tuple(fill(text, command.values) for text in way.launch or ())
        return self._start(arguments, is_running=pid is not None)

    def _start(self, arguments: Sequence[str], *, is_running: bool) -> tuple[int, Mark]:
        bundle_id = self._profile.bundle_id
        doing = self._session.phone.launch(bundle_id, arguments=arguments, kill_existing=is_running)
        return self._session.act(Verb.LAUNCH, doing, detail=bundle_id)

    def _file(self, way: Way, command: Command, pid: int | None) -> tuple[int, Mark]:
        return self._act(way, command, pid, self._put(way, command))

    def _url(self, way: Way, command: Command, pid: int | None) -> tuple[int, Mark]:
        url = fill(way.url or "", command.values, lambda value: quote(value, safe=""))
        bundle_id = self._profile.bundle_id
        return self._act(way, command, pid, on_screen(self._session, lambda ui: ui.open_url(bundle_id, url)))

    def _tap(self, way: Way, command: Command, pid: int | None) -> tuple[int, Mark]:
        bundle_id, identifier = self._profile.bundle_id, way.tap or ""
        return self._act(
            way, command, pid, on_screen(self._session, lambda ui: ui.tap(bundle_id, identifier))
        )

    async def _put(self, way: Way, command: Command) -> None:
        """Put the command, or the file, into the container, and announce it."""
        profile = self._profile
        if way.kind is WayKind.COMMAND:
            path, text = profile.command_file, command.in_words_of(way).to_json()
            notification = profile.notification
        else:
            path, text = way.file or "", fill(way.content or "", command.values)
            notification = way.notification
        container = await self._session.phone.container(profile.bundle_id)
        try:
            await container.write(path, text.encode())
        finally:
            await container.close()
        if notification:
            await self._session.phone.post_darwin(notification)

    # ---- the answer

    async def _acknowledged(self, way: Way, command: Command, mark: Mark) -> CallbackSeen:
        session = self._session
        deadline_s = mark.at.at_s + ACKNOWLEDGE_WITHIN_S
        announce_s = mark.at.at_s + ANNOUNCE_EVERY_S
        while True:
            now = await session.recorder.settle()
            for line in session.timeline.evidence().of_app(CallbackSeen, self._profile.bundle_id):
                if line.name == ACKNOWLEDGED and _answers(line, way, command, mark):
                    return line
            if now.at_s >= deadline_s:
                raise self._unanswered(way, command)
            await session.phone.clock.let_pass(min(deadline_s, now.at_s + ANNOUNCE_EVERY_S))
            if now.at_s >= announce_s:
                announce_s = now.at_s + ANNOUNCE_EVERY_S
                await self._announce_again(way, command)

    async def _announce_again(self, way: Way, command: Command) -> None:
        """Announce it once more, where it cannot be done twice.

        One that was just launched may not have been listening yet, and one that iOS woke just before it was
        launched got no arguments. A command with an id is done once; a file that the app has taken is gone.
        """
        if way.kind is WayKind.COMMAND and DoChannel.COMMAND_FILE in self._profile.do:
            await self._put(way, command)
        elif way.kind is WayKind.FILE and way.notification and await self._is_untaken(way.file or ""):
            await self._session.phone.post_darwin(way.notification)

    async def _is_untaken(self, path: str) -> bool:
        container = await self._session.phone.container(self._profile.bundle_id)
        try:
            return await container.size_bytes(path) is not None
        finally:
            await container.close()

    def _unanswered(self, way: Way, command: Command) -> AppDidNotAnswer:
        said = f"in a line with {way.acknowledged!r}" if way.acknowledged else "in its journal"
        fix = "Is it in the foreground, and does it follow docs/journal.md?"
        if way.acknowledged:
            fix = "Is it in the foreground? `harness tail` shows what it logs; is the line public?"
        return AppDidNotAnswer(
            f"{self._profile.bundle_id} did not acknowledge {command.do!r} {said} "
            f"within {ACKNOWLEDGE_WITHIN_S:g} s",
            phone=self._session.phone.identity.name,
            fix=fix,
        )


def _answers(line: CallbackSeen, way: Way, command: Command, mark: Mark) -> bool:
    """Whether an acknowledgement is of this command: by its id, or else by its word and its time."""
    if way.acknowledged is None:
        return line.detail.get("command") == command.id
    return line.detail.get("do") == command.do and line.at.latest_s >= mark.at.earliest_s


def _word(value: object) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)
