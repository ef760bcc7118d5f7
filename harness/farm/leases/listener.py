"""The session by which the holders of one process show that they live, and hear that they are called.

Whoever loses a session first closes it, and only then takes its locks in a new one: it would wait for itself
otherwise. A session that the server has not missed yet, because the network went and not the process, is
ended by its successor. Until a lock is had again the holder's row says so, and its silence alone counts.
"""

from __future__ import annotations

import os
import selectors
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from harness.farm.leases.ledger import BEATS_IN_A_LEASE, session_key
from harness.farm.leases.postgres import TRY_AGAIN_S, Connection, Notify, Server, Trouble, generation_of

LASTS_S = 60.0
"""For how many wall seconds a database that stands still keeps the session: it takes whoever has given his up
for dead as soon as it goes on."""


class Listener:
    """One session and its thread, for all holders of this process; there while there are any.

    Args:
        server: where the database is.
        call: called with a holder that is called; from any thread.
    """

    def __init__(self, server: Server, call: Callable[[str], None]) -> None:
        self._server = server
        self._call = call
        # Held while one comes or leaves: who comes just after the last one has left begins a thread anew.
        self._doorway = threading.RLock()
        self._mutex = threading.RLock()
        self._holders: set[str] = set()
        self._locked: set[str] = set()
        self._session: Connection | None = None
        self._generation = ""
        self._thread: threading.Thread | None = None
        self._pid = os.getpid()
        self._every_s = 2.0
        self._over = threading.Event()
        self._bell: Bell | None = None

    @staticmethod
    def channel(holder: str) -> str:
        """What a holder is called by."""
        return f"holder_{holder}"

    def add(self, holder: str) -> None:
        """Show that a holder lives.

        Raises:
            FarmError: the database does not answer.
        """
        with self._doorway:
            with self._mutex:
                try:
                    session = self._connected()
                    self._holders.add(holder)
                    self._take(session, holder)
                except Trouble as error:
                    self._holders.discard(holder)
                    raise self._server.trouble(error) from error
            if self._thread is None:
                self._over.clear()
                self._bell = Bell()
                self._thread = threading.Thread(target=self._run, name="lease listener", daemon=True)
                self._thread.start()

    def remove(self, holder: str) -> None:
        """Fall silent about a holder."""
        if os.getpid() != self._pid:
            return
        with self._doorway:
            with self._mutex:
                self._holders.discard(holder)
                self._give_back(holder)
            if not self._holders:
                self.close()

    def _give_back(self, holder: str) -> None:
        if holder in self._locked and self._session is not None:
            self._locked.discard(holder)
            with suppress(Trouble):
                self._session.execute("SELECT pg_advisory_unlock(%s)", (session_key(holder),))
                self._session.execute(f'UNLISTEN "{self.channel(holder)}"'.encode())

    def ask(self, sql: str) -> list[str] | None:
        """The first column of a read that needs no turn; ``None`` while the database does not answer."""
        with self._mutex:
            try:
                return [row[0] for row in self._session.execute(sql.encode())] if self._session else None
            except Trouble:
                self._ring()
                return None

    def _ring(self) -> None:
        if self._bell is not None:
            self._bell.ring()

    def _connected(self) -> Connection:
        if self._session is None or self._session.closed:
            self._session = self._server.connect()
            self._session.within_s = LASTS_S
            self._generation = generation_of(self._session)
            self._session.add_notify_handler(self._called)
            for holder in self._holders:
                self._take(self._session, holder)
                # It may have been called while nobody listened.
                self._call(holder)
        return self._session

    def _called(self, notice: Notify) -> None:
        self._call(notice.channel.removeprefix("holder_"))

    def _drop(self) -> None:
        session, self._session = self._session, None
        self._locked.clear()
        if session is not None:
            with suppress(Trouble):
                session.close()

    def _take(self, session: Connection, holder: str) -> None:
        """Listen for a holder, and hold its lock, if no session of before has it still."""
        session.execute(f'LISTEN "{self.channel(holder)}"'.encode())
        key = session_key(holder)
        if session.execute("SELECT pg_try_advisory_lock(%s)", (key,)).fetchone() == (True,):
            self._locked.add(holder)
        else:
            session.execute(_END_BEFORE, (key >> 32, key & 0xFFFFFFFF))

    def _run(self) -> None:
        due_s = 0.0
        while not self._over.is_set() and os.getpid() == self._pid:
            try:
                if time.monotonic() >= due_s:
                    self._beat()
                    due_s = time.monotonic() + self._every_s
                self._hear(due_s - time.monotonic())
            except (Trouble, OSError, ValueError):
                # Also where no descriptor is left for a moment: who falls silent loses its phones.
                with self._mutex:
                    self._drop()
                self._over.wait(TRY_AGAIN_S)
                due_s = 0.0

    def _beat(self) -> None:
        """Have every holder heard: one row each, outside of any turn."""
        with self._mutex:
            session = self._connected()
            for holder in self._holders:
                if holder not in self._locked:
                    self._take(session, holder)
                held = self._generation if holder in self._locked else ""
                session.execute(_HEARD, (held, holder))
            row = session.execute("SELECT value FROM farm WHERE key='lease_s'").fetchone()
            self._every_s = float(row[0]) / BEATS_IN_A_LEASE if row else self._every_s

    def _hear(self, timeout_s: float) -> None:
        """Wait for calls; the server's word lies in the socket until something is asked."""
        session, bell = self._session, self._bell
        if session is None or bell is None:
            return
        with selectors.DefaultSelector() as selector:
            selector.register(session.fileno(), selectors.EVENT_READ)
            selector.register(bell, selectors.EVENT_READ)
            told = selector.select(max(0.0, timeout_s))
        bell.hush()
        if told and not self._over.is_set():
            with self._mutex:
                session.execute("SELECT 1")

    def close(self) -> None:
        """End the session, which a holder that comes later begins again."""
        if os.getpid() != self._pid:
            return
        with self._doorway:
            thread, self._thread = self._thread, None
            self._over.set()
            self._ring()
            if thread is not None:
                thread.join()
            with self._mutex:
                self._drop()
                bell, self._bell = self._bell, None
                if bell is not None:
                    bell.close()


class Bell:
    """Wakes a thread that waits for sockets."""

    def __init__(self) -> None:
        self._read, self._write = socket.socketpair()
        self._read.setblocking(False)
        self._write.setblocking(False)

    def fileno(self) -> int:
        """What to wait for."""
        return self._read.fileno()

    def ring(self) -> None:
        """Wake; once is as good as often."""
        with suppress(BlockingIOError):
            self._write.send(b"!")

    def close(self) -> None:
        """It wakes nobody any more."""
        self._read.close()
        self._write.close()

    def hush(self) -> None:
        """Forget that it rang."""
        with suppress(BlockingIOError):
            self._read.recv(4096)


_HEARD = "UPDATE holder SET heard_s=extract(epoch FROM clock_timestamp())::float8, generation=%s WHERE id=%s"
_END_BEFORE = (
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype='advisory' AND objsubid=1"
    " AND classid=%s::bigint::oid AND objid=%s::bigint::oid AND pid<>pg_backend_pid()"
)
