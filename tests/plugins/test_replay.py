"""Runs on virtual phones, judged again from what they left: every verdict is the one it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.evidence.record import read_entries
from harness.expect.replay import Rejudged, replay
from harness.expect.story import tell
from harness.model.facts import Fact
from harness.model.run import Begun
from tests.plugins.test_verdicts import PROPERTIES, run_of_verdicts
from tests.plugins.test_without_control import SHIPPED, outcomes_of, run_of_scenario

NOT_JUDGED_AGAIN = {
    # Its predicate looks into the origin's inbox, whose bodies are in no timeline.
    "test_multipart.py": {"a well-formed form arrives, byte for byte after release p1.jpg"},
}
"""File -> the questions that cannot be asked again."""


def judged_again(directory: Path, name: str) -> Iterator[tuple[str, tuple[Rejudged, ...]]]:
    """The node of each test of a run's file, and its verdicts."""
    for file in sorted(directory.glob(f"{name}_*")):
        with file.open(encoding="utf-8") as lines:
            entries = tuple(read_entries(lines))
        begun = entries[0]
        assert isinstance(begun, Begun), "a timeline begins with who and what it is about"
        assert begun.test.startswith(f"{name}::")
        assert any(isinstance(entry, Fact) for entry in entries)
        yield begun.test, tuple(replay(entries))


def assert_alike(again: Rejudged) -> None:
    assert again.verdict, again.why_not
    assert again.agrees, f"{again.live.told}: {again.live.reason} is now {again.verdict.reason}"
    assert tell(again.verdict) == again.live.story


@pytest.mark.parametrize("name", SHIPPED)
def test_every_shipped_scenario_is_judged_again_as_it_was(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = run_of_scenario(tmp_path_factory, name)
    outcomes = outcomes_of(made, name)
    assert outcomes.passed, made.ended.said
    assert not outcomes.bad, made.ended.said
    runs = {nodeid.rpartition("::")[2]: again for nodeid, again in judged_again(made.path / "kept", name)}
    assert runs.keys() == outcomes.passed, made.ended.said
    assert all(runs.values()), "every scenario has a verdict"
    lost = {one.live.told for verdicts in runs.values() for one in verdicts if one.verdict is None}
    assert lost == NOT_JUDGED_AGAIN.get(name, set())
    for verdicts in runs.values():
        for again in verdicts:
            if again.verdict is not None:
                assert_alike(again)


def test_verdicts_of_every_sort_are_judged_again_as_they_were(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    made = run_of_verdicts(tmp_path_factory, workers=False)
    assert made.ended.status == pytest.ExitCode.TESTS_FAILED, made.ended.said
    again = judged_again(made.path / "kept", "test_it.py")
    runs = {nodeid.rpartition("::")[2]: verdicts for nodeid, verdicts in again}
    for name, told in PROPERTIES.items():
        assert [f"{one.live.outcome} {one.live.reason}" for one in runs.get(name, ())] == told
    lost = [one for verdicts in runs.values() for one in verdicts if one.verdict is None]
    # The test file's own predicates: one is a lambda, the other is found only beside the test file.
    assert {one.live.told.partition(" after ")[0] for one in lost} == {
        "it came to the front",
        "never it leaves the front",
        "any app came to the front",
    }
    for verdicts in runs.values():
        for one in verdicts:
            if one not in lost:
                assert_alike(one)
