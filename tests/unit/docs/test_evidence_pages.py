"""The tables of the documents on evidence are those of the code, and their example is run on a tape."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from harness.api import App, Device, Wake
from harness.evidence.tape import Tape
from harness.expect.facts import SOURCES_OF
from harness.model.facts import CallbackSeen, Fact, Source
from tests.acceptance.matrix import LEFT_ALONE, NOT_TO_BE_WOKEN, OPEN, RELAUNCH, RESUME
from tests.acceptance.placements.test_recorded import STANDS
from tests.unit.docs.pages import ROOT, blocks, page, rows
from tests.unit.evidence.test_damaged_recordings import recorded

EVIDENCE = page("docs/evidence.md")
EXPECTATIONS = page("docs/expectations.md")

STORIES = {
    "relaunched for its session, callbacks came": RELAUNCH,
    "resumed for its session, callbacks came": RESUME,
    "opened while it downloads, no second request": OPEN,
    "left alone for a minute": LEFT_ALONE,
    "woken where it must not be (*failed*)": NOT_TO_BE_WOKEN,
}
"""A story in the words of the page -> as the placements name it."""

OF_THE_PHONE = frozenset(Source) - {Source.HARNESS}


def named(cell: str) -> frozenset[Source]:
    """The sources that a cell names: one by one, or all but some."""
    found = frozenset(source for source in Source if re.search(rf"\b{source}s?\b", cell))
    return OF_THE_PHONE - found if cell.startswith("any one") else found


def test_every_source_has_its_row() -> None:
    told = rows(EVIDENCE, "## The sources")
    assert {name.removesuffix("s") for name in told} == {source.removesuffix("s") for source in Source}


def test_what_stands_without_a_source_is_what_the_placements_show() -> None:
    told = rows(EVIDENCE, "## When one source is lost")
    assert {STORIES[story]: named(cells[0]) for story, cells in told.items()} == STANDS


def test_what_falls_is_what_does_not_stand() -> None:
    for story, (stands, falls) in rows(EVIDENCE, "## When one source is lost").items():
        # A mark is lost with the log, and ends are not pushed unless that was asked for.
        lost = OF_THE_PHONE - named(stands) - {Source.LOG_MARK, Source.PROCESS_EVENTS}
        assert named(falls) == lost, story


def test_a_tape_is_told_as_shown(tmp_path: Path) -> None:
    example = next(block for block in blocks(EVIDENCE, "python") if "facts_of" in block)
    names: dict[str, Any] = {}
    exec(compile(example, "docs/evidence.md", "exec"), names)
    facts_of: Callable[[Path], list[str]] = names["facts_of"]
    with Tape(tmp_path / "tape.jsonl") as tape:
        for item in recorded():
            tape.write(item)
    assert any(line.endswith("journal: CallbackSeen") for line in facts_of(tape.path))


def test_every_expectation_has_an_example() -> None:
    examples = "\n".join(blocks(EXPECTATIONS, "python"))
    verbs = {(kind, name) for kind in (App, Device, Wake) for name in dir(kind) if name.startswith("expect_")}
    used = {name for _, name in verbs if re.search(rf"\.{name}\(", examples)}
    assert used == {name for _, name in verbs}


def test_every_kind_of_fact_that_the_log_does_not_tell_alone_has_its_sources() -> None:
    told = rows(EXPECTATIONS, "## Facts of your own choosing")
    shown = {name: named(cell) for names, (cell,) in told.items() for name in re.findall(r"`(\w+)`", names)}
    with_marks = {kind: {*sources, *_marks(kind)} for kind, sources in SOURCES_OF.items()}
    assert shown == {kind.__name__: sources for kind, sources in with_marks.items()}


def _marks(kind: type[Fact]) -> Iterable[Source]:
    return (Source.SYSTEM_LOG,) if kind is CallbackSeen else ()


DOCUMENTS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md"))


@pytest.mark.parametrize("name", ["README.md", *DOCUMENTS])
def test_what_a_document_links_to_is_there(name: str) -> None:
    text = page(name)
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text) + re.findall(r'(?:src|srcset)="([^"]+)"', text)
    assert [link for link in links if not (ROOT / name).parent.joinpath(link).exists()] == []


@pytest.mark.parametrize("name", ["README.md", *DOCUMENTS])
def test_no_document_claims_hardware(name: str) -> None:
    assert not re.search(r"(?i)tested on (?:real )?(?:hardware|iphone|device)", page(name))
