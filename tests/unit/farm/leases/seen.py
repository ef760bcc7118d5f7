"""Phones as an agent tells of them, and as the store has them."""

from __future__ import annotations

from typing import cast

from harness.farm.leases.published import PublishedPhone
from harness.farm.leases.store import LeaseStore
from harness.farm.leases.view import PhoneView
from harness.model.identity import Connection, Hardware, PhoneIdentity
from harness.model.undo import Undo, UndoOp

NEWER = UndoOp(cast("Undo", "flashlight"), "off")
"""What a newer harness writes down, of which this one has never heard."""


def told(udid: str, away: str = "") -> PublishedPhone:
    identity = PhoneIdentity(f"name-{udid}", udid, "16.7", "iPhone10,3", Hardware.VIRTUAL)
    return PublishedPhone(identity, "mini1", {"rack": "a"}, (Connection.USB,), "/clock", away)


def phone(store: LeaseStore, udid: str = "u1") -> PhoneView:
    found = store.snapshot().phone(udid)
    assert found is not None
    return found
