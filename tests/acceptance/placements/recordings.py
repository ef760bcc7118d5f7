"""Recordings of whole stories, each with what was asked in it and what it came to live."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.evidence.items import Item
from harness.evidence.record import read_entries
from harness.evidence.tape import read_tape
from harness.evidence.teller import retell
from harness.expect.question import Question, judge
from harness.expect.stored import from_text
from harness.model.reasons import Outcome
from harness.model.run import Judged
from harness.model.verdict import Verdict
from tests.acceptance.matrix import Row
from tests.acceptance.stage import TAPE, TIMELINE, Around, Stage, Theatre
from tests.acceptance.stories import play

TAIL_S = 150.0
"""Phone time that is recorded after a story: longer than any window that was open at its end."""


@dataclass(frozen=True)
class Recording:
    """One story as its sources told it.

    Attributes:
        row: the experiment, and what must come of it.
        items: what the sources were told, up to well after the last deadline.
        questions: what was asked, in order.
        live: the verdicts that it came to.
    """

    row: Row
    items: tuple[Item, ...]
    questions: tuple[Question, ...]
    live: tuple[Verdict, ...]

    def __str__(self) -> str:
        return str(self.row)

    def verdicts(self, items: Sequence[Item] | None = None) -> tuple[Verdict, ...]:
        """What the story comes to with other items: up to the first verdict that is no pass."""
        evidence = retell(self.items if items is None else items).evidence()
        told: list[Verdict] = []
        for question in self.questions:
            told.append(judge(question, evidence))
            if told[-1].outcome is not Outcome.PASSED:
                break
        return tuple(told)


def record(theatre: Theatre, row: Row, directory: Path, around: Around | None = None) -> Recording:
    """Play a story live, and keep what its sources were told."""
    with theatre.stage(row.variant, row.condition, keep=directory, around=around) as stage:
        play(stage, row.story)
        _tail(stage)
        live = tuple(stage.verdicts)
    with (directory / TIMELINE).open(encoding="utf-8") as lines:
        asked = [entry for entry in read_entries(lines) if isinstance(entry, Judged)]
    questions = tuple(from_text(entry.question) for entry in asked)
    return Recording(row, tuple(read_tape(directory / TAPE)), questions, live)


def _tail(stage: Stage) -> None:
    stage.device.wait(TAIL_S)
    stage.wait_for(stage.session.recorder.settle(thorough=True))
