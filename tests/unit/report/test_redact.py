"""What must not be told becomes a pseudonym, and the story stays the same story."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConfigError
from harness.evidence.record import to_line
from harness.model.facts import CallbackSeen, Source
from harness.model.identity import Hardware, PhoneIdentity
from harness.model.run import Begun
from harness.model.time import Instant
from harness.report.redact import Redactor
from harness.report.rules import RULES, Rule

REAL = PhoneIdentity("Anna's iPhone", "00008120-001A2C3E0A38401E", "17.5", "iPhone15,4", Hardware.REAL)
VIRTUAL = PhoneIdentity("v-16", "00008110-0000000000000001", "16.7", "iPhone10,3", Hardware.VIRTUAL)

HARMLESS = (
    "nonce 1a2b3c4d",
    "session com.example.downloader.1a2b3c4d",
    "5D6B7C8A-1111-4222-8333-0123456789AB",
    "  +12.345±0.002 s  StateSeen pid=4711 state=suspended  (state stream)",
    "at 2026-11-22 10:34:01.123456+0000",
    "icon@2x.png",
    "serial communication established",
    "[xpcservice<com.apple.WebKit([app<com.example.app>:412])>:413]",
    "GET /1a2b3c4d/episode.mp4 range 1000000-49999999",
    "exit 0x8badf00d after 20.03 s",
    "pymobiledevice3==11.45.0 at 127.0.0.1:62078",
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.what}: {rule.example[:24]}")
def test_every_rule_does_what_its_example_says(rule: Rule) -> None:
    assert Redactor(unasked=False).text(rule.example) == rule.becomes


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.what}: {rule.example[:24]}")
def test_what_was_redacted_is_not_redacted_again(rule: Rule) -> None:
    assert Redactor(unasked=False).text(rule.becomes) == rule.becomes


@pytest.mark.parametrize("text", HARMLESS)
def test_evidence_is_no_secret(text: str) -> None:
    assert Redactor().text(text) == text


def test_a_rule_that_has_to_be_asked_for_is_not_applied_unasked() -> None:
    assert Redactor().text("origin at 192.168.178.20") == "origin at 192.168.178.20"


def test_a_value_keeps_its_pseudonym_and_shares_it_with_no_other() -> None:
    redactor = Redactor()
    first, other = redactor.text("to a@x.org"), redactor.text("to b@x.org")
    assert (first, other) == ("to [mail-1]", "to [mail-2]")
    assert redactor.text("from b@x.org, cc a@x.org") == "from [mail-2], cc [mail-1]"


def test_two_phones_that_end_alike_stay_two() -> None:
    redactor = Redactor()
    told = {redactor.text(f"0000812{n}-001A2C3E0A38401E") for n in range(3)}
    assert told == {"[udid-…401E]", "[udid-…401E-2]", "[udid-…401E-3]"}


def test_a_real_phone_is_told_by_the_last_of_its_udid_and_without_its_owner() -> None:
    redactor = Redactor()
    told = redactor.identity(REAL)
    assert (told.name, told.udid) == ("[person-1]'s iPhone", "[udid-…401E]")
    assert redactor.identity(told) == told
    assert redactor.text(f"{REAL.udid} is gone") == "[udid-…401E] is gone"


def test_a_virtual_phone_has_nothing_to_hide() -> None:
    redactor = Redactor()
    assert redactor.identity(VIRTUAL) == VIRTUAL
    assert redactor.text(VIRTUAL.udid) == VIRTUAL.udid


def test_what_a_phone_is_called_is_hidden_from_when_it_is_known_also_in_texts_told_before() -> None:
    redactor, phone = Redactor(), replace(REAL, udid="simulated-anna-1")
    assert redactor.text("simulated-anna-1 is gone") == "simulated-anna-1 is gone"
    redactor.identity(phone)
    assert redactor.text("simulated-anna-1 is gone") == "[udid-…na-1] is gone"


def test_what_is_known_to_be_virtual_is_told_from_then_on() -> None:
    redactor = Redactor()
    assert redactor.text(VIRTUAL.udid) == "[udid-…0001]"
    redactor.identity(VIRTUAL)
    assert redactor.text(VIRTUAL.udid) == VIRTUAL.udid


def test_every_text_of_an_entry_is_redacted_and_nothing_else() -> None:
    redactor = Redactor()
    detail = {
        "url": "http://u:p@h/x?token=abc",
        "password": "hunter2",
        "Cookie": "crumbs",
        "n": 3,
        "more": ["a@x.org"],
    }
    seen = CallbackSeen(
        at=Instant(5.0, 0.1),
        source=Source.JOURNAL,
        bundle_id="com.example.app",
        pid=4,
        name="x",
        seq=1,
        nonce="1a2b3c4d",
        detail=detail,
    )
    told = redactor.whole(seen)
    assert told.detail == {
        "url": "http://[login-1]@h/x?token=[query-1]",
        "password": "[secret-1]",
        "Cookie": "[secret-2]",
        "n": 3,
        "more": ["[mail-1]"],
    }
    assert (told.at, told.source, told.nonce, told.pid) == (seen.at, seen.source, seen.nonce, seen.pid)
    begun = Begun(test="t", nonce="1a2b3c4d", phone=REAL, bundle_id="com.example.app", host_s=1.0)
    assert "Anna" not in to_line(redactor.whole(begun))
    assert REAL.udid not in to_line(redactor.whole(begun))


def test_a_rule_of_ones_own_comes_first() -> None:
    assert Redactor([r"project (?P<secret>\w+)"]).text("project Zebra") == "project [own-1]"


def test_a_rule_of_ones_own_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="not a regular expression"):
        Redactor(["("])


@given(st.lists(st.sampled_from([rule.example for rule in RULES] + list(HARMLESS)), max_size=6), st.text())
def test_redaction_is_stable(parts: list[str], noise: str) -> None:
    redactor = Redactor(unasked=False)
    once = redactor.text("\n".join([*parts, noise]))
    assert redactor.text(once) == once


def test_no_example_survives_in_a_line_of_json() -> None:
    for rule in RULES:
        said = Redactor(unasked=False).text(f'{{"line": "{rule.example}"}}'.replace('"V', '\\"V'))
        secret = re.search(rule.pattern, rule.example)
        assert secret
        group = "secret" if "secret" in secret.re.groupindex else 0
        assert secret[group] not in said


@pytest.mark.parametrize("what", sorted({rule.what for rule in RULES}))
def test_the_documentation_names_every_rule(what: str) -> None:
    assert f"[{what}-" in (Path(__file__).parents[3] / "docs" / "report.md").read_text(encoding="utf-8")


ALMOST = (
    *("A", "1", "a.", "a-", "@", "a@a.", "a@", "a://a:@", "eyJaaaa.", "eyJaaaa-", "cookie ", "+1 ", "(415) "),
    *(
        "&key=",
        "bearer ",
        "a's ",
        "/Users/",
        'ssid="',
        "serial ",
        "password ",
        "iPhone von ",
        "10.",
        "0-",
        "0:",
    ),
)
"""Beginnings of secrets that never end."""


@pytest.mark.parametrize("text", ALMOST)
def test_a_long_text_that_almost_holds_a_secret_over_and_over_comes_to_an_end(text: str) -> None:
    """With a rule that looks to the end from every place this takes minutes, and the test hangs."""
    Redactor().text(text * (60_000 // len(text)))
