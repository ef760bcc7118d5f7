from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import WireError
from harness.wire.framing import SizedDecoder, check_size
from tests.wire.splits import CUTS, split


class WordDecoder(SizedDecoder[str]):
    """One byte of size, then that many ASCII letters."""

    frame_name = "a word"
    header_bytes = 1

    def _measure(self, header: bytes) -> int:
        return 1 + check_size(header[0], least=1, most=9, header=header, what="a word")

    def _parse(self, frame: bytes) -> str:
        if b"!" in frame:
            raise WireError("a word with a mark", offset=frame.index(b"!"), data=frame)
        return frame[1:].decode()


@given(st.lists(st.text("abc", min_size=1, max_size=9), max_size=5), CUTS)
def test_frames_do_not_depend_on_the_split(words: list[str], cuts: list[int]) -> None:
    stream = b"".join(bytes([len(word)]) + word.encode() for word in words)
    decoder = WordDecoder()
    assert [word for part in split(stream, cuts) for word in decoder.feed(part)] == words
    decoder.close()


def test_an_error_counts_its_offset_from_the_start_of_the_stream() -> None:
    decoder = WordDecoder()
    assert decoder.feed(b"\x02ab\x03a") == ["ab"]
    with pytest.raises(WireError, match="with a mark at byte 5"):
        decoder.feed(b"!b")


def test_frames_ahead_of_garbage_are_returned_before_it_is_told() -> None:
    decoder = WordDecoder()
    assert decoder.feed(b"\x01a\x00") == ["a"]
    assert decoder.error is not None
    for call in (decoder.take, decoder.close, lambda: decoder.feed(b"\x01a")):
        with pytest.raises(WireError, match="of 0 bytes, expected 1 to 9 at byte 2"):
            call()


def test_the_end_inside_a_frame_tells_where_the_frame_began() -> None:
    decoder = WordDecoder()
    decoder.feed(b"\x02ab\x03ab")
    with pytest.raises(WireError, match="inside a word that began at byte 3 at byte 6"):
        decoder.close()


def test_the_rest_is_handed_over_once_and_counts_as_read() -> None:
    decoder = WordDecoder()
    decoder.push(b"\x01a\x16\x03")
    assert decoder.take() == "a"
    assert decoder.rest() == b"\x16\x03"
    assert decoder.rest() == b""
    decoder.close()
    with pytest.raises(WireError, match="at byte 4"):
        decoder.feed(b"\x00")
