from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.config.versions import VersionRange, check_product_version, parse_version
from harness.errors import ConfigError

NUMBERS = st.tuples(st.integers(10, 30), st.integers(0, 12), st.integers(0, 5))


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("16", ["16", "16.0", "16.7", "16.7.10"], ["15.8", "17.0", "1.6"]),
        ("16.7", ["16.7", "16.7.2"], ["16", "16.70", "16.6.9"]),
        (">=17,<18", ["17", "17.0", "17.7.1"], ["16.7.9", "18", "18.0"]),
        (">= 17.4", ["17.4", "17.10", "26.0"], ["17.3.1"]),
        ("<=17", ["17.6", "15.8"], ["18.0"]),
        (">17", ["18.0", "26"], ["17.7"]),
        ("!=18, >=16", ["16.0", "26.0"], ["18.5", "15.8"]),
        ("=16.7.1", ["16.7.1"], ["16.7"]),
    ],
)
def test_a_bound_speaks_about_the_numbers_it_gives(text: str, inside: list[str], outside: list[str]) -> None:
    range_ = VersionRange.parse(text)
    assert [version for version in inside + outside if version in range_] == inside
    assert str(range_) == text


@given(version=NUMBERS, bound=NUMBERS)
def test_every_version_is_below_at_or_above_a_bound(version: tuple[int, ...], bound: tuple[int, ...]) -> None:
    text, limit = (".".join(map(str, each)) for each in (version, bound))
    held = [operator for operator in ("<", "==", ">") if text in VersionRange.parse(operator + limit)]
    assert held == ["<" if version < bound else "==" if version == bound else ">"]


@pytest.mark.parametrize("text", ["", "x", ">=", "16,", "~16", "16.7.1.2", "16.", ">=17 <18", "16 - 17"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="expected an iOS range"):
        VersionRange.parse(text)


@pytest.mark.parametrize("text", ["", "16.x", "16..7", "-1", "١٦", "16\n"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="expected an iOS version"):
        parse_version(text)


def test_a_version_is_compared_as_numbers() -> None:
    assert parse_version("16.10") > parse_version("16.9.5")


@pytest.mark.parametrize("text", ["19", "20.1", "25.9.9"])
def test_numbers_that_apple_left_out_are_no_ios(text: str) -> None:
    with pytest.raises(ConfigError, match="after iOS 18 came iOS 26"):
        check_product_version(text)


@pytest.mark.parametrize("text", ["15.8", "18.7.9", "26.0"])
def test_numbers_around_the_jump_are_ios(text: str) -> None:
    assert check_product_version(text) == text
