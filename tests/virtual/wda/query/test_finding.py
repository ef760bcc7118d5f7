from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.virtual.wda.query.finding import WAYS, find
from harness.virtual.wda.replies import Refusal, Trouble
from tests.virtual.wda.trees import answer_or_trouble, page

PAGE = page()


@pytest.mark.parametrize(
    ("using", "value", "count"),
    [
        ("accessibility id", "News", 3),
        ("id", "News", 3),
        ("name", "news", 0),
        ("class name", "XCUIElementTypeSwitch", 3),
        ("class name", "XCUIElementTypeApplication", 1),
        ("class chain", "**/XCUIElementTypeCell", 3),
        ("predicate string", "name == 'News'", 3),
        ("link text", "label=News row", 1),
        ("link text", "News", 3),
        ("partial link text", "label=row", 3),
        ("xpath", "//XCUIElementTypeSwitch", 3),
        ("xpath", "//XCUIElementTypeCell[2]/XCUIElementTypeSwitch", 1),
        ("xpath", "//*[@name='News'][@enabled='false']", 1),
        ("xpath", "/XCUIElementTypeApplication/XCUIElementTypeTable/*", 3),
    ],
)
def test_every_way_finds(using: str, value: str, count: int) -> None:
    assert len(find(using, value, PAGE)) == count


@pytest.mark.parametrize(
    ("using", "value"),
    [
        ("css selector", "#a"),
        ("id", ""),
        ("class name", "Switch"),
        ("link text", "colour=red"),
        ("xpath", "//*[contains(@name, 'N')]"),
        ("xpath", "//["),
    ],
)
def test_what_cannot_be_read_is_an_invalid_selector(using: str, value: str) -> None:
    with pytest.raises(Refusal) as caught:
        find(using, value, PAGE)
    assert caught.value.trouble is Trouble.INVALID_SELECTOR


XPATH_PIECES = st.sampled_from(["/", "//", "*", ".", "..", "[", "]", "@name", "='a'", "1", "last()", "-1"])


@given(st.sampled_from(sorted(WAYS)), st.lists(XPATH_PIECES, max_size=8).map("".join) | st.text(max_size=30))
def test_whatever_is_looked_for_is_found_or_refused(using: str, value: str) -> None:
    found = answer_or_trouble(lambda: find(using, value, PAGE))
    assert isinstance(found, tuple) or found is Trouble.INVALID_SELECTOR
