from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.virtual.services.table import ROWS
from harness.virtual.transport.conversation import Question
from harness.virtual.versions import messages
from harness.virtual.versions.row import Standing
from tests.fidelity import LEDGER_FILE, acceptance, ledger
from tests.fidelity.acceptance import accept, merged
from tests.fidelity.ledger import NothingKnown, parts, rendered
from tests.fidelity.messages import PLIST_SERVICES, WITHOUT_MESSAGES, Speech, spoken


def test_the_ledger_in_the_documentation_is_the_one_that_the_tables_give() -> None:
    assert LEDGER_FILE.read_text() == rendered(), "write it anew: python -m tests.fidelity"


def test_every_service_of_the_phone_is_in_the_ledger() -> None:
    spoken_of = {name for names in PLIST_SERVICES.values() for name in names} | set(WITHOUT_MESSAGES)
    assert spoken_of == {offer.name for offer in ROWS}


def test_every_row_is_of_a_message_that_is_answered() -> None:
    answered = {question for speech in spoken() for question in speech.questions}
    assert {Question(row.service, row.message) for row in messages.ROWS} <= answered


def test_a_row_that_is_no_capture_is_of_a_message_that_nobody_asks() -> None:
    entries = [entry for part in parts() for entry in part.entries]
    assert any(entry.standing is Standing.ACCEPTED for entry in entries)
    idle = [row for row in messages.ROWS if row.standing is not Standing.CAPTURED]
    asked = [row for row in idle if acceptance.judges_of(f"{row.service}/{row.message}")]
    assert asked == [], "clients ask these: their rows can go"


def test_a_message_of_which_nobody_knows_anything_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    unheard = Speech("Unheard", (Question("com.example", "Of"),))
    monkeypatch.setattr(ledger, "spoken", lambda: [unheard])
    with pytest.raises(NothingKnown, match=r"com\.example/Of"):
        rendered()


def test_what_a_client_is_on_record_for_has_to_be_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(acceptance.RECORD_VARIABLE, raising=False)
    monkeypatch.setattr(acceptance, "accepted", lambda: {"go-ios": {"ios list": ["usbmux/ListDevices"]}})
    accept("go-ios", "ios list", ["usbmux/ListDevices", "usbmux/ReadBUID"])
    accept("go-ios", "ios other", [])
    with pytest.raises(AssertionError, match="usbmux/ListDevices"):
        accept("go-ios", "ios list", ["usbmux/ReadBUID"])


def test_a_recording_keeps_what_was_asked_every_time_by_the_most_particular_ways(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(acceptance.RECORD_VARIABLE, str(tmp_path))
    for number in range(acceptance.HOWS_KEPT + 1):
        accept("go-ios", f"ios {number}", ["a/b", *(f"a/{other}" for other in range(number))])
    accept("go-ios", "ios twice", ["c/d", "c/e"])
    accept("go-ios", "ios twice", ["c/d"])
    told = merged(tmp_path)["go-ios"]
    assert [how for how, asked in told.items() if "a/b" in asked] == ["ios 0", "ios 1", "ios 2"]
    assert told["ios twice"] == ["c/d"]
    assert json.dumps(told)
