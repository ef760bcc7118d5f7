"""A signed message leads every reader to its content."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.wire.cms import property_list_in, signed_data

PLIST = b'<?xml version="1.0"?><plist version="1.0"><dict/></plist>'


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65_535, 65_536])
def test_openssls_reader_takes_the_message_whatever_the_size_of_its_content(size: int) -> None:
    from cryptography.hazmat.primitives.serialization import pkcs7

    # It has no signers' certificates; a message that is not well formed is refused before that is seen.
    with pytest.raises(ValueError, match=r"certificate"):
        pkcs7.load_der_pkcs7_certificates(signed_data(b"x" * size))


def test_an_independent_client_finds_the_property_list() -> None:
    from pymobiledevice3.services.misagent import ProvisioningProfile

    assert ProvisioningProfile(signed_data(PLIST)).plist == {}


def test_the_property_list_is_found_in_what_is_around_it() -> None:
    assert property_list_in(signed_data(PLIST)) == PLIST
    assert property_list_in(PLIST) == PLIST
    assert property_list_in(b"\x30\x82\x01\x02" + PLIST + b"\xa0\x82") == PLIST


@given(st.binary())
def test_what_has_no_property_list_in_it_is_given_back_whole(message: bytes) -> None:
    if b"<?xml" not in message:
        assert property_list_in(message) == message
