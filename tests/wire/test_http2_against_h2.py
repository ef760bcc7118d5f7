"""HTTP/2 against a whole implementation of it: h2 opens, asks, is answered and ends."""

from __future__ import annotations

from typing import Any, cast

from h2 import config as _config
from h2 import connection as _connection
from h2 import events as _events
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.http2_peer import DataCame, Http2Peer, Role, StreamOpened, StreamReset, WentAway

connection, events = cast("Any", _connection), cast("Any", _events)
CONFIG = cast("Any", _config).H2Configuration(
    client_side=True, validate_inbound_headers=False, validate_outbound_headers=False
)

# RemoteXPC's header blocks are empty, which h2 does not write; nobody here reads them.
ASKED = [(":method", "GET"), (":scheme", "http"), (":authority", "phone"), (":path", "/")]


def talk(client: Any, server: Http2Peer) -> tuple[list[object], list[object]]:
    """Carry bytes both ways until neither says more; what client and server heard."""
    to_client: list[object] = []
    to_server: list[object] = []
    while True:
        up, down = client.data_to_send(), server.take_output()
        if not up and not down:
            return to_client, to_server
        to_server += server.receive(up)
        heard = client.receive_data(down)
        for event in heard:
            if isinstance(event, events.DataReceived):
                # An acknowledgement grants the window back, as whoever reads does.
                size = event.flow_controlled_length
                client.acknowledge_received_data(size, event.stream_id)
        to_client += heard


def opened() -> tuple[Any, Http2Peer]:
    client, server = connection.H2Connection(config=CONFIG), Http2Peer(Role.SERVER)
    client.initiate_connection()
    talk(client, server)
    client.send_headers(1, ASKED)
    return client, server


@given(st.binary(min_size=1, max_size=3000), st.booleans())
def test_what_h2_sends_is_heard(data: bytes, ends: bool) -> None:
    client, server = opened()
    client.send_data(1, data, end_stream=ends)
    _, heard = talk(client, server)
    assert heard == [StreamOpened(1), DataCame(1, data, ends)]


def test_h2_hears_more_than_its_windows_hold() -> None:
    client, server = opened()
    talk(client, server)
    server.open(1)
    data = bytes(range(256)) * 1000
    server.send(1, data)
    heard, _ = talk(client, server)
    parts = [cast("Any", one).data for one in heard if isinstance(one, events.DataReceived)]
    assert b"".join(parts) == data
    assert server.unsent_bytes == 0


def test_h2_is_answered_its_pings_and_its_settings() -> None:
    client, server = opened()
    client.ping(b"12345678")
    client.update_settings({0x4: 70_000})
    heard, _ = talk(client, server)
    kinds = {type(one) for one in heard}
    assert {events.PingAckReceived, events.SettingsAcknowledged} <= kinds


def test_endings_are_understood_both_ways() -> None:
    client, server = opened()
    client.reset_stream(1, error_code=5)
    client.close_connection(error_code=2)
    _, heard = talk(client, server)
    assert heard == [StreamOpened(1), StreamReset(1, 5), WentAway(2)]
    other, server = opened()
    server.go_away(3)
    told, _ = talk(other, server)
    assert [cast("Any", one).error_code for one in told if isinstance(one, events.ConnectionTerminated)] == [
        3
    ]
