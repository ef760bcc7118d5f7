"""docs/catalogue.md from the catalogue: ``python -m tests.unit.model.catalogue_document`` writes it."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

import harness.scenarios
from harness.model.catalogue import CATALOGUE, NOT_TOLD, Story

PATH = Path(__file__).parents[3] / "docs" / "catalogue.md"

HEAD = """\
# The catalogue

Written by `python -m tests.unit.model.catalogue_document`; do not edit.

Every story of background transfers, and of testing them, that `pytest --devices devices.yaml` tells of your
app, and every one that it does not, with what keeps it from being told. `pytest --scenario S6,S16` tells only
those two; `harness scenarios --app my-app.yaml` says which of them your app and your phones can be told, and
what is missing for the rest. How your app is described is in [profiles.md](profiles.md); how a test is
written, and the axes that widen one, in [scenarios.md](scenarios.md); what each story would find, in
[detection.md](detection.md).

*Of the app* is what it must be able to be told (`harness/model/triggers.py` says what each word asks of it),
*of the phone* what it must offer beyond being launched, killed and watched. How far a machine can tell a
story is what its means allow; nothing on this page has been tried on hardware yet.
"""

SEEDS = (
    ("Background downloads", 1, 12),
    ("The upload queue", 13, 27),
    ("Testing and debugging what runs in the background", 47, 70),
)
"""Heading, and the first and last number of its stories."""

COLUMNS = (
    "| story | it is about | how far a machine can tell it | of the app | of the phone | told in |\n"
    "|---|---|---|---|---|---|\n"
)

TOLD_IN = Path("harness/scenarios")


def document() -> str:
    """The whole text."""
    files = told_in()
    parts = [HEAD]
    for heading, first, last in SEEDS:
        stories = [story for story in CATALOGUE if first <= _ordinal(story.number) <= last]
        parts.append(f"## {heading}\n\n{COLUMNS}" + "".join(_row(story, files) for story in stories))
    return "\n".join([*parts, _untold()])


def told_in() -> dict[str, list[str]]:
    """Number of a story -> the files whose tests carry it."""
    files: dict[str, set[str]] = {}
    for module in _scenarios():
        for number in _numbers(module):
            files.setdefault(number, set()).add(module.__name__.rpartition(".")[2] + ".py")
    return {number: sorted(names) for number, names in files.items()}


def _scenarios() -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(harness.scenarios.__path__, "harness.scenarios."):
        if found.name.rpartition(".")[2].startswith("test_"):
            yield importlib.import_module(found.name)


def _numbers(module: ModuleType) -> Iterable[str]:
    for name, value in vars(module).items():
        for mark in getattr(value, "pytestmark", ()) if name.startswith("test_") else ():
            if mark.name == "scenario":
                yield from mark.args


def _ordinal(number: str) -> int:
    return int(number.removeprefix("S"))


def _row(story: Story, files: dict[str, list[str]]) -> str:
    far = f"{story.auto}; {story.why}" if story.why else story.auto.value
    links = (f"[{name}](../{TOLD_IN / name})" for name in files.get(story.number, ()))
    cells = (
        story.number,
        story.told,
        far,
        ", ".join(f"`{trigger}`" for trigger in story.triggers) or "nothing",
        "; ".join(rung.value for rung in story.rungs) or "nothing",
        ", ".join(links) or "no test",
    )
    return f"| {' | '.join(cells)} |\n"


def _untold() -> str:
    never = [(story.number, story.told, story.why) for story in CATALOGUE if not story.is_told]
    never += [(one.number, one.about, one.why) for one in NOT_TOLD if not one.ever]
    later = [(one.number, one.about, one.why) for one in NOT_TOLD if one.ever]
    return (
        "## Not told yet\n\nNo test tells these.\n\n"
        + _reasons(later)
        + "\n## Not by a machine\n\nThey are no matter of a phone.\n\n"
        + _reasons(never)
    )


def _reasons(rows: list[tuple[str, str, str]]) -> str:
    ordered = sorted(rows, key=lambda row: _ordinal(row[0]))
    return "| story | it is about | why |\n|---|---|---|\n" + "".join(
        f"| {number} | {about} | {why} |\n" for number, about, why in ordered
    )


if __name__ == "__main__":
    PATH.write_text(document(), encoding="utf-8")
