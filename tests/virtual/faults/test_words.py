from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConfigError
from harness.virtual.faults.script import load_script
from harness.virtual.faults.verbs import GRAMMAR, VERBS
from harness.virtual.faults.words import Given, Planned, Trigger, UnknownWord, fields_of, planned


@pytest.mark.parametrize(
    ("line", "verb", "values"),
    [
        ("lock", "lock", {}),
        ("cut-cable after_bytes=1000", "cut-cable", {"after_bytes": 1000}),
        ("cut-cable 1000 phone", "cut-cable", {"after_bytes": 1000, "toward": "phone"}),
        ("cut-cable toward=phone 7", "cut-cable", {"after_bytes": 7, "toward": "phone"}),
        ("tap trust", "tap trust", {}),
        ("tap com.example.app", "tap", {"bundle": "com.example.app"}),
        ("log drop every=3", "log drop", {"every": 3}),
        ("log redact off", "log redact", {"redacted": False}),
        ("log burst 5 text=a=b", "log burst", {"count": 5, "text": "a=b"}),
        ("battery percent=20 power=off", "battery", {"percent": 20, "power": False}),
    ],
)
def test_a_line_of_the_shell_says(line: str, verb: str, values: dict[str, Any]) -> None:
    assert planned(fields_of(line.split(), GRAMMAR), GRAMMAR) == Planned(verb, Given(values))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("cut-cabel", "near it: cut-cable"),
        ("log dorp every=3", "log drop"),
        ("cut-cable after_byte=3", "near it: after_bytes"),
        ("cut-cable 1 host more", "cut-cable takes no 'more'"),
        ("cut-cable many", "whole number, 0 or more"),
        ("cut-cable 1.5", "whole number"),
        ("cut-cable inf", "whole number"),
        ("battery 101", "0 to 100"),
        ("heat warm", "near it"),
        ("wifi perhaps", "on or off"),
        ("tap", "tap needs bundle"),
        ("lock at_s=-1", "at_s"),
        ("lock when=now", "bytes_to_host"),
    ],
)
def test_a_slip_is_named_with_what_is_near_it(line: str, said: str) -> None:
    with pytest.raises(UnknownWord, match=said):
        planned(fields_of(line.split(), GRAMMAR), GRAMMAR)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"do": 3},
        {"do": "lock", "phone": 3},
        {"do": "lock", "when": {}},
        {"do": "lock", "when": {"bytes_to_host": -1}},
        {"do": "lock", "when": {"moon": "full"}},
        {"do": "lock", "at_s": True},
        {"do": "lock", "at_s": "nan"},
        {"do": "wifi", "switch": 1},
        {"do": "tap", "bundle": {"id": 1}},
        {"do": "battery", "percent": [1]},
    ],
)
def test_nonsense_is_refused_by_name(fields: dict[str, object]) -> None:
    with pytest.raises(UnknownWord):
        planned(fields, GRAMMAR)


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(st.sampled_from(sorted(VERBS)), st.dictionaries(st.text() | st.sampled_from(["at_s", "when"]), _JSON))
def test_whatever_comes_is_read_or_refused(verb: str, fields: dict[str, object]) -> None:
    named = dict(zip([each.name for each in GRAMMAR[verb]], fields.values(), strict=False))
    with contextlib.suppress(UnknownWord):
        assert planned({**fields, **named, "do": verb}, GRAMMAR).verb == verb


def test_every_verb_has_one_line_of_help_and_says_what_it_takes() -> None:
    for name, verb in VERBS.items():
        assert name == verb.name
        assert "\n" not in verb.help
        assert verb.help.endswith(".")
        required = [argument.required for argument in verb.arguments]
        assert required == sorted(required, reverse=True), f"{name}: what may be left out comes last"


def test_a_script_is_read_line_by_line(tmp_path: Path) -> None:
    script = tmp_path / "faults.jsonl"
    script.write_text(
        "# a phone that is lost in the midst of a test\n\n"
        '{"do": "lock", "phone": "v-16", "at_s": 30}\n'
        '{"do": "cut-cable", "when": {"bytes_to_host": 100000}}\n'
        '{"do": "reboot", "when": {"log": "Started service"}}\n'
    )
    assert load_script(script) == (
        Planned("lock", Given(), "v-16", 30.0),
        Planned("cut-cable", Given(), trigger=Trigger.BYTES_TO_HOST, until=100_000),
        Planned("reboot", Given(), trigger=Trigger.LOG, until="Started service"),
    )


@pytest.mark.parametrize("text", ['{"do": "lokc"}', "[]", "{", json.dumps({"do": "tap"})])
def test_what_is_wrong_with_a_script_is_told_with_its_line(tmp_path: Path, text: str) -> None:
    script = tmp_path / "faults.jsonl"
    script.write_text('{"do": "lock"}\n' + text)
    with pytest.raises(ConfigError, match=r"faults\.jsonl:2"):
        load_script(script)


def test_a_script_that_cannot_be_read_is_a_configuration_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nothing\.jsonl"):
        load_script(tmp_path / "nothing.jsonl")
