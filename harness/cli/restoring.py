"""``harness restore``: what was left altered is put back, and what cannot be is said, with what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from harness.cli.oneoff import Asked, Found, find
from harness.cli.out import DEVICE, NO_DEVICE, OK, Out
from harness.errors import ConfigError, NoSuchDevice
from harness.farm.leases.replay import Restored
from harness.farm.leases.states import PhoneState
from harness.farm.leases.store import LeaseStore
from harness.farm.leases.undo import UndoEntry
from harness.farm.leases.view import PhoneView
from harness.model.identity import Hardware

NAME = "harness restore"
"""What others are told of who restores."""

AWAY = "it cannot be reached from here. Plug its cable in"
BACK = "back in rotation"
GONE = "it went with its rack, and what was changed on it, too"


@dataclass(frozen=True)
class Wish:
    """What is to be restored.

    Attributes:
        phone: name or UDID of the only phone that is meant; ``None`` for every one. One that is named is
            tried also when it is out of rotation.
        kept: whether what a person changed to stay is put back, too.
        by_hand: whether a person has put it right, so that it is only to be forgotten.
    """

    phone: str | None = None
    kept: bool = False
    by_hand: bool = False


@dataclass(frozen=True)
class Came:
    """What came of one phone.

    Attributes:
        phone: as the farm knows it afterwards.
        put_back: what was put back, in that order.
        why: why the rest was not, or what else there is to say; or empty.
    """

    phone: PhoneView
    put_back: tuple[UndoEntry, ...] = ()
    why: str = ""

    @property
    def exit_code(self) -> int:
        """How the command ends that restored only this."""
        if not self.phone.is_idle:
            return NO_DEVICE
        return DEVICE if self.phone.state in (PhoneState.DIRTY, PhoneState.QUARANTINED) else OK

    @property
    def todo(self) -> str:
        """What a person does about it, or empty."""
        if self.phone.state is not PhoneState.QUARANTINED:
            return ""
        done = f"harness restore --phone {self.phone.name} --by-hand"
        return f"By hand: {' '.join(self.phone.by_hand)} Then say so: {done}"

    @property
    def fields(self) -> dict[str, Any]:
        """For machines."""
        return {
            "phone": self.phone.name,
            "udid": self.phone.udid,
            "state": self.phone.state,
            "put_back": [str(entry.op) for entry in self.put_back],
            "left": [str(entry.op) for entry in self.phone.due],
            "why": self.why or None,
            "by_hand": list(self.phone.by_hand),
        }

    @property
    def text(self) -> str:
        """For people."""
        lines = [f"{self.phone.name}: put back: {entry.op}" for entry in self.put_back]
        left = ", ".join(str(entry.op) for entry in self.phone.due)
        if left:
            lines.append(f"{self.phone.name}: not put back: {left}: {self.why}")
        elif self.why:
            lines.append(f"{self.phone.name}: {self.why}")
        return "\n".join([*lines, *([f"  {self.todo}"] if self.todo else [])])


def restore(asked: Asked, wish: Wish, out: Out) -> int:
    """Put back what was left altered on the phones of this machine, and say what came of each.

    Returns:
        The exit code: 3 when something could not be put back, 4 when somebody has a phone that is altered.

    Raises:
        NoSuchDevice: nobody here has ever heard of the phone that is named.
        ConfigError: devices.yaml is wrong, or every phone is said to be right by hand.
        FarmError: the leases cannot be read.
    """
    if wish.by_hand and wish.phone is None:
        raise ConfigError("--by-hand needs --phone: it takes your word for one phone")
    with asyncio.Runner() as runner:
        found = find(asked, runner, read_file=True)
    store = found.store()
    try:
        store.know(phone.identity for phone in found.phones)
        all_came = _forgotten(store, wish) if wish.by_hand else _restored(store, found, wish)
    finally:
        store.close()
    for came in all_came:
        out.data(came.fields, came.text)
    if not all_came:
        out.talk("nothing is to be put back")
    return max((came.exit_code for came in all_came), default=OK)


def _meant(store: LeaseStore, wish: Wish) -> tuple[PhoneView, ...]:
    """The phones that are meant.

    Raises:
        NoSuchDevice: none is.
    """
    known = store.snapshot().phones
    word = wish.phone
    meant = tuple(one for one in known if word is None or one.is_called(word))
    if word is not None and not meant:
        names = ", ".join(one.name for one in known) or "none"
        raise NoSuchDevice(f"no phone here is called {word}; there are {names}", fix="Name one of them")
    return meant


def _forgotten(store: LeaseStore, wish: Wish) -> list[Came]:
    """Take a person's word for it that the phones are as they should be."""
    cleared = [one for one in _meant(store, wish) if store.clear(one.udid, put_right_by_hand=True)]
    now = [_now(store, one) for one in cleared]
    return [Came(one, (), f"put right by hand, and {_where(one)}") for one in now]


def _where(phone: PhoneView) -> str:
    return "offline" if phone.state is PhoneState.OFFLINE else BACK


def _restored(store: LeaseStore, found: Found, wish: Wish) -> list[Came]:
    from harness.farm.reach import rack_phones

    gone = store.forget_gone({phone.identity.udid for phone in rack_phones()})
    meant = {one.udid for one in _meant(store, wish)}
    back = [one for one in _meant(store, wish) if wish.phone is not None and one.is_out_for_health]
    for udid in meant:
        if wish.phone is not None:
            store.clear(udid)
        if wish.kept:
            store.recall(udid)
    due = [one for one in _meant(store, wish) if one.due and (wish.phone or not _is_held(one))]
    done = {one.udid: one for one in _by_drivers(found, due)}
    told = [Came(_now(store, one), (), GONE) for one in gone if one.udid in meant]
    told += [Came(_now(store, one), (), BACK) for one in back if not one.due]
    return told + [_came(store, one, done.get(one.udid)) for one in due]


def _is_held(phone: PhoneView) -> bool:
    """Whether somebody has it who puts it right himself, when he is done."""
    return phone.state is PhoneState.LEASED


def _by_drivers(found: Found, due: Sequence[PhoneView]) -> Iterable[Restored]:
    """What drivers could do about those that are dirty; others are not theirs to touch."""
    if not any(one.state is PhoneState.DIRTY for one in due):
        return ()
    from harness.api.janitor import restore as put_right
    from harness.runtime.loop import LoopThread

    with LoopThread() as loop:
        return put_right(loop, found.file, found.phones, found.kept_in, [one.udid for one in due], NAME)


def _came(store: LeaseStore, phone: PhoneView, restored: Restored | None) -> Came:
    now = store.snapshot()
    phone = now.phone(phone.udid) or phone
    if restored is not None:
        return Came(phone, restored.put_back, restored.reason)
    if phone.state is PhoneState.DIRTY and phone.is_idle:
        return Came(phone, (), away(phone))
    return Came(phone, (), phone.reason or phone.why(now.at_s).partition(": ")[2])


def away(phone: PhoneView) -> str:
    """Why a phone was not put right that nobody has, and what to do about it."""
    if phone.hardware != Hardware.VIRTUAL:
        return AWAY
    hosts = " and ".join(sorted({entry.host for entry in phone.due if entry.host}))
    if hosts:
        return f"it is a virtual phone of {hosts}. Run `{NAME}` there"
    done = f"{NAME} --phone {phone.name} --by-hand"
    return f"it is a virtual phone, of a machine that nobody wrote down. If it is gone, say so: `{done}`"


def _now(store: LeaseStore, phone: PhoneView) -> PhoneView:
    return store.snapshot().phone(phone.udid) or phone
