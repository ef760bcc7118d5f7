"""A phone that is gone for good, and known no more: on a person's word.

Theory. A UDID and an epoch name one lease for good: by that a process knows that it has lost a phone, and an
agent refuses whoever comes with a number that it has let somebody through under. A phone that was forgotten
may be found in a drawer. So one number outlasts all that are forgotten, the highest epoch of any, and a phone
that is new counts on from there.
"""

from __future__ import annotations

from harness.errors import NoSuchDevice, NotForgotten
from harness.farm.leases import phones
from harness.farm.leases.ledger import Transaction
from harness.farm.leases.view import FarmView, PhoneView, listed, read_view


def forget(db: Transaction, udid: str) -> PhoneView:
    """Forget a phone with its history; returns what was known of it.

    Args:
        db: within a transaction in which the dead are buried.
        udid: the phone.

    Raises:
        NoSuchDevice: nobody has ever heard of it.
        NotForgotten: somebody has it or waits for it, its agent sees it, or something is to be put back.
    """
    view = read_view(db)
    phone = view.phone(udid)
    if phone is None:
        raise NoSuchDevice(
            f"nobody has ever heard of a phone {udid}", fix="`harness leases` shows those known"
        )
    _check_nobody_has(view, phone)
    _check_nothing_is_left(phone)
    phones.count_from(db, phone.epoch)
    db.execute("DELETE FROM event WHERE udid=?", (udid,))
    db.execute("DELETE FROM phone WHERE udid=?", (udid,))
    return phone


def _check_nobody_has(view: FarmView, phone: PhoneView) -> None:
    waiting = next((ticket for ticket in view.waiting if phone.udid in ticket.udids), None)
    if not phone.is_idle:
        raise _refusal(phone, phone.why(view.at_s).partition(": ")[2], "End that, or wait until it is over")
    if waiting:
        purpose = f", {waiting.note}" if waiting.note else ""
        raise _refusal(phone, f"{waiting.holder} waits for it{purpose}", "End that, or wait until it is over")
    if phone.gate is not None and not phone.away:
        fix = "Unplug it, and take it out of devices.yaml"
        raise _refusal(phone, f"it is attached to {phone.host}, whose agent serves it", fix)


def _check_nothing_is_left(phone: PhoneView) -> None:
    if phone.undo:
        by_hand = " ".join(dict.fromkeys(entry.by_hand for entry in reversed(phone.undo)))
        done = f"harness restore --phone {phone.udid} --by-hand"
        fix = f"Plug it in and run `harness restore --all`. By hand: {by_hand} Then say so: `{done}`"
        raise _refusal(phone, f"something on it was not put back: {listed(phone.undo)}", fix)


def _refusal(phone: PhoneView, why: str, fix: str) -> NotForgotten:
    return NotForgotten(f"it cannot be forgotten: {why}", phone=phone.name, fix=fix)
