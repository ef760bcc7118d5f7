"""``harness devices``: the phones there are, who holds each, and entries for new ones."""

from __future__ import annotations

import asyncio
from typing import Self

from harness.cli.oneoff import HERE, NO_PHONE_FIX, Asked, Found, find
from harness.cli.out import Out, parts
from harness.cli.phonerows import Row, away, elsewhere, heads_for, here, with_steps
from harness.cli.watching import watch as keep_watching
from harness.config.devices import load_devices
from harness.errors import NoSuchDevice
from harness.farm.leases.states import PhoneState
from harness.farm.reach import Attached, attached_phones, rack_phones

LOOK_ROUND_EVERY = 5
"""One in so many looks of ``--watch`` asks again which phones are attached, over a connection to each."""


def show(asked: Asked, out: Out) -> None:
    """List the phones that can be reached, those that agents serve, and those of devices.yaml that are away.

    Raises:
        NoSuchDevice: there is none.
        ConfigError: devices.yaml is wrong.
        FarmError: the leases cannot be read.
    """
    with _Sight(asked) as sight:
        rows = sight.rows()
        _tell_problems(sight.found, out)
        if not rows and not sight.found.problems:
            raise NoSuchDevice("there is no phone here", fix=NO_PHONE_FIX)
    out.rows(heads_for(rows), rows)


def watch(asked: Asked, out: Out) -> None:
    """The same again and again, until Ctrl-C.

    Raises:
        ConfigError: devices.yaml is wrong.
        FarmError: the leases cannot be read.
    """
    with _Sight(asked) as sight:
        _tell_problems(sight.found, out)
        keep_watching(sight.look_again, heads_for, out)


class _Sight:
    """The phones as they are seen from this machine, and the store that knows who has them."""

    def __init__(self, asked: Asked) -> None:
        self._asked = asked
        self._looks = 0

    def __enter__(self) -> Self:
        self.found = _find(self._asked)
        self._store = self.found.store()
        self._know()
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()

    def rows(self) -> list[Row]:
        """Each phone once: as it is reached from here, else as its agent tells, else as devices.yaml does."""
        view = self._store.snapshot()
        rows = [here(phone, view) for phone in self.found.phones]
        told = {row["udid"] for row in rows}
        rows += [elsewhere(one, view) for one in self._store.published() if one.identity.udid not in told]
        rows = [self._with_steps(row) for row in rows]
        names = {row["name"] for row in rows}
        entries = self.found.file.devices if self.found.file else ()
        why = _why_unseen() if self.found.is_blind else ""
        return rows + [away(entry, why) for entry in entries if entry.name not in names]

    def look_again(self) -> list[Row]:
        """The rows as they are now."""
        self._looks += 1
        if self._looks % LOOK_ROUND_EVERY == 0:
            self.found = _find(self._asked)
            self._know()
        return self.rows()

    def _with_steps(self, row: Row) -> Row:
        is_out = row["state"] is PhoneState.QUARANTINED
        return with_steps(row, self._store.health.history(row["udid"])) if is_out else row

    def _know(self) -> None:
        self._store.know(phone.identity for phone in self.found.phones)


def _find(asked: Asked) -> Found:
    with asyncio.Runner() as runner:
        return find(asked, runner, read_file=True)


def _why_unseen() -> str:
    from harness.farm.health.host import silent

    return silent(None).words


def _tell_problems(found: Found, out: Out) -> None:
    for problem in found.problems:
        if out.as_json:
            out.data({"problem": parts(problem)}, "")
        out.talk(f"harness: {problem}")


def add(asked: Asked, out: Out) -> None:
    """Write an entry into devices.yaml for each attached phone that has none.

    Raises:
        NoSuchDevice: nothing is attached.
        DeviceError: the one phone that is attached did not say who it is.
        ConfigError: devices.yaml is wrong, or cannot be written.
    """
    from harness.cli.adding import add_entries

    path = asked.devices or HERE
    entries = load_devices(path).devices if path.exists() else ()
    attached = _attached()
    if not attached.phones and len(attached.problems) == 1:
        raise attached.problems[0]
    for problem in attached.problems:
        out.talk(f"harness: {problem}")
    if not attached.phones:
        raise NoSuchDevice("no phone is attached", fix="Plug one in, unlock it and tap Trust")
    known = {(entry.udid or "").upper() for entry in entries}
    new = [phone.identity for phone in attached.phones if phone.identity.udid.upper() not in known]
    if not new:
        out.talk(f"every attached phone is in {path} already")
        return
    names = add_entries(path, new, [entry.name for entry in entries])
    for name, phone in zip(names, new, strict=True):
        fields = {"name": name, "udid": phone.udid, "ios": phone.ios, "model": phone.model, "file": str(path)}
        out.data(fields, f"{path}: added {name} ({phone.udid}, {phone.model}, iOS {phone.ios})")


def _attached() -> Attached:
    virtual = {phone.identity.udid for phone in rack_phones()}
    with asyncio.Runner() as runner:
        return runner.run(attached_phones(virtual))
