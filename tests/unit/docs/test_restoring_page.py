"""docs/restoring.md: what it shows is what the commands say, and its tables are the program's own."""

from __future__ import annotations

import re
import shlex
import signal
import time
from collections.abc import Iterator

from harness.api.janitor import PERSISTS_S
from harness.cli import restoring
from harness.farm.leases.phones import GIVE_UP_AFTER_FAILURES
from harness.farm.leases.undo import BY_HAND
from harness.model.undo import Undo
from tests.unit.docs.pages import blocks, page, rows
from tests.unit.docs.states import PAGE, PART, TITLES, diagram
from tests.virtual.cli.desk import WITHIN_S, Desk, stdout_of

TEXT = page(PAGE)
SESSIONS = blocks(TEXT, "console")
IN_FORCE, AFTER_IT = (block for block in blocks(TEXT, "text"))
CHANGES = rows(TEXT, "## What is put back")

NAMES = {
    "Wi-Fi": Undo.WIFI,
    "Background App Refresh, of the phone or of an app": Undo.BACKGROUND_REFRESH,
    "Low Power Mode": Undo.LOW_POWER_MODE,
    "airplane mode": Undo.AIRPLANE_MODE,
    "a simulated network or heat": Undo.CONDITION,
}
"""How the page calls what is put back."""


def test_the_states_are_those_of_the_table() -> None:
    assert PART.text() == diagram(), "run python -m tests.unit.docs.states"
    assert all(title in diagram() for title in TITLES.values())


def test_whatever_can_be_put_back_is_told_with_what_a_person_does_instead() -> None:
    assert {NAMES[name] for name in CHANGES} == set(Undo)
    for name, (_, by_hand) in CHANGES.items():
        words = BY_HAND[NAMES[name]].replace("{whose} to {value}", "it as it was")
        assert by_hand in (words.format(value="on"), words.format(value="off"))


def test_what_is_said_of_how_often_and_how_long_is_so() -> None:
    assert GIVE_UP_AFTER_FAILURES == 3
    assert "After three failures in a row" in TEXT
    assert f"the janitor tries for {PERSISTS_S:g} s" in TEXT
    assert f"`{restoring.GONE}`" in TEXT
    assert f"`{restoring.AWAY}`" in TEXT.replace("\n", " ")


def test_commands_say_what_is_shown(desk: Desk) -> None:
    """In the order of the page: what one leaves, the next ones find."""
    assert sum(session.count("$ ") for session in SESSIONS) > 10
    for line, shown in _steps(SESSIONS):
        done = desk.run(*shlex.split(line)[1:])
        if shown:
            assert _told(done.stdout + done.stderr) == _told(shown), line
        else:
            assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


def test_a_killed_command_leaves_its_phone_to_the_janitor_as_shown(desk: Desk) -> None:
    ((start, shown),) = _steps([IN_FORCE])
    left, free = (_told(text) for _, text in _steps([AFTER_IT]))
    with desk.start(*shlex.split(start)[1:]) as process:
        assert _told(stdout_of(process).readline()) == _told(shown.splitlines()[0])
        process.send_signal(signal.SIGKILL)
        process.wait(WITHIN_S)
        deadline_s = time.monotonic() + WITHIN_S
        while (told := _leases(desk)) != free and time.monotonic() < deadline_s:
            # A janitor that is at it already is its holder.
            assert told.startswith(left.partition(" - ")[0])
    assert _leases(desk) == free


def _leases(desk: Desk) -> str:
    done = desk.run("leases")
    return _told(done.stdout + done.stderr)


def _steps(sessions: list[str]) -> Iterator[tuple[str, str]]:
    """Each command line of sessions, with what is shown beneath it."""
    for session in sessions:
        for part in session.split("$ ")[1:]:
            line, _, shown = part.partition("\n")
            yield line, shown


def _told(text: str) -> str:
    """What is said, whatever the width of its columns and however long it took."""
    return " ".join(re.sub(r"\b\d+ s\b", "# s", text).split())
