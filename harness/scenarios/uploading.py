"""What stories of uploads have in common: a queue of photos, and what a body at the origin must look like."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from email.message import Message

from harness.api import App, Inbox, Origin
from harness.api.app import Done
from harness.model.facts import TransferSeen
from harness.model.states import AppState
from harness.model.triggers import Trigger
from harness.origin.files import ReceivedBody
from harness.scenarios.downloading import ASLEEP_WITHIN_S

PHOTOS = ("p1", "p2", "p3")
"""What the queue of a story has: more than one, and no more than iOS sends to one host at a time."""

PHOTO_BYTES = 500_000

HELD_AFTER_BYTES = 1_000
"""How much of a body the origin reads before it waits: an upload has not ended before it is answered."""

CRLF = b"\r\n"


@dataclass(frozen=True)
class Upload:
    """An upload that the app has begun.

    Attributes:
        name: its id in the app, which is its task's description.
        inbox: where it goes.
        sent: what the app answered.
    """

    name: str
    inbox: Inbox
    sent: Done


def begin_upload(app: App, origin: Origin, name: str, **how: str) -> Upload:
    """Have the app upload one photo, which the origin holds.

    Args:
        app: the app, which runs.
        origin: where it goes.
        name: of the upload.
        how: words of ``model.triggers.Transfer`` and their values.
    """
    inbox = origin.upload(f"{name}.jpg", hold_after_bytes=HELD_AFTER_BYTES)
    sent = app.do(Trigger.START_UPLOAD, url=inbox.url, id=name, size_bytes=PHOTO_BYTES, **how)
    return Upload(name, inbox, sent)


def upload_and_leave(app: App, origin: Origin, *names: str, **how: str) -> tuple[Upload, ...]:
    """Open the app, have it upload photos, and leave it until iOS has suspended it."""
    app.launch()
    uploads = tuple(begin_upload(app, origin, name, **how) for name in names)
    app.background()
    app.expect_state(AppState.SUSPENDED, within_s=ASLEEP_WITHIN_S)
    return uploads


class CameWellFormed:
    """Whether an upload came whole, as a form that can be taken apart and is what the app had in its file.

    Args:
        upload: the upload. Where the app answered with the ``sha256`` of its file, the bytes must be those.
    """

    def __init__(self, upload: Upload) -> None:
        self._upload = upload

    def __call__(self, seen: TransferSeen) -> bool:
        """Whether this receipt is of such a body."""
        inbox = self._upload.inbox
        if seen.name != inbox.name or not seen.complete:
            return False
        return any(body.whole and self._is_right(body) for body in inbox.bodies)

    def _is_right(self, body: ReceivedBody) -> bool:
        parts = parts_of_form(body.content, body.content_type)
        sha256 = hashlib.sha256(body.content).hexdigest()
        return (
            bool(parts) and any(parts.values()) and self._upload.sent.detail.get("sha256", sha256) == sha256
        )


def parts_of_form(content: bytes, content_type: str) -> dict[str, bytes]:
    """The fields of a ``multipart/form-data`` body by their names; none of a body that is malformed.

    Source: RFC 2046 §5.1.1, RFC 7578 §4.

    Args:
        content: the body.
        content_type: what its header says of it.
    """
    header = Message()
    header["Content-Type"] = content_type
    boundary = header.get_param("boundary")
    if header.get_content_type() != "multipart/form-data" or not isinstance(boundary, str):
        return {}
    delimiter = b"--" + boundary.encode()
    # What stands before the first boundary and after the last is no part of the form.
    _, *parts = (CRLF + content).split(CRLF + delimiter)
    if not parts or not parts.pop().startswith(b"--"):
        return {}
    fields = dict(map(_field, parts))
    return {} if "" in fields else fields


def _field(part: bytes) -> tuple[str, bytes]:
    """Name and bytes of one part; an empty name for one that has none, or is no part."""
    head, blank, body = part.removeprefix(CRLF).partition(CRLF + CRLF)
    if not blank or not part.startswith(CRLF):
        return "", b""
    header = Message()
    for line in head.decode(errors="replace").split("\r\n"):
        name, _, value = line.partition(":")
        header[name] = value.strip()
    named = header.get_param("name", header="Content-Disposition")
    return (named if isinstance(named, str) else ""), body
