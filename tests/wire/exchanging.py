"""Two ends of a connection that talk until neither has more to say."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

E = TypeVar("E")
E_co = TypeVar("E_co", covariant=True)


class Peer(Protocol[E_co]):
    """One end: it says bytes, and hears events in those of the other."""

    def take_output(self) -> bytes: ...

    def receive(self, data: bytes, /) -> Iterable[E_co]: ...


def exchange(client: Peer[E], server: Peer[E]) -> tuple[list[E], list[E]]:
    """Carry bytes both ways until neither has more to say; what each has heard."""
    to_client: list[E] = []
    to_server: list[E] = []
    while True:
        up, down = client.take_output(), server.take_output()
        if not up and not down:
            return to_client, to_server
        to_server += server.receive(up)
        to_client += client.receive(down)
