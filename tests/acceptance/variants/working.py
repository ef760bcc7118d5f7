"""Mistakes of an app that runs in the background by other means than transfers; one method each."""

from __future__ import annotations

from collections.abc import Callable

from harness.model.journal import LOG_POINTS
from harness.virtual.apps.audio import AVAudioSession, Category
from harness.virtual.apps.background_tasks import BGContinuedProcessingTask
from harness.virtual.apps.commands import Command
from harness.virtual.apps.timekeeping import LOG_LEVELS
from harness.virtual.apps.uikit import DispatchQueue, Logger, UIApplication, UIApplicationState
from harness.virtual.apps.worker import Worker

LATE_S = 10.0
"""How long after its time is up ``Late`` gives it back; iOS waits for less."""


class Overstaying(Worker):
    """Never ends its background task.

    Source: catalogue.md S14, "never end → KILLED:watchdog".
    """

    def give_time_back(self) -> None:
        """Keep it."""


class Deaf(Worker):
    """Asks for time and does not listen for its end.

    Source: catalogue.md S14, "no handler".
    """

    def handler_for(self, wish: str) -> Callable[[], None] | None:
        """None, whatever was wished for."""
        return None


class Late(Worker):
    """Ends its background task, but only some time after it was told that time is up.

    Source: catalogue.md S40, "ended late".
    """

    def time_is_up(self) -> None:
        """Finish something first."""
        self.note_time_is_up()
        DispatchQueue.main().async_after(LATE_S, self.give_time_back)


class Silent(Worker):
    """Has its audio session active and plays nothing.

    Source: catalogue.md S15, "only while really playing".
    """

    def start_playing(self) -> None:
        """Leave it at the session."""


class Humming(Worker):
    """Plays silence whenever it leaves the front, so as never to be suspended.

    Source: catalogue.md S15, "background modes … and only while really playing"; S55.
    """

    def application_did_enter_background(self, application: UIApplication) -> None:
        """Play."""
        super().application_did_enter_background(application)
        session = AVAudioSession.shared_instance()
        session.set_category(Category.PLAYBACK)
        session.set_active(True)
        self.player.play()


class OnlyInFront(Worker):
    """Listens for its regions only in a process that its user has opened.

    Source: catalogue.md S54: a region event launches the app, and is told to who is there then.
    """

    def listen_for_regions(self) -> None:
        """Not in the background."""
        if self.application.application_state is not UIApplicationState.BACKGROUND:
            super().listen_for_regions()


class Unreporting(Worker):
    """Works on and reports no progress.

    Source: background-execution.md §1.10: a continued task that does not is ended.
    """

    def report(self, task: BGContinuedProcessingTask, completed: int) -> None:
        """Say nothing."""


class Secretive(Worker):
    """Logs everything private, so that there is nothing to read on the phones of its users.

    Source: catalogue.md S61, "``<private>`` present".
    """

    def write_log(self, command: Command) -> None:
        """Write every line with its text hidden."""
        logger = Logger(self.bundle_id, LOG_POINTS)
        for level in LOG_LEVELS:
            logger.log(f"{level}: %@", command.args.get("text", ""), level=level)
        self.acknowledge(command)
