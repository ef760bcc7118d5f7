"""What the page on health says is what the farm does."""

from __future__ import annotations

import re

from harness.farm.health import keeping, rotation
from harness.farm.health.ladder import HELPS, LADDER, Step
from harness.farm.health.rotation import RULES, Against, HealthRecord, PhoneHealth, minutes, out_of_rotation
from tests.unit.docs.pages import page, rows

PAGE = page("docs/health.md")


def test_every_step_of_the_ladder_is_told_with_its_bounds() -> None:
    told = rows(PAGE, "## The ladder")
    assert told == {
        bound.step: (bound.does, f"{bound.within_s:g} s", str(bound.per_day), bound.seen_by)
        for bound in LADDER
    }


def test_it_is_told_which_steps_may_help_against_what() -> None:
    (some,) = re.findall(r"Where (`.*?`) or (`.*?`)\nfailed only \*reconnect\* is tried, where", PAGE)
    (all_three,) = re.findall(r"where (`.*?`) or (`.*?`) did, all three", PAGE)
    told = {stage.strip("`"): (Step.RECONNECT,) for stage in some}
    told |= {stage.strip("`"): tuple(Step) for stage in all_three}
    assert told == HELPS


def test_everything_that_speaks_against_a_phone_is_told_with_what_comes_of_it() -> None:
    told = {
        first.partition(":")[0]: cells
        for first, cells in rows(PAGE, "## What speaks against a phone").items()
    }
    assert set(told) == set(Against)
    for against, (out, lasts, ended) in told.items():
        rule = RULES[Against(against)]
        assert out == ("the second time in a row" if rule.out_at == 2 else "at once"), against
        assert (ended == "a good look") == rule.look_ends, against
        at_first, _, again = lasts.partition("; ")
        fixed = {minutes(one.out_for_s) for one in RULES.values() if one.out_for_s is not None}
        assert (at_first in fixed) == (rule.out_for_s is not None), against
        assert rule.out_for_s is None or at_first == minutes(rule.out_for_s), against
        assert again.split(" if ")[0] == (minutes(rule.again_s) if rule.again_s else ""), against
    doubling = f"{minutes(rotation.FIRST_OUT_S)}, twice as long each time, at most a day"
    assert told[Against.LOOK][1] == doubling
    assert rotation.LONGEST_OUT_S == 24 * 3600
    assert f"more than {rotation.FLAPS_PER_HOUR} times within an hour" in PAGE


def test_it_is_told_how_long_a_look_holds_and_how_often_one_is_taken() -> None:
    told = rows(PAGE, "## Looks")
    assert f"a look in the last {minutes(rotation.FRESH_S)} " in told["a phone that is about to be used"][0]
    assert told["a phone that nobody has"][0].startswith(f"every {minutes(keeping.LOOK_EVERY_S)},")
    again = told["a phone that is out because a look failed"][0]
    assert again == f"every {minutes(keeping.LOOK_AGAIN_S)}"


def test_the_note_that_is_shown_is_the_one_that_is_told() -> None:
    fix = "Unlock it, and set Auto-Lock to Never in Settings > Display & Brightness."
    record = HealthRecord(PhoneHealth.BAD, Against.LOOK, "it is locked", fix, 1.0, 1, 601.0)
    assert out_of_rotation(record, 1.0) in PAGE
    assert out_of_rotation(record, 181.0) in PAGE
