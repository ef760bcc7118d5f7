"""What every sample app shares: it keeps a journal, and does what it is told, each command once.

A command is a word of ``Trigger``; ``acts`` is the table from word to method, to which each app adds its
own. A word that it does not know is acknowledged with an error that lists those it does. Commands come in
the launch arguments, in a file that a Darwin notification announces, and in a URL, ``SCHEME://do?command=JSON``
or with the fields of the command as fields of the URL. What takes no arguments has a button, too, whose
identifier is the word.

Journal events of its own: ``acknowledged`` (a command is done; ``detail`` has its id and result) and
``commandRefused`` (what came was no command).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from harness.model.callbacks import Callback
from harness.model.journal import ACKNOWLEDGED, COMMAND_NOTIFICATION_SUFFIX, COMMAND_PATH, NO_SUCH_COMMAND
from harness.model.triggers import Trigger
from harness.virtual.apps.command_memory import CommandMemory
from harness.virtual.apps.commands import Command, command_in, commands_in, parse_command
from harness.virtual.apps.controls import Control
from harness.virtual.apps.delegate import UIApplicationDelegate
from harness.virtual.apps.journal import AppJournal
from harness.virtual.apps.uikit import (
    NotificationCenter,
    ProcessInfo,
    UIApplication,
    UIApplicationState,
    exit_process,
)
from harness.virtual.kernel.processes.process import current_process

COMMAND_REFUSED = "commandRefused"

BY_FINGER = (
    Trigger.PROBE,
    Trigger.LIST_TASKS,
    Trigger.CANCEL_ALL,
    Trigger.RESET,
    Trigger.BEGIN_BACKGROUND_TASK,
    Trigger.PLAY_AUDIO,
    Trigger.STOP_AUDIO,
    Trigger.SCHEDULE_REFRESH,
    Trigger.SCHEDULE_PROCESSING,
    Trigger.EXIT,
    Trigger.CRASH,
)
"""The words that make sense without arguments, in the order of their buttons."""

Act = Callable[[Command], None]
"""Does one command, and acknowledges it."""


class Commanded(UIApplicationDelegate):
    """An app that can be told what to do; one object per process."""

    application: UIApplication
    container: Path
    bundle_id: str
    journal: AppJournal
    memory: CommandMemory
    _taps: int = 0

    def acts(self) -> Mapping[Trigger, Act]:
        """What the app can be told to do."""
        return {
            Trigger.RESET: self.reset,
            Trigger.PROBE: self.probe,
            Trigger.EXIT: self.leave,
            Trigger.CRASH: self.crash,
        }

    # What an app with more to it adds.

    def load(self) -> None:
        """Read what was kept by an earlier process. The journal can be written to."""

    def register(self) -> None:
        """Say, before launching ends, what the app wants to be called for."""

    def resume_work(self) -> None:
        """The user may look: pick up what is unfinished."""

    def stop(self) -> None:
        """End what goes on by itself."""

    def situation(self) -> Mapping[str, object]:
        """What ``probe`` answers."""
        return {
            "state": self.application.application_state.value,
            "background_refresh": self.application.background_refresh_status.value,
            "low_power": current_process().phone.settings.low_power,
        }

    # The app's life.

    def application_did_finish_launching(
        self, application: UIApplication, options: Mapping[str, object]
    ) -> None:
        """Read what is remembered, resume what the user may look at, do what the launch arguments say."""
        process = current_process()
        self.application = application
        self.bundle_id = process.bundle_id
        self.container = process.phone.containers.path(process.bundle_id)
        self.journal = AppJournal(self.container)
        self.memory = CommandMemory(self.container / "Library/commands.json")
        self.load()
        self.note(Callback.DID_FINISH_LAUNCHING, detail={"options": sorted(options)} if options else None)
        notification = process.bundle_id + COMMAND_NOTIFICATION_SUFFIX
        NotificationCenter.observe(notification, lambda _name: self._read_command_file())
        self.register()
        if application.application_state is not UIApplicationState.BACKGROUND:
            self.resume_work()
        for text in commands_in(ProcessInfo.current().arguments):
            self._take_command(text)

    def application_did_become_active(self, application: UIApplication) -> None:
        """Journal it."""
        self.note(Callback.DID_BECOME_ACTIVE)

    def application_will_resign_active(self, application: UIApplication) -> None:
        """Journal it."""
        self.note(Callback.WILL_RESIGN_ACTIVE)

    def application_did_enter_background(self, application: UIApplication) -> None:
        """Journal it."""
        self.note(Callback.DID_ENTER_BACKGROUND)

    def application_will_enter_foreground(self, application: UIApplication) -> None:
        """Journal it, and resume what the user may look at."""
        self.note(Callback.WILL_ENTER_FOREGROUND)
        self.resume_work()

    def application_will_terminate(self, application: UIApplication) -> None:
        """Journal it."""
        self.note(Callback.WILL_TERMINATE)

    # The journal.

    def note(
        self, event: str, *, session: str = "", task: str = "", detail: dict[str, Any] | None = None
    ) -> None:
        """Write a line of the journal."""
        self.journal.write(event, nonce=self.memory.nonce, session=session, task=task, detail=detail)

    def acknowledge(
        self,
        command: Command,
        result: Mapping[str, object] | None = None,
        *,
        session: str = "",
        task: str = "",
    ) -> None:
        """Journal that a command is done, and with what result."""
        detail = {"command": command.identifier, "do": command.do, **(result or {})}
        self.note(ACKNOWLEDGED, session=session, task=task, detail=detail)

    # Commands.

    def application_open_url(self, application: UIApplication, url: str) -> None:
        """Do the command that a URL has."""
        self._take_command(command_in(url))

    def controls(self) -> tuple[Control, ...]:
        """A button for each word that it knows and that takes no arguments."""
        acts = self.acts()
        return tuple(
            Control(
                word.value, word.value.replace("-", " ").capitalize(), partial(self._tapped, acts[word], word)
            )
            for word in BY_FINGER
            if word in acts
        )

    def _tapped(self, act: Act, word: Trigger) -> None:
        self._taps += 1
        info = ProcessInfo.current()
        # Unlike any other tap's, also those in an earlier process or before a restart of the phone.
        identifier = f"tap-{info.boot_id[:8]}-{info.pid}-{self._taps}"
        if self.memory.take(identifier, self.memory.nonce):
            act(Command(identifier, self.memory.nonce, word.value))

    def _read_command_file(self) -> None:
        path = self.container / COMMAND_PATH
        if path.exists():
            self._take_command(path.read_text())

    def _take_command(self, text: str) -> None:
        try:
            command = parse_command(text)
        except ValueError as error:
            self.note(COMMAND_REFUSED, detail={"error": str(error)})
            return
        if self.memory.take(command.identifier, command.nonce):
            self._do(command)

    def _do(self, command: Command) -> None:
        acts: Mapping[str, Act] = {str(word): act for word, act in self.acts().items()}
        act = acts.get(command.do)
        if act is None:
            self.acknowledge(command, {"error": f"{NO_SUCH_COMMAND}: {command.do}; known: {', '.join(acts)}"})
        else:
            act(command)

    def reset(self, command: Command) -> None:
        """``reset``: end what goes on, and forget it."""
        self.stop()
        self.acknowledge(command)

    def probe(self, command: Command) -> None:
        """``probe``: what the app itself can see of its situation."""
        self.acknowledge(command, self.situation())

    def leave(self, command: Command) -> None:
        """``exit``: end the process by itself, with ``code``."""
        self.acknowledge(command)
        exit_process(int(command.args.get("code", "0")))

    def crash(self, command: Command) -> None:
        """``crash``: end the process by an exception that nobody catches."""
        self.acknowledge(command)
        raise RuntimeError("crashed because it was told to")
