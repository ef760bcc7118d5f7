"""Questions and answers of the domain name system, byte by byte and against an independent client."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scapy.layers import dns as _scapy

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

scapy = cast("Any", _scapy)

NAME = "origin-5301.harness.test"
ASKED = Question(0x1234, NAME)
U16 = st.integers(0, 0xFFFF)
NAMES = st.lists(st.from_regex(r"\A[a-z0-9-]{1,63}\Z"), min_size=1, max_size=4).map(".".join)
ADDRESSES = st.ip_addresses(v=4).map(str)
HEAD = b"\x12\x34\x01\x00\x00\x01" + bytes(6)


def test_the_bytes_of_a_question_and_of_its_answer() -> None:
    name = b"\x0borigin-5301\x07harness\x04test\x00"
    assert encode_question(ASKED) == HEAD + name + b"\x00\x01\x00\x01"
    head = b"\x12\x34\x84\x00\x00\x01\x00\x01\x00\x00\x00\x00"
    record = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x00\x00\x04\x7f\x00\x00\x01"
    assert encode_answer(ASKED, Code.NO_ERROR, "127.0.0.1") == head + name + b"\x00\x01\x00\x01" + record


@given(number=U16, name=NAMES, kind=U16)
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


@given(number=U16, name=NAMES, kind=U16)
def test_scapy_reads_a_question_that_is_written(number: int, name: str, kind: int) -> None:
    read = scapy.DNS(encode_question(Question(number, name, kind)))
    asked = read[scapy.DNSQR]
    assert (read.id, read.qr, read.rd, read.qdcount, read.ancount) == (number, 0, 1, 1, 0)
    assert (asked.qname, asked.qtype, asked.qclass) == (f"{name}.".encode(), kind, 1)


@given(number=U16, name=NAMES, address=ADDRESSES)
def test_scapy_reads_an_answer_that_is_written(number: int, name: str, address: str) -> None:
    read = scapy.DNS(encode_answer(Question(number, name), Code.NO_ERROR, address))
    record = read[scapy.DNSRR]
    assert (read.id, read.qr, read.aa, read.rcode, read.ancount) == (number, 1, 1, Code.NO_ERROR, 1)
    assert (record.rrname, record.type, record.ttl, record.rdata) == (f"{name}.".encode(), 1, 0, address)


def test_scapy_reads_that_there_is_no_such_name() -> None:
    read = scapy.DNS(encode_answer(ASKED, Code.NO_SUCH_NAME))
    assert (read.id, read.qr, read.rcode, read.ancount) == (0x1234, 1, Code.NO_SUCH_NAME, 0)
    assert read[scapy.DNSQR].qname == f"{NAME}.".encode()


@given(number=U16, name=NAMES, kind=U16)
def test_a_question_that_scapy_writes_is_read(number: int, name: str, kind: int) -> None:
    written = scapy.DNS(id=number, qd=scapy.DNSQR(qname=name, qtype=kind))
    assert parse_question(bytes(written)) == Question(number, name, kind)


@given(number=U16, name=NAMES, address=ADDRESSES)
def test_an_answer_that_scapy_writes_is_read_short_or_long(number: int, name: str, address: str) -> None:
    record = scapy.DNSRR(rrname=name, type="A", rdata=address)
    written = scapy.DNS(id=number, qr=1, qd=scapy.DNSQR(qname=name), an=record)
    short = bytes(written.compress())
    assert len(short) < len(bytes(written))
    for data in (bytes(written), short):
        assert parse_answer(data) == Answer(number, Code.NO_ERROR, (address,))


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
