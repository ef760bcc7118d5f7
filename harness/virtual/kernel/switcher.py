"""The app switcher: what a swipe does to an app, and the flag that it leaves.

Theory, by where the app stands when its card is swiped away (background-execution.md §1.2, §1.3, §1.6)::

    not running      nothing ends, the flag is set
    suspended        ended at once; none of its code runs
    running          willTerminate, then ended; its main thread has five seconds for it
    stopped          ended at once: nobody is there to be told; guessed

A card is there from the first time an app is brought to the front until it is swiped away or its app is
removed; that the process ended, or the phone restarted, does not matter to it (§2.4).

The flag stays until a person, or a tool in their place, brings the app to the front. What it keeps from
running the app in the background is a table by subsystem and version; for location a restart of the phone
lifts it.
"""

from __future__ import annotations

from harness.virtual.kernel.core import Core
from harness.virtual.kernel.processes.exits import by_frontboard
from harness.virtual.kernel.processes.process import Process
from harness.virtual.kernel.processes.runningboard import RunningBoard
from harness.virtual.kernel.processes.watchdogs import Watch
from harness.virtual.kernel.rules import Subsystem, TerminationCode

EXPLANATION = "killed from app switcher"
"""Source: background-execution.md §1.4."""


class AppSwitcher:
    """The app switcher of one phone.

    Args:
        core: the phone.
        board: ends what is swiped away.

    Attributes:
        force_quit: bundle identifiers of the apps that were swiped away since they were last opened.
        cards: bundle identifiers of the cards, most recently used first.
    """

    def __init__(self, core: Core, board: RunningBoard) -> None:
        self.force_quit: set[str] = set()
        self.cards: tuple[str, ...] = ()
        self._before_boot: frozenset[str] = frozenset()
        self._core = core
        self._board = board
        self._quitting: set[int] = set()

    def blocks(self, bundle_id: str, subsystem: Subsystem) -> bool:
        """Whether an app stays down for a subsystem, because its user has swiped it away."""
        rules = self._core.rules
        lifted = bundle_id in self._before_boot and rules.reboot_unblocks_location
        if bundle_id not in self.force_quit or (subsystem is Subsystem.LOCATION and lifted):
            return False
        return rules.force_quit_blocks(subsystem)

    def opened(self, bundle_id: str) -> None:
        """Take note that an app came to the front, which clears its flag and puts its card first."""
        self.force_quit.discard(bundle_id)
        self.cards = (bundle_id, *self._cards_but(bundle_id))

    def removed(self, bundle_id: str) -> None:
        """Take note that an app was uninstalled: of another of that name nobody has swiped anything away."""
        self.force_quit.discard(bundle_id)
        self.cards = self._cards_but(bundle_id)

    def booted(self) -> None:
        """Take note of a restart of the phone, which keeps the flags."""
        self._before_boot = frozenset(self.force_quit)

    def is_quitting(self, process: Process) -> bool:
        """Whether an app was swiped away and is still in its ``willTerminate``."""
        return process.pid in self._quitting

    def swipe_away(self, bundle_id: str) -> None:
        """Remove an app's card, as a person does; also when the app does not run."""
        self.force_quit.add(bundle_id)
        self.cards = self._cards_but(bundle_id)
        self._before_boot -= {bundle_id}
        process = self._core.processes.of_bundle(bundle_id)
        if process is None or self.is_quitting(process):
            return
        if process.state.runs_code and not process.stopped:
            self._ask_to_terminate(process)
        else:
            self.finish(process)

    def finish(self, process: Process) -> None:
        """End an app that was swiped away, whatever it is still about; one that has ended is no error."""
        self._quitting.discard(process.pid)
        if process.alive:
            text = f'SBWorkspaceTerminateApplication: {process.bundle_id}: "{EXPLANATION}"'
            self._core.log_as("SpringBoard", text)
            self._board.request_termination(process, by_frontboard(TerminationCode.USER_QUIT, EXPLANATION))

    def _cards_but(self, bundle_id: str) -> tuple[str, ...]:
        return tuple(card for card in self.cards if card != bundle_id)

    def _ask_to_terminate(self, process: Process) -> None:
        core = self._core
        self._quitting.add(process.pid)
        core.exits.observe_exit(process.pid, lambda _: self._quitting.discard(process.pid))
        process.enqueue(process.application.will_terminate)
        self._board.watchdogs.watch(
            process,
            Watch.EXIT,
            core.rules.exit_watchdog_s,
            # Posted, because it ends the process whose code says that it is done.
            reached=lambda: core.work.post(lambda: self.finish(process)),
        )
