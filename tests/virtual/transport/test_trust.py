"""The dialog that asks whether to trust a computer."""

from __future__ import annotations

import pytest

from harness.virtual.transport.trust import Dialog, NoDialog, Trust
from tests.virtual.rig import identity


def asking() -> Trust:
    trust = Trust(identity())
    trust.untrust()
    return trust


def test_at_first_the_own_host_is_trusted_and_every_other_at_once() -> None:
    trust = Trust(identity())
    assert trust.get(identity().host_id) is not None
    assert trust.ask("mac") is Dialog.ACCEPTED
    assert trust.dialog is Dialog.NONE


def test_untrusting_forgets_every_host_and_brings_the_dialog() -> None:
    trust = asking()
    assert trust.get(identity().host_id) is None
    assert trust.ask("mac") is Dialog.PENDING
    assert trust.ask("mac") is Dialog.PENDING
    assert trust.dialog is Dialog.PENDING


def test_an_answer_is_given_once() -> None:
    trust = asking()
    trust.ask("mac")
    trust.tap_trust()
    assert trust.dialog is Dialog.ACCEPTED
    assert trust.ask("mac") is Dialog.ACCEPTED
    assert trust.ask("mac") is Dialog.PENDING
    trust.tap_dont_trust()
    assert trust.ask("mac") is Dialog.DENIED
    assert trust.dialog is Dialog.NONE


def test_an_answer_is_for_the_host_that_has_asked() -> None:
    trust = asking()
    trust.ask("mac")
    trust.tap_trust()
    assert trust.ask("another") is Dialog.PENDING
    trust.tap_trust()
    assert trust.ask("another") is Dialog.ACCEPTED


def test_without_a_dialog_there_is_nothing_to_tap() -> None:
    trust = asking()
    for tap in (trust.tap_trust, trust.tap_dont_trust):
        with pytest.raises(NoDialog):
            tap()
