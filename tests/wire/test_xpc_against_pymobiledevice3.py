"""XPC against an independent implementation."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from pymobiledevice3.remote import xpc_message as other

from harness.wire.xpc import FileTransfer, UInt64, XpcDate, XpcDecoder, XpcFlag, XpcMessage

TEXT = st.text(st.characters(min_codepoint=1, exclude_categories=["Cs"]), max_size=9)
LEAF = (
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False)
    | st.binary(max_size=9)
    | TEXT
    | st.uuids()
    | st.integers(0, 2**64 - 1).map(UInt64)
    | st.integers(-(2**63), 2**63 - 1)
)
BODY = st.dictionaries(
    TEXT,
    st.recursive(
        LEAF,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
        max_leaves=8,
    ),
    min_size=1,
    max_size=4,
)


def for_other(value: Any) -> Any:
    """The value in the types of the other implementation."""
    match value:
        case UInt64():
            return other.XpcUInt64Type(value)
        case bool():
            return value
        case int():
            return other.XpcInt64Type(value)
        case list():
            return [for_other(item) for item in cast("list[object]", value)]
        case dict():
            return {key: for_other(item) for key, item in cast("dict[str, object]", value).items()}
        case _:
            return value


@given(BODY, st.integers(0, 2**63))
def test_the_bytes_are_the_same(body: dict[str, Any], message_id: int) -> None:
    message = XpcMessage(XpcFlag.ALWAYS | XpcFlag.HAS_BODY, message_id, body)
    assert message.encode() == other.create_xpc_wrapper(for_other(body), message_id)


@given(BODY)
def test_what_we_write_is_read(body: dict[str, Any]) -> None:
    payload = other.XpcWrapper.parse(XpcMessage(XpcFlag.ALWAYS, 1, body).encode()).payload
    assert payload is not None
    assert other.decode_xpc_object(payload) == body


@given(BODY)
def test_what_it_writes_is_read(body: dict[str, Any]) -> None:
    (message,) = XpcDecoder().feed(other.create_xpc_wrapper(for_other(body), 5, wanting_reply=True))
    assert message == XpcMessage(XpcFlag.ALWAYS | XpcFlag.HAS_BODY | XpcFlag.WANTS_REPLY, 5, body)


def test_file_transfers_and_dates_are_understood() -> None:
    promise = FileTransfer(7, {"s": UInt64(1000)})
    ours = XpcMessage(XpcFlag.ALWAYS | XpcFlag.HAS_BODY, 1, {"f": promise})
    assert ours.encode() == other.create_xpc_wrapper({"f": other.FileTransferType(1000, 7)}, 1)
    payload = other.XpcWrapper.parse(
        XpcMessage(XpcFlag.ALWAYS, 1, {"d": XpcDate(-1), "u": UUID(int=3)}).encode()
    ).payload
    assert payload is not None
    assert payload.data[0][1] == other.XpcObject(other.XpcMessageType.DATE, -1)
