"""The examples that people copy from the documents are understood by the code."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.config.profile import load_profile
from harness.model.callbacks import Callback
from harness.model.journal import ACKNOWLEDGED, JournalLine, parse_journal_line
from harness.virtual.apps.commanded import COMMAND_REFUSED
from harness.virtual.apps.commands import parse_command

DOCS = Path(__file__).parents[3] / "docs"
JOURNAL = (DOCS / "journal.md").read_text(encoding="utf-8")
YOUR_OWN_APP = (DOCS / "your-own-app.md").read_text(encoding="utf-8")


def _examples(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


LINES = [line for example in _examples(JOURNAL, "jsonl") for line in example.splitlines()]
COMMANDS = _examples(JOURNAL, "json")


def _rows(heading: str) -> list[str]:
    section = JOURNAL.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)


@pytest.mark.parametrize("text", LINES)
def test_an_example_line_is_read_and_written_back_as_it_stands(text: str) -> None:
    assert parse_journal_line(text).to_json() == text


def test_both_forms_of_a_command_mean_the_same() -> None:
    with_args, beside = (parse_command(text) for text in COMMANDS)
    assert (with_args.identifier, with_args.nonce, with_args.do) == (
        beside.identifier,
        beside.nonce,
        beside.do,
    )
    assert with_args.args.items() <= beside.args.items()


def test_the_example_acknowledgement_is_of_the_example_command() -> None:
    acknowledgement = parse_journal_line(LINES[-1])
    assert acknowledgement.event == ACKNOWLEDGED
    assert acknowledgement.detail is not None
    assert acknowledgement.detail["command"] == parse_command(COMMANDS[0]).identifier


def test_every_field_is_described() -> None:
    assert _rows("A line") == list(JournalLine.__dataclass_fields__)


def test_every_event_is_described() -> None:
    assert _rows("Events") == [*Callback, ACKNOWLEDGED, COMMAND_REFUSED]


def test_the_example_profile_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "podcasts.yaml"
    example, *_ = _examples(YOUR_OWN_APP, "yaml")
    path.write_text(example, encoding="utf-8")
    profile = load_profile(path)
    assert profile.notification == f"{profile.bundle_id}.harness.command"


def test_the_profile_of_an_app_with_log_marks_only_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "marks.yaml"
    path.write_text(
        "version: 1\nbundle_id: com.example.podcasts\nname: Podcasts\n"
        "journal: null\ndo: [launch-arguments]\nreset: none\n",
        encoding="utf-8",
    )
    assert load_profile(path).journal is None
