"""docs/faults.md is run: each line it shows does something, and it shows every verb."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from harness import errors
from harness.errors import HarnessError
from harness.virtual.faults.bench import FaultBench
from harness.virtual.faults.script import load_script
from harness.virtual.faults.verbs import GRAMMAR
from harness.virtual.faults.words import fields_of, planned
from tests.virtual.faults.bench import can_be_used
from tests.virtual.rig import APP, rig

DOCUMENT = (Path(__file__).parents[3] / "docs/faults.md").read_text()
ROWS = [
    line
    for row in re.findall(r"^\| (`.*?) \|", DOCUMENT, re.MULTILINE)
    for line in re.findall(r"`([^`]+)`", row)
]
NEEDS_MORE = {"drop-tunnel", "tap trust", "tap dont-trust"}
"""Lines that are refused on a phone that is well: no tunnel is open, and no host has asked."""


def _blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", DOCUMENT, re.DOTALL)


def test_the_table_shows_every_verb_and_no_other() -> None:
    assert {str(fields_of(line.split(), GRAMMAR)["do"]) for line in ROWS} == set(GRAMMAR)


@pytest.mark.parametrize("line", ROWS)
def test_a_line_of_the_table_is_done_and_the_phone_can_be_used_afterwards(line: str) -> None:
    async def main() -> None:
        async with rig("18.5" if line in NEEDS_MORE else "16.7") as it:
            bench = FaultBench(it.rack)
            # With a background mode that gives it a switch of its own.
            it.phone.install(replace(APP, background_modes=("fetch",)))
            it.phone.user_launch(APP.bundle_id)
            _prepare(bench, line)
            fields = fields_of(line.replace("BUNDLE", APP.bundle_id).split(), GRAMMAR)
            if line in NEEDS_MORE:
                with pytest.raises(HarnessError, match=r"(?i)no (tunnel|dialog)"):
                    bench.ask(fields)
            else:
                bench.ask(fields)
            if line not in ("reboot", "untrust", "power-off", "power-on"):
                bench.ask({"do": "mend"})
                await can_be_used(it)

    asyncio.run(asyncio.wait_for(main(), 60))


def _prepare(bench: FaultBench, line: str) -> None:
    before = {
        "plug-in": "cut-cable",
        "power-on": "power-off",
        "allow-service": "refuse-service com.apple.mobile.installation_proxy",
        "press-alert": "alert software-update",
    }
    verb = str(fields_of(line.split(), GRAMMAR)["do"])
    if verb in before:
        bench.ask(fields_of(before[verb].split(), GRAMMAR))


def test_the_commands_of_the_shell_are_such_as_it_reads() -> None:
    lines = [line.partition("#")[0].strip() for block in _blocks("sh") for line in block.splitlines()]
    asked = [shlex.split(line.partition(" -- ")[2]) for line in lines if " -- " in line]
    assert [planned(fields_of(words, GRAMMAR), GRAMMAR).verb for words in asked] == ["cut-cable", "mend"]


def test_the_script_is_read_and_done(tmp_path: Path) -> None:
    (script,) = _blocks("jsonl")
    (tmp_path / "faults.jsonl").write_text(script)

    async def main() -> None:
        async with rig() as it:
            for plan in load_script(tmp_path / "faults.jsonl"):
                assert FaultBench(it.rack).arrange(plan) == {"planned": True}
            due_s = it.phone.clock.now_s + 61
            while it.phone.clock.now_s < due_s:
                await it.phone.clock.let_pass(due_s)
            assert it.phone.locked

    asyncio.run(main())


def test_the_question_to_the_socket_gets_the_answer_that_is_shown() -> None:
    question, answer = map(json.loads, _blocks("json"))

    async def main() -> None:
        async with rig() as it:
            assert {"ok": dict(FaultBench(it.rack).ask(question))} == answer

    asyncio.run(main())


def test_the_errors_that_are_named_are_the_harnesss_own() -> None:
    for name in re.findall(r"the harness: `(\w+)`", DOCUMENT):
        assert issubclass(getattr(errors, name), errors.DeviceError)
