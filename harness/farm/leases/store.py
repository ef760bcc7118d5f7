"""Who holds which phone of this machine, decided in transactions on one SQLite file."""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable
from pathlib import Path

from harness.config.places import leases_path
from harness.errors import FarmError
from harness.farm.leases import doors, phones
from harness.farm.leases.database import Database
from harness.farm.leases.doors import Door
from harness.farm.leases.lease import Holder, Janitor
from harness.farm.leases.states import PhoneEvent, PhoneState
from harness.farm.leases.turns import Turns
from harness.farm.leases.view import FarmView, PhoneView, read_view
from harness.model.identity import Hardware, PhoneIdentity


class LeaseStore:
    """The leases of this machine; shared by processes, and by the threads of this one."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    @classmethod
    def open(cls, path: Path | str | None = None) -> LeaseStore:
        """Open the store, creating it when there is none.

        Args:
            path: the file; ``None`` is the machine's own, in the state directory.

        Raises:
            FarmError: the file cannot be used.
            ConfigError: the state directory cannot be created.
        """
        return cls(Turns(Database(Path(path) if path is not None else leases_path())))

    @classmethod
    def of(cls, store: str) -> LeaseStore:
        """Open the store that devices.yaml names.

        Args:
            store: ``sqlite``.

        Raises:
            FarmError: it is kept elsewhere than on this machine, or cannot be used.
        """
        if store != "sqlite":
            what = f"leases cannot be kept in {store.split('://')[0]}: only sqlite is there, for one machine"
            raise FarmError(
                what, fix="Write 'store: sqlite' in devices.yaml, one file per machine with phones"
            )
        return cls.open()

    @property
    def path(self) -> Path:
        """The file."""
        return self._turns.database.path

    def register(self, name: str, *, run: str = "", janitor: Janitor | None = None) -> Holder:
        """Make this process known to the farm; it holds what it acquires until it ends.

        Args:
            name: what others are told, such as ``pytest gw0``.
            run: the run it belongs to.
            janitor: starts who restores what this process leaves altered, before it alters anything;
                ``None`` leaves that to the next holder.

        Raises:
            FarmError: the file cannot be used.
        """
        # Made and locked within the transaction: who buries the dead never sees the one without the other.
        with self._turns.turn() as db:
            door = Door(self._turns.doors_dir)
            db.execute(
                "INSERT INTO holder (id, name, pid, run, since_s) VALUES (?, ?, ?, ?, ?)",
                (door.id, name, os.getpid(), run, time.time()),
            )
            doors.sweep(self._turns.doors_dir, keep={row[0] for row in db.execute("SELECT id FROM holder")})
        return Holder(self._turns, door, name, janitor)

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

        One that starts under the same UDID later is a new phone, and nothing on it was changed.

        Args:
            running: the UDIDs of all virtual phones of the racks that run.
        """
        self.snapshot()  # buries the dead, whose phones nobody has any more
        with self._turns.turn() as db:
            gone = [phone for phone in read_view(db).phones if phone.is_idle and _went(phone, running)]
            for phone in gone:
                db.execute("DELETE FROM undo WHERE udid=?", (phone.udid,))
                phones.move(db, phone.udid, PhoneEvent.CLEAR)
        return tuple(gone)

    def mark_attached(self, udid: str) -> None:
        """The phone can be reached again; it is free once it has nothing left to be undone."""
        self._move(udid, PhoneEvent.ATTACH)

    def mark_detached(self, udid: str) -> None:
        """The phone cannot be reached; it is not granted, and whoever holds it goes on holding it."""
        self._move(udid, PhoneEvent.DETACH)

    def revoke(self, udid: str) -> bool:
        """Take a phone from its holder, on a person's word; ``False`` when nobody held it.

        The holder learns of it at its next check, and its connections are not cut.
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
            Whether there was anything to clear: it was quarantined, or dirty and put right by hand.
        """
        with self._turns.turn() as db:
            cleared = phones.move(db, udid, PhoneEvent.CLEAR)
            db.execute("UPDATE phone SET failures=0 WHERE udid=?", (udid,))
            idle = "SELECT 1 FROM phone WHERE udid=? AND state='dirty' AND holder IS NULL"
            if put_right_by_hand and db.execute(idle, (udid,)).fetchone():
                cleared = True
                db.execute("DELETE FROM undo WHERE udid=?", (udid,))
        return cleared

    def _move(self, udid: str, event: PhoneEvent) -> None:
        with self._turns.turn() as db:
            phones.move(db, udid, event)

    def close(self) -> None:
        """Close the file; the caller has closed the holders that it registered."""
        self._turns.database.close()


def _went(phone: PhoneView, running: Collection[str]) -> bool:
    return phone.hardware == Hardware.VIRTUAL and phone.udid not in running and bool(phone.undo)
