"""A signed message around a property list, as provisioning profiles are.

Source: RFC 5652 (ContentInfo, SignedData), and what public clients look for on their way to the content. Only
what leads to the content is written and read; whose signature it is does not matter here, and what is written
has none.
"""

from __future__ import annotations

SEQUENCE, SET, INTEGER, OCTETS, OBJECT, CONTEXT_0 = 0x30, 0x31, 0x02, 0x04, 0x06, 0xA0

SIGNED_DATA = bytes((0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02))
DATA = bytes((0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x01))
"""Object identifiers 1.2.840.113549.1.7.2 and 1.2.840.113549.1.7.1."""

_FIRST, _LAST = b"<?xml", b"</plist>"
_SHORT = 0x80


def signed_data(content: bytes) -> bytes:
    """A message of SignedData around some content, signed by nobody, DER."""
    inner = _item(SEQUENCE, _item(OBJECT, DATA) + _item(CONTEXT_0, _item(OCTETS, content)))
    # Version, digest algorithms, the content, and who has signed it.
    body = _item(INTEGER, b"\x01") + _item(SET, b"") + inner + _item(SET, b"")
    return _item(SEQUENCE, _item(OBJECT, SIGNED_DATA) + _item(CONTEXT_0, _item(SEQUENCE, body)))


def property_list_in(message: bytes) -> bytes:
    """The XML property list inside a message, or the whole message where none is in it."""
    start, end = message.find(_FIRST), message.rfind(_LAST)
    return message[start : end + len(_LAST)] if 0 <= start < end else message


def _item(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < _SHORT:
        return bytes((tag, size)) + content
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _SHORT | len(digits))) + digits + content
