"""The sessions that nsurlsessiond knows: one per app and identifier, whichever process opened it."""

from __future__ import annotations

import random

from harness.virtual.kernel.containers import random_uuid
from harness.virtual.kernel.nsurlsessiond.background_session import BackgroundSession, SessionSettings
from harness.virtual.kernel.nsurlsessiond.fetching import FetchRequest
from harness.virtual.kernel.nsurlsessiond.tasks import BackgroundTask, TaskKind


class Ledger:
    """Every session of one phone.

    Args:
        source: makes the names of sessions and tasks reproducible.
    """

    def __init__(self, source: random.Random) -> None:
        self._random = source
        self._sessions: dict[tuple[str, str], BackgroundSession] = {}

    def open(self, bundle_id: str, settings: SessionSettings) -> BackgroundSession:
        """The app's session of that identifier, old or new."""
        key = (bundle_id, settings.identifier)
        if key not in self._sessions:
            self._sessions[key] = BackgroundSession(bundle_id, settings, random_uuid(self._random))
        return self._sessions[key]

    def add_task(self, session: BackgroundSession, request: FetchRequest, kind: TaskKind) -> BackgroundTask:
        """A new task of a session."""
        session.last_task += 1
        task = BackgroundTask(session.last_task, random_uuid(self._random), request, kind)
        session.tasks[task.identifier] = task
        return task

    def knows(self, session: BackgroundSession) -> bool:
        """Whether a session is still kept."""
        return self._sessions.get((session.bundle_id, session.identifier)) is session

    def remove(self, session: BackgroundSession) -> None:
        """Forget a session; one that is not kept is no error."""
        self._sessions.pop((session.bundle_id, session.identifier), None)

    def all(self) -> tuple[BackgroundSession, ...]:
        """Every session, oldest first."""
        return tuple(self._sessions.values())

    def of_app(self, bundle_id: str) -> tuple[BackgroundSession, ...]:
        """Every session of an app, oldest first."""
        return tuple(session for session in self._sessions.values() if session.bundle_id == bundle_id)

    def unfinished(
        self, bundle_id: str | None = None
    ) -> tuple[tuple[BackgroundSession, BackgroundTask], ...]:
        """Every task that has not ended, of one app or of all, oldest session first."""
        sessions = self.all() if bundle_id is None else self.of_app(bundle_id)
        return tuple((session, task) for session in sessions for task in session.unfinished)
