"""``harness devices``: the phones there are, who holds each, and entries for new ones."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from harness.cli.leases import lease_fields
from harness.cli.oneoff import HERE, NO_PHONE_FIX, Asked, Found, find
from harness.cli.out import Out, parts
from harness.config.devices import load_devices
from harness.errors import NoSuchDevice
from harness.farm.leases.view import FarmView
from harness.farm.reach import Attached, attached_phones, rack_phones

HEADS = ("name", "udid", "ios", "model", "hardware", "connection", "state", "holder", "for", "note")
AWAY = "away"
"""State of a phone that is in devices.yaml and cannot be reached."""


def show(asked: Asked, out: Out) -> None:
    """List the phones that can be reached, and those of devices.yaml that cannot.

    Raises:
        NoSuchDevice: there is none.
        ConfigError: devices.yaml is wrong.
    """
    found = _find(asked)
    store = found.store()
    try:
        store.know(phone.identity for phone in found.phones)
        view = store.snapshot()
    finally:
        store.close()
    rows = [*_here(found, view), *_away(found)]
    _tell_problems(found, out)
    if not rows and not found.problems:
        raise NoSuchDevice("there is no phone here", fix=NO_PHONE_FIX)
    out.rows(HEADS, rows)


def _find(asked: Asked) -> Found:
    with asyncio.Runner() as runner:
        return find(asked, runner, read_file=True)


def _here(found: Found, view: FarmView) -> Iterator[dict[str, Any]]:
    for phone in found.phones:
        identity = phone.identity
        who = {"name": identity.name, "udid": identity.udid, "ios": identity.ios, "model": identity.model}
        how = {"hardware": identity.hardware, "connection": "+".join(phone.ways)}
        yield who | how | lease_fields(view.phone(identity.udid), view.at_s)


def _away(found: Found) -> Iterator[dict[str, Any]]:
    reached = {phone.name for phone in found.phones}
    for entry in found.file.devices if found.file else ():
        if entry.name not in reached:
            spec = entry.virtual
            yield {
                "name": entry.name,
                "udid": entry.udid,
                "ios": spec.ios if spec else None,
                "model": spec.model if spec else entry.labels.get("model"),
                "hardware": entry.hardware,
                "connection": None,
                "state": AWAY,
                "holder": None,
                "note": "its rack is not running" if spec else "it is not attached",
            }


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
