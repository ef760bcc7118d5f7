"""The body of an upload is what RFC 7578 says, read back by a parser that others wrote."""

from __future__ import annotations

import email
import email.policy
from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.virtual.apps.multipart import Part, boundary_of, encode, image_bytes, parts_of


def read(encoded: bytes, boundary: str) -> list[Message]:
    head = f'Content-Type: multipart/form-data; boundary="{boundary}"\r\n\r\n'.encode()
    message = email.message_from_bytes(head + encoded, policy=email.policy.HTTP)
    assert not message.defects
    return [part for part in message.walk() if not part.is_multipart()]


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=4))
def test_every_byte_of_every_part_comes_back(contents: list[bytes]) -> None:
    parts = [Part(f"p{index}", content, "f.bin", "image/jpeg") for index, content in enumerate(contents)]
    found = read(encode(parts, "harness-x"), "harness-x")
    raw = encode(parts, "harness-x").split(b"--harness-x")
    assert [part.get_param("name", header="Content-Disposition") for part in found] == [p.name for p in parts]
    assert [piece.partition(b"\r\n\r\n")[2][:-2] for piece in raw[1:-1]] == contents
    assert raw[-1] == b"--\r\n"


def test_an_upload_has_its_fields_and_its_image() -> None:
    encoded = encode(parts_of("e42", 1000), boundary_of("e42"))
    found = read(encoded, boundary_of("e42"))
    names = [part.get_param("name", header="Content-Disposition") for part in found]
    assert names == ["id", "size_bytes", "image"]
    assert [part.get_payload(decode=True) for part in found[:2]] == [b"e42", b"1000"]
    assert found[2].get_filename() == "e42.jpg"
    assert found[2].get_content_type() == "image/jpeg"
    assert image_bytes("e42", 1000) in encoded


def test_an_image_depends_on_its_id_and_size_and_on_nothing_else() -> None:
    assert image_bytes("a", 500) == image_bytes("a", 500)
    assert image_bytes("a", 500) != image_bytes("b", 500)
    assert len(image_bytes("a", 12_345)) == 12_345


@given(st.text(max_size=30))
def test_a_boundary_needs_no_quoting_and_is_short_enough(name: str) -> None:
    boundary = boundary_of(name)
    assert len(boundary) <= 70
    assert boundary.replace("-", "").isalnum()


@pytest.mark.parametrize("name", ['a"b', "a\r\nContent-Type: evil"])
def test_a_name_cannot_leave_its_quotes(name: str) -> None:
    (part,) = read(encode([Part(name, b"x")], "b"), "b")
    assert part.keys() == ["Content-Disposition"]
