from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymobiledevice3.services.syslog import SyslogService

from harness.errors import WireError
from harness.wire.syslog import (
    MOST_LINE_BYTES,
    STREAM_START,
    SyslogDecoder,
    SyslogLine,
    escape,
    parse_line,
    unescape,
)

LINE = SyslogLine(1, 5, "07:59:59", "v-16", "SpringBoard", "FrontBoard", 57, "Notice", "hello")
WORD = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=8)
LINES = st.builds(
    SyslogLine,
    month=st.integers(1, 12),
    day=st.integers(1, 31),
    time=st.times().map(lambda each: f"{each:%H:%M:%S}"),
    host=WORD,
    process=WORD,
    library=st.just("") | WORD,
    pid=st.integers(0, 99_999),
    level=st.sampled_from(["Notice", "Error", "Critical"]),
    message=st.text(st.characters(exclude_characters="\0\\", exclude_categories=["Cs"]), max_size=20),
)


class Client(SyslogService):
    """pymobiledevice3's, on a stream that it gets at once.

    What it gets in parts it may tell twice: of a part that ends where a line does it forgets nothing.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data

    @property
    def service(self) -> Any:
        return self

    async def connect(self) -> None:
        return

    async def recv_any(self, length: int) -> bytes:
        return self._data


def test_a_line_has_the_classic_form() -> None:
    assert LINE.encode() == b"Jan  5 07:59:59 v-16 SpringBoard(FrontBoard)[57] <Notice>: hello\n\0"


def test_a_library_is_named_only_where_there_is_one() -> None:
    line = SyslogLine(12, 31, "00:00:00", "v", "logd", "", 3, "Error", "x\0y")
    assert line.encode() == b"Dec 31 00:00:00 v logd[3] <Error>: xy\n\0"
    assert parse_line(line.encode()[:-2]).library == ""


def test_bytes_beyond_ascii_are_escaped_as_vis_does() -> None:
    assert escape("…".encode()) == rb"\M-b\M^@\M-&"
    assert escape(b"plain\nlines\\ and \x7f") == b"plain\nlines\\ and \x7f"
    assert escape(b"\xff\x9f") == rb"\M^?\M^_"


@given(st.binary(max_size=40).filter(lambda data: b"\\" not in data))
def test_what_is_escaped_is_read_again(data: bytes) -> None:
    assert unescape(escape(data)) == data


@given(st.lists(LINES, max_size=4), st.lists(st.integers(0, 200), max_size=4))
def test_lines_are_read_as_they_were_written_however_they_are_cut(
    lines: list[SyslogLine], cuts: list[int]
) -> None:
    data = STREAM_START + b"".join(line.encode() for line in lines)
    decoder = SyslogDecoder()
    parts = [data[start:end] for start, end in pairwise([0, *sorted(cuts), len(data) + 200])]
    assert [parse_line(line) for part in parts for line in decoder.feed(part)] == lines


def test_a_message_may_span_lines() -> None:
    assert parse_line(b"Jan  5 07:59:59 v-16 p[1] <Notice>: one\ntwo").message == "one\ntwo"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"Foo  5 07:59:59 v p[1] <Notice>: x",
        b"Jan 5 07:59 v p[1] <N>: x",
        b"Jan  5 07:59:59 v p[" + b"1" * 5000 + b"] <Notice>: x",
        "Jan  5 07:59:59 v p[\u0661] <Notice>: x".encode(),
    ],
    ids=["nothing", "no month", "no seconds", "a process identifier beyond any", "a number in other digits"],
)
def test_what_is_no_line_is_an_error(data: bytes) -> None:
    with pytest.raises(WireError, match="no line of the classic log"):
        parse_line(data)


@given(st.lists(LINES, min_size=1, max_size=3))
def test_pymobiledevice3_cuts_the_stream_into_the_same_lines(lines: list[SyslogLine]) -> None:
    stream = STREAM_START + b"".join(line.encode() for line in lines)

    async def watch() -> list[bytes]:
        told = Client(stream).watch()
        heard = [await anext(told) for _ in lines]
        await told.aclose()
        return [line.encode() if isinstance(line, str) else line for line in heard]

    heard = asyncio.run(watch())
    # It hands on the NUL at the start, and escapes as they are.
    assert heard[0].startswith(STREAM_START)
    assert [line.removeprefix(STREAM_START) for line in heard] == SyslogDecoder().feed(stream)
    assert [parse_line(line.removeprefix(STREAM_START)) for line in heard] == lines


@pytest.mark.parametrize("part", [b"a ", b"(", b"[1", b"a(b)", b"[1] <N"])
def test_a_long_line_that_is_none_is_refused_at_once(part: bytes) -> None:
    with pytest.raises(WireError, match="no line of the classic log"):
        parse_line(b"Jan  5 07:59:59 v " + part * (MOST_LINE_BYTES // len(part)))


def test_a_process_may_have_spaces_in_its_name() -> None:
    line = parse_line(b"Jan  5 07:59:59 v-16 Brave Browser(CFNetwork)[7] <Error>: x (y)[z] <w>: ")
    assert (line.host, line.process, line.library, line.pid) == ("v-16", "Brave Browser", "CFNetwork", 7)


def test_a_line_without_an_end_is_an_error() -> None:
    with pytest.raises(WireError, match="without an end"):
        SyslogDecoder().feed(b"x" * (MOST_LINE_BYTES + 1))
