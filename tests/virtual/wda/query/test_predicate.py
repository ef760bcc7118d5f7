from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.virtual.wda.node import Node
from harness.virtual.wda.placed import place
from harness.virtual.wda.query.comparison import OPERATORS
from harness.virtual.wda.query.predicate import parse_predicate
from harness.virtual.wda.replies import Refusal, Trouble
from tests.virtual.wda.trees import NODES, answer_or_trouble, page

PAGE = page()


def found(predicate: str) -> list[str]:
    """What fits, as the last part of its type and its name."""
    test = parse_predicate(predicate)
    fitting = [each.node for each in PAGE.walk() if test(each)]
    return [f"{node.kind.value.removeprefix('XCUIElementType')} {node.name}" for node in fitting]


SWITCHES = ["Switch Wi-Fi", "Switch Café", "Switch News"]


@pytest.mark.parametrize(
    ("predicate", "names"),
    [
        ('type == "XCUIElementTypeSwitch"', SWITCHES),
        ("type = 'XCUIElementTypeSwitch' AND value == '1'", SWITCHES[1:]),
        ("type = 'XCUIElementTypeSwitch' && NOT value == '1'", SWITCHES[:1]),
        ("enabled == 0", ["Switch News"]),
        ("enabled == false AND visible == YES", ["Switch News"]),
        ("enabled != TRUE", ["Switch News"]),
        ("label CONTAINS[c] 'CAF' AND type == 'XCUIElementTypeCell'", ["Cell Café"]),
        ("label CONTAINS 'CAF'", []),
        ("label BEGINSWITH[cd] 'cafe' AND type LIKE '*Cell'", ["Cell Café"]),
        ("label ENDSWITH 'row'", ["Cell Wi-Fi", "Cell Café", "Cell News"]),
        ("label LIKE 'Wi?Fi*'", ["Cell Wi-Fi", "StaticText Wi-Fi", "Switch Wi-Fi"]),
        ("label MATCHES 'N\\\\w+ row'", ["Cell News"]),
        ("label MATCHES[c] 'n\\\\D+ ROW'", ["Cell News"]),
        ("name IN {'News', 'Wi-Fi'} AND type == 'XCUIElementTypeSwitch'", [SWITCHES[0], SWITCHES[2]]),
        ("'Wi' IN name AND type == 'XCUIElementTypeSwitch'", SWITCHES[:1]),
        ("rect.y > 180 AND rect.width < 60", ["Switch News"]),
        ("value == NIL AND type == 'XCUIElementTypeCell' AND index == 2", ["Cell News"]),
        (
            "(name == 'News' OR name == 'Café') AND wdType == 'XCUIElementTypeCell'",
            ["Cell Café", "Cell News"],
        ),
        (
            "name == 'News' OR name == 'Café' AND FALSEPREDICATE",
            ["Cell News", "StaticText News", "Switch News"],
        ),
        ("name == 'it\\'s'", []),
    ],
)
def test_what_a_predicate_finds(predicate: str, names: list[str]) -> None:
    assert found(predicate) == names


def test_a_text_is_not_equal_to_a_number() -> None:
    assert found("value == 1") == []


@pytest.mark.parametrize(
    "predicate",
    [
        "",
        "name",
        "name ==",
        "== 'a'",
        "name == 'a' AND",
        "name == 'a' 'b'",
        "(name == 'a'",
        "name == 'a')",
        "name == 'open",
        "colour == 'red'",
        "rect.z == 1",
        "name.x == 1",
        "name CONTAINS[x] 'a'",
        "name CONTAINS[c 'a'",
        "name MATCHES '('",
        "name MATCHES label",
        "name IN {'a' 'b'}",
        "name IN {'a'",
        "name IN {{'a'}}",
        "name ** 'a'",
        "name == %@",
        "NOT " * 200 + "name == 'a'",
        "(" * 200 + "name == 'a'" + ")" * 200,
    ],
)
def test_what_cannot_be_read_is_an_invalid_selector(predicate: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse_predicate(predicate)
    assert caught.value.trouble is Trouble.INVALID_SELECTOR


PIECES = st.sampled_from(
    [
        *OPERATORS,
        *("MATCHES", "AND", "OR", "NOT", "(", ")", "{", "}", ",", "[c]", "name", "value", "rect.x"),
        *("'a'", '"b"', "1", "-2.5", "true", "NIL", "`", "é", "\\"),
    ]
)


@given(NODES, st.lists(PIECES, max_size=9).map(" ".join) | st.text(max_size=20))
def test_anything_is_read_and_answers_for_every_element_or_is_refused(node: Node, text: str) -> None:
    root = place(node, "app:1")
    test = answer_or_trouble(lambda: parse_predicate(text))
    if isinstance(test, Trouble):
        assert test is Trouble.INVALID_SELECTOR
    else:
        assert {test(each) for each in root.walk()} <= {True, False}


TESTS = st.sampled_from(
    ["name == 'a'", "value == '1'", "name ==[c] 'A'", "type ENDSWITH 'Cell'", "index > 0"]
)


@given(NODES, TESTS, TESTS, TESTS)
def test_and_binds_closer_than_or_and_not_closest(node: Node, a: str, b: str, c: str) -> None:
    root = place(node, "app:1")
    whole = parse_predicate(f"NOT {a} AND {b} OR {c}")
    one, two, three = (parse_predicate(text) for text in (a, b, c))
    for each in root.walk():
        assert whole(each) == ((not one(each) and two(each)) or three(each))
