"""Questions and answers of the domain name system, against another implementation where there is one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import WireError
from harness.wire.dns import (
    Answer,
    Code,
    Question,
    encode_answer,
    encode_question,
    parse_answer,
    parse_question,
)

NAME = "origin-5301.harness.test"
ASKED = Question(0x1234, NAME)
NAMES = st.lists(st.from_regex(r"\A[a-z0-9-]{1,63}\Z"), min_size=1, max_size=4).map(".".join)
HEAD = b"\x12\x34\x01\x00\x00\x01" + bytes(6)


def test_the_bytes_of_a_question_and_of_its_answer() -> None:
    name = b"\x0borigin-5301\x07harness\x04test\x00"
    assert encode_question(ASKED) == HEAD + name + b"\x00\x01\x00\x01"
    head = b"\x12\x34\x84\x00\x00\x01\x00\x01\x00\x00\x00\x00"
    record = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04\x7f\x00\x00\x01"
    assert encode_answer(ASKED, Code.NO_ERROR, "127.0.0.1") == head + name + b"\x00\x01\x00\x01" + record


@given(number=st.integers(0, 0xFFFF), name=NAMES, kind=st.integers(0, 0xFFFF))
def test_a_question_is_read_as_it_was_written(number: int, name: str, kind: int) -> None:
    asked = Question(number, name, kind)
    assert parse_question(encode_question(asked)) == asked


def test_an_answer_is_read_as_it_was_written() -> None:
    found = encode_answer(ASKED, Code.NO_ERROR, "192.0.2.7")
    assert parse_answer(found) == Answer(0x1234, Code.NO_ERROR, ("192.0.2.7",))
    gone = encode_answer(ASKED, Code.NO_SUCH_NAME)
    assert parse_answer(gone) == Answer(0x1234, Code.NO_SUCH_NAME)


def test_records_of_another_kind_are_passed_over() -> None:
    found = encode_answer(ASKED, Code.NO_ERROR, "192.0.2.7")
    alias = found.replace(b"\xc0\x0c\x00\x01", b"\xc0\x0c\x00\x05")
    assert parse_answer(alias).addresses == ()


def test_names_are_the_same_in_upper_case() -> None:
    assert parse_question(encode_question(Question(1, NAME.upper()))).name == NAME


@pytest.mark.parametrize("name", ["", "a..b", "a" * 64 + ".test"])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(WireError, match="no domain name"):
        encode_question(Question(1, name))


BROKEN = {
    "empty": b"",
    "an answer": encode_answer(ASKED, Code.NO_ERROR),
    "two questions": encode_question(ASKED).replace(b"\x00\x01\x00\x00", b"\x00\x02\x00\x00", 1),
    "cut in its name": encode_question(ASKED)[:20],
    "cut behind its name": encode_question(ASKED)[:-2],
    "a name that points at itself": HEAD + b"\xc0\x0c\x00\x01\x00\x01",
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_no_question_is_refused(what: str) -> None:
    with pytest.raises(WireError):
        parse_question(BROKEN[what])


def test_a_question_is_no_answer() -> None:
    with pytest.raises(WireError, match="expected an answer"):
        parse_answer(encode_question(ASKED))


@given(data=st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for read in (parse_question, parse_answer):
        try:
            read(data)
        except WireError:
            continue
