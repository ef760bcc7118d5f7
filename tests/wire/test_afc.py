from __future__ import annotations

import struct
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymobiledevice3.services import afc as client

from harness.errors import WireError
from harness.wire import afc
from harness.wire.afc import AfcDecoder, AfcMessage, AfcPacket, parse_message
from harness.wire.afc_numbers import AfcLock, AfcOp

U64 = st.integers(0, 2**64 - 1)
PATH = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
PACKET = st.builds(AfcPacket, U64, U64, st.binary(max_size=12), st.binary(max_size=12))
LETTERS: dict[str, st.SearchStrategy[Any]] = {
    "Q": U64,
    "q": st.integers(-(2**63), 2**63 - 1),
    "s": PATH,
    "*": st.binary(max_size=12),
}


def built(kind: type[AfcMessage]) -> st.SearchStrategy[AfcMessage]:
    return st.builds(kind, *[LETTERS[letter] for letter in kind.form])


MESSAGE = st.one_of([built(kind) for kind in afc.MESSAGES.values()])


def client_packet(operation: int, body: bytes, this_length: int = 0) -> bytes:
    size = client.AFC_HEADER_SIZE + len(body)
    header = client.AfcHeader(
        entire_length=size,
        this_length=this_length or size,
        packet_num=3,
        operation=client.AfcOpcode(operation),
    )
    return header.build() + body


def said(data: bytes) -> AfcMessage | None:
    (packet,) = AfcDecoder().feed(data)
    assert packet.number == 3
    return parse_message(packet)


@given(MESSAGE, U64)
def test_messages_come_back_as_they_went(message: AfcMessage, number: int) -> None:
    packet = message.packet(number)
    assert parse_message(packet) == message
    assert parse_message(AfcPacket(number, packet.operation, packet.body)) == message


def test_every_field_of_every_message_has_its_letter() -> None:
    for operation, kind in afc.MESSAGES.items():
        assert operation == kind.operation
        assert len(kind.form) == len(fields(kind))


def test_what_an_independent_client_asks_is_read() -> None:
    opened = client.AfcFopenRequest(mode=client.AfcFopenMode.WRONLY, filename="/é").build()
    assert said(client_packet(AfcOp.FILE_OPEN, opened)) == afc.FileOpen(3, "/é")
    linked = client.AfcMakeLinkRequest(type=client.AfcLinkType.SYMLINK, target="a", source="/b").build()
    assert said(client_packet(AfcOp.MAKE_LINK, linked)) == afc.MakeLink(2, "a", "/b")
    sought = client.AfcFileSeekRequest(handle=1, whence=2, offset=-5).build()
    assert said(client_packet(AfcOp.FILE_SEEK, sought)) == afc.FileSeek(1, 2, -5)
    read = client.AfcFreadRequest(handle=1, size=7).build()
    assert said(client_packet(AfcOp.FILE_READ, read)) == afc.FileRead(1, 7)
    locked = client.AfcLockRequest(handle=1, op=client.AFC_LOCK_EX).build()
    assert said(client_packet(AfcOp.FILE_LOCK, locked)) == afc.FileLock(1, AfcLock.EXCLUSIVE)
    closed = client.AfcFcloseRequest(handle=9).build()
    assert said(client_packet(AfcOp.FILE_CLOSE, closed)) == afc.FileClose(9)
    written = struct.pack("<Q", 4) + b"block"
    assert said(client_packet(AfcOp.FILE_WRITE, written, this_length=48)) == afc.FileWrite(4, b"block")
    assert said(client_packet(AfcOp.FILE_WRITE, written)) == afc.FileWrite(4, b"block")
    assert said(client_packet(AfcOp.GET_DEVICE_INFO, b"")) == afc.GetDeviceInfo()


def test_what_an_independent_client_is_told_is_read_by_it() -> None:
    assert client.parse_afc_status(afc.Status(8).packet(1).body) == client.AfcError.OBJECT_NOT_FOUND
    assert client.AfcFopenResponse.parse(afc.FileOpenResult(12).packet(1).body).handle == 12


def test_a_reply_with_data_has_no_parameters() -> None:
    packet = afc.Data(b"abc").packet(1)
    assert (packet.head, packet.payload) == (b"", b"abc")


def test_a_path_without_its_last_nul_is_read() -> None:
    assert parse_message(AfcPacket(1, AfcOp.REMOVE_PATH_AND_CONTENTS, b"/a")) == afc.RemovePathAndContents(
        "/a"
    )
    assert parse_message(AfcPacket(1, AfcOp.RENAME_PATH, b"/a\0/b")) == afc.RenamePath("/a", "/b")


def test_an_operation_without_a_message_is_none() -> None:
    assert parse_message(AfcPacket(1, AfcOp.GET_FILE_HASH, b"/a\0")) is None
    assert parse_message(AfcPacket(1, 0x99)) is None


@pytest.mark.parametrize(
    ("operation", "body", "offset"),
    [
        (AfcOp.FILE_READ, bytes(15), 48),
        (AfcOp.READ_DIR, b"", 40),
        (AfcOp.RENAME_PATH, b"/a\0", 43),
        (AfcOp.STATUS, bytes(7), 40),
    ],
)
def test_a_message_that_ends_before_its_fields_is_refused(operation: AfcOp, body: bytes, offset: int) -> None:
    with pytest.raises(WireError, match=f"{operation.name} ends before") as caught:
        parse_message(AfcPacket(1, operation, body))
    assert caught.value.offset == offset


def test_a_path_that_is_not_utf8_is_refused() -> None:
    with pytest.raises(WireError, match="not UTF-8") as caught:
        parse_message(AfcPacket(1, AfcOp.READ_DIR, b"/a\xff\0"))
    assert caught.value.offset == 42


def test_packets_and_messages_show_themselves_on_one_line() -> None:
    assert str(AfcPacket(5, AfcOp.FILE_WRITE, bytes(8), b"abc")) == "afc #5 FILE_WRITE 8+3 bytes"
    assert str(AfcPacket(5, 0x99)) == "afc #5 0x99 0+0 bytes"
    assert str(afc.FileWrite(4, b"abc")) == "afc FILE_WRITE handle=4 data=3 bytes"
    assert str(afc.RenamePath("/a", "/b")) == "afc RENAME_PATH source=/a target=/b"
    assert str(afc.Status(8)) == "afc STATUS OBJECT_NOT_FOUND"
    assert str(afc.Status(99)) == "afc STATUS 99"
