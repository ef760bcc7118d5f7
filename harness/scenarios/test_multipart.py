"""What is uploaded is a form in a file, and must come out of it whole and well formed. S17."""

from __future__ import annotations

import pytest

from harness.api import App, Device, Origin
from harness.model.facts import TransferSeen
from harness.scenarios.downloading import WOKEN_WITHIN_S
from harness.scenarios.uploading import CameWellFormed, upload_and_leave


@pytest.mark.scenario("S17")
@pytest.mark.device(ios=">=15")
def test_the_form_arrives_as_the_app_wrote_it_and_can_be_taken_apart(
    device: Device, app: App, origin: Origin
) -> None:
    """S17: boundary, parts and bytes; nsurlsessiond reads the file to the end while the app is dead."""
    (upload,) = upload_and_leave(app, origin, "p1")
    app.kill()
    released = upload.inbox.release()
    app.expect_fact(
        TransferSeen,
        about="a well-formed form arrives, byte for byte",
        where=CameWellFormed(upload),
        since=released,
        within_s=WOKEN_WITHIN_S,
    )
