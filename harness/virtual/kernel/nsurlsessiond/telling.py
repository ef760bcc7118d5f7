"""How an app learns of its tasks: woken if need be, then told one thing after another.

How an ended task reaches its app (background-execution.md §1.8)::

    the app runs and has the session open -> its delegate is told, no handleEvents
    tasks of the session still run        -> nothing is told to an app that does not run
    a task is challenged                  -> as if all had ended
    the app is suspended                  -> resumed, handleEvents, then its delegate
    the app has no process                -> launched, handleEvents; its delegate when it opens a session
                                             of the same identifier
    the app was swiped out of the switcher-> tasks are cancelled (-999, reason 0); no wake

Events leave a session one by one; one that the app's delegate did not return from before its process
ended is told again to the next. A wake that was refused is made up for when the app next opens the session,
whoever launched it; one that fell into a restart, also by a wake after the first unlock.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from harness.virtual.kernel.nsurlsessiond.background_session import (
    BackgroundSession,
    Completed,
    FinishedDownloading,
    FinishedEvents,
    SessionClient,
)
from harness.virtual.kernel.nsurlsessiond.ledger import Ledger
from harness.virtual.kernel.nsurlsessiond.rules import TELL_AFTER_S, WakeVerdict
from harness.virtual.kernel.nsurlsessiond.voice import NAME, Voice
from harness.virtual.kernel.nsurlsessiond.wake import WakeQuestion, decide
from harness.virtual.kernel.processes.process import Process
from harness.virtual.kernel.rules import AssertionKind

if TYPE_CHECKING:
    from harness.virtual.kernel.phone import VirtualPhone


class Teller:
    """Tells the apps of one phone what their sessions have for them.

    Args:
        phone: the phone.
        ledger: the sessions.
        voice: the daemon's log.
        woken: told of every app that was run because of its session.
    """

    def __init__(
        self, phone: VirtualPhone, ledger: Ledger, voice: Voice, woken: Callable[[str], None]
    ) -> None:
        self._phone = phone
        self._ledger = ledger
        self._voice = voice
        self._woken = woken

    def tell_soon(self, session: BackgroundSession) -> None:
        """Wake the app, or tell it what can be told, in a moment."""
        self._phone.clock.call_later(TELL_AFTER_S, partial(self._tell, session))

    def make_up(self) -> None:
        """Ask again for the wakes that could not be had while the phone was down or not yet unlocked."""
        for session in self._ledger.all() if self._can_wake else ():
            if session.owes_wake:
                session.owes_wake = False
                self.tell_soon(session)

    def flush(self, session: BackgroundSession) -> None:
        """Send the first event on its way if the app can be told now."""
        client = session.client
        if client is None or session.delivering or session.awaits_handle_events:
            return
        if not session.events and session.owes_finish:
            session.owes_finish = False
            session.events.append(FinishedEvents())
        process = self._phone.processes.get(client.pid)
        if process is None or not process.state.runs_code or not session.events:
            return
        session.delivering = True
        client.deliver(session.events[0], partial(self._delivered, session, client))

    def retire(self, session: BackgroundSession) -> None:
        """Let a session go that its app invalidated, once nothing is left to do or to tell."""
        if not session.is_spent or session.owes_finish:
            return
        self._ledger.remove(session)
        client = session.client
        session.disconnect()
        if client is not None:
            client.became_invalid()

    @property
    def _can_wake(self) -> bool:
        return self._phone.conditions.is_up and self._phone.springboard.first_unlock_done

    def _tell(self, session: BackgroundSession) -> None:
        # Called by the clock, so in a batch.
        if not self._ledger.knows(session):
            return
        process = self._phone.processes.of_bundle(session.bundle_id)
        runs = process is not None and process.state.runs_code
        verdict = decide(
            WakeQuestion(
                needed=session.is_ready and not session.owes_finish,
                sends_launch_events=session.settings.sends_launch_events,
                supports_wakes=self._phone.apps.get(session.bundle_id) is not None,
                obliterated=session.obliterated,
                connected=runs and session.client is not None,
                updates_on=self._phone.background_refresh_allowed(session.bundle_id),
            )
        )
        self._voice.verdict(session, verdict)
        if verdict is WakeVerdict.WAKE:
            self._wake(session, counts=not runs)
        else:
            self.flush(session)

    def _wake(self, session: BackgroundSession, *, counts: bool) -> None:
        self._voice.wake_requested(session)
        session.awaits_handle_events = True
        reason = f"{AssertionKind.URL_SESSION} {session.bundle_id}"
        process = self._phone.wake_in_background(session.bundle_id, requester=NAME, reason=reason)
        if process is None:
            session.awaits_handle_events = False
            session.owes_wake = not self._can_wake
            self._voice.wake_failed(session)
            return
        if counts:
            self._woken(session.bundle_id)
        session.owes_finish = True
        assertion = self._phone.runningboard.acquire(
            process.pid, AssertionKind.URL_SESSION, reason, self._phone.rules.handle_events_s
        )
        self._voice.wake_done(session)
        process.enqueue(partial(self._handle_events, process, session, assertion.release))

    def _handle_events(
        self, process: Process, session: BackgroundSession, completion_handler: Callable[[], None]
    ) -> None:
        """Call the app's delegate; runs as the app's code, on its main thread."""
        process.delegate.application_handle_events_for_background_url_session(
            process.application, session.identifier, completion_handler
        )
        session.awaits_handle_events = False
        self.flush(session)

    def _delivered(self, session: BackgroundSession, client: SessionClient) -> None:
        if session.client is not client or not session.delivering:
            return
        session.delivering = False
        event = session.events.popleft()
        if isinstance(event, FinishedDownloading):
            event.path.unlink(missing_ok=True)
        elif isinstance(event, Completed):
            session.tasks.pop(event.task.identifier, None)
        self.flush(session)
        self.retire(session)
