from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.virtual.wda.node import Node
from harness.virtual.wda.placed import place
from harness.virtual.wda.query.class_chain import follow, parse_class_chain
from harness.virtual.wda.replies import Refusal, Trouble
from tests.virtual.wda.trees import KINDS, NODES, answer_or_trouble, page

PAGE = page()
CELLS = ["Cell Wi-Fi", "Cell Café", "Cell News"]
SWITCHES = ["Switch Wi-Fi", "Switch Café", "Switch News"]


def found(chain: str) -> list[str]:
    """What a chain leads to, as the last part of its type and its name."""
    fitting = [each.node for each in follow(parse_class_chain(chain), PAGE)]
    return [f"{node.kind.value.removeprefix('XCUIElementType')} {node.name}" for node in fitting]


@pytest.mark.parametrize(
    ("chain", "names"),
    [
        ("**/XCUIElementTypeSwitch", SWITCHES),
        ("**/XCUIElementTypeSwitch[1]", SWITCHES[:1]),
        ("**/XCUIElementTypeSwitch[-1]", SWITCHES[-1:]),
        ("**/XCUIElementTypeSwitch[3]", SWITCHES[2:]),
        ("**/XCUIElementTypeSwitch[4]", []),
        ("**/XCUIElementTypeSwitch[-4]", []),
        ("XCUIElementTypeSwitch", []),
        ("XCUIElementTypeTable/XCUIElementTypeCell", CELLS),
        ("XCUIElementTypeTable/*/XCUIElementTypeSwitch[-2]", SWITCHES[1:2]),
        ("*/XCUIElementTypeCell[2]/*", ["StaticText Café", "Switch Café"]),
        ("**/XCUIElementTypeCell[2]/**/XCUIElementTypeSwitch", SWITCHES[1:2]),
        ("**/XCUIElementTypeCell[`name == 'News'`]", CELLS[2:]),
        ("**/XCUIElementTypeCell[`label ENDSWITH 'row'`][2]", CELLS[1:2]),
        ("**/XCUIElementTypeCell[`name == 'x``y'`]", []),
        ("**/XCUIElementTypeCell[$type == 'XCUIElementTypeSwitch' AND value == '1'$]", CELLS[1:]),
        ("**/XCUIElementTypeCell[$enabled == 0$][`name == 'News'`][1]", CELLS[2:]),
        ("**/XCUIElementTypeAny[`name == 'Settings'`]", ["NavigationBar Settings"]),
        ("**/*[`name == 'Settings'`]", ["NavigationBar Settings"]),
    ],
)
def test_where_a_chain_leads(chain: str, names: list[str]) -> None:
    assert found(chain) == names


@pytest.mark.parametrize(
    "chain",
    [
        "",
        "/",
        "**",
        "**/",
        "***/XCUIElementTypeCell",
        "Cell",
        "**/XCUIElementTypecell",
        "**/XCUIElementTypeCell/",
        "**/XCUIElementTypeCell//*",
        "**/XCUIElementTypeCell[0]",
        "**/XCUIElementTypeCell[x]",
        "**/XCUIElementTypeCell[1",
        "**/XCUIElementTypeCell[1][2]",
        "**/XCUIElementTypeCell[1][`name == 'a'`]",
        "**/XCUIElementTypeCell[`name == `]",
        "**/XCUIElementTypeCell[`name == 'a']",
        "**/XCUIElementTypeCell[$name == 'a'`]",
        "**/XCUIElementTypeCell[``]",
        "**/XCUIElementTypeCell extra",
        f"**/XCUIElementTypeCell[{'9' * 5000}]",
    ],
)
def test_what_cannot_be_read_is_an_invalid_selector(chain: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse_class_chain(chain)
    assert caught.value.trouble is Trouble.INVALID_SELECTOR


PIECES = ["**/", "/", "*", "[1]", "[-1]", "[`name == 'a'`]", "[$value == '1'$]", "["]
PARTS = st.sampled_from(PIECES) | st.sampled_from(KINDS).map(lambda kind: kind.value)


@given(NODES, st.lists(PARTS, max_size=7).map("".join) | st.text(max_size=20))
def test_anything_leads_to_elements_below_without_one_twice_or_is_refused(node: Node, text: str) -> None:
    root = place(node, "app:1")
    led_to = answer_or_trouble(lambda: follow(parse_class_chain(text), root))
    if led_to is Trouble.INVALID_SELECTOR:
        return
    assert not isinstance(led_to, Trouble)
    below = {id(each) for each in root.below()}
    assert {id(each) for each in led_to} <= below
    assert len({id(each) for each in led_to}) == len(led_to)


@given(NODES, st.sampled_from(KINDS), st.integers(1, 6))
def test_a_position_from_the_end_is_the_one_from_the_beginning(node: Node, kind: str, position: int) -> None:
    root = place(node, "app:1")
    every = follow(parse_class_chain(f"**/{kind}"), root)
    here = follow(parse_class_chain(f"**/{kind}[{position}]"), root)
    back = len(every) - position + 1
    there = follow(parse_class_chain(f"**/{kind}[-{back}]"), root) if back > 0 else ()
    assert here == there == every[position - 1 : position]
