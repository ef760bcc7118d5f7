"""Axes: every combination that is asked for, what each takes, and what it means for the app."""

from __future__ import annotations

import pytest

from harness.api.axes import USUAL, Axes, Link, Refresh, parse_axes
from harness.errors import ConfigError
from harness.model.ends import End
from harness.model.reasons import Reason
from harness.model.rungs import Rung
from harness.model.triggers import Trigger

ALL = f"end={','.join(End)} network={','.join(Link)} refresh={','.join(Refresh)} low_power=off,on"


def test_without_a_wish_there_is_one_combination() -> None:
    assert parse_axes("") == (USUAL,)
    assert str(USUAL) == "usual"
    assert (USUAL.needs.rungs, USUAL.needs.triggers, USUAL.keeps_asleep) == ((), (), None)


def test_the_combinations_are_the_product_of_what_is_named() -> None:
    told = [str(one) for one in parse_axes("refresh=on,off end=sigkill,exit")]
    assert told == ["usual", "refresh-off", "exit", "exit+refresh-off"]


def test_no_two_combinations_have_one_id() -> None:
    every = parse_axes(ALL)
    assert len(every) == len(End) * len(Link) * len(Refresh) * 2
    assert len({str(one) for one in every}) == len(every)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("ende=exit", "no axis 'ende'"),
        ("end=exitt", "Did you mean exit"),
        ("end", "names no positions"),
        ("low_power=maybe", "Known: off, on"),
    ],
)
def test_what_is_no_axis_or_position_is_told(text: str, what: str) -> None:
    with pytest.raises(ConfigError) as raised:
        parse_axes(text)
    assert what in str(raised.value)


@pytest.mark.parametrize(
    ("axes", "rungs", "triggers"),
    [
        (Axes(end=End.FORCE_QUIT), (Rung.APP_SWITCHER,), ()),
        (Axes(end=End.EXIT), (), (Trigger.EXIT,)),
        (Axes(network=Link.OFF), (Rung.WIFI,), ()),
        (Axes(network=Link.REFUSED), (), ()),
        (Axes(network=Link.LOSSY, low_power=True), (Rung.NETWORK_CONDITION, Rung.SETTINGS_SCREENS), ()),
    ],
    ids=str,
)
def test_a_combination_says_what_it_takes(
    axes: Axes, rungs: tuple[Rung, ...], triggers: tuple[Trigger, ...]
) -> None:
    assert (axes.needs.rungs, axes.needs.triggers) == (rungs, triggers)


@pytest.mark.parametrize(
    ("axes", "reason"),
    [
        (Axes(end=End.FORCE_QUIT, refresh=Refresh.OFF), Reason.NOT_WOKEN_FORCE_QUIT),
        (Axes(refresh=Refresh.APP_OFF), Reason.NOT_WOKEN_BAR_OFF),
        (Axes(end=End.JETSAM, low_power=True), None),
    ],
    ids=str,
)
def test_a_combination_says_why_the_app_is_not_woken(axes: Axes, reason: Reason | None) -> None:
    assert axes.keeps_asleep is reason
