"""docs/rack-failures.md: every row is a test, what it quotes is what is said, and its example is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from harness.farm.leases.undo import BY_HAND
from harness.model.undo import Undo
from tests.plugins.runs import Place
from tests.unit.docs.pages import ROOT, blocks, page

TEXT = page("docs/rack-failures.md")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith("| what happened")
]
REASONED = "reasoned, not run"

NAMES = r"…|mini1|v-a|gw1|farm@\S+|postgresql://\S+|\b\d+ min\b|\b\d+\b|: "
"""What stands on the page for what differs each time, and what messages are joined by."""

NOT_OURS = ("crashed while running", "replacing crashed worker", "connect to host", "Connection refused")
"""What xdist and ssh say."""

BY_HAND_ON = BY_HAND[Undo.WIFI].format(value="on")
"""What a person is asked to do for Wi-Fi."""

UNPLUGS = """\
from pathlib import Path

from harness.farm.reach import running_racks
from harness.virtual.control_client import open_control


def test_it(app, device):
    app.launch()
    if not Path("once").exists():
        Path("once").touch()
        (rack,) = running_racks()
        with open_control(rack.control) as control:
            control.ask({"do": "cut-cable", "phone": device.name})
    app.background()
"""


def sources(room: str) -> str:
    """The text of all Python files of a room, with what is filled in left out and lines joined."""
    files = sorted((ROOT / room).rglob("*.py"))
    text = "\n".join(path.read_text(encoding="utf-8") for path in files)
    return re.sub(r"\{[^{}]*\}", "…", re.sub(r'"\s*\n\s*f?"', "", text))


@pytest.mark.parametrize("row", ROWS, ids=[row[0].replace("`", "")[:40] for row in ROWS])
def test_every_row_is_a_test(row: list[str]) -> None:
    named = re.findall(r"`(test_\w+)`", row[4])
    assert named or row[4] == REASONED
    tests = sources("tests")
    assert [name for name in named if f"def {name}(" not in tests] == []


def test_what_is_quoted_is_what_the_program_says() -> None:
    said = sources("harness")
    quoted = [quote for row in ROWS for quote in re.findall(r"`([^`]+)`", row[1])]
    pieces = [piece.strip(" .,:;'") for quote in quoted for piece in re.split(NAMES, quote)]
    told = [piece for piece in pieces if " " in piece and not piece.startswith("harness ")]
    assert len(told) > 20
    assert [piece for piece in told if piece not in said and piece not in (*NOT_OURS, BY_HAND_ON[:-1])] == []


def test_an_interrupted_test_is_told_of_as_shown(tmp_path: Path) -> None:
    ended = Place(tmp_path, UNPLUGS).run("-q")
    (shown,) = blocks(TEXT, "text")
    said = re.sub(r"(?<=udid )\S+", "UDID", ended.said)
    assert [line for line in shown.splitlines() if line not in said] == []
