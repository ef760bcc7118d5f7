from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import ConfigError, NoDeviceFree, WireError
from harness.farm.agent.frontdoor import (
    FrontDoor,
    Question,
    Refusal,
    answer_line,
    parse_answer,
    parse_question,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner), max_leaves=4
)


@given(st.text(min_size=1), st.dictionaries(st.text().filter(lambda key: key != "ask"), JSON))
def test_a_question_reads_back_as_it_was_written(ask: str, fields: dict[str, Any]) -> None:
    question = Question(ask, fields)
    assert question.to_line().count(b"\n") == 1
    assert parse_question(question.to_line()) == question


@given(st.dictionaries(st.text(), JSON))
def test_an_answer_reads_back_as_it_was_written(answer: dict[str, Any]) -> None:
    assert parse_answer(answer_line(answer)) == answer


def test_a_refusal_carries_all_that_the_error_said() -> None:
    error = NoDeviceFree("no phone got free", why=("v-16: held by pytest gw0",), fix="Wait")
    refusal = parse_answer(Refusal.of(error).to_line())
    assert refusal == Refusal(
        "NoDeviceFree", "no phone got free", None, "Wait", ("v-16: held by pytest gw0",)
    )


@pytest.mark.parametrize("line", [b"", b"status\n", b"[]\n", b'{"what": 1}\n', b'{"ask": 7}\n', b"\xff\n"])
def test_what_is_no_question_is_refused(line: bytes) -> None:
    with pytest.raises(WireError):
        parse_question(line)


@pytest.mark.parametrize("line", [b"", b"{}\n", b'{"is": 1}\n', b'{"error": {"odd": 1}}\n'])
def test_what_is_no_answer_is_refused(line: bytes) -> None:
    with pytest.raises(WireError):
        parse_answer(line)


async def _echo(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    if "fail" in fields:
        raise NoDeviceFree("none")
    return {"heard": dict(fields)}


async def _talk(path: str, *lines: bytes) -> list[bytes]:
    reader, writer = await asyncio.open_unix_connection(path)
    writer.write(b"".join(lines))
    writer.write_eof()
    answers = (await reader.read()).splitlines(keepends=True)
    writer.close()
    return answers


def test_questions_of_one_connection_are_answered_one_after_the_other(short_dir: Path) -> None:
    async def story() -> list[bytes]:
        door = FrontDoor({"echo": _echo})
        await door.open(str(short_dir / "door"))
        try:
            lines = (
                Question("echo", {"n": 1}).to_line(),
                b"nonsense\n",
                Question("echo", {"fail": 1}).to_line(),
            )
            return await _talk(str(short_dir / "door"), *lines, Question("odd").to_line())
        finally:
            await door.close()

    heard, nonsense, failed, odd = (parse_answer(line) for line in asyncio.run(story()))
    assert heard == {"heard": {"n": 1}}
    assert isinstance(nonsense, Refusal)
    assert nonsense.kind == "WireError"
    assert isinstance(failed, Refusal)
    assert failed.kind == "NoDeviceFree"
    assert isinstance(odd, Refusal)
    assert "echo" in odd.what


def test_a_closed_door_hangs_up_on_who_still_talks(short_dir: Path) -> None:
    async def story() -> bytes:
        door = FrontDoor({"echo": _echo})
        await door.open(str(short_dir / "door"))
        reader, writer = await asyncio.open_unix_connection(str(short_dir / "door"))
        writer.write(Question("echo").to_line())
        await reader.readline()
        await door.close()
        rest = await asyncio.wait_for(reader.read(), 5)
        writer.close()
        return rest

    assert asyncio.run(story()) == b""


def test_only_this_user_may_knock(short_dir: Path) -> None:
    async def story() -> int:
        door = FrontDoor({})
        await door.open(str(short_dir / "door"))
        mode = stat.S_IMODE(os.stat(short_dir / "door").st_mode)
        await door.close()
        return mode

    assert asyncio.run(story()) == 0o600


def test_a_door_that_no_system_could_open_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be a socket"):
        asyncio.run(FrontDoor({}).open(str(tmp_path / ("x" * 100))))
