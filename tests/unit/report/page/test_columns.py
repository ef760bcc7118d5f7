"""A timeline as columns: everything that is in the entries is in the columns, once."""

from __future__ import annotations

import json
import math
from typing import Any, cast

from harness.evidence.record import KINDS, Entry
from harness.model.facts import CallbackSeen, Gap, Mark, SettingRead, Source, StateSeen, Watermark
from harness.model.states import AppState
from harness.model.time import Instant
from harness.report.page.columns import STORY_LIMIT, WORD_LIMIT, timeline_columns
from harness.report.page.text import script_json
from tests.unit.report.page.samples import APP, START_S, STORIES, Story


def rows(told: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries that the columns hold, in their order, as the page's scripts unpack them."""
    entries: dict[int, dict[str, Any]] = {}
    for kind in told["kinds"]:
        for row, number in enumerate(kind["n"]):
            entries[number] = {"is": kind["is"]}
            for name, column in kind["columns"].items():
                entries[number][name] = _cell(column, row, told["words"])
    return [entries[number] for number in sorted(entries)]


def _cell(column: dict[str, Any], row: int, words: list[Any]) -> Any:
    (values,) = column.values()
    value = cast("list[Any]", values)[row] if isinstance(values, list) else values
    return words[value] if "words" in column else value


def test_every_entry_is_told_in_its_place() -> None:
    for story in STORIES:
        entries = story.entries()
        told = rows(timeline_columns(entries))
        assert [each["is"] for each in told] == [type(entry).__name__ for entry in entries]


def test_moments_are_microseconds_since_the_first_and_durations_stay_seconds() -> None:
    entries: tuple[Entry, ...] = (
        Watermark(Source.JOURNAL, START_S),
        StateSeen(
            at=Instant(START_S + 7.96874, 2e-6),
            source=Source.STATE_STREAM,
            bundle_id=APP,
            pid=83,
            state=AppState.SUSPENDED,
        ),
        Gap(Source.JOURNAL, START_S - 1.5, None, "cut"),
    )
    told = timeline_columns(entries)
    mark, state, gap = rows(told)
    assert told["from_s"] == START_S
    assert mark["phone_s"] == 0
    assert (state["at"], state["at_error"]) == (7_968_740, 2)
    assert (state["state"], state["source"], state["pid"]) == ("suspended", "state stream", 83)
    assert (gap["from_s"], gap["to_s"]) == (-1_500_000, None)


def test_a_value_that_all_rows_share_is_kept_once() -> None:
    marks = tuple(Watermark(Source.RECEIPT, START_S + number) for number in range(100))
    (kind,) = timeline_columns(marks)["kinds"]
    assert kind["columns"]["source"] == {"words": 0}


def test_true_and_one_are_not_the_same_value() -> None:
    lines = tuple(
        CallbackSeen(
            at=Instant(START_S), source=Source.JOURNAL, bundle_id=APP, pid=pid, name="x", seq=1, traced=traced
        )
        for pid, traced in ((1, True), (1, False))
    )
    assert [each["traced"] for each in rows(timeline_columns(lines))] == [True, False]


def test_a_long_word_keeps_its_beginning_and_its_length_and_a_story_more_of_it() -> None:
    long = SettingRead(at=Instant(START_S), source=Source.SETTINGS, name="wifi network", value="x" * 60_000)
    (told,) = rows(timeline_columns((long,)))
    assert told["value"] == ["x" * WORD_LIMIT, 60_000]
    story = timeline_columns(Story().entries())
    assert STORY_LIMIT > WORD_LIMIT
    assert any(isinstance(each.get("story"), str) for each in rows(story))


def test_what_an_app_wrote_as_json_is_told_as_json() -> None:
    detail = {"error": {"code": -999}, "name": "größer"}
    line = CallbackSeen(
        at=Instant(START_S), source=Source.JOURNAL, bundle_id=APP, name="x", seq=1, detail=detail
    )
    (told,) = rows(timeline_columns((line,)))
    assert json.loads(told["detail"]) == detail


def test_a_moment_that_no_clock_can_show_is_left_out_and_not_an_error() -> None:
    odd: tuple[Entry, ...] = (Mark(Instant(math.inf, math.inf), "never"), Mark(Instant(START_S), "now"))
    never, now = rows(timeline_columns(odd))
    assert (never["at"], never["at_error"], now["at"]) == (None, None, 0)
    script_json(timeline_columns(odd))


def test_a_test_without_a_timeline_has_no_kinds() -> None:
    assert timeline_columns(()) == {"from_s": 0.0, "words": [], "kinds": []}


def test_the_stories_of_the_samples_use_what_a_timeline_is_made_of() -> None:
    used = {type(entry).__name__ for story in STORIES for entry in story.entries()}
    assert used <= set(KINDS)
    assert {"StateSeen", "CallbackSeen", "TransferSeen", "Gap", "Judged", "Watermark"} <= used
