"""Who holds which phone, decided in transactions: on a SQLite file of one machine, or in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import StrEnum
from pathlib import Path
from socket import gethostname

from harness.config.places import leases_path
from harness.config.storeurl import expected, is_remote
from harness.errors import ConfigError, FarmError
from harness.farm.leases import doors, health, phones, undo
from harness.farm.leases.database import Database
from harness.farm.leases.forgetting import forget
from harness.farm.leases.healthbook import HealthBook
from harness.farm.leases.lease import Holder, Janitor
from harness.farm.leases.migration import migrate
from harness.farm.leases.presence import LocalPresence
from harness.farm.leases.published import PublishedPhone, published
from harness.farm.leases.seat import HostSeat, take_host, ungate
from harness.farm.leases.states import PhoneEvent, PhoneState
from harness.farm.leases.turns import Turns
from harness.farm.leases.view import FarmView, PhoneView, read_view
from harness.model.identity import PhoneIdentity


def doors_of(address: str) -> Path:
    """Where the holders of this machine have their locks, for a store by its address."""
    return doors.directory_of_rack(address) if is_remote(address) else doors.directory_of(Path(address))


def _rack(url: str) -> Turns:
    """The database of a rack; what it needs is imported only where there is one."""
    try:
        from harness.farm.leases.postgres import PostgresLedger, Server
        from harness.farm.leases.rackpresence import RackPresence
    except ImportError as error:
        what = f"leases in PostgreSQL need psycopg: {error}"
        raise FarmError(what, fix="Install it: pip install iphone-harness[rack]") from error
    server = Server(url)
    ledger = PostgresLedger(server)
    return Turns(ledger, RackPresence(server, ledger))


class Kind(StrEnum):
    """What a holder is to the others."""

    RUN = "run"
    """A process of a test run."""
    AGENT = "agent"
    """The way to the phones of a host."""
    COMMAND = "command"
    """A command of a person's."""


