"""A form that arrives is taken apart, or told to be malformed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.scenarios.uploading import parts_of_form
from harness.virtual.apps.multipart import Part, encode

BOUNDARY = "harness-b0unda7y"
TYPE = f"multipart/form-data; boundary={BOUNDARY}"
PARTS = (Part("id", b"p1"), Part("image", b"\r\n--\r\n\x00\xff", "p1.jpg", "image/jpeg"))
WHOLE = encode(PARTS, BOUNDARY)

NAMES = st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1, max_size=8)


@given(st.dictionaries(NAMES, st.binary(max_size=64), min_size=1, max_size=4))
def test_a_form_has_the_fields_that_were_put_into_it(fields: dict[str, bytes]) -> None:
    body = encode((Part(name, content) for name, content in fields.items()), BOUNDARY)
    assert parts_of_form(body, TYPE) == fields


def test_a_file_is_a_field_like_any_other() -> None:
    assert parts_of_form(WHOLE, TYPE) == {"id": b"p1", "image": b"\r\n--\r\n\x00\xff"}


def test_a_boundary_may_stand_in_quotes() -> None:
    assert parts_of_form(WHOLE, f'multipart/form-data; boundary="{BOUNDARY}"')


def test_what_stands_before_and_after_a_form_is_none_of_it() -> None:
    assert parts_of_form(b"before\r\n" + WHOLE + b"after", TYPE) == parts_of_form(WHOLE, TYPE)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (WHOLE, f"multipart/form-data; boundary={BOUNDARY}-"),
        (WHOLE, "multipart/form-data"),
        (WHOLE, f"multipart/mixed; boundary={BOUNDARY}"),
        (WHOLE, ""),
        (b"", TYPE),
        (WHOLE.removesuffix(b"--\r\n"), TYPE),
        (WHOLE[: len(WHOLE) // 2], TYPE),
        (WHOLE.replace(b'; name="id"', b""), TYPE),
        (WHOLE.replace(b"\r\n", b"\n"), TYPE),
    ],
    ids=[
        "another boundary",
        "no boundary",
        "no form",
        "no type",
        "nothing",
        "no end",
        "half of it",
        "a part without a name",
        "lines of Unix",
    ],
)
def test_what_is_no_form_has_no_fields(body: bytes, content_type: str) -> None:
    assert parts_of_form(body, content_type) == {}
