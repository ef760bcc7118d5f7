"""How the origin learns by which interface a request left its phone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.model.interfaces import Interface
from tests.unit.evidence.receipts import request

PLAIN = request(1, 0.0)


@pytest.mark.parametrize("name", ["X-Phone-Interface", "x-phone-interface"])
@pytest.mark.parametrize("interface", Interface)
def test_a_request_s_own_mark_says_it(name: str, interface: Interface) -> None:
    assert replace(PLAIN, headers=((name, interface.value),)).interface is interface


def test_without_a_mark_the_address_of_cellular_says_it() -> None:
    assert replace(PLAIN, peer="127.0.0.2").interface is Interface.CELLULAR


def test_a_mark_counts_more_than_an_address() -> None:
    marked = replace(PLAIN, peer="127.0.0.2", headers=(("X-Phone-Interface", "wifi"),))
    assert marked.interface is Interface.WIFI


@pytest.mark.parametrize("peer", ["127.0.0.1", "192.168.1.7", "::1"])
def test_of_a_request_that_says_nothing_nothing_is_known(peer: str) -> None:
    assert replace(PLAIN, peer=peer, headers=(("X-Phone-Interface", "carrier pigeon"),)).interface is None
