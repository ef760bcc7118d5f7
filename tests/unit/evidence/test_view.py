"""What is known at one moment: windows, coverage and gaps."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.evidence.timeline import Timeline
from harness.evidence.view import Coverage, Evidence
from harness.model.facts import AppFact, Gap, ProcessSeen, Source, StateSeen, Watermark
from harness.model.states import AppState
from harness.model.time import Instant

LOG = Source.SYSTEM_LOG


def state(at_s: float, error_s: float = 0.0, bundle_id: str = "dev.a", pid: int = 1) -> StateSeen:
    return StateSeen(
        at=Instant(at_s, error_s), source=LOG, bundle_id=bundle_id, pid=pid, state=AppState.SUSPENDED
    )


def evidence(*gaps: Gap, from_s: float = 0.0, to_s: float = 100.0) -> Evidence:
    return Evidence(gaps=gaps, coverage={LOG: Coverage(from_s, to_s)})


class TestWindows:
    """Which facts lie in a window."""

    def test_a_fact_that_possibly_lies_in_the_window_is_in_it(self) -> None:
        known = Evidence((state(1.0), state(2.0, 0.5), state(3.0), state(4.0, 0.5), state(5.0)))
        inside = known.of(StateSeen, since_s=2.4, until_s=3.6)
        assert [fact.at.at_s for fact in inside] == [2.0, 3.0, 4.0]

    def test_only_facts_of_the_kind_and_the_app(self) -> None:
        listed = ProcessSeen(at=Instant(2.0), source=Source.PROCESS_LIST, bundle_id="dev.a", pid=1)
        known = Evidence((state(1.0), listed, state(3.0, bundle_id="dev.a.b")))
        assert known.of_app(StateSeen, "dev.a") == (known.facts[0],)
        assert known.of_app(AppFact, "dev.a") == known.facts[:2]


COVERED: dict[str, tuple[Evidence, float, float, bool]] = {
    "watched whole": (evidence(), 10, 20, True),
    "to the very ends": (evidence(), 0, 100, True),
    "before it was watched": (evidence(from_s=10), 9.9, 20, False),
    "beyond the watermark": (evidence(to_s=19.9), 10, 20, False),
    "a gap inside": (evidence(Gap(LOG, 12, 13, "")), 10, 20, False),
    "a gap that reaches in": (evidence(Gap(LOG, 5, 10, "")), 10, 20, False),
    "a gap that lasts": (evidence(Gap(LOG, 15, None, "")), 10, 20, False),
    "a gap before": (evidence(Gap(LOG, 5, 9.9, "")), 10, 20, True),
    "a gap after": (evidence(Gap(LOG, 20.1, None, "")), 10, 20, True),
    "a gap of another source": (evidence(Gap(Source.JOURNAL, 12, 13, "")), 10, 20, True),
    "never watched": (Evidence(), 10, 20, False),
}


@pytest.mark.parametrize("what", COVERED)
def test_a_window_is_covered_only_when_all_of_it_was_watched(what: str) -> None:
    known, from_s, to_s, covered = COVERED[what]
    assert known.covers(LOG, from_s, to_s) is covered


def test_gaps_are_told_for_one_source_and_for_all() -> None:
    ours, other = Gap(LOG, 1, 2, ""), Gap(Source.JOURNAL, 1, 2, "")
    known = evidence(ours, other)
    assert known.lost(LOG, 0, 9) == (ours,)
    assert known.lost_by_any(0, 9) == (ours, other)
    assert known.lost_by_any(3, 9) == ()


class TestTimeline:
    """From entries to what is known."""

    def test_coverage_begins_at_the_first_watermark_and_never_shrinks(self) -> None:
        timeline = Timeline()
        for phone_s in (5.0, 9.0, 7.0):
            timeline.append(Watermark(LOG, phone_s))
        assert timeline.evidence().coverage == {LOG: Coverage(5.0, 9.0)}

    def test_a_gap_that_is_closed_replaces_the_open_one(self) -> None:
        timeline = Timeline()
        for gap in (Gap(LOG, 1, None, "cut"), Gap(Source.JOURNAL, 1, None, "cut"), Gap(LOG, 1, 4, "cut")):
            timeline.append(gap)
        assert set(timeline.evidence().gaps) == {Gap(Source.JOURNAL, 1, None, "cut"), Gap(LOG, 1, 4, "cut")}

    def test_evidence_does_not_change_afterwards(self) -> None:
        timeline = Timeline(nonce="n1")
        before = timeline.evidence()
        timeline.append(state(1.0))
        timeline.append(Watermark(LOG, 1.0))
        assert before == Evidence(nonce="n1")

    @given(st.lists(st.integers(0, 5), max_size=12))
    def test_facts_are_in_the_order_of_phone_time_then_of_arrival(self, moments: list[int]) -> None:
        timeline = Timeline()
        for number, moment in enumerate(moments):
            timeline.append(state(float(moment), pid=number))
        expected = sorted(range(len(moments)), key=lambda number: moments[number])
        assert [fact.pid for fact in timeline.evidence().of(StateSeen)] == expected
