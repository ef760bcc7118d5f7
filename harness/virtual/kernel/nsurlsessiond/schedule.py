"""When the tasks of a phone run: request delays, discretion, and a phone that is not unlocked yet.

Theory: the app resumes a task once; from then on everything that happens on the phone may let it run or hold
it back, so after each change every task is looked at again by the same few questions::

    resumed in the background while the app's request delay runs  -> DELAYED, until that is over or the user
                                                                     opens the app
    the phone is down, or not unlocked since it booted            -> HELD
    discretionary, and its needs are not met                      -> HELD
    otherwise                                                     -> RUNNING

A task that is held gives its connection up and keeps what came. Source: background-execution.md §1.8.2,
§1.8.4, §1.8.7.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from harness.model.states import AppState
from harness.virtual.kernel.nsurlsessiond.background_session import BackgroundSession
from harness.virtual.kernel.nsurlsessiond.discretion import Discretion
from harness.virtual.kernel.nsurlsessiond.ledger import Ledger
from harness.virtual.kernel.nsurlsessiond.making import TransferMaker
from harness.virtual.kernel.nsurlsessiond.rules import REBOOT_RESETS_DELAY, START_AFTER_S
from harness.virtual.kernel.nsurlsessiond.tasks import BackgroundTask, TaskState, TaskStep
from harness.virtual.kernel.nsurlsessiond.throughput import ThroughputMonitor
from harness.virtual.kernel.nsurlsessiond.voice import Voice
from harness.virtual.kernel.nsurlsessiond.wake import RequestDelay

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone


class Schedule:
    """Starts and holds back the tasks of one phone.

    Args:
        phone: the phone.
        ledger: the tasks.
        maker: makes their transfers.
        voice: the daemon's log.
    """

    def __init__(self, phone: VirtualPhone, ledger: Ledger, maker: TransferMaker, voice: Voice) -> None:
        self._phone = phone
        self._ledger = ledger
        self._maker = maker
        self._voice = voice
        self._states: dict[str, AppState] = {}
        self._delays: dict[str, RequestDelay] = {}
        self._monitors: dict[str, ThroughputMonitor] = {}
        self._discretion = Discretion(phone, self.look_again)

    def state_of(self, bundle_id: str) -> AppState:
        """The state an app was last heard to be in."""
        return self._states.get(bundle_id, AppState.NOT_RUNNING)

    def is_discretionary(self, session: BackgroundSession, task: BackgroundTask) -> bool:
        """Whether the system may choose the time for a task."""
        return self._discretion.applies(session, task)

    def resume(self, session: BackgroundSession, task: BackgroundTask) -> None:
        """Let a task run when nothing is against it; one that was resumed before is left alone."""
        if task.state is not TaskState.CREATED:
            return
        task.transfer = self._maker.make(session, task)
        task.transfer.arm()
        in_front = self.state_of(session.bundle_id).is_foreground
        if self._delay_of(session.bundle_id).is_running and not in_front:
            task.move(TaskStep.DELAY)
        else:
            self._decide(session, task)

    def app_changed(self, bundle_id: str, state: AppState) -> None:
        """An app is in another state."""
        before = self.state_of(bundle_id)
        self._states[bundle_id] = state
        if before.is_foreground and not state.is_foreground:
            self._discretion.left_foreground(bundle_id)
        elif state.is_foreground and not before.is_foreground:
            self._came_to_foreground(bundle_id)

    def woken(self, bundle_id: str) -> None:
        """The daemon has run an app that did not run: its next requests have to wait longer."""
        self._voice.delay_set(bundle_id, self._delay_of(bundle_id).woken())

    def attempt_began(self, session: BackgroundSession, task: BackgroundTask) -> None:
        """Look at how much a discretionary task moves."""
        self.ended(task)
        if task.transfer is not None and self.is_discretionary(session, task):
            too_slow = partial(self._too_slow, session, task)
            self._monitors[task.uuid] = ThroughputMonitor(self._phone.clock, task.transfer, too_slow)

    def ended(self, task: BackgroundTask) -> None:
        """Nobody needs to look at a task any more."""
        monitor = self._monitors.pop(task.uuid, None)
        if monitor is not None:
            monitor.stop()

    def network_changed(self) -> None:
        """The phone's radios or links are other ones."""
        self.look_again()
        for _, task in self._ledger.unfinished():
            if task.transfer is not None:
                task.transfer.network_changed()

    def look_again(self) -> None:
        """Ask of every task that may run, or does, whether it still may."""
        with self._phone.work.batch():
            for session, task in self._ledger.unfinished():
                if task.state in (TaskState.HELD, TaskState.RUNNING):
                    self._decide(session, task)

    def phone_restarts(self) -> None:
        """Forget what no phone remembers across a restart; what waited for it waits for the phone now."""
        for bundle_id, delay in self._delays.items() if REBOOT_RESETS_DELAY else ():
            delay.reset()
            self._release_delayed(bundle_id)

    def forget_app(self, bundle_id: str) -> None:
        """Forget an app that was uninstalled."""
        self._discretion.came_to_foreground(bundle_id)
        delay = self._delays.pop(bundle_id, None)
        if delay is not None:
            delay.reset()

    def _decide(self, session: BackgroundSession, task: BackgroundTask) -> None:
        if not self._may_run(session, task):
            if task.move(TaskStep.HOLD) and task.transfer is not None:
                task.transfer.pause()
        elif task.move(TaskStep.START):
            self._voice.task_resumes(task)
            self._phone.clock.call_later(START_AFTER_S, partial(self._begin, task))

    def _may_run(self, session: BackgroundSession, task: BackgroundTask) -> bool:
        if not self._phone.conditions.is_up or not self._phone.springboard.first_unlock_done:
            return False
        return not self.is_discretionary(session, task) or self._discretion.lets_run()

    def _begin(self, task: BackgroundTask) -> None:
        if task.state is TaskState.RUNNING and task.transfer is not None:
            task.transfer.start()

    def _too_slow(self, session: BackgroundSession, task: BackgroundTask) -> None:
        # The user may have opened the app since the attempt began, and wants it now, however slow.
        if task.transfer is not None and self.is_discretionary(session, task):
            self._voice.task_too_slow(task)
            task.transfer.retry()

    def _came_to_foreground(self, bundle_id: str) -> None:
        self._discretion.came_to_foreground(bundle_id)
        for _, task in self._ledger.unfinished(bundle_id):
            task.made_in_background = False
        if self._delay_of(bundle_id).reset():
            self._voice.delay_reset(bundle_id)
        self._release_delayed(bundle_id)
        self.look_again()

    def _release_delayed(self, bundle_id: str) -> bool:
        """Let go what the app's request delay has held back; returns whether there was anything."""
        delayed = [one for one in self._ledger.unfinished(bundle_id) if one[1].state is TaskState.DELAYED]
        for session, task in delayed:
            self._decide(session, task)
        return bool(delayed)

    def _delay_of(self, bundle_id: str) -> RequestDelay:
        if bundle_id not in self._delays:
            rules = self._phone.rules
            self._delays[bundle_id] = RequestDelay(
                self._phone.clock,
                rules.url_delay_first_s,
                rules.url_delay_factor,
                partial(self._release_delayed, bundle_id),
            )
        return self._delays[bundle_id]
