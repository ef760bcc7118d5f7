"""A ``multipart/form-data`` body in a file, as an upload in the background needs it (RFC 7578).

A body has two text fields, ``id`` and ``size_bytes``, and one file, ``image``. Whoever knows the id and
the size of the image knows every byte of it, so that what arrives can be compared.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

CRLF = b"\r\n"


@dataclass(frozen=True)
class Part:
    """One part of a body.

    Attributes:
        name: the field's name.
        content: its bytes.
        filename: of a file, else empty.
        content_type: of a file.
    """

    name: str
    content: bytes
    filename: str = ""
    content_type: str = ""


@dataclass(frozen=True)
class Body:
    """A body in a file.

    Attributes:
        path: the file.
        content_type: what the request's header of that name has to say.
        size_bytes: length of the file.
        sha256: hexadecimal digest of the file.
    """

    path: Path
    content_type: str
    size_bytes: int
    sha256: str


def image_bytes(identifier: str, size_bytes: int) -> bytes:
    """The image of an upload: the same bytes for the same id and size, wherever it is asked for."""
    return random.Random(f"image:{identifier}").randbytes(size_bytes)


def parts_of(identifier: str, size_bytes: int) -> tuple[Part, ...]:
    """What an upload sends."""
    return (
        Part("id", identifier.encode()),
        Part("size_bytes", str(size_bytes).encode()),
        Part("image", image_bytes(identifier, size_bytes), f"{identifier}.jpg", "image/jpeg"),
    )


def boundary_of(identifier: str) -> str:
    """A boundary that no part of an upload contains; of the characters that need no quoting."""
    return "harness-" + hashlib.sha256(f"boundary:{identifier}".encode()).hexdigest()[:24]


def encode(parts: Iterable[Part], boundary: str) -> bytes:
    """The body, from the first boundary to the closing one."""
    dashes = b"--" + boundary.encode()
    encoded = b"".join(dashes + CRLF + _head(part) + part.content + CRLF for part in parts)
    return encoded + dashes + b"--" + CRLF


def write_body(path: Path, encoded: bytes, boundary: str) -> Body:
    """Put a body into a file, whose directory is made where it is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded)
    content_type = f"multipart/form-data; boundary={boundary}"
    return Body(path, content_type, len(encoded), hashlib.sha256(encoded).hexdigest())


def _head(part: Part) -> bytes:
    disposition = f'Content-Disposition: form-data; name="{_quoted(part.name)}"'
    if part.filename:
        disposition += f'; filename="{_quoted(part.filename)}"'
    lines = [disposition, *([f"Content-Type: {part.content_type}"] if part.content_type else [])]
    return "".join(line + "\r\n" for line in lines).encode() + CRLF


def _quoted(text: str) -> str:
    # As browsers do it: what would end the quotes or the line is percent-encoded.
    return text.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
