from __future__ import annotations

import json

import pytest
from hypothesis import given

from harness.errors import WireError
from harness.wire.cdtunnel import TunnelDecoder, TunnelRequest, TunnelResponse
from tests.wire.splits import CUTS, split

RESPONSE = TunnelResponse("fd00::2", "ffff:ffff:ffff:ffff::", 16000, "fd00::1", 58783)


@given(CUTS)
def test_the_handshake_comes_back_and_hands_over_what_follows(cuts: list[int]) -> None:
    for message in (TunnelRequest(16000), RESPONSE):
        decoder = TunnelDecoder()
        heard = [one for part in split(message.encode(), cuts) for one in decoder.feed(part)]
        assert heard == [message]
        assert decoder.rest() == b""
    decoder = TunnelDecoder()
    decoder.push(RESPONSE.encode() + b"packet")
    assert decoder.take() == RESPONSE
    assert decoder.rest() == b"packet"


def test_the_bytes_are_those_that_were_seen() -> None:
    body = b'{"type":"clientHandshakeRequest","mtu":16000}'
    assert TunnelRequest(16000).encode() == b"CDTunnel\x00" + bytes((len(body),)) + body
    read = json.loads(RESPONSE.encode()[10:])
    assert read["clientParameters"] == {
        "address": "fd00::2",
        "mtu": 16000,
        "netmask": "ffff:ffff:ffff:ffff::",
    }
    assert (read["serverAddress"], read["serverRSDPort"]) == ("fd00::1", 58783)


def test_truncation_at_every_offset_is_told_at_the_end() -> None:
    stream = RESPONSE.encode()
    for end in range(1, len(stream)):
        decoder = TunnelDecoder()
        assert decoder.feed(stream[:end]) == []
        with pytest.raises(WireError) as caught:
            decoder.close()
        assert caught.value.offset == end


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{", "JSON"),
        (b"[]", "JSON object"),
        (b'{"type":"x"}', "'x'"),
        (b'{"type":"clientHandshakeRequest"}', "mtu None"),
        (b'{"type":"clientHandshakeRequest","mtu":100}', "mtu 100"),
        (b'{"type":"clientHandshakeRequest","mtu":true}', "mtu True"),
        (b'{"type":"serverHandshakeResponse"}', "clientParameters"),
        (b'{"type":"serverHandshakeResponse","clientParameters":{"mtu":1280}}', "addresses and port"),
    ],
)
def test_what_is_no_handshake_is_named(body: bytes, why: str) -> None:
    with pytest.raises(WireError, match=why):
        TunnelDecoder().feed(b"CDTunnel" + len(body).to_bytes(2, "big") + body)


def test_foreign_bytes_are_named() -> None:
    with pytest.raises(WireError, match="no CDTunnel"):
        TunnelDecoder().feed(b"GET / HTTP/1.1")


def test_messages_show_themselves_on_one_line() -> None:
    assert str(TunnelRequest(16000)) == "cdtunnel request mtu 16000"
    assert str(RESPONSE) == "cdtunnel fd00::2 to [fd00::1]:58783 mtu 16000"
