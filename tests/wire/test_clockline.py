from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import WireError
from harness.wire.clockline import (
    MOST_LINE_BYTES,
    ClockAnswer,
    ClockAnswerDecoder,
    ClockOp,
    ClockRefusal,
    ClockRequest,
    ClockRequestDecoder,
)
from tests.wire.splits import CUTS, split

SECONDS = st.floats(0, 4e9)
REQUEST = st.builds(ClockRequest, st.just(ClockOp.NOW), st.text(max_size=8)) | st.builds(
    ClockRequest, st.just(ClockOp.LET_PASS), st.text(max_size=8), SECONDS
)
ANSWER = st.builds(ClockAnswer, SECONDS) | st.builds(ClockRefusal, st.text(max_size=20))


@given(st.lists(REQUEST, max_size=4), CUTS)
def test_requests_come_back_however_the_bytes_are_split(
    requests: list[ClockRequest], cuts: list[int]
) -> None:
    decoder = ClockRequestDecoder()
    stream = b"".join(request.encode() for request in requests)
    assert [request for part in split(stream, cuts) for request in decoder.feed(part)] == requests
    decoder.close()


@given(st.lists(ANSWER, max_size=4), CUTS)
def test_answers_come_back_however_the_bytes_are_split(
    answers: list[ClockAnswer | ClockRefusal], cuts: list[int]
) -> None:
    decoder = ClockAnswerDecoder()
    stream = b"".join(answer.encode() for answer in answers)
    assert [answer for part in split(stream, cuts) for answer in decoder.feed(part)] == answers
    decoder.close()


def test_truncation_at_every_offset_is_told_at_the_end() -> None:
    stream = ClockRequest(ClockOp.LET_PASS, "udid", 12.5).encode()
    for end in range(1, len(stream)):
        decoder = ClockRequestDecoder()
        assert decoder.feed(stream[:end]) == []
        with pytest.raises(WireError) as caught:
            decoder.close()
        assert caught.value.offset == end


def test_lines_are_the_json_of_the_contract() -> None:
    assert json.loads(ClockRequest(ClockOp.NOW, "u").encode()) == {"op": "now", "phone": "u"}
    let_pass = ClockRequest(ClockOp.LET_PASS, "u", 2.5).encode()
    assert json.loads(let_pass) == {"op": "let_pass", "phone": "u", "until": 2.5}
    assert json.loads(ClockAnswer(1.5).encode()) == {"now": 1.5}
    assert json.loads(ClockRefusal("no such phone").encode()) == {"error": "no such phone"}


def test_whole_seconds_are_read() -> None:
    assert ClockAnswerDecoder().feed(b'{"now": 3}\n') == [ClockAnswer(3.0)]


@pytest.mark.parametrize(
    ("line", "what"),
    [
        (b"now\n", "no JSON"),
        (b"\xff\n", "no JSON"),
        (b"[" * 50_000 + b"\n", "no JSON"),
        (b"[]\n", "a JSON list"),
        (b'{"op":"stop","phone":"u"}\n', "op 'stop'"),
        (b'{"op":["now"],"phone":"u"}\n', "op \\['now'\\]"),
        (b'{"op":"now","phone":1}\n', "phone 1"),
        (b'{"op":"let_pass","phone":"u"}\n', "until None"),
        (b'{"op":"let_pass","phone":"u","until":true}\n', "until True"),
        (b'{"op":"let_pass","phone":"u","until":NaN}\n', "until nan"),
        (b'{"op":"let_pass","phone":"u","until":Infinity}\n', "until inf"),
        (b'{"op":"let_pass","phone":"u","until":1' + b"0" * 400 + b"}\n", "until 1000"),
        (b"x" * MOST_LINE_BYTES, "bytes and more"),
    ],
)
def test_lines_outside_the_contract_are_refused(line: bytes, what: str) -> None:
    good = ClockRequest(ClockOp.NOW, "u")
    decoder = ClockRequestDecoder()
    assert decoder.feed(good.encode() + line) == [good]
    with pytest.raises(WireError, match=what) as caught:
        decoder.close()
    assert caught.value.offset == len(good.encode())


def test_an_answer_without_a_time_is_refused() -> None:
    with pytest.raises(WireError, match="now None"):
        ClockAnswerDecoder().feed(b"{}\n")


def test_a_time_that_json_cannot_carry_is_refused_when_writing() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        ClockAnswer(float("nan")).encode()


def test_lines_show_themselves() -> None:
    assert str(ClockRequest(ClockOp.NOW, "u")) == "clock now u"
    assert str(ClockRequest(ClockOp.LET_PASS, "u", 2.5)) == "clock let_pass u until 2.5"
    assert str(ClockAnswer(1.5)) == "clock now 1.5"
    assert str(ClockRefusal("no such phone")) == "clock error: no such phone"