class LeaseStore:
    """The leases of a farm; shared by processes, and by the threads of this one."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    @classmethod
    def open(cls, path: Path | str | None = None) -> LeaseStore:
        """Open the store of one machine, creating it when there is none.

        Args:
            path: the file; ``None`` is the machine's own, in the state directory.

        Raises:
            StoreMismatch: its format is that of another harness, and cannot be brought to this one's now.
            FarmError: the file cannot be used.
            ConfigError: the state directory cannot be created.
        """
        database = Database(Path(path) if path is not None else leases_path())
        return cls._of(Turns(database, LocalPresence(database)))

    @classmethod
    def of(cls, store: str) -> LeaseStore:
        """Open the store that devices.yaml names, or one by its ``address``.

        Args:
            store: ``sqlite``, the path of a file, or ``postgresql://user@host/database``.

        Raises:
            StoreUnavailable: the database does not answer.
            StoreMismatch: its format is that of another harness, and cannot be brought to this one's now.
            FarmError: it cannot be used.
            ConfigError: it is another URL.
        """
        if is_remote(store):
            return cls._of(_rack(store))
        if "://" in store:
            raise ConfigError(expected(store))
        return cls.open(None if store == "sqlite" else store)

    @classmethod
    def _of(cls, turns: Turns) -> LeaseStore:
        store = cls(turns)
        try:
            migrate(turns)
        except BaseException:
            store.close()
            raise
        return store

    @property
    def address(self) -> str:
        """What ``of`` opens the same store by, in other processes of this machine; without a password."""
        return self._turns.ledger.address

    @property
    def path(self) -> Path:
        """The file, of a store of one machine."""
        return Path(self.address)

    def register(
        self,
        name: str,
        *,
        run: str = "",
        host: str = "",
        kind: Kind | str = Kind.RUN,
        janitor: Janitor | None = None,
    ) -> Holder:
        """Make this process known to the farm; it holds what it acquires until it ends.

        Args:
            name: what others are told, such as ``pytest gw0``.
            run: the run it belongs to.
            host: this machine, as others are told of it; empty for its own name, where they are on several.
            kind: what it is to the others.
            janitor: starts who restores what this process leaves altered, before it alters anything;
                ``None`` leaves that to the next holder.

        Raises:
            FarmError: the store cannot be used.
        """
        host = host or (gethostname() if is_remote(self.address) else "")
        with self._turns.turn() as db:
            door = self._turns.enter(db, name, run=run, host=host, kind=kind)
        return Holder(self._turns, door, name, host, janitor)

    @property
    def health(self) -> HealthBook:
        """How well the phones are."""
        return HealthBook(self._turns)

    def take_host(self, host: str, *, name: str) -> HostSeat:
        """Become the agent of a host: the only way to its phones, until this process ends.

        The leases of the agent before it end: the ways that it had opened went with it.

        Args:
            host: the machine, as devices.yaml calls it.
            name: what others are told, such as ``harness agent``.

        Raises:
            HostTaken: another agent serves it.
            FarmError: the store cannot be used.
        """
        return take_host(self._turns, host, name)

    def published(self) -> tuple[PublishedPhone, ...]:
        """The phones that agents serve, by name; also those that cannot be had now."""
        with self._turns.look() as db:
            return published(db)

    def set_lease_s(self, lease_s: float) -> None:
        """Say how long a holder may be silent before it is presumed dead, in the store's time, for all."""
        with self._turns.transaction() as db:
            db.execute("UPDATE farm SET value=? WHERE key='lease_s'", (f"{lease_s:g}",))

    def bump(self, udid: str, epoch: int) -> None:
        """Count the next grants of a phone from ``epoch`` on, unless they are beyond it.

        On a person's word, after the database was restored from an old backup: an agent refuses grants that
        are not newer than those it has served.
        """
        with self._turns.transaction() as db:
            db.execute("UPDATE phone SET epoch=? WHERE udid=? AND epoch<?", (epoch, udid, epoch))

    def ungate(self, host: str) -> tuple[str, ...]:
        """Have the phones of a host used without an agent again, on a person's word.

        Returns:
            Their UDIDs; none while an agent serves the host. That one which does not answer is off, and what
            it had opened is gone with it, is what the person has seen to.
        """
        with self._turns.turn() as db:
            return ungate(db, self._turns, host)

    def know(self, identities: Iterable[PhoneIdentity]) -> None:
        """Remember what phones are called, for messages; they need not be asked for first."""
        with self._turns.turn() as db:
            phones.know(db, ((one.udid, one.name, one.hardware) for one in identities))

    def snapshot(self) -> FarmView:
        """The farm as it is now, with the dead buried."""
        with self._turns.look() as db:
            return read_view(db)

    def left_altered_by(self, holder: str) -> tuple[PhoneView, ...]:
        """The phones that a holder which has ended left altered, and that nobody has restored since."""
        return tuple(
            phone
            for phone in self.snapshot().phones
            if phone.state is PhoneState.DIRTY and any(entry.holder == holder for entry in phone.due)
        )

    def recall(self, udid: str) -> bool:
        """Have everything put back on a free phone, also what a person changed to stay.

        Returns:
            Whether there was such a thing; the phone is dirty now.
        """
        with self._turns.turn() as db:
            kept = db.execute("SELECT 1 FROM undo WHERE udid=?", (udid,)).fetchone()
            if kept and phones.is_free(db, udid):
                phones.recall(db, udid)
                return True
        return False

    def forget_gone(self, running: Collection[str]) -> tuple[PhoneView, ...]:
        """Strike the journals of virtual phones that went with their rack; returns those phones.

        One that starts under the same UDID later is a new phone: nothing on it was changed, and what was held
        against its health is forgotten, too. Those of other machines are left to these, and those of agents
        to their agents: from here they look as if they had gone.

        Args:
            running: the UDIDs of all virtual phones of the racks that run here.
        """
        self.snapshot()  # buries the dead, whose phones nobody has any more
        with self._turns.turn() as db:
            before = read_view(db)
            gone = undo.forget_gone(db, running)
            for udid in gone:
                if not undo.entries(db, udid):
                    phones.move(db, udid, PhoneEvent.CLEAR)
            health.forget_gone(db, running)
        return tuple(phone for phone in before.phones if phone.udid in gone)

    def forget(self, udid: str) -> PhoneView:
        """Forget a phone that is gone for good, on a person's word; returns what was known of it.

        One that is seen again is a new phone.

        Raises:
            NoSuchDevice: nobody has ever heard of it.
            NotForgotten: somebody has it or waits for it, its agent sees it, or something is to be put back.
        """
        with self._turns.look() as db:
            return forget(db, udid)

    def mark_attached(self, udid: str) -> None:
        """The phone can be reached again; it is free once it has nothing left to be undone."""
        self._move(udid, PhoneEvent.ATTACH)

    def mark_detached(self, udid: str) -> None:
        """The phone cannot be reached; it is not granted, and whoever holds it goes on holding it."""
        self._move(udid, PhoneEvent.DETACH)

    def revoke(self, udid: str) -> bool:
        """Take a phone from its holder, on a person's word; ``False`` when nobody held it.

        The holder learns of it at its next check. Its connections are cut by the agent of the phone, and not
        where no agent serves it.
        """
        with self._turns.turn() as db:
            held = db.execute("SELECT 1 FROM phone WHERE udid=? AND state='leased'", (udid,)).fetchone()
            if held:
                phones.end(db, udid)
        return held is not None

    def clear(self, udid: str, *, put_right_by_hand: bool = False) -> bool:
        """Take a phone back into rotation, on a person's word.

        Args:
            udid: the phone.
            put_right_by_hand: forget what was still to be undone, because the person has done it.

        Returns:
            Whether there was anything to clear: it was quarantined, or altered and put right by hand.
        """
        with self._turns.turn() as db:
            cleared = phones.move(db, udid, PhoneEvent.CLEAR)
            health.clear(db, udid)
            db.execute("UPDATE phone SET failures=0 WHERE udid=?", (udid,))
            idle = "SELECT 1 FROM phone WHERE udid=? AND state<>'leased' AND holder IS NULL"
            if put_right_by_hand and db.execute(idle, (udid,)).fetchone():
                cleared |= db.execute("DELETE FROM undo WHERE udid=?", (udid,)).rowcount > 0
        return cleared

    def _move(self, udid: str, event: PhoneEvent) -> None:
        with self._turns.turn() as db:
            phones.move(db, udid, event)

    def close(self) -> None:
        """Give the connections up; the caller has closed the holders that it registered."""
        self._turns.presence.close()
        self._turns.ledger.close()
