"""docs/doctor.md: its stages, limits and signs are the program's own, and its commands say what is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.cli.doctor import SIGNS
from harness.farm.health.limits import LIMITS
from harness.farm.health.stages import QUICK_ASK_S, STAGES
from harness.virtual.faults.verbs import GRAMMAR
from harness.virtual.faults.words import fields_of
from tests.unit.docs.pages import blocks, page, rows
from tests.virtual.cli.desk import Desk

TEXT = page("docs/doctor.md")
(SESSION,) = blocks(TEXT, "console")


def test_every_stage_is_told_in_its_order_with_what_it_needs() -> None:
    told = [(name, *row[:3]) for name, row in rows(TEXT, "## The stages").items()]
    assert told == [
        (
            stage.name,
            ", ".join(stage.needs),
            "yes" if stage.quick else "",
            "" if stage.from_ios == (0,) else ".".join(map(str, stage.from_ios)),
        )
        for stage in STAGES
    ]


def test_every_limit_is_told_with_what_it_rests_on() -> None:
    assert rows(TEXT, "## From which figure on") == {
        limit.what: (f"{limit.value:g} {limit.unit}", limit.source) for limit in LIMITS
    }
    assert f"No reading may take longer than {QUICK_ASK_S:g} s" in TEXT.replace("\n", " ")


def test_every_sign_is_told() -> None:
    signs = re.findall(r"^\| (.) \| ([a-z ]+) \|", TEXT, re.MULTILINE)
    assert signs == [(sign, health.value) for health, sign in SIGNS.items()]


def test_every_fault_is_one_and_the_stages_it_is_told_of_are_there() -> None:
    faults = rows(TEXT, "## Seeing each of them fail")
    assert set(faults) <= {stage.name for stage in STAGES}
    lines = [line for (told,) in faults.values() for line in re.findall(r"`([^`]+)`", told)]
    assert all(fields_of(line.split(), GRAMMAR)["do"] for line in lines)


def test_the_commands_say_what_is_shown(desk: Desk) -> None:
    (breaking, _), (asking, shown) = _steps()
    assert desk.run(*breaking).returncode == 0
    told = desk.run(*asking)
    assert told.returncode == 3
    assert _plain(told.stdout) == shown


def _steps() -> Iterator[tuple[list[str], str]]:
    """Each command line of the session, with what is shown beneath it."""
    for part in SESSION.split("$ ")[1:]:
        line, _, shown = part.partition("\n")
        yield line.split()[1:], shown


def _plain(text: str) -> str:
    """What is said, whatever port the runner got and whatever the phone's UDID is."""
    return re.sub(r"(?<=virtual\) )\S+", "UDID", re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8200", text))
